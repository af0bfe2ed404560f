"""SHAP values of a `TreeEnsemble` from their definitions: every coalition of features, nothing clever.

A worth is an array (coalitions, n, outputs) with one entry for each of the ``2 ** d`` sets of features: entry
``c`` is that of the set which holds feature ``j`` where bit ``j`` of ``c`` is set.
"""

from __future__ import annotations

from math import factorial

import numpy as np


def path_dependent(ensemble, prepared):
    """SHAP values (n, d, outputs) and expected value (outputs,), hidden features following the covers."""
    worth = path_dependent_worth(ensemble, prepared)
    return shapley(worth, ensemble.n_features), worth[0, 0]


def interventional(ensemble, prepared, background, weights=None):
    """SHAP values (n, d, outputs) and expected value (outputs,), hidden features as in the background."""
    worth = interventional_worth(ensemble, prepared, background, weights)
    return shapley(worth, ensemble.n_features), worth[0, 0]


def interactions(ensemble, prepared, background=None, weights=None):
    """SHAP interaction values (n, d, d, outputs); path-dependent without a background."""
    if background is None:
        worth = path_dependent_worth(ensemble, prepared)
    else:
        worth = interventional_worth(ensemble, prepared, background, weights)
    return shapley_interactions(worth, ensemble.n_features)


def outputs(ensemble, prepared):
    """What the trees give the rows (n, outputs)."""
    total = np.tile(ensemble.base, (len(prepared), 1))
    for tree, root in enumerate(ensemble.first_node[:-1]):

        def leaf(node):
            if ensemble.column[node] < 0:
                return ensemble.value[node]
            below_left, below_right = leaf(ensemble.left[node]), leaf(ensemble.right[node])
            return np.where(goes_left(ensemble, node, prepared)[:, None], below_left, below_right)

        total[:, ensemble.output[tree]] += leaf(root)
    return total


def goes_left(ensemble, node, prepared):
    """Which rows go left at an inner node (n,)."""
    x = prepared[:, ensemble.column[node]]
    listed = ensemble.codes.get(int(ensemble.column[node]))
    if listed is None:
        known = x <= ensemble.threshold[node]
    else:
        left = np.isin(x, ensemble.left_codes[int(node)])
        known = np.where(np.isin(x, listed), left, ensemble.unlisted_left[node])
    return np.where(np.isnan(x), ensemble.missing_left[node], known)


def coalitions(d):
    """Which features (d,) each coalition (2 ** d,) holds."""
    return (np.arange(2**d)[:, None] >> np.arange(d) & 1).astype(bool)


def path_dependent_worth(ensemble, prepared):
    """Worth where a node on a hidden feature averages its children by their covers.

    That holds node by node: a hidden feature with several nodes on a path contributes the product of their
    ratios, as in Lundberg et al. (2020), algorithm 1.
    """
    held = coalitions(ensemble.n_features)
    total = np.tile(ensemble.base, (len(held), len(prepared), 1))
    for tree, root in enumerate(ensemble.first_node[:-1]):

        def below(node):
            if ensemble.column[node] < 0:
                return ensemble.value[node][None, None]
            left, right = ensemble.left[node], ensemble.right[node]
            below_left, below_right = below(left), below(right)
            followed = np.where(goes_left(ensemble, node, prepared)[:, None], below_left, below_right)
            to_left, to_right = ensemble.cover[[left, right]] / ensemble.cover[node]
            averaged = to_left * below_left + to_right * below_right
            known = held[:, ensemble.feature[ensemble.column[node]]]
            return np.where(known[:, None, None], followed, averaged)

        total[:, :, ensemble.output[tree]] += below(root)
    return total


def interventional_worth(ensemble, prepared, background, weights=None):
    """Worth where hidden features are those of a background row, averaged over such rows."""
    held = coalitions(ensemble.n_features)[:, ensemble.feature]
    hybrid = np.where(held[:, None, None], prepared[:, None], background)
    given = outputs(ensemble, hybrid.reshape(-1, hybrid.shape[-1]))
    return np.average(given.reshape(*hybrid.shape[:3], -1), axis=2, weights=weights)


def shapley(worth, d):
    """Shapley values (n, d, outputs): the mean over coalitions without a player of what it adds (1953)."""
    values = np.zeros((worth.shape[1], d, worth.shape[2]))
    for coalition, held in enumerate(coalitions(d)):
        s = held.sum()
        for i in np.flatnonzero(~held):
            share = factorial(s) * factorial(d - s - 1) / factorial(d)
            values[:, i] += share * (worth[coalition | 1 << i] - worth[coalition])
    return values


def shapley_interactions(worth, d):
    """Shapley interaction index (n, d, d, outputs) of Grabisch and Roubens (1999), as shap lays it out.

    Each of the two entries of a pair holds half of its index; the diagonal holds what is left of the
    feature's SHAP value.
    """
    values = np.zeros((worth.shape[1], d, d, worth.shape[2]))
    for coalition, held in enumerate(coalitions(d)):
        s = held.sum()
        for i in np.flatnonzero(~held):
            for j in np.flatnonzero(~held):
                if i == j:
                    continue
                share = factorial(s) * factorial(d - s - 2) / factorial(d - 1) / 2
                both, one, other = coalition | 1 << i | 1 << j, coalition | 1 << i, coalition | 1 << j
                values[:, i, j] += share * (worth[both] - worth[one] - worth[other] + worth[coalition])
    values[:, range(d), range(d)] = shapley(worth, d) - values.sum(axis=2)
    return values
