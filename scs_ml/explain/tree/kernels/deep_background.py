r"""Compiled: leaves that ask for too many features to have a table, against a background, row by row.

What a background row meets leaves the features that are not known no choice, and the integral of `filling` is
a beta function: where the row alone meets a features, the background row alone b, and no feature is met by
neither, each of the first gains :math:`(a-1)!\,b!/(a+b)!` and each of the others loses
:math:`a!\,(b-1)!/(a+b)!`.
"""

from __future__ import annotations

from numba import float64, int64, njit, uint8, void

from scs_ml.explain.tree.kernels.deep import give, meet
from scs_ml.explain.tree.kernels.options import INNER, KERNEL
from scs_ml.explain.tree.kernels.rows import BLOCK

MOST_FEATURES = 62  # of a path: which of them a row meets is one number

ints, floats, octets = int64[::1], float64[::1], uint8[::1]


@njit(void(int64, int64, octets, ints, int64), **INNER)
def pack(n, k, met, patterns, out):
    """Write at ``patterns[out:]`` which of k features each of n rows meets."""
    for r in range(n):
        patterns[out + r] = 0
        for j in range(k):
            patterns[out + r] |= int64(met[BLOCK * j + r] & 1) << j


@njit(int64(int64, int64), **INNER)
def count(pattern, k):
    """Number of features in a pattern."""
    found = 0
    for j in range(k):
        found += pattern >> j & 1
    return found


@njit(void(int64, int64, int64, int64, float64, float64[:, ::1], floats), **INNER)
def add_values(r, k, row, other, weight, beta, gains):
    """Add one row's values against one background row to ``gains[BLOCK * j + r]``."""
    ours = row & ~other
    theirs = other & ~row
    a = count(ours, k)
    b = count(theirs, k)
    for j in range(k):
        if ours >> j & 1:
            gains[BLOCK * j + r] += weight * beta[a - 1, b]
        elif theirs >> j & 1:
            gains[BLOCK * j + r] -= weight * beta[a, b - 1]


@njit(void(int64, int64, int64, int64, float64, float64[:, ::1], int64, floats), **INNER)
def add_interactions(r, k, row, other, weight, beta, chosen, gains):
    """Add one row's interaction values of a feature against one background row."""
    ours = row & ~other
    theirs = other & ~row
    a = count(ours, k)
    b = count(theirs, k)
    if ours >> chosen & 1:
        rest = weight * beta[a - 1, b]
    elif theirs >> chosen & 1:
        rest = -weight * beta[a, b - 1]
    else:
        return
    for j in range(k):
        half = 0.0
        if j != chosen and (ours | theirs) >> j & 1:
            if (ours >> j & 1) != (ours >> chosen & 1):
                half = -beta[a - 1, b - 1]
            elif ours >> j & 1:
                half = beta[a - 2, b]
            else:
                half = beta[a, b - 2]
        gains[BLOCK * j + r] += weight * half / 2
        rest -= weight * half / 2
    gains[BLOCK * chosen + r] += rest


@njit(**KERNEL)
def add_deep(
    bins, begin, end, trees, deepest,
    tree_inner, inner, node_start, bound, add, table, tables,
    tree_cluster, cluster_bit, bit_literal, literal_node, literal_flip,
    cluster_leaf, leaf_entry, entry_feature, entry_share, value, tree_feature, features,
    tree_panel, panel_target,
    other_bins, other_start, other_weights, beta, focus,
    met, patterns, gains, sums, width, shift, row_weights,
):  # fmt: skip
    """Add what the deep clusters of some trees add to rows begin..end, as `rows.add_shap` does.

    ``beta[a, b]`` is a! b! / (a + b + 1)!; `patterns` has room for the background's rows and one block.
    """
    n_values = value.shape[1]
    n_other = len(other_weights)
    for t in trees:
        for c in range(tree_cluster[t], tree_cluster[t + 1]):
            first_bit = cluster_bit[c]
            last_bit = cluster_bit[c + 1]
            if last_bit - first_bit <= deepest:
                continue
            leaf = cluster_leaf[c]
            first = leaf_entry[leaf]
            k = leaf_entry[leaf + 1] - first
            chosen = -1
            for j in range(k):
                if features[tree_feature[t] + entry_feature[first + j]] == focus:
                    chosen = j
            if focus >= 0 and chosen < 0:
                continue
            for block in range(0, n_other, BLOCK):
                n = min(BLOCK, n_other - block)
                meet(
                    other_bins, block, n, first_bit, last_bit, tree_inner[t], bit_literal, literal_node,
                    literal_flip, inner, other_start, bound, add, table, tables, met,
                )  # fmt: skip
                pack(n, k, met, patterns, block)
            full = (1 << k) - 1
            for block in range(begin, end, BLOCK):
                n = min(BLOCK, end - block)
                meet(
                    bins, block, n, first_bit, last_bit, tree_inner[t], bit_literal, literal_node,
                    literal_flip, inner, node_start, bound, add, table, tables, met,
                )  # fmt: skip
                pack(n, k, met, patterns, n_other)
                for x in range(BLOCK * k):
                    gains[x] = 0.0
                for r in range(n):
                    row = patterns[n_other + r]
                    for i in range(n_other):
                        other = patterns[i]
                        if (row | other) != full or row == other:
                            continue
                        if chosen < 0:
                            add_values(r, k, row, other, other_weights[i], beta, gains)
                        else:
                            add_interactions(r, k, row, other, other_weights[i], beta, chosen, gains)
                for j in range(k):
                    for v in range(n_values):
                        column = entry_feature[first + j] * n_values + v
                        target = panel_target[8 * tree_panel[t] + column]
                        give(
                            n,
                            BLOCK * j,
                            value[leaf, v],
                            gains,
                            sums,
                            target,
                            width,
                            block,
                            shift,
                            row_weights,
                        )
