"""Intervals for one proportion and for the difference of two independent ones.

Counts and sample sizes may be fractional for the score intervals, so that a design effect can be
applied first (`effective_counts`; `share_interval` does it all). Everything broadcasts; a sample size of
zero gives NaN.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import stats

from scs_ml.core import Floats
from scs_ml.exceptions import ScsError
from scs_ml.inference._arrays import cluster_codes, columns
from scs_ml.inference.clusters import design_effect, effective_clusters


def _counts(count: npt.ArrayLike, n: npt.ArrayLike) -> tuple[Floats, Floats]:
    x, size = np.broadcast_arrays(np.asarray(count, dtype=np.float64), np.asarray(n, dtype=np.float64))
    if not ((x >= 0) & (x <= size)).all():
        bad = np.flatnonzero(~((x >= 0) & (x <= size)))[:5].tolist()
        raise ScsError("Counts must lie between 0 and the sample size.", where=f"first positions: {bad}")
    return x, size


def _critical(confidence: float, z: npt.ArrayLike | None) -> Floats:
    if z is not None:
        return np.asarray(z, dtype=np.float64)
    if not 0 < confidence < 1:
        raise ScsError(f"The confidence must lie between 0 and 1; got {confidence}.")
    return np.asarray(stats.norm.isf((1 - confidence) / 2), dtype=np.float64)


def effective_counts(count: npt.ArrayLike, n: npt.ArrayLike, effect: npt.ArrayLike) -> tuple[Floats, Floats]:
    """Shrink a count and its sample size by a design effect, leaving the share as it is.

    Parameters
    ----------
    count, n : arrays, broadcastable
    effect : array, broadcastable
        Design effect: variance of the share under clustering over its variance under independence. Below 1 it
        counts as 1: chance clustering never makes a sample larger.

    Returns
    -------
    count, n : arrays
        Effective count and effective sample size, to hand to `wilson` or `newcombe_difference`.

    References
    ----------
    Kish (1965), Survey Sampling, 8.2. Dean & Pagano (2015), "Evaluating confidence interval methods
    for binomial proportions in clustered surveys", J. Surv. Stat. Methodol. 3.
    """
    x, size = _counts(count, n)
    divisor = np.maximum(np.asarray(effect, dtype=np.float64), 1.0)
    return x / divisor, size / divisor


def wilson(
    count: npt.ArrayLike, n: npt.ArrayLike, *, confidence: float = 0.95, z: npt.ArrayLike | None = None
) -> tuple[Floats, Floats]:
    r"""Wilson score interval of a proportion.

    .. math:: \frac{\hat p + z^2/2n \pm z\sqrt{\hat p(1-\hat p)/n + z^2/4n^2}}{1 + z^2/n}

    Parameters
    ----------
    count, n : arrays, broadcastable
        Successes and trials; may be fractional.
    confidence : float
        Two-sided coverage, used where `z` is not given.
    z : array, optional
        Critical value, for instance one adjusted for multiplicity.

    Returns
    -------
    low, high : arrays
        Within [0, 1]; NaN where n is 0.

    References
    ----------
    Wilson (1927), J. Am. Stat. Assoc. 22, 209-212. Brown, Cai & DasGupta (2001), Stat. Sci. 16.

    Examples
    --------
    >>> low, high = wilson(15, 148)
    >>> print(f"{low:.4f} {high:.4f}")
    0.0624 0.1605
    """
    x, size = _counts(count, n)
    squared = _critical(confidence, z) ** 2
    with np.errstate(divide="ignore", invalid="ignore"):
        p = x / size
        centre = p + squared / (2 * size)
        half = np.sqrt(squared * (p * (1 - p) / size + squared / (4 * size**2)))
        low = (centre - half) / (1 + squared / size)
        high = (centre + half) / (1 + squared / size)
    # At 0 and at n the limit is exact; rounding must not leave 1e-18 there.
    low = np.where(x == 0, np.where(size > 0, 0.0, np.nan), np.maximum(low, 0.0))
    high = np.where(x == size, np.where(size > 0, 1.0, np.nan), np.minimum(high, 1.0))
    return low, high


def share_interval(
    outcome: npt.ArrayLike, cluster: npt.ArrayLike | None = None, *, confidence: float = 0.95
) -> tuple[Floats, Floats]:
    """Wilson interval of the share of people with an outcome, where some of them share it.

    The sample counts as so many independent people as the clusters leave; Student's quantile at the effective
    number of clusters takes the normal's place. Where nobody or everybody has the outcome the data say
    nothing of likeness within clusters, and their members are taken to be all alike.

    Parameters
    ----------
    outcome : array of bool, shape (n,) or (n, v)
    cluster : array of shape (n,), optional
        Labels of clusters whose rows are not independent; without them this is `wilson`.
    confidence : float

    Returns
    -------
    low, high : arrays of shape (v,)
        NaN where n is 0.

    References
    ----------
    Korn & Graubard (1998), "Confidence intervals for proportions with small expected number of positive
    counts estimated from survey data", Surv. Methodol. 24, 193-201.
    """
    hit = columns(outcome, "outcome")
    if not np.isin(hit, (0, 1)).all():
        raise ScsError("The outcome must be true/false (or 0/1) in every row.")
    count, n = hit.sum(axis=0), len(hit)
    if cluster is None or n == 0:
        return wilson(count, n, confidence=confidence)
    codes, n_clusters = cluster_codes(cluster, n)
    size = np.bincount(codes, minlength=n_clusters)
    effect = design_effect((hit - count / n) / n, codes)
    effect = np.where(np.isnan(effect), (size**2).sum() / n, effect)
    df = np.maximum(effective_clusters(size) - 1, 1.0)
    return wilson(*effective_counts(count, n, effect), z=stats.t.isf((1 - confidence) / 2, df))


def clopper_pearson(
    count: npt.ArrayLike, n: npt.ArrayLike, *, confidence: float = 0.95
) -> tuple[Floats, Floats]:
    """Exact interval of a binomial proportion: covers at least `confidence`, for any n and any p.

    Parameters
    ----------
    count, n : arrays of int, broadcastable
    confidence : float

    Returns
    -------
    low, high : arrays
        NaN where n is 0.

    References
    ----------
    Clopper & Pearson (1934), Biometrika 26, 404-413.
    """
    x, size = _counts(count, n)
    if not ((x == np.floor(x)) & (size == np.floor(size))).all():
        raise ScsError(
            "The exact interval needs whole counts.", remedy="Use the Wilson interval for effective counts."
        )
    _critical(confidence, None)
    tail = (1 - confidence) / 2
    low = np.where(x > 0, stats.beta.ppf(tail, np.maximum(x, 1), size - x + 1), 0.0)
    high = np.where(x < size, stats.beta.isf(tail, x + 1, np.maximum(size - x, 1)), 1.0)
    return np.where(size > 0, low, np.nan), np.where(size > 0, high, np.nan)


def newcombe_difference(
    count_a: npt.ArrayLike,
    n_a: npt.ArrayLike,
    count_b: npt.ArrayLike,
    n_b: npt.ArrayLike,
    *,
    confidence: float = 0.95,
    z: npt.ArrayLike | None = None,
) -> tuple[Floats, Floats]:
    r"""Newcombe's hybrid score interval of p_a - p_b, two independent proportions.

    .. math::
        d - \sqrt{(\hat p_a-l_a)^2 + (u_b-\hat p_b)^2},\quad
        d + \sqrt{(u_a-\hat p_a)^2 + (\hat p_b-l_b)^2}

    Parameters
    ----------
    count_a, n_a, count_b, n_b : arrays, broadcastable
        Successes and trials of either sample; may be fractional.
    confidence, z
        As in `wilson`.

    Returns
    -------
    low, high : arrays
        Within [-1, 1]; NaN where either sample is empty.

    References
    ----------
    Newcombe (1998), "Interval estimation for the difference between independent proportions",
    Stat. Med. 17, 873-890, method 10.

    Examples
    --------
    >>> low, high = newcombe_difference(56, 70, 48, 80)
    >>> print(f"{low:.4f} {high:.4f}")
    0.0524 0.3339
    """
    low_a, high_a = wilson(count_a, n_a, confidence=confidence, z=z)
    low_b, high_b = wilson(count_b, n_b, confidence=confidence, z=z)
    with np.errstate(divide="ignore", invalid="ignore"):
        p_a = np.asarray(count_a, dtype=np.float64) / np.asarray(n_a, dtype=np.float64)
        p_b = np.asarray(count_b, dtype=np.float64) / np.asarray(n_b, dtype=np.float64)
    low = p_a - p_b - np.hypot(p_a - low_a, high_b - p_b)
    high = p_a - p_b + np.hypot(high_a - p_a, p_b - low_b)
    return low, high
