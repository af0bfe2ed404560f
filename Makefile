# Needs Python 3.11, 3.12 or 3.13 with its venv module, and make. `make help` lists the targets.
# One environment, .venv: `make demo` fills it from the run lock, `make test` adds the rest from the dev lock.

PYTHON ?= python3
WORKERS ?= auto
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
UV_VERSION := 0.13.9

.DEFAULT_GOAL := help
.PHONY: help demo test check lock notebooks clean
.DELETE_ON_ERROR:

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo "  PYTHON=python3.12 chooses the interpreter of a new $(VENV)"

demo: $(VENV)/.run ## Simulate a pilot, train, explain, audit and report
	@$(BIN)/scs-ml demo

test: $(VENV)/.dev ## Run the tests with coverage (SCS_ML_STRICT=1: what would be skipped fails)
	@OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest -n $(WORKERS) --maxprocesses 4 --dist loadfile \
		--cov --cov-report=term-missing:skip-covered --cov-fail-under=95

check: $(VENV)/.dev ## Lint, types, import rule, doctests
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m pytest -q --doctest-modules scs_ml

notebooks: $(VENV)/.dev ## Make the .ipynb of every notebook script and run it
	@$(BIN)/jupytext --to ipynb notebooks/*.py
	@$(BIN)/jupyter-execute --inplace notebooks/*.ipynb

lock: ## Resolve requirements/*.txt again, keeping pins that still fit (UPGRADE=--upgrade: newest)
	@$(PYTHON) -m venv .cache/lock && .cache/lock/bin/python -m pip --disable-pip-version-check install --quiet uv==$(UV_VERSION)
	@$(call resolve,run,--group build)
	@$(call resolve,dev,--group dev --constraints requirements/run.txt)

clean: ## Remove the environment and caches; models/ and data/ stay
	rm -rf $(VENV) .cache .coverage .coverage.* .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# --- the environment ---

# Wheels only, each by its hash; then the project itself, with the build backend that the lock brought.
define install
	$(PIP) install --require-hashes --only-binary :all: -r $<
	$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@touch $@
endef

$(VENV)/.run: requirements/run.txt pyproject.toml | $(VENV)/.made
	$(install)

$(VENV)/.dev: requirements/dev.txt pyproject.toml | $(VENV)/.made
	$(install)
	@touch $(VENV)/.run # the dev lock holds the run lock

$(VENV)/.made:
	@command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) not found: install Python 3.11, 3.12 or 3.13, or name one: make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' || { \
		echo "scs_ml needs Python 3.11, 3.12 or 3.13, and $(PYTHON) is `$(PYTHON) -V 2>&1`; name another: make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "$(PYTHON) lacks its venv module: install it (Debian: apt-get install python3-venv)" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

define resolve
.cache/lock/bin/uv pip compile --quiet --no-config --universal --python-version 3.11 --only-binary :all: \
	--generate-hashes --no-strip-extras --no-header --no-emit-index-url --no-emit-find-links $(UPGRADE) \
	pyproject.toml $(2) --output-file requirements/$(1).txt
endef
