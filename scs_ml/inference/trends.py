"""How the difference between a group and a reference moves over periods."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from scs_ml.core import Floats, Ints
from scs_ml.inference._arrays import cluster_codes, columns, finite_rows, row_mask, sum_by_code
from scs_ml.inference.clusters import effective_clusters
from scs_ml.inference.estimates import Estimate

_LEAST = 2  # rows of a side in a period, below which the period is left out


def drift_contrast(
    values: npt.ArrayLike,
    period: npt.ArrayLike,
    group: npt.ArrayLike,
    reference: npt.ArrayLike,
    cluster: npt.ArrayLike | None = None,
) -> Estimate:
    r"""Slope over periods of the difference in means, group minus reference.

    The least-squares line through the differences :math:`d_t` of the periods in which both sides have rows,
    :math:`\sum_t w_t d_t` with :math:`w_t = (t - \bar t) / \sum_s (s - \bar t)^2`, every period counting
    alike. Its error is that of the clusters: who is seen in several periods is one unit.

    Parameters
    ----------
    values : array of shape (n,) or (n, v)
        Scores or category codes.
    period : array of int, shape (n,)
    group, reference : arrays of bool, shape (n,)
        Masks over the rows; who they speak of may change with the period.
    cluster : array of shape (n,), optional
        Labels of clusters: families, or people; every row stands alone without.

    Returns
    -------
    Estimate
        Of v slopes, per period; NaN where fewer than two periods have both sides.

    References
    ----------
    Bell & McCaffrey (2002), Surv. Methodol. 28. Liang & Zeger (1986), Biometrika 73, 13-22.
    """
    array = columns(values, "values")
    n, v = array.shape
    codes, n_units = cluster_codes(cluster, n)
    time = np.asarray(period, dtype=np.int64)
    levels, at = np.unique(time, return_inverse=True)
    masks = [row_mask(mask, n, name) for mask, name in ((group, "group"), (reference, "reference"))]
    finite_rows(array, np.flatnonzero(masks[0] | masks[1]), "values")
    counts = [np.bincount(at[mask], minlength=len(levels)) for mask in masks]
    used = np.minimum(*counts) >= _LEAST
    if used.sum() < 2:
        undefined = np.full(v, np.nan)
        return Estimate(undefined, np.zeros((n_units, v)), undefined, np.zeros(v), np.zeros(v))
    centred = np.where(used, levels - levels[used].mean(), 0.0)
    weight = centred / (centred**2).sum()
    value, influence = np.zeros(v), np.zeros((n_units, v))
    variances, dfs = [], []
    for sign, mask, count in zip((1.0, -1.0), masks, counts, strict=True):
        rows = np.flatnonzero(mask & used[at])
        mean, part, df = _side(array[rows], at[rows], codes[rows], (n_units, weight, count))
        value += sign * mean
        influence += sign * part
        variances.append(np.einsum("gv,gv->v", part, part))
        dfs.append(df)
    total = variances[0] + variances[1]
    parts = variances[0] ** 2 / dfs[0] + variances[1] ** 2 / dfs[1]
    df = np.divide(total**2, parts, out=np.full(v, min(dfs)), where=parts > 0)
    covered = np.einsum("gv,gv->v", influence, influence)
    # A unit on both sides (who changed groups) may cancel in the sum; never claim less than half for it.
    return Estimate(value, influence, df, np.maximum(total / 2 - covered, 0.0), np.zeros(v))


def _side(
    values: Floats, at: Ints, codes: Ints, whole: tuple[int, Floats, Ints]
) -> tuple[Floats, Floats, float]:
    """Weighted sum of the period means (v,), influences (G, v) and degrees of freedom of one side.

    `whole` holds the number of clusters, and the weight and the side's rows of every period.
    """
    n_units, weight, count = whole
    share = 1 / np.maximum(count, 1)
    means = sum_by_code(values, at, len(count)) * share[:, None]
    per_row = (weight * share)[at]
    leverage = np.bincount(codes, weights=share[at], minlength=n_units) / len(np.unique(at))
    raw = sum_by_code(per_row[:, None] * (values - means[at]), codes, n_units)
    influence = raw / np.sqrt(1 - np.minimum(leverage, 0.5))[:, None]
    size = np.bincount(codes, weights=np.abs(per_row), minlength=n_units)
    df = max(float(effective_clusters(size)[0]) - 1, 1.0)
    return weight @ means, influence, df
