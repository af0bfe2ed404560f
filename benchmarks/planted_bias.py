"""Run the planted-bias bench with counts of one's own, between ``scs-ml bench --quick`` and the full plan.

    python benchmarks/planted_bias.py --null 300 --decoy 20 --mechanism 5 --seed 2026112401 -o data/runs/bench

Everything else is as `scs-ml bench` does it; a stopped run goes on where it stopped.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from scs_ml.bench import Counts, bench


def main() -> None:
    """Run the bench and say where its page is."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--null", type=int, default=300, help="worlds without anything planted")
    parser.add_argument("--decoy", type=int, default=20, help="worlds per decoy")
    parser.add_argument("--mechanism", type=int, default=5, help="worlds per mechanism and strength")
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("-o", "--out", type=Path, required=True)
    asked = parser.parse_args()
    counts = Counts(asked.null, asked.decoy, asked.mechanism)
    bench(asked.out, counts=counts, seed=asked.seed, workers=asked.workers, announce=print)
    print(asked.out / "index.html")


if __name__ == "__main__":
    main()
