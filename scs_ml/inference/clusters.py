"""Cluster-robust variance from influence values.

The influence of a row is its share of the estimate's deviation: ``estimate - truth`` is, to first
order, the sum of the rows' influences. So the influence of row i on a mean is
``(x_i - mean) / n``, and the variance of any estimate is the sum of its squared cluster sums.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from scs_ml.core import Floats
from scs_ml.inference._arrays import cluster_codes, columns, sum_by_code


def cluster_sums(influence: npt.ArrayLike, cluster: npt.ArrayLike | None) -> Floats:
    """Sum influences within clusters.

    Parameters
    ----------
    influence : array of shape (n, m) or (n,)
    cluster : array of shape (n,) or None
        Labels of clusters whose rows are not independent; None where every row stands alone.

    Returns
    -------
    array of shape (G, m)
        One row per cluster, in the sorted order of the labels.
    """
    rows = columns(influence, "influence")
    if cluster is None:
        return rows
    codes, n_clusters = cluster_codes(cluster, len(rows))
    return sum_by_code(rows, codes, n_clusters)


def covariance(influence: npt.ArrayLike, cluster: npt.ArrayLike | None) -> Floats:
    r"""Cluster-robust covariance :math:`\frac{G}{G-1}\sum_g S_g S_g^\top` of m estimates.

    Parameters
    ----------
    influence : array of shape (n, m) or (n,)
    cluster : array of shape (n,) or None

    Returns
    -------
    array of shape (m, m)
        NaN with fewer than two clusters.

    References
    ----------
    Liang & Zeger (1986), Biometrika 73, 13-22. Cameron & Miller (2015), J. Hum. Resour. 50, 317-372.
    """
    sums = cluster_sums(influence, cluster)
    n_clusters = len(sums)
    if n_clusters < 2:
        return np.full((sums.shape[1], sums.shape[1]), np.nan)
    return np.asarray(sums.T @ sums * (n_clusters / (n_clusters - 1)))


def design_effect(influence: npt.ArrayLike, cluster: npt.ArrayLike | None) -> Floats:
    """Variance under clustering over the variance if all rows were independent.

    Parameters
    ----------
    influence : array of shape (n, m) or (n,)
    cluster : array of shape (n,) or None

    Returns
    -------
    array of shape (m,)
        NaN where the estimate does not vary at all.

    References
    ----------
    Kish (1965), Survey Sampling, 8.2.
    """
    clustered = np.diag(covariance(influence, cluster))
    independent = np.diag(covariance(influence, None))
    undefined = np.full(len(clustered), np.nan)
    return np.asarray(np.divide(clustered, independent, out=undefined, where=independent > 0))


def effective_clusters(size: npt.ArrayLike) -> Floats:
    r"""Effective number of clusters, :math:`(\sum_g n_g^2)^2 / \sum_g n_g^4`.

    A mean over few or very unequal clusters has fewer degrees of freedom than clusters: this is
    the number of equal clusters whose variance estimate would be as noisy, taking members of a
    cluster to be perfectly alike (the cautious end).

    Parameters
    ----------
    size : array of shape (G, m) or (G,)
        Rows (or weight) of each cluster in each estimate.

    Returns
    -------
    array of shape (m,)
        G where all clusters are equal; NaN where all are empty.

    References
    ----------
    Carter, Schnepel & Steigerwald (2017), "Asymptotic behavior of a t-test robust to cluster
    heterogeneity", Rev. Econ. Stat. 99, 698-709.
    """
    squared = columns(size, "size") ** 2
    top, bottom = squared.sum(axis=0) ** 2, (squared**2).sum(axis=0)
    return np.asarray(np.divide(top, bottom, out=np.full(len(top), np.nan), where=bottom > 0))
