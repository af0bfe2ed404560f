"""Differences between a group and a reference, each with the influence of every independent unit.

Keeping influences rather than standard errors lets contrasts of overlapping people be judged
jointly (`stack`, then `simultaneous`), and lets families share outcomes.

Small samples are met in three ways, each measured in ``docs/results/coverage.md``: influences carry
the leverage correction of Bell and McCaffrey; degrees of freedom are Satterthwaite's, from each
side's effective number of clusters; and the variance of a share or of log-odds is never taken
to be below that of as many independent people, so that an empty cell does not pass for certainty.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from scs_ml.core import Floats, Ints
from scs_ml.exceptions import ScsError
from scs_ml.inference._arrays import cluster_codes, columns, finite_rows, row_mask, sum_by_code
from scs_ml.inference.clusters import effective_clusters


@dataclass(frozen=True)
class Estimate:
    """m estimates with what is needed to judge them jointly.

    Attributes
    ----------
    value : array of shape (m,)
        NaN where undefined (an empty side).
    influence : array of shape (G, m)
        Influence of each independent unit (cluster, or row where there are none), corrected for
        leverage: the covariance is ``influence.T @ influence`` with no further factor.
    df : array of shape (m,)
        Degrees of freedom of the variance; NaN where a side has fewer than two units.
    nugget : array of shape (m,)
        Variance beyond what the influences show, where cells are empty or nearly so.
    """

    value: Floats
    influence: Floats
    df: Floats
    nugget: Floats

    @property
    def covariance(self) -> Floats:
        """Covariance of the estimates, shape (m, m)."""
        return np.asarray(self.influence.T @ self.influence + np.diag(self.nugget))

    @property
    def se(self) -> Floats:
        """Standard errors, shape (m,); NaN where a side has fewer than two units."""
        variance = np.einsum("gm,gm->m", self.influence, self.influence) + self.nugget
        return np.where(np.isnan(self.df), np.nan, np.sqrt(variance))


def stack(estimates: Sequence[Estimate]) -> Estimate:
    """Put estimates over the same units side by side.

    Parameters
    ----------
    estimates : sequence of Estimate
        Made from the same rows with the same clusters.

    Returns
    -------
    Estimate

    Raises
    ------
    ScsError
        If there are none, or they rest on different numbers of units.
    """
    units = {len(estimate.influence) for estimate in estimates}
    if len(units) != 1:
        raise ScsError(f"Estimates to be stacked must share their units; got {sorted(units)} units.")
    return Estimate(
        value=np.concatenate([e.value for e in estimates]),
        influence=np.concatenate([e.influence for e in estimates], axis=1),
        df=np.concatenate([e.df for e in estimates]),
        nugget=np.concatenate([e.nugget for e in estimates]),
    )


@dataclass(frozen=True)
class _Side:
    """Weighted means of one side, with their influences by unit."""

    mean: Floats  # (v,)
    weight: Floats  # (v,) total weight
    influence: Floats  # (G, v)
    df: Floats  # (v,)

    @property
    def variance(self) -> Floats:
        return np.einsum("gv,gv->v", self.influence, self.influence)

    def scaled(self, slope: Floats) -> Floats:
        """Influences after a smooth transformation with this slope (delta method)."""
        return self.influence * slope


def _side(values: Floats, weight: Floats, codes: Ints, n_units: int) -> _Side:
    """Weighted column means; `values` and `weight` are (r, v) over the side's own rows."""
    total = weight.sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = weight / total
        mean = (share * values).sum(axis=0)
        raw = share * (values - mean)
    mean = np.where(total > 0, mean, np.nan)
    leverage = sum_by_code(np.nan_to_num(share), codes, n_units)
    used = (leverage > 0).sum(axis=0)
    estimable = used >= 2
    room = np.where(estimable, 1 - leverage, 1.0)
    influence = np.where(estimable, sum_by_code(np.nan_to_num(raw), codes, n_units) / np.sqrt(room), 0.0)
    df = np.where(estimable, effective_clusters(leverage) - 1, np.nan)
    return _Side(mean, total, influence, df)


def _welch(variance_a: Floats, df_a: Floats, variance_b: Floats, df_b: Floats) -> Floats:
    """Satterthwaite's degrees of freedom of a difference; the smaller side's where nothing varies."""
    with np.errstate(divide="ignore", invalid="ignore"):
        df = (variance_a + variance_b) ** 2 / (variance_a**2 / df_a + variance_b**2 / df_b)
    return np.where(variance_a + variance_b > 0, df, np.minimum(df_a, df_b))


def _smoothed_share_variance(mean: Floats, weight: Floats) -> Floats:
    """Binomial variance of a share after one more success and one more failure (Agresti and Caffo)."""
    p = (mean * weight + 1) / (weight + 2)
    return p * (1 - p) / (weight + 2)


def ratio_contrast(
    numerator: npt.ArrayLike,
    denominator: npt.ArrayLike,
    group: npt.ArrayLike,
    reference: npt.ArrayLike,
    cluster: npt.ArrayLike | None = None,
) -> Estimate:
    """Difference in conditional rates: mean of the numerator over the denominator's rows, group minus reference.

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
    (2000), "Simple and effective confidence intervals for proportions", Am. Stat. 54.
    """
    values, weight = columns(numerator, "numerator"), columns(denominator, "denominator")
    if len(values) != len(weight):
        raise ScsError(f"numerator has {len(values)} rows, denominator {len(weight)}.")
    weight = np.broadcast_to(weight, np.broadcast_shapes(values.shape, weight.shape))
    values = np.broadcast_to(values, weight.shape)
    codes, n_units = cluster_codes(cluster, len(values))
    sides = []
    shares = np.ones(values.shape[1], dtype=bool)
    for mask, name in ((group, "group"), (reference, "reference")):
        rows = np.flatnonzero(row_mask(mask, len(values), name))
        finite_rows(weight, rows, "denominator")
        if (weight[rows] < 0).any():
            raise ScsError("The denominator must not be negative.")
        counted = np.where(weight[rows] > 0, values[rows], 0.0)
        finite_rows(counted, np.arange(len(rows)), "numerator")
        shares &= (np.isin(counted, (0, 1)) & np.isin(weight[rows], (0, 1))).all(axis=0)
        sides.append(_side(counted, weight[rows], codes[rows], n_units))
    first, second = sides
    floor = [np.where(shares, _smoothed_share_variance(s.mean, s.weight), 0.0) for s in sides]
    return _difference(first.mean - second.mean, (first, second), (np.ones(1), np.ones(1)), floor)


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
    first, second = sides
    empty = np.any([(s.mean == 0) | (s.mean == 1) for s in sides], axis=0)
    value = np.zeros(n_categories - 1)
    slopes, floor = [], []
    for side, sign in ((first, 1.0), (second, -1.0)):
        above = side.mean * side.weight + 0.5 * empty
        below = (1 - side.mean) * side.weight + 0.5 * empty
        value += sign * (np.log(above) - np.log(below))
        slopes.append(1 / above + 1 / below)
        floor.append(1 / above + 1 / below)
    slopes = [slope * side.weight for slope, side in zip(slopes, sides, strict=True)]
    return _difference(value, (first, second), (slopes[0], slopes[1]), floor)


def _difference(
    value: Floats, sides: tuple[_Side, _Side], slopes: tuple[Floats, Floats], floor: Sequence[Floats]
) -> Estimate:
    """Assemble group minus reference, each side's variance held at or above its floor."""
    first, second = (side.scaled(slope) for side, slope in zip(sides, slopes, strict=True))
    shown = [np.einsum("gv,gv->v", influence, influence) for influence in (first, second)]
    estimable = ~np.isnan(sides[0].df + sides[1].df)
    lack = [np.where(estimable, np.maximum(f - v, 0.0), 0.0) for f, v in zip(floor, shown, strict=True)]
    df = _welch(shown[0] + lack[0], sides[0].df, shown[1] + lack[1], sides[1].df)
    influence = np.where(estimable, first - second, 0.0)
    return Estimate(value, influence, np.where(estimable, df, np.nan), lack[0] + lack[1])
