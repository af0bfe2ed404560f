"""vfairness' three-state verdict: unfair only where the whole interval lies beyond the threshold.

The package resamples rows; a metric of counts needs only the counts, so tables are drawn here from the same
distributions (multinomial within groups, hypergeometric under exchanged labels).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from scs_ml.bench.rival_cells import Cells
from scs_ml.bench.rival_rules import DIFFERENCE, VFAIRNESS_SMALLEST, RivalResult, vfairness_metrics
from scs_ml.core import Floats, Ints

RESAMPLES, PERMUTATIONS, ALPHA = 5_000, 199, 0.05  # vfairness' defaults

_METRICS = ("demographic_parity_difference", "equalized_odds_difference", "equal_opportunity_difference")


def vfairness_verdict(cells: Cells, rng: np.random.Generator) -> Iterator[RivalResult]:
    """Give the lower interval limits of vfairness 0.2 whose verdict can be ``unfair``, at its 0.1.

    The interval comes from a bootstrap within groups: twice the estimate less the 97.5 % point, and zero
    unless exchanging the group labels rejects at 2.5 %. Where the permuted metric stays away from zero, the
    2.5 % point is taken as it is.

    Parameters
    ----------
    cells : Cells
    rng : Generator
        Draws the tables.

    Yields
    ------
    RivalResult
        Value: the interval's lower limit; the estimate where that does not pass 0.1, which no lower limit
        then does.

    References
    ----------
    Glinz & Company (2026), vfairness 0.2.0, ``compute_metric_with_ci`` and ``FairnessAnalyzer``.
    """
    large = cells.total >= VFAIRNESS_SMALLEST
    if large.sum() < 2:
        return
    decided = np.stack([cells.total - cells.selected, cells.selected], axis=-1)[large]
    crossed = cells.confusion[large].reshape(-1, 4)
    for metric in _METRICS if cells.known else _METRICS[:1]:
        by_decision = metric.startswith("demographic")
        table = decided if by_decision else crossed
        value = _lower_limit(table, _metric(metric, by_decision=by_decision), rng)
        flagged = value > DIFFERENCE
        yield RivalResult(
            "vfairness",
            "vfairness_verdict",
            metric,
            cells.attribute,
            cells.boundary,
            value,
            DIFFERENCE,
            flagged,
        )


def _metric(name: str, *, by_decision: bool) -> Callable[[Ints], Floats]:
    """Read one metric off tables of counts (..., g, 2) by decision or (..., g, 4) by outcome and decision."""

    def of(tables: Ints) -> Floats:
        if by_decision:
            rates = tables[..., 1] / tables.sum(axis=-1)
            return np.asarray(np.ptp(rates, axis=-1))
        confusion = tables.reshape(*tables.shape[:-1], 2, 2).astype(np.float64)
        decided = confusion.sum(axis=-2)
        return vfairness_metrics(decided[..., 1], decided.sum(axis=-1), confusion)[name]

    return of


def _lower_limit(table: Ints, metric: Callable[[Ints], Floats], rng: np.random.Generator) -> float:
    """Give the lower limit of the interval of a metric of counts (g, c), or the estimate if within 0.1."""
    estimate = float(metric(table))
    if not estimate > DIFFERENCE:
        return estimate
    drawn = np.stack([rng.multinomial(row.sum(), row / row.sum(), size=RESAMPLES) for row in table], axis=1)
    resampled = metric(drawn)
    low, high = np.nanquantile(resampled, [ALPHA / 2, 1 - ALPHA / 2])
    permuted = metric(_exchanged(table, rng))
    permuted = permuted[np.isfinite(permuted)]
    if len(permuted) and permuted.min() > np.ptp(permuted):
        return float(low)
    p = (1 + (permuted >= estimate).sum()) / (len(permuted) + 1)
    return float(max(0.0, 2 * estimate - high) if p < ALPHA / 2 else 0.0)


def _exchanged(table: Ints, rng: np.random.Generator) -> Ints:
    """Draw tables (PERMUTATIONS, g, c) with the group labels exchanged at random: both margins stay."""
    n_groups, n_cells = table.shape
    left = np.tile(table.sum(axis=0), (PERMUTATIONS, 1))
    drawn = np.empty((PERMUTATIONS, n_groups, n_cells), dtype=np.int64)
    for group, size in enumerate(table.sum(axis=1)):
        wanted = np.full(PERMUTATIONS, size)
        for cell in range(n_cells - 1):
            rest = left[:, cell + 1 :].sum(axis=1)
            drawn[:, group, cell] = rng.hypergeometric(left[:, cell], rest, wanted)
            wanted = wanted - drawn[:, group, cell]
        drawn[:, group, -1] = wanted
        left = left - drawn[:, group]
    return drawn
