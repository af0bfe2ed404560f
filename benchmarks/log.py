"""Measure appending to the log and checking it, beside the least that either could cost.

    python benchmarks/log.py --appends 1000 --entries 100000

The least for an append is to write the same line to a file and to wait until it is on disk, once; the least
for a check is to read the lines and to hash them. Appends of the log and bare writes take turns in blocks, so
that what else the machine does falls on both alike. The long log is written by the same functions, without
waiting for the disk after each line. Prints a Markdown table: medians, and ratios.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from scs_ml.records import check_log, open_records
from scs_ml.records.chain import Entry
from scs_ml.records.log import LOG, Log, read_state, write_state
from scs_ml.safeguards import load_key

AT = "2026-03-01T09:00:00+00:00"
BODY = {
    "command": "forecast",
    "file": "data/panel.parquet",
    "file_sha256": "0" * 64,
    "fingerprint": "1" * 64,
    "people": {"commitment": "2" * 64, "count": 20_000},
    "rows": 160_000,
    "version": "0.1.0",
}
BLOCKS = 10


def seconds(work: Callable[[], object]) -> tuple[float, float]:
    """Wall-clock and processor time of one call."""
    wall, processor = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - processor


def append(log: Log, count: int) -> None:
    """Append entries."""
    for _ in range(count):
        log.append("forecast", BODY, at=AT)


def write_bare(path: Path, line: bytes, count: int) -> None:
    """Write lines, each on disk before the next."""
    for _ in range(count):
        with path.open("ab") as file:
            file.write(line)
            file.flush()
            os.fsync(file.fileno())


def fill(folder: Path, count: int) -> None:
    """Write a long log; only its end is waited for."""
    state = read_state(folder)
    with (folder / LOG).open("ab") as file:
        for _ in range(count):
            unsealed = Entry(state.index, AT, "forecast", BODY, state.head, "")
            entry = Entry(**{**vars(unsealed), "mac": unsealed.mac_under(state.key)})
            file.write(entry.line() + b"\n")
            state = state.after(entry)
    write_state(folder, state)


def read_and_hash(path: Path) -> None:
    """Do the least that a check does."""
    with path.open("rb") as file:
        for line in file:
            hashlib.sha256(line).hexdigest()


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--appends", type=int, default=1_000)
    options.add_argument("--entries", type=int, default=100_000)
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as home:
        short = open_records(Path(home) / "short", create=True)
        append(short.log, 1)
        line, bare = (short.folder / LOG).read_bytes(), Path(home) / "bare"
        long = open_records(Path(home) / "long", create=True)
        fill(long.folder, given.entries)
        each = given.appends // BLOCKS
        work = {
            "write a line, wait for the disk": lambda: write_bare(bare, line, each),
            "append": lambda: append(short.log, each),
            f"append, {given.entries:,} there": lambda: append(long.log, each),
        }
        rounds = [{name: seconds(one) for name, one in work.items()} for _ in range(BLOCKS)]
        key = load_key(long.folder / "auditor.key")
        checks = {
            f"read and hash {(long.folder / LOG).stat().st_size / 1e6:.0f} MB": lambda: read_and_hash(
                long.folder / LOG
            ),
            "check of the chain": lambda: check_log(long.folder),
            "check with the auditor's key": lambda: check_log(long.folder, auditor_key=key),
        }
        turns = [{name: seconds(one) for name, one in checks.items()} for _ in range(3)]

    print(f"Python {platform.python_version()}, {os.cpu_count()} cores; lines of {len(line)} bytes.\n")
    print("| what | entries | seconds | processor seconds | ratio | ratio of processor time |")
    print("|---|---|---|---|---|---|")
    for taken, count, times in ((rounds, each * BLOCKS, BLOCKS), (turns, given.entries, 1)):
        plain = next(iter(taken[0]))
        for name in taken[0]:
            spent = [times * statistics.median(one[name][k] for one in taken) for k in (0, 1)]
            ratios = [statistics.median(one[name][k] / one[plain][k] for one in taken) for k in (0, 1)]
            cells = [*(f"{value:.2f}" for value in spent), *(f"{value:.1f}" for value in ratios)]
            print(f"| {name} | {count:,} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
