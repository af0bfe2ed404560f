"""A process killed while it writes: the log, a folder and a file are whole, and the next one goes on."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time

import pytest

from scs_ml.records import check_log, open_records
from scs_ml.safeguards import load_key
from scs_ml.storage import atomic_file, atomic_folder

pytestmark = pytest.mark.skipif(os.name != "posix", reason="ends a process by SIGKILL")

APPEND = """
import sys
from pathlib import Path
from scs_ml.records import open_records
log = open_records(Path(sys.argv[1])).log
while True:
    log.append("audit", {"run": "x"}, at="2026-01-01T00:00:00Z")
    print("acknowledged", flush=True)
"""
WRITE = """
import itertools, sys
from pathlib import Path
from scs_ml.storage import atomic_file, atomic_folder
for number in itertools.count():
    text = f"{number} " * 20_000
    with atomic_folder(Path(sys.argv[1]) / "run", "run.txt") as new:
        (new / "run.txt").write_text(text)
        (new / "other.txt").write_text(text)
    with atomic_file(Path(sys.argv[1]) / "table.csv") as new:
        new.write_text(text)
    print("written", flush=True)
"""


def moment(seed):
    return random.Random(seed).uniform(0, 0.3)  # noqa: S311 - repeatable, no secret


def killed(program, folder, seconds):
    """Let a program work from its first word on for some seconds; gives how many words it said."""
    command = [sys.executable, "-c", program, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True) as process:
        first = process.stdout.readline()
        time.sleep(seconds)
        os.killpg(process.pid, signal.SIGKILL)
        rest = process.stdout.read()
    assert process.returncode == -signal.SIGKILL
    return (first + rest).count(b"\n")


@pytest.mark.parametrize("seed", range(3))
def test_the_log_holds_every_entry_that_was_acknowledged(attempt, seed):
    home = attempt.folder / "records"
    open_records(home, create=True, auditor_key=attempt.folder / "k0")
    told = killed(APPEND, home, moment(seed))
    found = attempt.handled(lambda: check_log(home, auditor_key=load_key(attempt.folder / "k0")))
    assert found.first_altered is None, found.why
    assert found.entries in (told, told + 1)
    open_records(home).log.append("audit", {}, at="2026-01-01T00:00:01Z")
    after = check_log(home, auditor_key=load_key(attempt.folder / "k0"))
    assert (after.first_altered, after.entries) == (None, found.entries + 1)


@pytest.mark.parametrize("seed", range(3))
def test_a_folder_and_a_file_are_whole(attempt, seed):
    killed(WRITE, attempt.folder, moment(seed))
    one, other = ((attempt.folder / "run" / name).read_text() for name in ("run.txt", "other.txt"))
    table = (attempt.folder / "table.csv").read_text()
    assert one == other
    for text in (one, table):
        assert text == f"{text.split()[0]} " * 20_000

    def again():
        with atomic_folder(attempt.folder / "run", "run.txt") as new:
            (new / "run.txt").write_text("next")
        with atomic_file(attempt.folder / "table.csv") as new:
            new.write_text("next")

    attempt.handled(again)
    assert sorted(each.name for each in attempt.folder.iterdir()) == ["run", "table.csv"]
