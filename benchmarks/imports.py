"""Measure how long the package takes to import, beside the libraries that it always needs.

    python benchmarks/imports.py --rounds 15

Every import runs in a process of its own, which times itself from before the first import. The statements
take turns within a round, so that what else the machine does falls on all of them alike. Prints a Markdown
table: medians, and the median of each round's ratio to the first statement.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import subprocess
import sys
from importlib import metadata

TARGET = 1.5  # times the reference, for `import scs_ml`
REFERENCE = "import sklearn, pandas"
STATEMENTS = (
    REFERENCE,
    "import scs_ml",
    "from scs_ml.workflow import audit_table",
    "from scs_ml.cli import main",
)
LIBRARIES = ("scikit-learn", "pandas", "numpy", "scipy", "pydantic")


def seconds(statement: str) -> tuple[float, float]:
    """Wall-clock and processor time of one statement in a fresh interpreter."""
    code = (
        f"import time; w, c = time.perf_counter(), time.process_time(); {statement}; "
        "print(time.perf_counter() - w, time.process_time() - c)"
    )
    command = [sys.executable, "-c", code]
    shown = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - our own text
    wall, processor = shown.stdout.split()
    return float(wall), float(processor)


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--rounds", type=int, default=15)
    rounds = options.parse_args().rounds
    for statement in STATEMENTS:
        seconds(statement)  # compiled modules and the file cache
    taken = [{statement: seconds(statement) for statement in STATEMENTS} for _ in range(rounds)]

    versions = ", ".join(f"{name} {metadata.version(name)}" for name in LIBRARIES)
    print(f"Python {platform.python_version()}, {versions}; {os.cpu_count()} cores, {rounds} rounds.\n")
    print("| statement | seconds | processor seconds | ratio | ratio of processor time |")
    print("|---|---|---|---|---|")
    for statement in STATEMENTS:
        times = [statistics.median(each[statement][k] for each in taken) for k in (0, 1)]
        ratios = [statistics.median(e[statement][k] / e[REFERENCE][k] for e in taken) for k in (0, 1)]
        cells = [*(f"{value:.3f}" for value in times), *(f"{value:.2f}" for value in ratios)]
        print(f"| `{statement}` | {' | '.join(cells)} |")
    ratio = statistics.median(e["import scs_ml"][0] / e[REFERENCE][0] for e in taken)
    print(f"\n`import scs_ml` takes {ratio:.2f} times the reference (target: at most {TARGET}).")


if __name__ == "__main__":
    main()
