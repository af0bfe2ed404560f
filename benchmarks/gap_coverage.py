"""Measure how often the intervals of group gaps in SHAP values cover the truth.

    python benchmarks/gap_coverage.py --draws 4000 --seed 20261124

Values stand for those of an engine: normal, or as a rare event gives them (1 in 20 people has it), with a
known gap between a group and its reference and, where clustered, families of one to six that share part of
it. They go through the same sums of blocks as rows do in `TreeShap.group_means`. Prints a Markdown table; the
last column is the 95 % Wilson interval of the measured coverage.
"""

from __future__ import annotations

import argparse
import itertools

import numpy as np
from interval_coverage import CONFIDENCE, Population, blocks
from scipy import stats

from scs_ml.core import Bools, Floats
from scs_ml.explain.tree.blocks import N_BLOCKS, block_of, sum_segments
from scs_ml.explain.tree.groups import sum_blocks
from scs_ml.inference import wilson

SIZES = (30, 100, 1000)
LAYOUTS = ("independent", "families", "mixed families")
GAP = 0.3
RARE = 0.05


def covered(population: Population, *, rare: bool, draws: int, rng: np.random.Generator) -> Bools:
    """Tell for each draw whether the interval of the gap holds the truth.

    Draws take the place of features, a block of them at a time; each block puts clusters into blocks anew.
    """
    found = []
    for some in blocks(draws):
        latent = population.latent(some, rng)
        values, truth = (_rare(latent), _rare_gap(population)) if rare else (latent, GAP)
        groups = (~population.group).astype(np.int64)  # the group first
        n = len(groups)
        labels = np.arange(n) if population.cluster is None else population.cluster
        block = block_of(labels + int(rng.integers(10**12)), n, 0)
        segment = groups * N_BLOCKS + block
        order = np.argsort(segment, kind="stable")
        summed = sum_segments(values[order].T[None], segment[order], None)
        sums = sum_blocks([summed], ["a", "b"], np.bincount(groups))
        gaps = sums.means([str(i) for i in range(some)]).gaps("b", seed=int(rng.integers(2**31)))
        found.append((gaps.low[0, :, 0] <= truth) & (truth <= gaps.high[0, :, 0]))
    return np.concatenate(found)


def _rare(latent: Floats) -> Floats:
    """Values that jump where the latent score is in its upper twentieth."""
    return np.where(latent > stats.norm.isf(RARE), 1.0, -0.05)


def _rare_gap(population: Population) -> float:
    """Give the true gap of such values."""
    cut = stats.norm.isf(RARE)
    return float(1.05 * (stats.norm.sf(cut - population.shift) - stats.norm.sf(cut)))


def main() -> None:
    """Measure all rows and print them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=4000)
    parser.add_argument("--seed", type=int, default=20261124)
    options = parser.parse_args()
    print("| values | group | layout | coverage | 95 % interval |")
    print("|---|---|---|---|---|")
    rows = list(itertools.product((False, True), SIZES, LAYOUTS))
    for number, (rare, size, layout) in enumerate(rows):
        rng = np.random.default_rng([options.seed, number])
        held = covered(Population(size, 1000, GAP, layout), rare=rare, draws=options.draws, rng=rng)
        low, high = wilson(int(held.sum()), len(held), confidence=CONFIDENCE)
        kind = "rare event" if rare else "normal"
        print(f"| {kind} | {size} | {layout} | {held.mean():.4f} | {low:.4f} to {high:.4f} |", flush=True)


if __name__ == "__main__":
    main()
