"""Paths of more features than enumeration can take, by a sum over how many of them are known."""

from __future__ import annotations

from math import comb

import numpy as np
import pytest

from scs_ml.explain.tree import compiled
from scs_ml.explain.tree.engine import TreeShap
from tests.explain.tree import brute_force, strategies
from tests.explain.tree.models import around
from tests.explain.tree.strategies import Shape


def chain(k):
    """One path of k features, one node each: each split has a leaf beside the way on."""
    shape = Shape(
        n_trees=1, n_features=k, n_columns=k, max_depth=k, max_leaves=k + 1, chain=True, distinct=True
    )
    ensemble = strategies.ensemble(shape, seed=k)
    assert len(ensemble.left) == 2 * k + 1
    return ensemble


def leaf_by_leaf(ensemble, row, shares):
    """SHAP values (d,) of one row of a single tree with one output.

    A coalition's worth at a leaf is the leaf's value times a factor for each feature of its path. That of a
    known feature is 1 where the row meets all its conditions, else 0; that of a hidden one is the product of
    the `shares` of its nodes' children.
    """
    values = np.zeros(ensemble.n_features)

    def walk(node, path):
        if ensemble.column[node] < 0:
            for feature, (met, share) in path.items():
                # Sums, over all sets of s other features, of the product of the others' factors.
                sums = np.ones(1)
                for other, (other_met, other_share) in path.items():
                    if other != feature:
                        sums = np.convolve(sums, [other_share, other_met])
                weights = [1 / (len(path) * comb(len(path) - 1, s)) for s in range(len(path))]
                values[feature] += ensemble.value[node, 0] * (met - share) * np.dot(weights, sums)
            return
        left = brute_force.goes_left(ensemble, node, row[None])[0]
        feature = int(ensemble.feature[ensemble.column[node]])
        met, share = path.get(feature, (1.0, 1.0))
        for child, goes in ((ensemble.left[node], left), (ensemble.right[node], ~left)):
            walk(child, path | {feature: (met * goes, share * shares[child])})

    walk(0, {})
    return values


def by_cover(ensemble):
    """Share of a node's training rows that go to each of its children (N,)."""
    shares = np.ones(len(ensemble.cover))
    for children in (ensemble.left, ensemble.right):
        parents = np.flatnonzero(children >= 0)
        shares[children[parents]] = ensemble.cover[children[parents]] / ensemble.cover[parents]
    return shares


def by_row(ensemble, background_row):
    """The same for one background row, which goes one way (N,)."""
    shares = np.ones(len(ensemble.cover))
    for node in np.flatnonzero(ensemble.left >= 0):
        left = brute_force.goes_left(ensemble, node, background_row[None])[0]
        shares[ensemble.left[node]], shares[ensemble.right[node]] = left, ~left
    return shares


def close(found, right):
    np.testing.assert_allclose(found, right, rtol=1e-9, atol=1e-9)


def over_background(ensemble, X, background, weights):
    values = [[leaf_by_leaf(ensemble, row, by_row(ensemble, b)) for row in X] for b in background]
    return np.average(values, axis=0, weights=weights)


def test_leaf_by_leaf_finds_what_enumeration_finds():
    shape = Shape(n_trees=1, n_features=4, n_columns=6, max_depth=7, max_leaves=20)
    ensemble = strategies.ensemble(shape, 0)
    X, (background, weights) = strategies.rows(ensemble, 20, 0), strategies.background(ensemble, 4, 0)
    values, _ = brute_force.path_dependent(ensemble, X)
    close([leaf_by_leaf(ensemble, row, by_cover(ensemble)) for row in X], values[:, :, 0])
    values, _ = brute_force.interventional(ensemble, X, background, weights)
    close(over_background(ensemble, X, background, weights), values[:, :, 0])


def check(ensemble, seed):
    X, (background, weights) = strategies.rows(ensemble, 10, seed), strategies.background(ensemble, 4, seed)
    found = TreeShap(around(ensemble)).shap_values(X)[:, :, 0]
    close(found, [leaf_by_leaf(ensemble, row, by_cover(ensemble)) for row in X])
    found = TreeShap(around(ensemble), background, sample_weight=weights).shap_values(X)[:, :, 0]
    close(found, over_background(ensemble, X, background, weights))


@pytest.mark.parametrize("k", [5, 8, 10, 11, 14, 15, 16, 20, 26, 40])
def test_long_paths(k):
    check(chain(k), k)


@pytest.mark.parametrize("seed", range(5))
def test_long_paths_that_meet_features_again(seed):
    shape = Shape(n_trees=1, n_features=20, n_columns=25, max_depth=45, max_leaves=46, chain=True)
    check(strategies.ensemble(shape, seed), seed)


@pytest.mark.parametrize("seed", range(5))
def test_wide_trees_of_many_features(seed):
    shape = Shape(n_trees=1, n_features=30, n_columns=35, max_depth=30, max_leaves=100)
    check(strategies.ensemble(shape, seed), seed)


def test_leaves_of_the_most_features_lose_their_tables_first(monkeypatch):
    shape = Shape(n_trees=4, n_features=40, n_columns=40, max_depth=14, max_leaves=15, chain=True)
    ensemble = strategies.ensemble(shape, 3)
    X = strategies.rows(ensemble, 30, 3)
    whole = TreeShap(around(ensemble))
    size = whole._trees.layout.size
    monkeypatch.setattr(compiled, "_ROOM", 8 * size - 1)
    less = TreeShap(around(ensemble))
    assert (whole._trees.deepest, less._trees.deepest) == (14, 12)
    assert 0.25 * size < less._trees.layout.size < size
    close(less.shap_values(X), whole.shap_values(X))
