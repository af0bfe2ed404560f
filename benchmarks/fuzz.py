"""Run the fuzz of tests/adversarial for minutes instead of seconds, with seeds of its own.

    python benchmarks/fuzz.py --minutes 10 --seed 1

Prints how many rounds of examples passed; stops at the first that does not, with what Hypothesis found.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
EXAMPLES = 120  # of a round: those of both tests


def run() -> None:
    """Run rounds until the time is over."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    ends, rounds = time.monotonic() + 60 * arguments.minutes, 0
    while time.monotonic() < ends:
        command = [sys.executable, "-m", "pytest", "-q", "tests/adversarial/test_fuzz.py"]
        # A seed takes the place of the repeatable profile's own.
        options = ["--hypothesis-profile=default", f"--hypothesis-seed={arguments.seed + rounds}"]
        done = subprocess.run([*command, *options], cwd=ROOT, check=False, capture_output=True, text=True)  # noqa: S603
        if done.returncode:
            print(done.stdout)
            raise SystemExit(done.returncode)
        rounds += 1
    print(f"{rounds} rounds, {rounds * EXAMPLES} examples from seed {arguments.seed}: only errors of our own")


if __name__ == "__main__":
    run()
