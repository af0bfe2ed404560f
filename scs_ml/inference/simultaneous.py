"""Joint intervals and p-values for many contrasts of the same people (single-step max-T)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from scs_ml.core import Bools, Floats
from scs_ml.exceptions import ScsError
from scs_ml.inference.estimates import Estimate
from scs_ml.inference.power import detectable_effect

_BLOCK = 1_000_000  # numbers drawn at a time, so that memory does not grow with the number of contrasts


@dataclass(frozen=True)
class SimultaneousResult:
    r"""m estimates judged together; all but the value is NaN where a contrast has no standard error.

    Attributes
    ----------
    value, se : arrays of shape (m,)
        Estimates and their standard errors.
    low, high : arrays of shape (m,)
        Intervals that all hold at once with the confidence asked for; not quite symmetric where
        the estimate is skewed.
    p_adjusted : array of shape (m,)
        Probability, were all effects zero, of any contrast as extreme as this one. At most
        1 - confidence exactly where the interval excludes zero.
    critical : array of shape (m,)
        Critical values of the statistic; they differ where degrees of freedom do.
    detectable : array of shape (m,)
        Smallest effect found with 80 % power.
    """

    value: Floats
    se: Floats
    low: Floats
    high: Floats
    p_adjusted: Floats
    critical: Floats
    detectable: Floats


def simultaneous(
    estimate: Estimate, *, confidence: float = 0.95, draws: int = 20_000, seed: int = 0
) -> SimultaneousResult:
    """Judge all contrasts of an estimate together, using their correlation.

    Each t statistic is brought to the normal scale through its own degrees of freedom; the largest
    of m correlated normals, drawn from the estimated correlation, then gives one critical value
    and the p-values. The critical value never exceeds Sidak's, which holds for any correlation of
    normals, and a p-value never exceeds Sidak's, so neither is blurred by the draws far in the tail.

    Parameters
    ----------
    estimate : Estimate
        m contrasts, usually from `stack`.
    confidence : float
        Probability that all intervals cover at once.
    draws : int
        Draws of the largest statistic.
    seed : int
        Seed of the draws; the same seed gives the same result.

    Returns
    -------
    SimultaneousResult

    Raises
    ------
    ScsError
        If the confidence is not within (0, 1) or there are too few draws for it.

    References
    ----------
    Hothorn, Bretz & Westfall (2008), "Simultaneous inference in general parametric models", Biom.
    J. 50, 346-363. Westfall & Young (1993), Resampling-Based Multiple Testing. Sidak (1967), "Rectangular
    confidence regions for the means of multivariate normal distributions", JASA 62.
    """
    level = 1 - confidence
    if not 0 < confidence < 1:
        raise ScsError(f"The confidence must lie between 0 and 1; got {confidence}.")
    allowed = int(np.floor(level * (draws + 1) + 1e-9))
    if allowed < 1:
        raise ScsError(
            f"{draws} draws cannot resolve a confidence of {confidence}.",
            remedy=f"Use at least {int(np.ceil(1 / level))} draws.",
        )
    value, se, df = estimate.value, estimate.se, estimate.df
    usable = ~np.isnan(value) & ~np.isnan(se)
    m = int(usable.sum())
    p_adjusted, critical = np.full(len(value), np.nan), np.full(len(value), np.nan)
    if m:
        # The normal deviate with the same tail as each t; infinite where the tail underflows.
        normal = stats.norm.isf(stats.t.sf(np.abs(estimate.statistic()[usable]), df[usable]))
        # Sidak: 1 - (1 - p)^m, in logarithms because p may be tiny.
        single = 2 * stats.norm.sf(normal)
        with np.errstate(divide="ignore"):  # a p-value of exactly 1
            p_usable = -np.expm1(m * np.log1p(-single))
        critical_normal = float(stats.norm.isf(-np.expm1(np.log1p(-level) / m) / 2))
        varying = usable & (se > 0)
        if varying.sum() > 1:
            largest = np.sort(_largest_normal(_correlation(estimate, varying), draws, seed))
            beyond = draws - np.searchsorted(largest, normal, side="left")
            p_usable = np.minimum(p_usable, (1 + beyond) / (draws + 1))
            critical_normal = min(critical_normal, float(largest[draws - allowed]))
        p_adjusted[usable] = p_usable
        critical[usable] = stats.t.isf(stats.norm.sf(critical_normal), df[usable])
    low, high = estimate.limits(critical)
    return SimultaneousResult(
        value=value,
        se=se,
        low=low,
        high=high,
        p_adjusted=p_adjusted,
        critical=critical,
        detectable=detectable_effect(se, critical),
    )


def _correlation(estimate: Estimate, kept: Bools) -> Floats:
    influence = estimate.influence[:, kept]
    covariance = influence.T @ influence + np.diag(estimate.nugget[kept])
    scale = np.sqrt(np.diag(covariance))
    return np.asarray(covariance / np.outer(scale, scale))


def _largest_normal(correlation: Floats, draws: int, seed: int) -> Floats:
    """Draw the largest size among jointly normal variables with this correlation, which may be singular."""
    eigenvalues, vectors = np.linalg.eigh(correlation)
    kept = eigenvalues > 1e-12 * eigenvalues[-1]
    root = vectors[:, kept] * np.sqrt(eigenvalues[kept])
    rng = np.random.default_rng(seed)
    block = max(1, _BLOCK // len(correlation))
    largest = np.empty(draws)
    for start in range(0, draws, block):
        stop = min(start + block, draws)
        normals = rng.standard_normal((stop - start, root.shape[1]))
        largest[start:stop] = np.abs(normals @ root.T).max(axis=1)
    return largest
