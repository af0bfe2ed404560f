"""Differences between a group and a reference, each with the influence of every independent unit.

Small samples are met in four ways, each measured in ``docs/results/coverage.md``: influences carry the
leverage correction of Bell and McCaffrey; degrees of freedom are Satterthwaite's, from each side's effective
number of clusters; means are freed of skewness; and an empty cell never passes for certainty.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from scs_ml.core import Bools, Floats, Ints
from scs_ml.exceptions import ScsError
from scs_ml.inference._arrays import cluster_codes, columns, finite_rows, row_mask, sum_by_code
from scs_ml.inference.clusters import effective_clusters
from scs_ml.inference.estimates import Estimate

# People of the common spread and skewness that each side is given beside its own.
_PRIOR = 2.0


@dataclass(frozen=True)
class _Side:
    """Weighted means of one side (v,), total weights, people, influences (G, v) and degrees of freedom.

    `people` is how many equally weighted people the weights amount to (Kish).
    """

    mean: Floats
    weight: Floats
    people: Floats
    influence: Floats
    df: Floats

    @property
    def variance(self) -> Floats:
        """Variance of the means that the influences show, shape (v,)."""
        return np.asarray(np.einsum("gv,gv->v", self.influence, self.influence))

    @property
    def cumulant(self) -> Floats:
        """Third cumulant of the means that the influences show, shape (v,)."""
        return np.asarray(np.einsum("gv,gv,gv->v", self.influence, self.influence, self.influence))


def _side(values: Floats, weight: Floats, codes: Ints, n_units: int) -> _Side:
    """Weighted column means; `values` and `weight` are (r, v) over the side's own rows."""
    total = weight.sum(axis=0)
    total = np.where(total > 0, total, np.nan)
    # Multiply before dividing: the mean of ones must be 1 exactly, or an empty cell goes unseen.
    mean = (weight * values).sum(axis=0) / total
    leverage = sum_by_code(weight, codes, n_units) / total
    raw = sum_by_code(weight * (values - mean), codes, n_units) / total
    estimable = (leverage > 0).sum(axis=0) >= 2
    influence = np.where(estimable, raw / np.sqrt(np.where(estimable, 1 - leverage, 1.0)), 0.0)
    df = np.where(estimable, np.maximum(effective_clusters(leverage) - 1, 1.0), np.nan)
    return _Side(mean, total, total**2 / (weight**2).sum(axis=0), influence, df)


def _welch(variances: Sequence[Floats], dfs: Sequence[Floats]) -> Floats:
    """Satterthwaite's degrees of freedom of a sum; the smaller ones where nothing varies."""
    total = np.sum(variances, axis=0)
    parts = np.sum([v**2 / df for v, df in zip(variances, dfs, strict=True)], axis=0)
    df = np.divide(total**2, parts, out=np.min(dfs, axis=0), where=parts > 0)
    return np.asarray(df)


def _mended(sides: Sequence[_Side], shares: Bools) -> tuple[list[Floats], list[Floats]]:
    """Least variances and third cumulants of two means, given which columns are shares (0/1).

    A small sample of a skewed quantity often misses its tail, and then understates its own spread and
    skewness along with the tail. So each side counts with `_PRIOR` people of the common spread and
    skewness added, and a share as if it had one more success and one more failure.
    """
    # Spread and skewness of one person, as the mean shows them: families count with their likeness.
    people = [s.people for s in sides]
    dfs = np.array([s.df for s in sides])
    spread = np.array([s.variance * n for s, n in zip(sides, people, strict=True)])
    third = np.array([s.cumulant * n**2 for s, n in zip(sides, people, strict=True)])
    # Values all alike tell nothing of their spread, unless they are shares: the other side's is taken.
    alike = np.array([(s.variance == 0) & ~shares for s in sides])
    spread, third = (np.where(alike, each[::-1], each) for each in (spread, third))
    spread, third = (_with_prior(each, dfs) for each in (spread, third))
    least, cumulants = [], []
    for side, n, own_spread, own_third in zip(sides, people, spread, third, strict=True):
        smoothed = (side.mean * side.weight + 1) / (side.weight + 2)
        binomial = smoothed * (1 - smoothed) / (side.weight + 2)
        unseen = _share_cumulant(smoothed, side.weight + 2) - _share_cumulant(side.mean, side.weight)
        least.append(np.where(shares, np.maximum(binomial, own_spread / n), own_spread / n))
        cumulants.append(np.where(shares, side.cumulant + unseen, own_third / n**2))
    return least, cumulants


def _with_prior(each: Floats, dfs: Floats) -> Floats:
    """Mix what either side shows (2, v) with `_PRIOR` people of what both show together."""
    common = (dfs * each).sum(axis=0) / dfs.sum(axis=0)
    return np.asarray((dfs * each + _PRIOR * common) / (dfs + _PRIOR))


def _share_cumulant(p: Floats, n: Floats) -> Floats:
    """Third cumulant of a binomial share."""
    return p * (1 - p) * (1 - 2 * p) / n**2


def ratio_contrast(
    numerator: npt.ArrayLike,
    denominator: npt.ArrayLike,
    group: npt.ArrayLike,
    reference: npt.ArrayLike,
    cluster: npt.ArrayLike | None = None,
) -> Estimate:
    """Difference in conditional rates, group minus reference: means over the denominator's rows.

    A difference in false-positive rates is ``ratio_contrast(assigned <= k, ~adverse, ...)``.

    Parameters
    ----------
    numerator : array of shape (n,) or (n, v)
        Quantity averaged, per row.
    denominator : array of shape (n,) or (n, v)
        Non-negative weight of each row in the average: 0/1 for "among those who".
    group, reference : arrays of bool, shape (n,)
        Masks; they may overlap (a group against everyone).
    cluster : array of shape (n,), optional
        Labels of clusters whose rows are not independent.

    Returns
    -------
    Estimate
        Of v differences.

    Raises
    ------
    ScsError
        If shapes differ, a used value is not finite, or a weight is negative.

    References
    ----------
    Bell & McCaffrey (2002), "Bias reduction in standard errors for linear regression with
    multi-stage samples", Surv. Methodol. 28. Satterthwaite (1946), Biometrics 2. Agresti & Caffo
    (2000), "Simple and effective confidence intervals for proportions", Am. Stat. 54. Hall (1992), "On
    the removal of skewness by transformation", J. R. Stat. Soc. B 54, 221-228.
    """
    values, weight = columns(numerator, "numerator"), columns(denominator, "denominator")
    if len(values) != len(weight):
        raise ScsError(f"numerator has {len(values)} rows, denominator {len(weight)}.")
    weight = np.broadcast_to(weight, np.broadcast_shapes(values.shape, weight.shape))
    values = np.broadcast_to(values, weight.shape)
    codes, n_units = cluster_codes(cluster, len(values))
    members = []
    for mask, name in ((group, "group"), (reference, "reference")):
        rows = np.flatnonzero(row_mask(mask, len(values), name))
        finite_rows(weight, rows, "denominator")
        if (weight[rows] < 0).any():
            raise ScsError("The denominator must not be negative.")
        members.append(rows)
    used = np.concatenate(members)
    counted = np.where(weight > 0, values, 0.0)
    finite_rows(counted, used, "numerator")
    binary = np.isin(counted[used], (0, 1)) & np.isin(weight[used], (0, 1))
    shares = np.logical_and.reduce(binary, axis=0)
    # Means are taken from a common origin, so that a constant column gives exactly no difference.
    origin = np.where(shares, 0.0, counted[used[0]]) if len(used) else 0.0
    sides = [_side(counted[rows] - origin, weight[rows], codes[rows], n_units) for rows in members]
    value = sides[0].mean - sides[1].mean
    return _difference(value, sides, [np.ones(1), np.ones(1)], *_mended(sides, shares))


def mean_contrast(
    values: npt.ArrayLike,
    group: npt.ArrayLike,
    reference: npt.ArrayLike,
    cluster: npt.ArrayLike | None = None,
) -> Estimate:
    """Difference in means, group minus reference, for one or many columns.

    Parameters
    ----------
    values : array of shape (n,) or (n, v)
        Scores, category codes, SHAP values, or 0/1 outcomes.
    group, reference : arrays of bool, shape (n,)
        Masks; they may overlap (a group against everyone).
    cluster : array of shape (n,), optional
        Labels of clusters whose rows are not independent.

    Returns
    -------
    Estimate
        Of v differences; without clusters its t intervals are Welch's.

    Raises
    ------
    ScsError
        If shapes differ or a used value is not finite.

    References
    ----------
    Welch (1947), Biometrika 34, 28-35, and those of `ratio_contrast`.
    """
    array = columns(values, "values")
    return ratio_contrast(array, np.ones(len(array)), group, reference, cluster)


def cumulative_log_odds(
    categories: npt.ArrayLike,
    group: npt.ArrayLike,
    reference: npt.ArrayLike,
    n_categories: int,
    cluster: npt.ArrayLike | None = None,
) -> Estimate:
    """Log odds ratio of exceeding each boundary, group against reference.

    Below zero the group is put in worse categories. Where one of the four cells at a boundary is
    empty, 1/2 is added to all four (Haldane and Anscombe).

    Parameters
    ----------
    categories : array of int, shape (n,)
        Codes 0..K-1, 0 the worst.
    group, reference : arrays of bool, shape (n,)
    n_categories : int
        K.
    cluster : array of shape (n,), optional
        Labels of clusters whose rows are not independent.

    Returns
    -------
    Estimate
        Of K-1 log odds ratios.

    Raises
    ------
    ScsError
        If shapes differ or a used category is not a code 0..K-1.

    References
    ----------
    Woolf (1955), Ann. Hum. Genet. 19, 251-253. Anscombe (1956), Biometrika 43, 461-464. McCullagh
    (1980), "Regression models for ordinal data", J. R. Stat. Soc. B 42, 109-142.
    """
    codes_y = columns(categories, "categories")
    codes, n_units = cluster_codes(cluster, len(codes_y))
    sides = []
    for mask, name in ((group, "group"), (reference, "reference")):
        rows = np.flatnonzero(row_mask(mask, len(codes_y), name))
        finite_rows(codes_y, rows, "categories")
        used = codes_y[rows]
        if not ((used >= 0) & (used < n_categories) & (used == np.floor(used))).all():
            raise ScsError(f"Categories must be codes 0..{n_categories - 1} in the rows of the {name}.")
        exceeds = (used > np.arange(n_categories - 1)).astype(np.float64)
        sides.append(_side(exceeds, np.ones_like(exceeds), codes[rows], n_units))
    empty = np.any([(s.mean == 0) | (s.mean == 1) for s in sides], axis=0)
    above = [s.mean * s.weight + 0.5 * empty for s in sides]
    below = [s.weight - s.mean * s.weight + 0.5 * empty for s in sides]
    log_odds = [np.log(a) - np.log(b) for a, b in zip(above, below, strict=True)]
    woolf = [1 / a + 1 / b for a, b in zip(above, below, strict=True)]
    slopes = [v * s.weight for v, s in zip(woolf, sides, strict=True)]
    # Woolf's interval is cautious where cells are small; skewness is left to the logarithm.
    flat = [np.zeros(n_categories - 1)] * 2
    return _difference(log_odds[0] - log_odds[1], sides, slopes, woolf, flat)


def _difference(
    value: Floats,
    sides: Sequence[_Side],
    slopes: Sequence[Floats],
    least: Sequence[Floats],
    third: Sequence[Floats],
) -> Estimate:
    """Assemble group minus reference from two means and the slopes of what is made of them."""
    estimable = ~np.isnan(sides[0].df + sides[1].df)
    influences = [
        np.where(estimable, s.influence * slope, 0.0) for s, slope in zip(sides, slopes, strict=True)
    ]
    shown = [np.einsum("gv,gv->v", influence, influence) for influence in influences]
    variances = [
        np.where(estimable, np.maximum(v, at_least), 0.0) for v, at_least in zip(shown, least, strict=True)
    ]
    variance = np.sum(variances, axis=0)
    df = np.where(estimable, _welch(variances, [s.df for s in sides]), np.nan)
    skewness = np.divide(
        third[0] - third[1], variance**1.5, out=np.zeros_like(variance), where=estimable & (variance > 0)
    )
    return Estimate(value, influences[0] - influences[1], df, variance - np.sum(shown, axis=0), skewness)
