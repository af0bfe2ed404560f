"""Group neighbouring leaves into clusters whose joint conditions fit into a short code."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from scs_ml.core import Floats, Ints
from scs_ml.explain.tree.ensemble import TreeEnsemble


@dataclass(frozen=True)
class Clusters:
    """The leaves of every tree, in clusters of neighbours, and what they ask of a row.

    A **bit** of a cluster is one condition: that a row meets all of the bit's **literals** (goes left, or
    right, at a node). The bits of a cluster make a row's **code**. A leaf's **entries** are its path's
    features; a row meets an entry where ``code & mask == match``. What the leaf adds to any SHAP value
    depends on which of its entries the row meets, so the code of a row says what the whole cluster adds.

    A cluster is *deep* if it has more bits than a table may have; then it has one leaf, and a bit for each
    entry.

    Attributes
    ----------
    tree_cluster : ndarray of int (T + 1,)
        First cluster of each tree.
    cluster_bit, cluster_leaf : ndarray of int (C + 1,)
        First bit and first leaf of each cluster.
    bit_literal : ndarray of int (bits + 1,)
        First literal of each bit.
    literal_node : ndarray of int (literals,)
        Inner node, counted within its tree.
    literal_flip : ndarray of uint8 (literals,)
        0 where the row must go left, 255 where right.
    leaf_node : ndarray of int (L,)
        The leaf's place in the ensemble.
    leaf_entry : ndarray of int (L + 1,)
        First entry of each leaf.
    entry_feature : ndarray of int (entries,)
        Feature, counted within its tree's features.
    entry_share : ndarray (entries,)
        Share of training rows that meet the entry among those that meet the path so far, multiplied over its
        nodes.
    entry_mask, entry_match : ndarray of int (entries,)
    tree_feature : ndarray of int (T + 1,)
        First of each tree's features.
    features : ndarray of int
        Features of each tree, those that most clusters ask for first.
    tree_inner : ndarray of int (T + 1,)
        First of each tree's inner nodes.
    inner : ndarray of int
        The inner nodes' places in the ensemble.
    """

    tree_cluster: Ints
    cluster_bit: Ints
    cluster_leaf: Ints
    bit_literal: Ints
    literal_node: Ints
    literal_flip: npt.NDArray[np.uint8]
    leaf_node: Ints
    leaf_entry: Ints
    entry_feature: Ints
    entry_share: Floats
    entry_mask: Ints
    entry_match: Ints
    tree_feature: Ints
    features: Ints
    tree_inner: Ints
    inner: Ints

    @property
    def n_bits(self) -> Ints:
        """Bits of each cluster (C,)."""
        return np.diff(self.cluster_bit)


def cluster_leaves(ensemble: TreeEnsemble, n_bits: int) -> Clusters:
    """Walk every tree's leaves from left to right; start a cluster where one more leaf needs too many bits.

    Parameters
    ----------
    ensemble : TreeEnsemble
    n_bits : int
        Most bits of a cluster of several leaves, at least 1.

    Returns
    -------
    Clusters
    """
    from scs_ml.explain.tree.kernels.clustering import cluster

    nodes, inner = len(ensemble.left), np.flatnonzero(ensemble.left >= 0)
    parent, n_steps, deepest = _paths(ensemble, inner)
    feature = np.full(nodes, -1)
    feature[inner] = ensemble.feature[ensemble.column[inner]]
    tree_inner = np.searchsorted(inner, ensemble.first_node)
    place = np.zeros(nodes, dtype=np.int64)
    place[inner] = np.arange(len(inner)) - np.repeat(tree_inner[:-1], np.diff(tree_inner))
    n_leaves = nodes - len(inner)
    most = (n_bits + 2) * deepest  # nodes above a cluster and one more leaf
    leaf_node, leaf_entry = _zeros(n_leaves), _zeros(n_leaves + 1)
    tree_cluster, cluster_bit, cluster_leaf = (
        _zeros(ensemble.n_trees + 1),
        _zeros(n_leaves + 1),
        _zeros(n_leaves + 1),
    )
    bit_literal, literal_node, literal_flip = (
        _zeros(n_steps + 1),
        _zeros(n_steps),
        np.zeros(n_steps, dtype=np.uint8),
    )
    entry_feature, entry_mask, entry_match = (_zeros(n_steps) for _ in range(3))
    entry_share = np.zeros(n_steps)
    n_clusters, n_used, n_literals, n_entries = cluster(
        ensemble.first_node, ensemble.left, ensemble.right, parent, feature, ensemble.cover, place, n_bits,
        _zeros(deepest + 2), leaf_node, _zeros(nodes), _zeros(nodes), _zeros(nodes), _zeros(most),
        _zeros(most),
        tree_cluster, cluster_bit, cluster_leaf, bit_literal, literal_node, literal_flip,
        leaf_entry, entry_feature, entry_share, entry_mask, entry_match,
    )  # fmt: skip
    cluster_leaf = cluster_leaf[: n_clusters + 1]
    entry_cluster = np.repeat(np.arange(n_clusters), np.diff(leaf_entry[cluster_leaf]))
    tree_feature, features, local = _order_features(
        np.searchsorted(tree_cluster, entry_cluster, side="right") - 1,
        entry_cluster,
        entry_feature[:n_entries],
        ensemble,
    )
    return Clusters(
        tree_cluster=tree_cluster,
        cluster_bit=cluster_bit[: n_clusters + 1],
        cluster_leaf=cluster_leaf,
        bit_literal=bit_literal[: n_used + 1],
        literal_node=literal_node[:n_literals],
        literal_flip=literal_flip[:n_literals],
        leaf_node=leaf_node,
        leaf_entry=leaf_entry,
        entry_feature=local,
        entry_share=entry_share[:n_entries],
        entry_mask=entry_mask[:n_entries],
        entry_match=entry_match[:n_entries],
        tree_feature=tree_feature,
        features=features,
        tree_inner=tree_inner,
        inner=inner,
    )


def _zeros(n: int) -> Ints:
    return np.zeros(n, dtype=np.int64)


def _paths(ensemble: TreeEnsemble, inner: Ints) -> tuple[Ints, int, int]:
    """Parent of each node (-1 at roots); nodes on all leaves' paths, and on the longest (at least 1)."""
    parent = np.full(len(ensemble.left), -1)
    parent[ensemble.left[inner]] = inner
    parent[ensemble.right[inner]] = inner
    steps, deepest = 0, 0
    level = ensemble.first_node[:-1]
    while len(level):
        is_inner = ensemble.left[level] >= 0
        steps += deepest * int((~is_inner).sum())
        level = np.concatenate([ensemble.left[level[is_inner]], ensemble.right[level[is_inner]]])
        deepest += 1
    return parent, steps, max(1, deepest - 1)


def _order_features(
    tree: Ints, cluster: Ints, feature: Ints, ensemble: TreeEnsemble
) -> tuple[Ints, Ints, Ints]:
    """Features of each tree, those that most clusters ask for first; and every entry's place among them."""
    d = ensemble.n_features
    asked = np.unique(cluster * d + feature)  # each cluster's features, once
    tree_of = np.zeros(int(cluster.max(initial=-1)) + 1, dtype=np.int64)
    tree_of[cluster] = tree
    keys, n_clusters = np.unique(tree_of[asked // d] * d + asked % d, return_counts=True)
    order = np.lexsort((keys, -n_clusters, keys // d))
    first = np.searchsorted(keys // d, np.arange(ensemble.n_trees + 1))
    place = np.empty(len(keys), dtype=np.int64)
    place[order] = np.arange(len(keys))
    place -= first[keys // d]
    return first, keys[order] % d, place[np.searchsorted(keys, tree * d + feature)]
