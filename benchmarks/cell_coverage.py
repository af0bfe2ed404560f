"""Measure how often percentile intervals of confusion cells cover the truth, with and without families.

    OMP_NUM_THREADS=1 python benchmarks/cell_coverage.py --draws 4000 --seed 20261124

Groups of 30, 100 and 1,000 people and a reference of 1,000: a latent score, normal, is cut into four
categories, and so is the same score seen through noise; the three groups' scores lie lower. Families of one
to five share 30 % of the score's variance. Beside the percentile interval stands the package's own:
`share_interval` for a share, `ratio_contrast` for a difference of shares. Prints a Markdown table.
"""

from __future__ import annotations

import argparse
import functools
import itertools
import platform
from collections.abc import Callable, Iterator, Mapping

import numpy as np
import scipy
from scipy import stats

from scs_ml.core import Bools, Floats, Ints
from scs_ml.inference import cell_bootstrap, confusion_cells, ratio_contrast, share_interval, wilson
from scs_ml.metrics import cell_metrics

K, BOUNDARY = 4, 1
SIZES = (30, 100, 1000, 1000)  # the last group is the reference
CUTS = stats.norm.ppf([0.01, 0.30, 0.70])
SHIFT, NOISE, ICC = -0.3, 0.6, 0.3
LAYOUTS = ("independent", "families", "mixed families")


def layout_of(layout: str) -> tuple[Ints, Ints | None]:
    """Group of each person, and families of one to five: none, within groups or across them."""
    group = np.repeat(np.arange(len(SIZES)), SIZES)
    if layout == "independent":
        return group, None
    sizes = np.resize([1, 2, 3, 4, 5], len(group))
    run = np.repeat(np.arange(len(sizes)), sizes)
    if layout == "families":
        return group, np.concatenate([run[:n] + 10_000 * g for g, n in enumerate(SIZES)])
    # Walk through the people in strides, so that a family takes members from several groups.
    family = np.empty(len(group), dtype=np.int64)
    family[np.argsort(np.arange(len(group)) * 0.6180339887 % 1.0)] = run[: len(group)]
    return group, family


def sample(layout: str, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """True and forecast categories of one sample: a latent score, and the same score seen through noise."""
    group, family = layout_of(layout)
    latent = rng.standard_normal(len(group))
    if family is not None:
        _, code = np.unique(family, return_inverse=True)
        latent = np.sqrt(ICC) * rng.standard_normal(code.max() + 1)[code] + np.sqrt(1 - ICC) * latent
    latent += SHIFT * (group < len(SIZES) - 1)
    seen = latent + NOISE * rng.standard_normal(len(group))
    return np.searchsorted(CUTS, latent), np.searchsorted(CUTS, seen)


@functools.cache
def true_cells() -> Floats:
    """Probabilities (groups, K, K) of the cells, by integration over the latent score."""
    edges = np.concatenate([[-np.inf], CUTS, [np.inf]])
    tables = []
    for shift in [SHIFT] * (len(SIZES) - 1) + [0.0]:
        table = np.empty((K, K))
        for i, j in itertools.product(range(K), range(K)):
            table[i, j] = scipy.integrate.quad(
                lambda z, j=j, shift=shift: (
                    stats.norm.pdf(z - shift)
                    * (stats.norm.cdf((edges[j + 1] - z) / NOISE) - stats.norm.cdf((edges[j] - z) / NOISE))
                ),
                max(edges[i], -9.0),
                min(edges[i + 1], 9.0),
            )[0]
        tables.append(table)
    return np.array(tables)


def measured_metrics() -> dict[str, Callable[[Floats], Floats]]:
    """The metrics at the middle boundary, and the rates at the worst, where they are small."""
    rare = cell_metrics(0)
    return cell_metrics(BOUNDARY) | {
        f"{name}, worst category": rare[name] for name in ("selection_rate", "false_positive_rate")
    }


def share_of(name: str, truth: Ints, guess: Ints) -> tuple[Bools, Bools] | None:
    """Outcome of each row and whether the row counts, for the metrics that are shares."""
    plain, _, worst = name.partition(", ")
    k = 0 if worst else BOUNDARY
    everyone = np.ones(len(truth), dtype=bool)
    match plain:
        case "accuracy":
            return truth == guess, everyone
        case "selection_rate":
            return guess <= k, everyone
        case "false_positive_rate":
            return guess <= k, truth > k
        case "false_negative_rate":
            return guess > k, truth <= k
    return None


def coverage(seed: int, draws: int) -> None:
    """Print how often the intervals hold the truth, beside the package's score intervals."""
    truths = {name: metric(true_cells()) for name, metric in measured_metrics().items()}
    print("\n| layout | metric | truth | people | percentile | 95 % interval | other | undefined |")
    print("|---|---|---|---|---|---|---|---|")
    for layout_number, layout in enumerate(LAYOUTS):
        held: dict[tuple[str, int, bool], list[tuple[bool, float, int]]] = {}
        for draw in range(draws):
            rng = np.random.default_rng([seed, layout_number, draw])
            for key, one in _held(layout, truths, rng, draw):
                held.setdefault(key, []).append(one)
        for (name, at, contrast), found in sorted(held.items(), key=lambda item: (item[0][2], item[0][:2])):
            boot, other, undefined = np.array(found, dtype=float).T
            low, high = wilson(boot.sum(), draws)
            truth = truths[name][at] - contrast * truths[name][-1]
            print(
                f"| {layout} | {name}{' difference' * contrast} | {truth:.4f} | {SIZES[at]} "
                f"| {boot.mean():.4f} | {float(low):.4f}-{float(high):.4f} "
                f"| {'' if np.isnan(other).all() else f'{other.mean():.4f}'} | {undefined.mean():.1f} |",
                flush=True,
            )


def _held(
    layout: str, truths: Mapping[str, Floats], rng: np.random.Generator, draw: int
) -> Iterator[tuple[tuple[str, int, bool], tuple[bool, float, int]]]:
    """Whether each interval of one sample holds the truth: percentile, then the score interval (else NaN)."""
    truth, guess = sample(layout, rng)
    group, family = layout_of(layout)
    cells = confusion_cells(truth, guess, group, n_categories=K, cluster=family)
    result = cell_bootstrap(cells, measured_metrics(), reference=len(SIZES) - 1, seed=draw)
    for name, at in itertools.product(truths, range(len(SIZES) - 1)):
        rows = share_of(name, truth, guess)
        for contrast, found in ((False, result.metrics[name]), (True, result.differences[name])):
            true = truths[name][at] - contrast * truths[name][-1]
            other: float = np.nan
            if rows is not None and contrast:
                estimate = ratio_contrast(rows[0], rows[1], group == at, group == len(SIZES) - 1, family)
                other = float(abs(estimate.statistic(true)[0]) <= stats.t.isf(0.025, estimate.df[0]))
            elif rows is not None:
                used = rows[1] & (group == at)
                low, high = share_interval(rows[0][used], None if family is None else family[used])
                other = float(low[0] <= true <= high[0])
            yield (
                (name, at, contrast),
                (bool(found.low[at] <= true <= found.high[at]), other, int(found.undefined[at])),
            )


def parity(seed: int, draws: int) -> None:
    """Print why no interval of a largest-minus-smallest gap is offered: four groups of 1,000, all alike."""
    table = true_cells()[-1].reshape(-1)
    held = []
    for draw in range(draws):
        rng = np.random.default_rng([seed, draw])
        counts = rng.multinomial(1000, table, size=4).reshape(-1)
        drawn = rng.multinomial(4000, counts / 4000, size=1000).reshape(1000, 4, K, K)
        rates = cell_metrics(BOUNDARY)["selection_rate"](drawn)
        held.append(np.quantile(np.ptp(rates, axis=1), 0.025) <= 0)
    low, high = wilson(sum(held), draws)
    print(f"\nGap of selection rates over four equal groups: {np.mean(held):.4f} ({low:.4f}-{high:.4f}).")


def main() -> None:
    """Measure everything and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--draws", type=int, default=4_000, help="simulated samples per row")
    parser.add_argument("--seed", type=int, default=20261124)
    options = parser.parse_args()
    versions = f"Python {platform.python_version()}, NumPy {np.__version__}, SciPy {scipy.__version__}"
    print(f"{options.draws} draws a row, seed {options.seed}, {versions}.")
    parity(options.seed, options.draws)
    coverage(options.seed, options.draws)


if __name__ == "__main__":
    main()
