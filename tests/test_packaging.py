"""The package installs from its locks alone, names no registry, and is quick to import."""

from __future__ import annotations

import pkgutil
import re
import subprocess
import sys
import tomllib
from importlib import metadata

import pytest

import scs_ml
from tests.support import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LOCKS = ("run", "dev")
PYTHONS = ("3.11", "3.12", "3.13")

# A pinned requirement starts its line; its hashes follow on continued lines.
PIN = re.compile(r"^(?P<name>[a-z0-9-]+)(?:\[[a-z,]+\])?==\S+(?P<rest>(?:.*\\\n)*.*)$", re.MULTILINE)
REGISTRY = re.compile(r"(?:pypi|pythonhosted|npmjs|anaconda|debian)\.(?:org|com)", re.IGNORECASE)


def pins(lock: str) -> dict[str, list[str]]:
    """Requirement -> the text behind each of its pins (several where Python versions differ)."""
    text = (ROOT / "requirements" / f"{lock}.txt").read_text(encoding="utf-8")
    found: dict[str, list[str]] = {}
    for match in PIN.finditer(text):
        found.setdefault(match["name"], []).append(match["rest"])
    return found


def declared() -> set[str]:
    return {re.match(r"[\w-]+", line)[0].lower().replace("_", "-") for line in PROJECT["dependencies"]}


def committed_texts():
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout: nothing is committed")
    for name in filter(None, listed.stdout.split("\0")):
        path = ROOT / name
        if path.is_file():
            yield name, path.read_bytes().decode("utf-8", errors="ignore")


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_requirement_has_hashes(lock):
    locked = pins(lock)
    assert declared() <= set(locked)
    bare = [name for name, rests in locked.items() for rest in rests if "--hash=sha256:" not in rest]
    assert bare == []


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_is_nothing_but_pins_hashes_and_comments(lock):
    text = (ROOT / "requirements" / f"{lock}.txt").read_text(encoding="utf-8")
    strange = [
        line
        for line in text.splitlines()
        if not re.match(
            r"[a-z0-9-]+(\[[a-z,]+\])?==\S+( ; .+)? \\$|    --hash=sha256:[0-9a-f]{64}( \\)?$|    #", line
        )
    ]
    assert strange == []


def test_the_dev_lock_adds_to_the_run_lock_and_changes_nothing_in_it():
    pinned = re.compile(r"^[a-z0-9-]+==[^ ]+", re.MULTILINE)
    run, dev = (
        set(pinned.findall((ROOT / "requirements" / f"{lock}.txt").read_text(encoding="utf-8")))
        for lock in LOCKS
    )
    assert run < dev


def test_both_shap_lines_are_locked_and_numba_is_not_a_relic():
    text = (ROOT / "requirements" / "run.txt").read_text(encoding="utf-8")
    assert re.search(r"^shap==0\.51\.\d+ ; python_full_version < '3\.12'", text, re.MULTILINE)
    assert re.search(r"^shap==0\.54\.\d+ ; python_full_version >= '3\.12'", text, re.MULTILINE)
    minors = [int(minor) for minor in re.findall(r"^numba==0\.(\d+)", text, re.MULTILINE)]
    assert minors
    assert min(minors) >= 61


def test_every_locked_requirement_has_its_licence_noted():
    text = (ROOT / "docs" / "decisions" / "0001-environment-and-locks.md").read_text(encoding="utf-8")
    noted = dict(re.findall(r"^\| ([a-z0-9-]+) \| [^|]+ \| (run|dev) \|", text, re.MULTILINE))
    run, dev = (set(pins(lock)) for lock in LOCKS)
    assert noted == {name: "run" if name in run else "dev" for name in run | dev}


def test_no_committed_file_names_a_registry():
    hosts = {name: REGISTRY.findall(text) for name, text in committed_texts()}
    assert {name: found for name, found in hosts.items() if found} == {}


def test_keys_models_and_data_are_not_committed():
    names = [name for name, _ in committed_texts()]
    assert "LICENSE" in names
    stray = [
        name
        for name in names
        if name.endswith((".key", ".skops", ".ipynb"))
        or (name.startswith(("models/", "data/")) and not name.endswith("/README.md"))
    ]
    assert stray == []


def test_declared_pythons_match_their_classifiers():
    assert PROJECT["requires-python"] == ">=3.11,<3.14"
    named = [c.rsplit(" ", 1)[1] for c in PROJECT["classifiers"] if re.search(r":: 3\.\d+$", c)]
    assert tuple(named) == PYTHONS
    assert f"{sys.version_info.major}.{sys.version_info.minor}" in PYTHONS


def test_the_installed_version_is_the_declared_one():
    assert scs_ml.__version__ == PROJECT["version"] == metadata.version("scs_ml")
    assert PROJECT["license"] == "Apache-2.0"


def test_no_room_imports_a_heavy_library_before_it_is_needed():
    rooms = ["scs_ml", *(f"scs_ml.{room.name}" for room in pkgutil.iter_modules(scs_ml.__path__))]
    assert "scs_ml.core" in rooms
    heavy = {"shap", "matplotlib", "numba", "pandera", "jinja2", "skops"}  # pandas itself imports pyarrow
    code = f"import sys, {', '.join(rooms)}; print(*sorted({heavy!r} & set(sys.modules)))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.split() == []
