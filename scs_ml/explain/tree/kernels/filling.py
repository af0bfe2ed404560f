r"""Compiled: fill the tables.

Let a leaf ask for k features, let X say which of them the row meets, and let the hidden ones be met as a
pattern B drawn from a distribution :math:`\pi`: that of the background's rows, or, path-dependent,
independent with the shares of training rows. With :math:`Y_t(X) = E_B \prod_i (t X_i + (1 - t) B_i)`, the
SHAP value of feature j is

.. math:: \int_0^1 E_B\Big[(X_j - B_j) \prod_{i \ne j} (t X_i + (1 - t) B_i)\Big] dt,

a polynomial of degree k - 1 under the integral, which :math:`\lceil k/2 \rceil` Gauss-Legendre points
integrate exactly. What depends on j follows from Y alone: where :math:`X_j = 0` it is :math:`-Y_t(X) / (1 -
t)`, where :math:`X_j = 1` it is :math:`(Y_t(X) - Y_t(X - j) / (1 - t)) / t`, X - j being X with j not met. So
two numbers for each X, the integrals of :math:`Y_t / t` and of :math:`Y_t / (1 - t)`, hold the SHAP values of
all features.
"""

from __future__ import annotations

from numba import float64, int64, njit, uint64, void

from scs_ml.explain.tree.kernels.options import INNER, KERNEL

ints, floats, table = int64[::1], float64[::1], float64[:, ::1]


@njit(void(int64, int64, int64, ints, ints, ints), **INNER)
def decode(first, k, n_codes, entry_mask, entry_match, met):
    """Say for every code of a cluster which of a leaf's k entries a row meets."""
    for code in range(n_codes):
        met[code] = 0
    for j in range(k):
        mask = entry_mask[first + j]
        match = entry_match[first + j]
        for code in range(n_codes):
            if code & mask == match:
                met[code] |= 1 << j


@njit(void(int64, int64, floats, int64, ints, floats), **INNER)
def gather(k, n_codes, patterns, first_pattern, met, share):
    """Sum the background's shares of a cluster's codes into those of what a leaf's entries meet."""
    for x in range(1 << k):
        share[x] = 0.0
    for code in range(n_codes):
        share[met[code]] += patterns[first_pattern + code]


@njit(void(int64, floats, int64, float64, floats), **INNER)
def spread_shares(k, entry_share, first, t, y):
    """Y_t for entries that are met independently."""
    y[0] = 1.0
    for j in range(k):
        bit = uint64(1) << uint64(j)
        unmet = entry_share[first + j] * (1 - t)
        for x in range(bit):
            y[x + bit] = y[x] * (unmet + t)
            y[x] *= unmet


@njit(void(int64, floats, float64, floats), **INNER)
def transform(k, share, t, y):
    """Y_t for the background's patterns."""
    for x in range(1 << k):
        y[x] = share[x]
    for j in range(k):
        bit = uint64(1) << uint64(j)
        for base in range(uint64(0), uint64(1) << uint64(k), bit + bit):
            for x in range(base, base + bit):
                unmet = y[x]
                met = y[x + bit]
                y[x] = (1 - t) * met
                y[x + bit] = t * unmet + met


@njit(void(int64, float64, floats, int64, floats), **INNER)
def focus_on(k, t, y, chosen, z):
    """Integrand of the SHAP value of one feature, for every X."""
    bit = 1 << chosen
    for x in range(1 << k):
        if x & bit:
            z[x] = (y[x] - y[x ^ bit] / (1 - t)) / t
        else:
            z[x] = -y[x] / (1 - t)


@njit(void(int64, float64, float64, floats, floats, floats), **INNER)
def integrate(k, t, weight, y, over, under):
    """Add one point's part to the integrals of Y / t and of Y / (1 - t)."""
    for x in range(1 << k):
        over[x] += weight / t * y[x]
        under[x] += weight / (1 - t) * y[x]


@njit(float64(floats, floats, int64, int64), **INNER)
def gain(over, under, met, j):
    """SHAP value of feature j in a leaf of value 1, for a row that meets the features in `met`."""
    bit = 1 << j
    if met & bit:
        return over[met] - over[met ^ bit] - under[met ^ bit]
    return -under[met]


@njit(void(int64, int64, int64, table, int64, ints, ints, ints, floats, floats, floats), **INNER)
def add_values(first, k, n_codes, value, leaf, entry_feature, met, start, over, under, tables):
    """Add a leaf's SHAP values to the tables of its cluster."""
    n_values = value.shape[1]
    for j in range(k):
        for v in range(n_values):
            column = entry_feature[first + j] * n_values + v
            at = start[column >> 3] + (column & 7)
            for code in range(n_codes):
                tables[at + 8 * code] += value[leaf, v] * gain(over, under, met[code], j)


@njit(
    void(int64, int64, int64, table, int64, ints, ints, ints, floats, floats, floats, floats, int64, floats),
    **INNER,
)
def add_interactions(
    first,
    k,
    n_codes,
    value,
    leaf,
    entry_feature,
    met,
    start,
    over,
    under,
    over_chosen,
    under_chosen,
    chosen,
    tables,
):
    """Add a leaf's SHAP interaction values of one feature to the tables of its cluster."""
    n_values = value.shape[1]
    for j in range(k):
        for v in range(n_values):
            column = entry_feature[first + j] * n_values + v
            at = start[column >> 3] + (column & 7)
            own = entry_feature[first + chosen] * n_values + v
            own_at = start[own >> 3] + (own & 7)
            for code in range(n_codes):
                if j == chosen:
                    tables[at + 8 * code] += value[leaf, v] * gain(over, under, met[code], j)
                else:
                    half = value[leaf, v] * gain(over_chosen, under_chosen, met[code], j) / 2
                    tables[at + 8 * code] += half
                    tables[own_at + 8 * code] -= half


@njit(**KERNEL)
def fill(
    trees, tree_cluster, cluster_leaf, n_bits, leaf_entry, entry_feature, entry_share, entry_mask,
    entry_match, value, tree_feature, features, tree_panel, cluster_panel, table_start, points, weights,
    patterns, first_pattern, drawn, focus,
    met, start, share, y, z, over, under, over_chosen, under_chosen, tables,
):  # fmt: skip
    """Fill the tables of some trees; the arrays from `met` to `under_chosen` are room to work in."""
    for t in trees:
        panels = tree_panel[t + 1] - tree_panel[t]
        for c in range(tree_cluster[t], tree_cluster[t + 1]):
            n_codes = 1 << n_bits[c]
            has_table = False
            for p in range(panels):
                start[p] = table_start[cluster_panel[c] + p]
                if start[p] >= 0:
                    has_table = True
                    for x in range(start[p], start[p] + 8 * n_codes):
                        tables[x] = 0.0
            if not has_table:
                continue
            for leaf in range(cluster_leaf[c], cluster_leaf[c + 1]):
                first = leaf_entry[leaf]
                k = leaf_entry[leaf + 1] - first
                chosen = -1
                for j in range(k):
                    if features[tree_feature[t] + entry_feature[first + j]] == focus:
                        chosen = j
                if k == 0 or (focus >= 0 and chosen < 0):
                    continue
                decode(first, k, n_codes, entry_mask, entry_match, met)
                if drawn:
                    gather(k, n_codes, patterns, first_pattern[c], met, share)
                for x in range(1 << k):
                    over[x] = under[x] = over_chosen[x] = under_chosen[x] = 0.0
                m = (k + 1) >> 1
                for q in range(m):
                    point = points[m, q]
                    if drawn:
                        transform(k, share, point, y)
                    else:
                        spread_shares(k, entry_share, first, point, y)
                    integrate(k, point, weights[m, q], y, over, under)
                    if chosen >= 0:
                        focus_on(k, point, y, chosen, z)
                        integrate(k, point, weights[m, q], z, over_chosen, under_chosen)
                if focus < 0:
                    add_values(first, k, n_codes, value, leaf, entry_feature, met, start, over, under, tables)
                else:
                    add_interactions(
                        first, k, n_codes, value, leaf, entry_feature, met, start,
                        over, under, over_chosen, under_chosen, chosen, tables,
                    )  # fmt: skip
