"""Odd arguments for every command: a message and an exit code, never a traceback or half a file."""

from __future__ import annotations

import pytest

from scs_ml.cli.app import COMMANDS
from tests.adversarial.attempts import scheme_file, table

ARGUMENTS = {
    "none": [],
    "an unknown option": ["--no-such-option"],
    "a formula": ["=1+1", "=1+1"],
    "paths that are not there": ["missing.yaml", "missing.csv"],
    "a climb": ["../../../../etc/passwd", "../../../../etc/shadow"],
    "empty texts": ["", ""],
    "a very long text": ["x" * 5_000, "y" * 5_000],
    "other scripts": ["信用", "\u202e"],
    "a safeguard switched off": ["suining", "t.csv", "--no-safeguards"],
}
QUIET = {"demo", "experiment", "bench"}  # without arguments they begin to work


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("what", ARGUMENTS)
def test_odd_arguments(attempt, command, what):
    given = ARGUMENTS[what]
    if command in QUIET and what == "none":
        given = ["--seed", "-1"]
    done = attempt.cli(command, *given, code=(0, 2))
    assert done.code == 2 or (command in {"log", "subject", "key"} and what == "none")


@pytest.fixture
def office(attempt):
    scheme_file(attempt.folder)
    table(60).to_csv(attempt.folder / "t.csv", index=False)
    (attempt.folder / "k").write_text("00" * 32)
    return attempt.folder


ODD = {
    "a seed below zero": ["train", "lender.yaml", "t.csv", "--key", "k", "--seed", "-1"],
    "a seed as text": ["train", "lender.yaml", "t.csv", "--key", "k", "--seed", "x"],
    "an unknown family": ["train", "lender.yaml", "t.csv", "--key", "k", "--family", "no_such"],
    "an estimator that is not there": [
        "train",
        "lender.yaml",
        "t.csv",
        "--key",
        "k",
        "--estimator",
        "no:such",
    ],
    "a filter that is not there": ["check", "lender.yaml", "t.csv", "--key", "k", "--rows", "x; drop"],
    "a key that is none": ["check", "lender.yaml", "t.csv", "--key", "t.csv"],
    "a column that is not there": [
        "audit",
        "lender.yaml",
        "t.csv",
        "--key",
        "k",
        "--score",
        "=x",
        "-o",
        "run",
    ],
    "a model that is none": ["audit", "lender.yaml", "t.csv", "--key", "k", "--model", "t.csv", "-o", "run"],
    "a model and a score": ["audit", "lender.yaml", "t.csv", "--model", "a", "--score", "b", "-o", "run"],
    "a ledger that is none": [
        "audit",
        "lender.yaml",
        "t.csv",
        "--key",
        "k",
        "--ledger",
        "t.csv",
        "-o",
        "run",
    ],
    "a group that is none": ["society", "lender.yaml", "t.csv", "--key", "k", "--by", "who"],
    "a mechanism that is none": ["bench", "--only", "../x", "--out", "b"],
    "people as text": ["demo", "--people", "many"],
    "too few people": ["experiment", "--people", "1"],
    "a report of nothing": ["report", "t.csv"],
    "a forecast from a table": ["forecast", "t.csv", "t.csv", "-o", "f.csv"],
    "an explanation of a table": ["explain", "t.csv", "t.csv"],
    "a search of nothing": ["train", "lender.yaml", "t.csv", "--key", "k", "--search", "0"],
    "jobs of no search": ["train", "lender.yaml", "t.csv", "--key", "k", "--jobs", "9"],
}


@pytest.mark.parametrize("what", ODD)
def test_an_odd_value(attempt, office, what):
    attempt.cli(*ODD[what], code=(2, 3))


@pytest.mark.parametrize(
    "flag", ["--force", "--unsafe", "--basis=synthetic", "--allow-minors", "--no-suppression"]
)
def test_no_flag_turns_a_safeguard_off(attempt, office, flag):
    attempt.cli("train", "lender.yaml", "t.csv", "--key", "k", flag, code=2)
