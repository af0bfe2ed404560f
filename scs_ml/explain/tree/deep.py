"""Compiled: leaves that ask for too many features to have a table, worked out row by row.

The formulas are those of `filling`. Path-dependent, every row goes through the quadrature. With a background, the
pattern B of each of its rows leaves the other features no choice, and the integral is a beta function: with a
features met by the row alone and b by the background row alone, those of the first kind gain
:math:`(a-1)!\\,b!/(a+b)!`, those of the second lose :math:`a!\\,(b-1)!/(a+b)!`.
"""

# Numba compiles this; types are those of the arguments that `engine` passes. Arrays are made by the caller, and
# there are no slices, because compiling those takes longer than all the rest.
# mypy: disable-error-code="no-untyped-def, no-untyped-call, untyped-decorator"
# ruff: noqa: ANN001, ANN202

from __future__ import annotations

from numba import float64, int64, njit, uint8, void

from scs_ml.explain.tree.compiling import INNER, KERNEL
from scs_ml.explain.tree.kernels import BLOCK

MOST_FEATURES = 62  # of a path that meets a background: its pattern is one number

ints, floats, octets = int64[::1], float64[::1], uint8[::1]


@njit(
    void(
        octets, int64, int64, int64, int64, int64, ints, ints, octets,
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
        out = BLOCK * (b - first)
        for r in range(n):
            met[out + r] = 255
        for x in range(bit_literal[b], bit_literal[b + 1]):
            node = inner[first_inner + literal_node[x]]
            start = node_start[node] + begin
            if table[node] < 0:
                for r in range(n):
                    left = uint8(255) if uint8(bins[start + r] + add[node]) <= bound[node] else uint8(0)
                    met[out + r] &= left ^ literal_flip[x]
            else:
                for r in range(n):
                    met[out + r] &= tables[table[node], bins[start + r]] ^ literal_flip[x]


@njit(void(int64, int64, octets, ints), **INNER)
def pack(n, k, met, patterns):
    """Write which entries each of n rows meets as one number a row."""
    for r in range(n):
        patterns[r] = 0
    for j in range(k):
        for r in range(n):
            patterns[r] |= (int64(met[BLOCK * j + r]) & 1) << j


@njit(void(int64, int64, int64, float64, floats, floats, floats), **INNER)
def scale_by(n, j, first, t, known, entry_share, product):
    """Turn products into the integrand of the SHAP value of entry j."""
    share = entry_share[first + j]
    up = (1 - share) / (share * (1 - t) + t)
    down = -1 / (1 - t)
    for r in range(n):
        product[r] *= down + (up - down) * known[BLOCK * j + r]


@njit(
    void(int64, int64, int64, floats, floats, float64[:, ::1], float64[:, ::1], int64, floats, floats),
    **INNER,
)
def along_path(n, k, first, known, entry_share, points, weights, chosen, product, gains):
    """Add path-dependent values in a leaf of value 1 to ``gains[BLOCK * j:]``, of n rows."""
    m = (k + 1) >> 1
    for q in range(m):
        t = points[m, q]
        for r in range(n):
            product[r] = weights[m, q]
        for j in range(k):
            unmet = entry_share[first + j] * (1 - t)
            for r in range(n):
                product[r] *= unmet + t * known[BLOCK * j + r]
        if chosen >= 0:
            scale_by(n, chosen, first, t, known, entry_share, product)
        for j in range(k):
            share = entry_share[first + j]
            up = (1 - share) / (share * (1 - t) + t)
            down = -1 / (1 - t)
            if chosen < 0:
                for r in range(n):
                    gains[BLOCK * j + r] += product[r] * (down + (up - down) * known[BLOCK * j + r])
            elif j == chosen:
                for r in range(n):
                    gains[BLOCK * j + r] += product[r]
            else:
                for r in range(n):
                    half = product[r] * (down + (up - down) * known[BLOCK * j + r]) / 2
                    gains[BLOCK * j + r] += half
                    gains[BLOCK * chosen + r] -= half


@njit(void(int64, int64, ints, ints, floats, int64, float64[:, ::1], int64, floats), **INNER)
def against_background(n, k, patterns, background, weights, n_background, beta, chosen, gains):
    """Add interventional values in a leaf of value 1 to ``gains[BLOCK * j:]``, of n rows.

    ``beta[a, b]`` is a! b! / (a + b + 1)!.
    """
    full = (1 << k) - 1
    for r in range(n):
        for i in range(n_background):
            row = patterns[r]
            other = background[i]
            if (row | other) != full or row == other:
                continue
            a = b = 0
            for j in range(k):
                a += (row & ~other) >> j & 1
                b += (other & ~row) >> j & 1
            if chosen < 0:
                for j in range(k):
                    if (row & ~other) >> j & 1:
                        gains[BLOCK * j + r] += weights[i] * beta[a - 1, b]
                    elif (other & ~row) >> j & 1:
                        gains[BLOCK * j + r] -= weights[i] * beta[a, b - 1]
                continue
            in_row = (row & ~other) >> chosen & 1
            if not in_row and not (other & ~row) >> chosen & 1:
                continue
            rest = weights[i] * (beta[a - 1, b] if in_row else -beta[a, b - 1])
            for j in range(k):
                half = 0.0
                if j == chosen:
                    continue
                if (row & ~other) >> j & 1:
                    half = beta[a - 2, b] if in_row else -beta[a - 1, b - 1]
                elif (other & ~row) >> j & 1:
                    half = -beta[a - 1, b - 1] if in_row else beta[a, b - 2]
                half *= weights[i] / 2
                gains[BLOCK * j + r] += half
                rest -= half
            gains[BLOCK * chosen + r] += rest


@njit(**KERNEL)
def add_deep(
    bins, begin, end, trees, deepest,
    tree_inner, inner, node_start, bound, add, table, tables,
    tree_cluster, cluster_bit, cluster_leaf, bit_literal, literal_node, literal_flip,
    leaf_entry, entry_feature, entry_share, value, tree_feature, features, tree_panel, panel_target,
    other_bins, other_start, other_weights, beta, points, weights, focus,
    met, patterns, background, known, product, gains, sums, width, shift,
):  # fmt: skip
    """Add what the deep clusters of some trees add to rows begin..end, as `kernels.add_shap` does for the others.

    With other rows (`other_bins`, with starts and weights of their own) as the background.
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
                pack(n, k, met, patterns)
                for r in range(n):
                    background[block + r] = patterns[r]
            for block in range(begin, end, BLOCK):
                n = min(BLOCK, end - block)
                meet(
                    bins, block, n, first_bit, last_bit, tree_inner[t], bit_literal, literal_node,
                    literal_flip, inner, node_start, bound, add, table, tables, met,
                )  # fmt: skip
                for x in range(BLOCK * k):
                    gains[x] = 0.0
                if n_other:
                    pack(n, k, met, patterns)
                    against_background(
                        n, k, patterns, background, other_weights, n_other, beta, chosen, gains
                    )
                else:
                    for x in range(BLOCK * k):
                        known[x] = met[x] & 1
                    along_path(n, k, first, known, entry_share, points, weights, chosen, product, gains)
                for j in range(k):
                    for v in range(n_values):
                        column = entry_feature[first + j] * n_values + v
                        at = panel_target[8 * tree_panel[t] + column] * width + block - shift
                        for r in range(n):
                            sums[at + r] += value[leaf, v] * gains[BLOCK * j + r]
