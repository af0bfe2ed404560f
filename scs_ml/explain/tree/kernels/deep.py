"""Compiled: leaves that ask for too many features to have a table, path-dependent, worked out row by row.

The formulas are those of `filling`: every row goes through the quadrature by itself.
"""

from __future__ import annotations

from numba import float64, int64, njit, uint8, uint64, void

from scs_ml.explain.tree.kernels.options import INNER, KERNEL
from scs_ml.explain.tree.kernels.rows import BLOCK

ints, floats, octets = int64[::1], float64[::1], uint8[::1]


@njit(
    void(
        octets, int64, uint64, int64, int64, int64, ints, ints, octets,
        ints, ints, octets, octets, ints, uint8[:, ::1], octets,
    ),
    **INNER,
)  # fmt: skip
def meet(
    bins, begin, n, first, last, first_inner, bit_literal, literal_node, literal_flip,
    inner, node_start, bound, add, table, tables, met,
):  # fmt: skip
    """Write at ``met[BLOCK * j:]`` which of n rows meet bit j of a cluster: 255, else 0."""
    for b in range(first, last):
        out = uint64(BLOCK * (b - first))
        for r in range(n):
            met[out + r] = 255
        for x in range(bit_literal[b], bit_literal[b + 1]):
            node = inner[first_inner + literal_node[x]]
            start = uint64(node_start[node] + begin)
            flip = literal_flip[x]
            if table[node] < 0:
                for r in range(n):
                    left = uint8(255) if uint8(bins[start + r] + add[node]) <= bound[node] else uint8(0)
                    met[out + r] &= left ^ flip
            else:
                for r in range(n):
                    met[out + r] &= tables[table[node], bins[start + r]] ^ flip


@njit(void(uint64, uint64, float64, float64, floats, floats), **INNER)
def scale(n, at, unmet, met, known, product):
    """Multiply each row's product by one factor where it meets a feature, by another where it does not."""
    for r in range(n):
        product[r] *= unmet + (met - unmet) * known[at + r]


@njit(void(uint64, uint64, float64, float64, float64, floats, floats, floats), **INNER)
def gain(n, at, part, unmet, met, known, product, gains):
    """Add part of such a multiple to each row's gain from a feature."""
    for r in range(n):
        gains[at + r] += part * product[r] * (unmet + (met - unmet) * known[at + r])


@njit(void(uint64, uint64, float64, floats, floats), **INNER)
def take(n, at, part, product, gains):
    """Add part of each row's product to its gain from a feature."""
    for r in range(n):
        gains[at + r] += part * product[r]


@njit(void(uint64, uint64, float64, floats, floats, int64, int64, uint64, int64, floats), **INNER)
def give(n, at, value, gains, sums, target, width, block, shift, row_weights):
    """Add a feature's gains to each row's sum; or weighted, if weights are given, to one sum of all rows."""
    if len(row_weights):
        total = 0.0
        for r in range(n):
            total += row_weights[block + r] * gains[at + r]
        sums[target] += value * total
    else:
        start = uint64(target * width + int64(block) - shift)
        for r in range(n):
            sums[start + r] += value * gains[at + r]


@njit(**KERNEL)
def add_deep(
    bins, begin, end, trees, deepest,
    tree_inner, inner, node_start, bound, add, table, tables,
    tree_cluster, cluster_bit, bit_literal, literal_node, literal_flip,
    cluster_leaf, leaf_entry, entry_feature, entry_share, value, tree_feature, features,
    tree_panel, panel_target,
    points, weights, focus, met, known, product, gains, sums, width, shift, row_weights,
):  # fmt: skip
    """Add what the deep clusters of some trees add to rows begin..end, as `rows.add_shap` does."""
    n_values = value.shape[1]
    for t in trees:
        for c in range(tree_cluster[t], tree_cluster[t + 1]):
            if cluster_bit[c + 1] - cluster_bit[c] <= deepest:
                continue
            leaf = cluster_leaf[c]
            first = leaf_entry[leaf]
            k = leaf_entry[leaf + 1] - first
            m = (k + 1) >> 1
            chosen = -1
            for j in range(k):
                if features[tree_feature[t] + entry_feature[first + j]] == focus:
                    chosen = j
            if focus >= 0 and chosen < 0:
                continue
            for block in range(begin, end, BLOCK):
                n = min(BLOCK, end - block)
                meet(
                    bins, block, n, cluster_bit[c], cluster_bit[c + 1], tree_inner[t], bit_literal,
                    literal_node,
                    literal_flip, inner, node_start, bound, add, table, tables, met,
                )  # fmt: skip
                for x in range(BLOCK * k):
                    known[x] = met[x] & 1
                    gains[x] = 0.0
                for q in range(m):
                    t_q = points[m, q]
                    for r in range(n):
                        product[r] = weights[m, q]
                    for j in range(k):
                        unmet = entry_share[first + j] * (1 - t_q)
                        scale(n, BLOCK * j, unmet, unmet + t_q, known, product)
                    if chosen >= 0:
                        share = entry_share[first + chosen]
                        up = (1 - share) / (share * (1 - t_q) + t_q)
                        scale(n, BLOCK * chosen, -1 / (1 - t_q), up, known, product)
                        take(n, BLOCK * chosen, 1.0, product, gains)
                    for j in range(k):
                        share = entry_share[first + j]
                        up = (1 - share) / (share * (1 - t_q) + t_q)
                        if chosen < 0:
                            gain(n, BLOCK * j, 1.0, -1 / (1 - t_q), up, known, product, gains)
                        elif j != chosen:
                            gain(n, BLOCK * j, 0.5, -1 / (1 - t_q), up, known, product, gains)
                for j in range(k):
                    if chosen >= 0 and j != chosen:
                        for r in range(n):
                            gains[BLOCK * chosen + r] -= gains[BLOCK * j + r]
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
