"""Means of one sample, and linear combinations of them: what every figure of a forecast is made of."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from scs_ml.core import Floats
from scs_ml.exceptions import ScsError
from scs_ml.inference._arrays import cluster_codes, columns, finite_rows, sum_by_code
from scs_ml.inference.clusters import effective_clusters
from scs_ml.inference.estimates import Estimate


def weighted_means(
    values: npt.ArrayLike, weight: npt.ArrayLike | None = None, cluster: npt.ArrayLike | None = None
) -> Estimate:
    """Estimate the mean of each column, over the rows that its weights choose.

    A statistic that is no mean is brought here by its influence function: the mean of the rows' influences is
    zero and has the statistic's error, so value and error are put together (`shifted`).

    Parameters
    ----------
    values : array of shape (n,) or (n, v)
    weight : array of shape (n,) or (n, v), optional
        Non-negative; 1 for every row where not given. 0/1 for "the mean among those who".
    cluster : array of shape (n,), optional
        Labels of clusters whose rows are not independent.

    Returns
    -------
    Estimate
        Of v means, leverage corrected, with degrees of freedom from the effective number of clusters. NaN
        where no row has weight.

    Raises
    ------
    ScsError
        If shapes differ, a used value is not finite or a weight is negative.

    References
    ----------
    Bell & McCaffrey (2002), Surv. Methodol. 28. Carter, Schnepel & Steigerwald (2017), Rev. Econ. Stat. 99.
    """
    array = columns(values, "values")
    n, v = array.shape
    given = np.ones((n, 1)) if weight is None else columns(weight, "weight")
    if len(given) != n or given.shape[1] not in (1, v):
        raise ScsError(f"weight of shape {given.shape} does not fit values of shape {array.shape}.")
    finite_rows(given, np.arange(n), "weight")
    if (given < 0).any():
        raise ScsError("A weight must not be negative.")
    used = np.broadcast_to(given, (n, v))
    counted = np.where(used > 0, array, 0.0)
    finite_rows(counted, np.arange(n), "values")
    codes, n_units = cluster_codes(cluster, n)
    total = np.where((total := used.sum(axis=0)) > 0, total, np.nan)
    mean = (used * counted).sum(axis=0) / total
    leverage = np.nan_to_num(sum_by_code(used, codes, n_units) / total)
    raw = np.nan_to_num(sum_by_code(used * (counted - mean), codes, n_units) / total)
    estimable = (leverage > 0).sum(axis=0) >= 2
    influence = np.where(estimable, raw / np.sqrt(np.where(estimable, 1 - leverage, 1.0)), 0.0)
    df = np.where(estimable, np.maximum(effective_clusters(leverage) - 1, 1.0), np.nan)
    return Estimate(mean, influence, df, np.zeros(v), _skewness(influence, np.zeros(v)))


def combine(estimate: Estimate, weights: npt.ArrayLike) -> Estimate:
    """Give linear combinations of estimates over the same units.

    Parameters
    ----------
    estimate : Estimate
        Of v values.
    weights : array of shape (v,) or (v, m)

    Returns
    -------
    Estimate
        Of m values; degrees of freedom are Satterthwaite's over the parts, as if these were independent. NaN
        where a part with weight is.

    References
    ----------
    Satterthwaite (1946), "An approximate distribution of estimates of variance components", Biometrics 2.
    """
    matrix = columns(weights, "weights")
    if len(matrix) != len(estimate.value):
        raise ScsError(f"{len(matrix)} weights for {len(estimate.value)} estimates.")
    influence, nugget = estimate.influence @ matrix, estimate.nugget @ matrix**2
    shown = np.einsum("gv,gv->v", estimate.influence, estimate.influence) + estimate.nugget
    parts = shown[:, None] * matrix**2
    weighs = matrix != 0
    df_parts = np.where(weighs, estimate.df[:, None], np.inf)
    whole = parts.sum(axis=0)
    squares = (parts**2 / df_parts).sum(axis=0)
    df = np.divide(whole**2, squares, out=df_parts.min(axis=0, initial=np.inf), where=squares > 0)
    value = np.where(weighs, estimate.value[:, None] * matrix, 0.0).sum(axis=0)
    return Estimate(value, influence, df, nugget, _skewness(influence, nugget))


def shifted(estimate: Estimate, by: npt.ArrayLike) -> Estimate:
    """Give the same errors about other values: those of a statistic whose influences were averaged.

    Parameters
    ----------
    estimate : Estimate
        Of m values.
    by : array, broadcastable to (m,)
        Added to the values.

    Returns
    -------
    Estimate
    """
    value = np.asarray(estimate.value + np.asarray(by, dtype=np.float64))
    return Estimate(value, estimate.influence, estimate.df, estimate.nugget, estimate.skewness)


def _skewness(influence: Floats, nugget: Floats) -> Floats:
    variance = np.einsum("gv,gv->v", influence, influence) + nugget
    third = np.einsum("gv,gv,gv->v", influence, influence, influence)
    return np.asarray(np.divide(third, variance**1.5, out=np.zeros_like(third), where=variance > 0))
