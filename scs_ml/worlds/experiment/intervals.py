"""Intervals over replicates: Student's t over independent seeds, and the jackknife for pooled ratios."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy.stats import t as student

from scs_ml.core import Floats

LEVEL = 0.95


class Interval(NamedTuple):
    """An estimate with its limits, arrays of one shape; NaN where it is not defined."""

    value: Floats
    low: Floats
    high: Floats


def t_interval(values: Floats) -> Interval:
    """Mean over replicates with Student's interval.

    Parameters
    ----------
    values : ndarray (R, ...)
        One figure per replicate seed.

    Returns
    -------
    Interval
        Of shape (...), at 95 %.
    """
    replicates = len(values)
    mean = np.asarray(values.mean(axis=0))
    half = _quantile(replicates) * values.std(axis=0, ddof=1) / np.sqrt(replicates)
    return Interval(mean, mean - half, mean + half)


def jackknife_interval(statistic: Callable[[Floats], Floats], sums: Floats) -> Interval:
    """Give a statistic of sums over replicates, with an interval by leaving out one replicate at a time.

    Parameters
    ----------
    statistic : callable
        From sums (...) to figures.
    sums : ndarray (R, ...)
        One array of sums per replicate seed.

    Returns
    -------
    Interval
        At 95 %. For a mean it is `t_interval`.

    References
    ----------
    Efron & Stein (1981), The jackknife estimate of variance, Ann. Stat. 9, 586-596.
    """
    replicates = len(sums)
    total = sums.sum(axis=0)
    value = np.asarray(statistic(total))
    without = np.stack([statistic(total - each) for each in sums])
    spread = (replicates - 1) / replicates * ((without - without.mean(axis=0)) ** 2).sum(axis=0)
    half = _quantile(replicates) * np.sqrt(spread)
    return Interval(value, value - half, value + half)


def percentile_interval(draws: Floats) -> Interval:
    """Take the first of draws (1 + B, ...) as the estimate, and percentiles of the others as limits."""
    low, high = np.quantile(draws[1:], [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0)
    return Interval(draws[0], low, high)


def within(interval: Interval, low: float, high: float) -> Interval:
    """Cut an interval at what the figure can be."""
    return Interval(*(np.clip(limit, low, high) for limit in interval))


def _quantile(replicates: int) -> float:
    return float(student.ppf((1 + LEVEL) / 2, replicates - 1))
