"""``scs-ml reproduce``: exit codes and what it says; across processes with other seeds of hashing."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest


@pytest.fixture(scope="module")
def audited(run, home, office):
    """The run of a score that exists, from the demonstration's folder."""
    done = run("audit", "suining", office / "table.parquet", "-o", "runs/score", cwd=home)
    assert done.code == 0
    return home / "runs" / "score"


def test_another_process_writes_the_same_bytes(home, audited):
    """Another seed of Python's hashes, time zone and locale."""
    others = {"PYTHONHASHSEED": "77", "TZ": "Asia/Kathmandu", "LC_ALL": "C"}
    done = subprocess.run(
        [sys.executable, "-c", "from scs_ml.cli import main; main()", "reproduce", str(audited), "--json"],
        cwd=home / "data",
        env=os.environ | others,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert '"tested": "bytes"' in done.stdout


def test_the_demonstration_is_reproduced(run, home):
    done = run("reproduce", "data/runs/demo-0", cwd=home)
    assert done.code == 0
    assert "reproduced: audit.json is the same, byte for byte" in done.out


def test_what_cannot_be_reproduced_is_bad_input(run, home, audited):
    assert run("reproduce", "data", cwd=home).code == 2
    done = run("reproduce", audited, "--table", "none.csv", cwd=home)
    assert done.code == 2
    assert "the table of this run is not where it was" in done.err
    done = run("reproduce", "data/runs/demo-0", "--table", "none.csv", cwd=home)
    assert done.code == 2
    assert "a demo has no inputs" in done.err


def test_a_difference_exits_with_one(run, home, audited, monkeypatch):
    from scs_ml.workflow import Reproduced, reproducing

    monkeypatch.setattr(
        reproducing, "compare_audits", lambda *_, **__: Reproduced("differs", "bytes", "$.seed is 1, not 0")
    )
    done = run("reproduce", audited, cwd=home)
    assert done.code == 1
    assert "differs, on the same machine with the same versions: $.seed is 1, not 0" in done.out
