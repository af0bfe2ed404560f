"""Compiled: bin rows, code them by cluster, and add up what the tables hold for their codes."""

from __future__ import annotations

import numpy as np
from numba import float64, int64, njit, uint8, uint16, void

from scs_ml.explain.tree.kernels.options import INNER, KERNEL
from scs_ml.explain.tree.kernels.vectors import (
    BYTES,
    LANES,
    SIDE,
    add_columns,
    add_rows,
    add_weighted,
    and_flipped,
    below,
    empty_tile,
    or_masked,
    put,
    put_sum,
    put_wide,
    same,
    tally,
)

BLOCK = 512  # rows whose conditions lie in cache at a time
ints, floats, octets, shorts = int64[::1], float64[::1], uint8[::1], uint16[::1]


@njit(**KERNEL)
def search(rows, order, first, last, chosen, source, edges, largest_step, values, places, bins):
    """Bin the `chosen` columns of ``rows[order[first:last]]``: edges below each value, 255 where missing."""
    width = len(values)
    for begin in range(first, last, width):
        n = min(width, last - begin)
        for c in chosen:
            column = source[c]
            for r in range(n):
                values[r] = rows[order[begin + r], column]
                places[r] = 0
            # All rows take a step at once: nothing then waits for the last comparison of the same row.
            step = largest_step[c]
            while step > 0:
                for r in range(n):
                    places[r] += step * (values[r] > edges[c, places[r] + step - 1])
                step >>= 1
            for r in range(n):
                bins[c, begin + r] = places[r] if values[r] == values[r] else 255


@njit(
    void(octets, int64, int64, int64, int64, ints, ints, octets, octets, ints, uint8[:, ::1], octets), **INNER
)
def ask_nodes(bins, begin, n, first, last, inner, node_start, bound, add, table, tables, masks):
    """Write at ``masks[BLOCK * i:]`` which of n rows go left at a tree's inner node i: 255, else 0."""
    for i in range(first, last):
        node = inner[i]
        start = node_start[node] + begin
        out = BLOCK * (i - first)
        if table[node] < 0:
            for r in range(0, n, LANES):
                put(masks, out + r, below(bins, start + r, add[node], bound[node]))
        else:
            for r in range(n):
                masks[out + r] = tables[table[node], bins[start + r]]


@njit(BYTES(octets, int64, int64, int64, ints, ints, octets), **INNER)
def bits(masks, r, first, last, bit_literal, literal_node, literal_flip):
    """Bits first..last (8 at most) of the codes of rows r..r + 127."""
    code = same(np.uint8(0))
    mask = np.uint8(1)
    for b in range(first, last):
        met = same(np.uint8(255))
        for x in range(bit_literal[b], bit_literal[b + 1]):
            met = and_flipped(met, masks, BLOCK * literal_node[x] + r, literal_flip[x])
        code = or_masked(code, met, mask)
        mask = np.uint8(mask << 1)
    return code


@njit(void(octets, int64, int64, int64, ints, ints, octets, shorts, int64), **INNER)
def code_cluster(masks, n, first, last, bit_literal, literal_node, literal_flip, codes, out):
    """Write at ``codes[out:]`` the codes of n rows in a cluster of the bits first..last, 16 at most."""
    middle = min(first + 8, last)
    for r in range(0, n, LANES):
        low = bits(masks, r, first, middle, bit_literal, literal_node, literal_flip)
        high = bits(masks, r, middle, last, bit_literal, literal_node, literal_flip)
        put_wide(codes, out + r, low, high)


@njit(**KERNEL)
def add_shap(
    bins, begin, end, trees, deepest,
    tree_inner, inner, node_start, bound, add, table, tables,
    tree_cluster, cluster_bit, bit_literal, literal_node, literal_flip,
    tree_panel, panel_unit, unit_cluster, unit_start, panel_target, values,
    masks, codes, starts, sums, width, shift,
):  # fmt: skip
    """Add the trees' SHAP values of rows begin..end to ``sums[target * width + row - shift]``."""
    for t in trees:
        first_cluster = tree_cluster[t]
        for block in range(begin, end, BLOCK):
            n = min(BLOCK, end - block)
            ask_nodes(
                bins,
                block,
                n,
                tree_inner[t],
                tree_inner[t + 1],
                inner,
                node_start,
                bound,
                add,
                table,
                tables,
                masks,
            )
            for c in range(first_cluster, tree_cluster[t + 1]):
                if cluster_bit[c + 1] - cluster_bit[c] <= deepest:
                    code_cluster(
                        masks, n, cluster_bit[c], cluster_bit[c + 1], bit_literal, literal_node, literal_flip,
                        codes, BLOCK * (c - first_cluster),
                    )  # fmt: skip
            for p in range(tree_panel[t], tree_panel[t + 1]):
                for j in range(SIDE):
                    starts[j] = panel_target[SIDE * p + j] * width + block - shift
                for r in range(0, n, SIDE):
                    tile = empty_tile()
                    for u in range(panel_unit[p], panel_unit[p + 1]):
                        out = BLOCK * (unit_cluster[u] - first_cluster) + r
                        tile = add_rows(tile, values, unit_start[u], codes, out)
                    add_columns(tile, sums, starts, 0, r)


@njit(**KERNEL)
def add_group_sums(
    bins, group_first, weights, trees, deepest,
    tree_inner, inner, node_start, bound, add, table, tables,
    tree_cluster, cluster_bit, bit_literal, literal_node, literal_flip,
    tree_panel, panel_unit, unit_cluster, unit_start, values,
    masks, codes, shallow, first_count, counts, n_panels, sums,
):  # fmt: skip
    """Write at ``sums[8 * (group * n_panels + panel):]`` a panel's columns, summed over the rows of a group.

    Rows lie group after group. A cluster's tables are weighed by how often each code occurs in the group.
    """
    for t in trees:
        first_cluster = tree_cluster[t]
        n_counts = n_shallow = 0
        for c in range(first_cluster, tree_cluster[t + 1]):
            if cluster_bit[c + 1] - cluster_bit[c] <= deepest:
                first_count[c - first_cluster] = n_counts
                n_counts += max(SIDE, 1 << (cluster_bit[c + 1] - cluster_bit[c]))
                shallow[n_shallow] = c - first_cluster
                n_shallow += 1
        for g in range(len(group_first) - 1):
            for x in range(n_counts):
                counts[x] = 0
            for block in range(group_first[g], group_first[g + 1], BLOCK):
                n = min(BLOCK, group_first[g + 1] - block)
                ask_nodes(
                    bins, block, n, tree_inner[t], tree_inner[t + 1], inner, node_start, bound, add,
                    table, tables, masks,
                )  # fmt: skip
                for c in range(first_cluster, tree_cluster[t + 1]):
                    if cluster_bit[c + 1] - cluster_bit[c] <= deepest:
                        code_cluster(
                            masks, n, cluster_bit[c], cluster_bit[c + 1], bit_literal, literal_node,
                            literal_flip, codes, BLOCK * (c - first_cluster),
                        )  # fmt: skip
                whole = n - n % SIDE
                for r in range(0, whole, SIDE):
                    for x in range(n_shallow):
                        c = shallow[x]
                        tally(counts, first_count[c], codes, BLOCK * c + r, weights, block + r)
                for r in range(whole, n):
                    for x in range(n_shallow):
                        c = shallow[x]
                        counts[first_count[c] + codes[BLOCK * c + r]] += (
                            weights[block + r] if len(weights) else 1
                        )
            for p in range(tree_panel[t], tree_panel[t + 1]):
                tile = empty_tile()
                for u in range(panel_unit[p], panel_unit[p + 1]):
                    c = unit_cluster[u]
                    count = first_count[c - first_cluster]
                    for code in range(0, 1 << (cluster_bit[c + 1] - cluster_bit[c]), SIDE):
                        start = unit_start[u] + SIDE * code
                        tile = add_weighted(tile, values, start, counts, count + code)
                put_sum(sums, SIDE * (g * n_panels + p), tile)


@njit(**KERNEL)
def weigh_codes(
    bins, weights, trees, deepest,
    tree_inner, inner, node_start, bound, add, table, tables,
    tree_cluster, cluster_bit, bit_literal, literal_node, literal_flip,
    masks, codes, first_pattern, patterns,
):  # fmt: skip
    """Add at ``patterns[first_pattern[c] + code]`` the weights of the rows that have a code in a cluster."""
    for t in trees:
        for block in range(0, len(weights), BLOCK):
            n = min(BLOCK, len(weights) - block)
            ask_nodes(
                bins,
                block,
                n,
                tree_inner[t],
                tree_inner[t + 1],
                inner,
                node_start,
                bound,
                add,
                table,
                tables,
                masks,
            )
            for c in range(tree_cluster[t], tree_cluster[t + 1]):
                if cluster_bit[c + 1] - cluster_bit[c] <= deepest:
                    code_cluster(
                        masks,
                        n,
                        cluster_bit[c],
                        cluster_bit[c + 1],
                        bit_literal,
                        literal_node,
                        literal_flip,
                        codes,
                        0,
                    )
                    for r in range(n):
                        patterns[first_pattern[c] + codes[r]] += weights[block + r]
