"""Is one forecast better than another? Paired differences in loss, clustered one or two ways."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from scs_ml.core import Floats, Ints
from scs_ml.exceptions import ScsError
from scs_ml.inference._arrays import cluster_codes, finite_rows, sum_by_code
from scs_ml.inference.clusters import effective_clusters


@dataclass(frozen=True)
class PairedDifference:
    """Mean difference in loss, first forecast minus second: below zero the first is better.

    Attributes
    ----------
    value, low, high : float
        Mean difference and its interval, in the unit of the losses.
    se, df : float
        Standard error and degrees of freedom.
    p : float
        Two-sided p-value of no difference.
    """

    value: float
    low: float
    high: float
    se: float
    df: float
    p: float


def paired_difference(
    loss_a: npt.ArrayLike,
    loss_b: npt.ArrayLike,
    cluster: npt.ArrayLike | None = None,
    period: npt.ArrayLike | None = None,
    *,
    horizon: int = 1,
    confidence: float = 0.95,
) -> PairedDifference:
    """Compare two forecasts of the same rows by their mean loss (Diebold and Mariano's test on a panel).

    With both `cluster` (subjects, families) and `period`, the variance is two-way: by cluster plus by
    period minus by their crossing, and never below either alone. Degrees of freedom are those of the
    dimension with fewer effective clusters, so four periods count as four, however many people. Forecasts
    h periods ahead share the shocks of h - 1 periods with their neighbours: those covariances are added, and
    the small-sample factor is that of h.

    Parameters
    ----------
    loss_a, loss_b : arrays of shape (n,)
        Row losses, for instance ranked probability scores.
    cluster : array of shape (n,), optional
        Labels of subjects or families whose rows are not independent.
    period : array of shape (n,), optional
        Labels of periods whose shocks all rows share; their codes in time order where `horizon` is over 1.
    horizon : int
        h, periods from a forecast to its outcome.
    confidence : float

    Returns
    -------
    PairedDifference
        Interval and p are NaN where a dimension has fewer than two clusters.

    Raises
    ------
    ScsError
        If lengths differ or a loss is missing.

    References
    ----------
    Diebold & Mariano (1995), J. Bus. Econ. Stat. 13, 253-263. Harvey, Leybourne & Newbold (1997), Int.
    J. Forecast. 13, 281-291 (t and small-sample factor). Cameron, Gelbach & Miller (2011), "Robust
    inference with multiway clustering", J. Bus. Econ. Stat. 29, 238-249.
    """
    first, second = np.asarray(loss_a, dtype=np.float64), np.asarray(loss_b, dtype=np.float64)
    if first.ndim != 1 or first.shape != second.shape:
        raise ScsError(f"The losses must be two arrays of one length; got {first.shape} and {second.shape}.")
    n = len(first)
    difference = (first - second)[:, None]
    finite_rows(difference, np.arange(n), "loss_a - loss_b")
    if n == 0:
        nan = float("nan")
        return PairedDifference(nan, nan, nan, nan, nan, nan)
    value = float(difference.mean())
    influence = (difference - value) / n
    people, n_people = cluster_codes(cluster, n)
    variance, df = _clustered(influence, people, n_people)
    if period is not None:
        times, n_times = cluster_codes(period, n)
        by_time, df_time = _clustered(influence, times, n_times)
        if horizon > 1:
            by_time = _serial(influence, np.asarray(period, dtype=np.int64), by_time, horizon)
        crossing, n_crossing = cluster_codes(people * n_times + times, n)
        both = variance + by_time - _clustered(influence, crossing, n_crossing)[0]
        variance = float(np.max([both, variance, by_time]))  # NaN where either way is
        df = float(np.min([df, df_time]))
    se = float(np.sqrt(variance))
    half = float(stats.t.isf((1 - confidence) / 2, df)) * se
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = np.float64(abs(value)) / se if value else np.float64(0.0)
    p = float(2 * stats.t.sf(statistic, df))
    return PairedDifference(value, value - half, value + half, se, df, p)


def _serial(influence: Floats, period: Ints, by_time: float, horizon: int) -> float:
    """Variance by period with the covariances of periods less than `horizon` apart.

    Where few periods make it no larger than it is without them, that one stays. The variance without them has
    Harvey, Leybourne and Newbold's factor for one step in it, T / (T - 1), already.
    """
    first = int(period.min())
    n_times = len(np.unique(period))
    sums = np.bincount(period - first, weights=influence[:, 0])
    serial = sum(2 * float(sums[lag:] @ sums[:-lag]) for lag in range(1, min(horizon, len(sums))))
    steps = n_times + 1 - 2 * horizon + horizon * (horizon - 1) / n_times
    if steps <= 0:
        return float("nan")  # too few periods for this horizon
    return max(float(sums @ sums) + serial, by_time * (n_times - 1) / n_times) * n_times / steps


def _clustered(influence: Floats, codes: Ints, n_codes: int) -> tuple[float, float]:
    """Leverage-corrected variance and degrees of freedom of a mean, clustered one way."""
    if n_codes < 2:
        return float("nan"), float("nan")
    leverage = np.bincount(codes, minlength=n_codes) / len(codes)
    sums = sum_by_code(influence, codes, n_codes)[:, 0] / np.sqrt(1 - leverage)
    return float(sums @ sums), max(float(effective_clusters(leverage)[0]) - 1, 1.0)
