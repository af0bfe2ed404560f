"""No check can reach what only the bench may know."""

from __future__ import annotations

import ast
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

import scs_ml.audit
from scs_ml.core import AuditCase

ROOM = Path(scs_ml.audit.__file__).parent
MODULES = sorted(ROOM.rglob("*.py"))
MAY_CALL = {"audit", "core", "exceptions", "inference", "metrics", "safeguards", "schemes", "storage"}
TRUTH = {
    "truth",
    "twin",
    "twins",
    "wronged",
    "office_answers",
    "simulate",
    "load_world",
    "read_parquet",
    "open",
}


def imported(module: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative imports would hide where a name comes from"
            found.add(node.module or "")
            found |= {f"{node.module}.{alias.name}" for alias in node.names if node.module == "scs_ml"}
    return found


def test_there_is_something_to_look_at():
    assert len(MODULES) > 10


@pytest.mark.parametrize("module", MODULES, ids=lambda m: str(m.relative_to(ROOM)))
def test_the_room_imports_only_the_rooms_below(module):
    rooms = {name.split(".")[1] for name in imported(module) if name.startswith("scs_ml.")}
    assert rooms <= MAY_CALL


@pytest.mark.parametrize("module", MODULES, ids=lambda m: str(m.relative_to(ROOM)))
def test_the_room_names_no_truth_reads_no_file_and_imports_nothing_by_name(module):
    tree = ast.parse(module.read_text())
    called = {
        node.func.id if isinstance(node.func, ast.Name) else node.func.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, (ast.Name, ast.Attribute))
    }
    # `truth` of error_rates is the recorded outcome, which every office holds.
    assert not called & (TRUTH - {"truth"} | {"__import__", "import_module", "exec", "eval", "read_csv"})
    assert not {"importlib", "pathlib", "os", "io", "subprocess", "pickle", "gc", "inspect"} & {
        name.split(".")[0] for name in imported(module)
    }
    attributes = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    assert not attributes & {"truth", "twin", "twins", "wronged"}


def test_importing_the_room_loads_no_world():
    script = "import sys, scs_ml.audit; print([m for m in sys.modules if m.startswith('scs_ml.')])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    rooms = {name.split(".")[1] for name in ast.literal_eval(done.stdout)}
    assert rooms <= MAY_CALL


def test_a_case_has_no_field_that_could_carry_truth():
    assert [f.name for f in fields(AuditCase)] == [
        "scheme", "dataset", "forecast", "explanation", "forecaster", "background", "ledger", "verified",
            "history", "recorded",
    ]  # fmt: skip
