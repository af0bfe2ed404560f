"""Compiled: find the clusters of every tree (see `clusters.Clusters` for what is found)."""

from __future__ import annotations

from numba import float64, int64, njit

from scs_ml.explain.tree.kernels.options import INNER, KERNEL

LEFT, RIGHT, BOTH = 1, 2, 3
ints, floats = int64[::1], float64[::1]
_MOST_BITS = 62  # of a mask; the entries of a deep cluster are its bits, and need none


@njit(int64(ints, int64, int64, ints, ints, ints, ints, ints, int64), **INNER)
def walk(leaf_node, begin, end, left, parent, member, direction, touched, n_touched):
    """Forget the nodes touched so far; touch those above some leaves: who passes, in which direction."""
    for x in range(n_touched):
        member[touched[x]] = 0
        direction[touched[x]] = 0
    n_touched = 0
    for leaf in range(begin, end):
        child = leaf_node[leaf]
        i = parent[child]
        while i >= 0:
            if member[i] == 0:
                touched[n_touched] = i
                n_touched += 1
            member[i] |= 1 << (leaf - begin)
            direction[i] |= LEFT if left[i] == child else RIGHT
            child = i
            i = parent[child]
    return n_touched


@njit(int64(ints, int64, ints, ints, ints, ints, ints), **INNER)
def assign(touched, n_touched, feature, member, direction, bit_of, bit_node):
    """Give each touched node a bit: its own where leaves part, else one for all of a feature and leaves."""
    used = 0
    for x in range(n_touched):
        i = touched[x]
        b = used
        if direction[i] != BOTH:
            for other in range(used):
                j = bit_node[other]
                if direction[j] != BOTH and feature[j] == feature[i] and member[j] == member[i]:
                    b = other
                    break
        bit_of[i] = b
        if b == used:
            bit_node[b] = i
            used += 1
    return used


@njit(int64(int64, int64, int64, ints, ints, ints, floats, ints, ints, ints, floats, ints, ints), **INNER)
def enter(
    leaf, first, used, left, parent, feature, cover, direction, bit_of,
    entry_feature, entry_share, entry_mask, entry_match,
):  # fmt: skip
    """Write a leaf's entries from `first` on; give where they end."""
    end = first
    child = leaf
    i = parent[child]
    while i >= 0:
        e = first
        while e < end and entry_feature[e] != feature[i]:
            e += 1
        if e == end:
            entry_feature[e] = feature[i]
            entry_share[e] = 1.0
            entry_mask[e] = 0
            entry_match[e] = 0
            end += 1
        entry_share[e] *= cover[child] / cover[i]
        if used <= _MOST_BITS:
            bit = 1 << bit_of[i]
            entry_mask[e] |= bit
            if direction[i] != BOTH or left[i] == child:
                entry_match[e] |= bit
        child = i
        i = parent[child]
    return end


@njit(**KERNEL)
def cluster(
    first_node, left, right, parent, feature, cover, place, n_bits,
    stack, leaf_node, member, direction, bit_of, touched, bit_node,
    tree_cluster, cluster_bit, cluster_leaf, bit_literal, literal_node, literal_flip,
    leaf_entry, entry_feature, entry_share, entry_mask, entry_match,
):  # fmt: skip
    """Fill the arrays from `tree_cluster` on; give the numbers of clusters, bits, literals and entries."""
    clusters = bits = literals = leaves = entries = begin = 0
    for t in range(len(first_node) - 1):
        stack[0] = first_node[t]
        top = 1
        while top > 0:
            top -= 1
            i = stack[top]
            if left[i] < 0:
                leaf_node[leaves] = i
                leaves += 1
            else:
                stack[top] = right[i]
                stack[top + 1] = left[i]
                top += 2
        while begin < leaves:
            # Grow the cluster while the conditions of its leaves fit into n_bits.
            end = tried = begin
            n_touched = used = 0
            while tried < leaves and used <= n_bits:
                tried += 1
                n_touched = walk(leaf_node, begin, tried, left, parent, member, direction, touched, n_touched)
                used = assign(touched, n_touched, feature, member, direction, bit_of, bit_node)
                if used <= n_bits or tried == begin + 1:
                    end = tried
            if tried > end:
                n_touched = walk(leaf_node, begin, end, left, parent, member, direction, touched, n_touched)
                used = assign(touched, n_touched, feature, member, direction, bit_of, bit_node)
            for b in range(used):
                for x in range(n_touched):
                    i = touched[x]
                    if bit_of[i] == b:
                        literal_node[literals] = place[i]
                        literal_flip[literals] = 255 if direction[i] == RIGHT else 0
                        literals += 1
                bits += 1
                bit_literal[bits] = literals
            for leaf in range(begin, end):
                entries = enter(
                    leaf_node[leaf], entries, used, left, parent, feature, cover, direction, bit_of,
                    entry_feature, entry_share, entry_mask, entry_match,
                )  # fmt: skip
                leaf_entry[leaf + 1] = entries
            walk(leaf_node, 0, 0, left, parent, member, direction, touched, n_touched)
            clusters += 1
            cluster_bit[clusters] = bits
            cluster_leaf[clusters] = end
            begin = end
        tree_cluster[t + 1] = clusters
    return clusters, bits, literals, entries
