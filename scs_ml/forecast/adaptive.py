"""The level of conformal sets, adapted to drift from one period to the next."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from scs_ml.core import Ints
from scs_ml.forecast.conformal import fit_sets

# A period's miss rate is a mean over many rows, so a step may be larger than the 0.005 of single rows: an
# error that lasts is halved with every period.
STEP = 0.5


def adaptive_level(
    probabilities: npt.ArrayLike,
    y: npt.ArrayLike,
    period: Ints,
    strata: npt.ArrayLike | None = None,
    *,
    coverage: float = 0.9,
    gap: int = 1,
    step: float = STEP,
    randomised: bool = False,
    seed: int = 0,
) -> float:
    """Walk the calibration periods, and give the level at which to make sets for the period to come.

    Each period's sets are calibrated on the rows whose outcomes were known by then. Every share of misses
    err_t moves the miss rate asked for, alpha_{t+1} = alpha_t + step (alpha - err_t): sets that held too few
    categories grow, and those that held too many shrink. Over many periods the misses come to alpha, whatever
    the drift; over few the walk goes part of the way.

    Parameters
    ----------
    probabilities : array of shape (n, K)
        Forecasts of the calibration rows.
    y : array of int, shape (n,)
        Their true categories.
    period : array of int, shape (n,)
        Codes in time order.
    strata : array of str, shape (n,), optional
        As in `fit_sets`.
    coverage : float
        Nominal; the walk starts from ``alpha = 1 - coverage``.
    gap : int
        Periods until an outcome is known.
    step : float
        Gamma in the paper.
    randomised, seed
        As in `fit_sets`.

    Returns
    -------
    float
        Within [0, 1]; the coverage itself where there are fewer than two periods.

    References
    ----------
    Gibbs & Candes (2021), "Adaptive conformal inference under distribution shift", NeurIPS.
    """
    matrix, truth, when = np.asarray(probabilities), np.asarray(y), np.asarray(period)
    labels = None if strata is None else np.asarray(strata, dtype=np.str_)
    moved: dict[int, float] = {}  # by how much each period moves alpha, once its outcomes are known
    for t in np.unique(when):
        known, now = when <= t - gap, when == t
        if not known.any():
            continue
        rule = fit_sets(
            matrix[known],
            truth[known],
            None if labels is None else labels[known],
            coverage=coverage,
            randomised=randomised,
            seed=seed,
        ).at(_level(coverage, sum(m for s, m in moved.items() if s <= t - gap)))
        low, high = rule.sets(matrix[now], None if labels is None else labels[now]).T
        missed = 1 - float(((low <= truth[now]) & (truth[now] <= high)).mean())
        moved[int(t)] = step * ((1 - coverage) - missed)
    return _level(coverage, sum(moved.values()))


def _level(coverage: float, moved: float) -> float:
    return float(np.clip(coverage - moved, 0.0, 1.0))
