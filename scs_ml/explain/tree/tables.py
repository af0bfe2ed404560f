"""What each cluster adds to the SHAP values of a row, for every code that a row may have."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scs_ml.core import Floats, Ints
from scs_ml.explain.tree.clusters import Clusters
from scs_ml.explain.tree.ensemble import TreeEnsemble

SIDE = 8  # columns of a panel: one line of cache

DEEPEST = 14  # most bits of a table


@dataclass(frozen=True)
class Layout:
    """Where tables lie, and what their columns add to.

    The columns of a tree are its features times its values, in **panels** of eight. A **unit** is the table
    of one cluster in one panel: eight numbers for each code. Clusters that have no feature in a panel have no
    unit there, deep ones have none at all.

    Attributes
    ----------
    tree_panel : ndarray of int (T + 1,)
        First panel of each tree.
    panel_unit : ndarray of int (panels + 1,)
        First unit of each panel.
    panel_target : ndarray of int (8 panels,)
        ``output * d + feature`` that each column adds to; ``outputs * d`` where there is none.
    unit_cluster, unit_start : ndarray of int (units,)
        Cluster of each unit, and first number of its table.
    cluster_panel : ndarray of int (C,)
        Place in `table_start` of each cluster's first panel.
    table_start : ndarray of int
        First number of each cluster's table in each panel of its tree; -1 where it has none.
    size : int
        Numbers in all tables.
    """

    tree_panel: Ints
    panel_unit: Ints
    panel_target: Ints
    unit_cluster: Ints
    unit_start: Ints
    cluster_panel: Ints
    table_start: Ints
    size: int


def lay_out(ensemble: TreeEnsemble, clusters: Clusters, deepest: int) -> Layout:
    """Place the tables of all clusters of at most `deepest` bits."""
    n_values = ensemble.output.shape[1]
    n_columns = np.diff(clusters.tree_feature) * n_values
    tree_panel = np.cumsum([0, *-(-n_columns // SIDE)])
    n_panels, n_clusters = int(tree_panel[-1]), len(clusters.n_bits)
    target = np.full(SIDE * n_panels, len(ensemble.base) * ensemble.n_features)
    column = np.arange(n_columns.sum()) - np.repeat(np.cumsum(n_columns) - n_columns, n_columns)
    target[np.repeat(SIDE * tree_panel[:-1], n_columns) + column] = (
        np.repeat(ensemble.output, np.diff(clusters.tree_feature), axis=0) * ensemble.n_features
        + clusters.features[:, None]
    ).ravel()
    # A unit wherever an entry of a cluster has a column in a panel.
    entry_cluster = np.repeat(np.arange(n_clusters), np.diff(clusters.leaf_entry[clusters.cluster_leaf]))
    kept = clusters.n_bits[entry_cluster] <= deepest
    cluster, local = entry_cluster[kept], clusters.entry_feature[kept]
    first_panel = np.repeat(tree_panel[:-1], np.diff(clusters.tree_cluster))
    keys = np.unique(
        [
            (first_panel[cluster] + (local * n_values + v) // SIDE) * n_clusters + cluster
            for v in range(n_values)
        ]
    )
    unit_cluster = keys % n_clusters
    ends = np.cumsum(SIDE << clusters.n_bits[unit_cluster])
    unit_start = np.append(0, ends)[:-1]
    n_own = np.repeat(np.diff(tree_panel), np.diff(clusters.tree_cluster))
    cluster_panel = np.cumsum(n_own) - n_own
    table_start = np.full(int(n_own.sum()), -1)
    table_start[cluster_panel[unit_cluster] + keys // n_clusters - first_panel[unit_cluster]] = unit_start
    return Layout(
        tree_panel=tree_panel,
        panel_unit=np.searchsorted(keys // n_clusters, np.arange(n_panels + 1)),
        panel_target=target,
        unit_cluster=unit_cluster,
        unit_start=unit_start,
        cluster_panel=cluster_panel,
        table_start=table_start,
        size=int(ends[-1]) if len(ends) else 0,
    )


def fill_tables(
    ensemble: TreeEnsemble,
    clusters: Clusters,
    layout: Layout,
    trees: Ints,
    tables: Floats,
    *,
    patterns: tuple[Floats, Ints] | None,
    focus: int = -1,
) -> None:
    """Fill the tables of some trees.

    Parameters
    ----------
    ensemble, clusters, layout
    trees : ndarray of int
    tables : ndarray (layout.size,)
        Filled in place.
    patterns : (ndarray, ndarray of int) or None
        Share of the background that has each code, cluster after cluster, and where each cluster begins (see
        `first_pattern`); None for path-dependent values.
    focus : int
        Feature whose SHAP interaction values are wanted; -1 for SHAP values.
    """
    from scs_ml.explain.tree.kernels.filling import fill

    points, weights = quadrature(DEEPEST)
    shares, first = (np.empty(0), np.empty(0, dtype=np.int64)) if patterns is None else patterns
    room = [np.empty(1 << DEEPEST) for _ in range(7)]
    fill(
        trees, clusters.tree_cluster, clusters.cluster_leaf, clusters.n_bits, clusters.leaf_entry,
        clusters.entry_feature, clusters.entry_share, clusters.entry_mask, clusters.entry_match,
        ensemble.value[clusters.leaf_node], clusters.tree_feature, clusters.features,
        layout.tree_panel, layout.cluster_panel, layout.table_start, points, weights,
        shares, first, patterns is not None, focus,
        np.empty(1 << DEEPEST, dtype=np.int64),
        np.empty(int(np.diff(layout.tree_panel).max(initial=1)), dtype=np.int64),
        *room, tables,
    )  # fmt: skip


def first_pattern(clusters: Clusters, deepest: int) -> Ints:
    """Where the codes of each cluster begin if those of all that have tables are listed one after another."""
    n_bits = clusters.n_bits
    return np.cumsum([0, *np.where(n_bits <= deepest, 1 << np.minimum(n_bits, deepest), 0)])


def quadrature(most: int) -> tuple[Floats, Floats]:
    """Gauss-Legendre points on [0, 1] and weights, m of them in row m; exact for paths of `most` features.

    Parameters
    ----------
    most : int

    Returns
    -------
    points, weights : ndarray (ceil(most / 2) + 1, ceil(most / 2))
    """
    rows = (most + 1) // 2
    points, weights = np.full((rows + 1, rows), 0.5), np.zeros((rows + 1, rows))
    for m in range(1, rows + 1):
        x, w = np.polynomial.legendre.leggauss(m)
        points[m, :m], weights[m, :m] = (1 + x) / 2, w / 2
    return points, weights
