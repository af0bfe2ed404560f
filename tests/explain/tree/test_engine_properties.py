"""The engine against enumeration, on random ensembles of random shapes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.ensemble import HistGradientBoostingRegressor

from scs_ml.explain.tree.engine import TreeShap
from scs_ml.explain.tree.read_ordinal import _constant
from tests.explain.tree import brute_force, strategies
from tests.explain.tree.models import around
from tests.explain.tree.strategies import SEEDS, Shape, shapes

TOLERANCE = 1e-9
BACKGROUND = pytest.mark.parametrize(
    "with_background", [False, True], ids=["path-dependent", "interventional"]
)


def close(found, right):
    assert found.shape == right.shape
    assert np.all(np.abs(found - right) <= TOLERANCE * np.maximum(1, np.abs(right)))


def engine_of(ensemble, background=None):
    """The engine, with a weighted background or none."""
    if background is None:
        return TreeShap(around(ensemble))
    return TreeShap(around(ensemble), background[0], sample_weight=background[1])


def check_values(shape, seed, with_background, n=12, m=9):
    ensemble = strategies.ensemble(shape, seed)
    X = strategies.rows(ensemble, n, seed)
    background = strategies.background(ensemble, m, seed) if with_background else None
    engine = engine_of(ensemble, background)
    if background is None:
        values, expected = brute_force.path_dependent(ensemble, X)
    else:
        values, expected = brute_force.interventional(ensemble, X, *background)
    found = engine.shap_values(X)
    close(engine.expected_value, expected)
    close(found, values)
    close(found.sum(axis=1) + engine.expected_value, brute_force.outputs(ensemble, X))


@BACKGROUND
@settings(max_examples=200)
@given(shape=shapes(), seed=SEEDS)
def test_values_are_the_shapley_values(with_background, shape, seed):
    check_values(shape, seed, with_background)


CORNERS = {
    "single leaves": Shape(n_trees=4, max_depth=0, n_outputs=2),
    "stumps": Shape(n_trees=8, max_depth=1, max_leaves=2),
    "one feature, several columns": Shape(n_features=1, n_columns=4, max_depth=6, max_leaves=20),
    "few features, twice as many columns": Shape(n_features=3, n_columns=6, max_depth=8, max_leaves=30),
    "chains": Shape(n_trees=4, n_features=6, n_columns=6, max_depth=12, max_leaves=13, chain=True),
    "wide trees": Shape(n_trees=2, n_features=6, n_columns=6, max_depth=9, max_leaves=60),
    "more thresholds than a byte holds": Shape(
        n_trees=40, n_features=2, n_columns=2, max_depth=10, max_leaves=30, categorical=0.0, n_thresholds=2000
    ),
    "more codes than a byte holds": Shape(
        n_trees=6, n_features=3, max_depth=6, max_leaves=16, categorical=1.0, n_codes=400
    ),
    "codes of two words": Shape(n_trees=6, max_depth=6, max_leaves=16, categorical=1.0, n_codes=60),
    "three outputs of their own": Shape(n_trees=7, n_outputs=3, n_values=1),
    "leaves of three values": Shape(n_trees=4, n_outputs=3, n_values=3),
}


@BACKGROUND
@pytest.mark.parametrize("shape", CORNERS.values(), ids=CORNERS)
def test_corners(with_background, shape):
    for seed in range(3):
        check_values(shape, seed, with_background)


def test_the_corners_reach_beyond_a_byte():
    ensemble = strategies.ensemble(CORNERS["more thresholds than a byte holds"], 0)
    assert len(np.unique(ensemble.threshold[ensemble.column == 0])) > 256
    ensemble = strategies.ensemble(CORNERS["more codes than a byte holds"], 0)
    assert len(ensemble.codes[0]) > 256


def test_minus_infinity_is_a_threshold_like_any_other():
    X = np.array([[-np.inf], [1.0], [2.0]] * 10)
    model = HistGradientBoostingRegressor(max_iter=2, min_samples_leaf=1).fit(X, np.tile([5.0, 1.0, 2.0], 10))
    engine = TreeShap(model)
    thresholds = engine.model.ensemble.threshold
    assert np.unique(thresholds[~np.isnan(thresholds)]).tolist() == [-np.inf, 1.5]
    close(engine.shap_values(X).sum(axis=1) + engine.expected_value, engine.model.raw(X))


@pytest.mark.parametrize("n", [1, 127, 128, 129, 511, 512, 513, 1025])
@BACKGROUND
def test_any_number_of_rows(with_background, n):
    check_values(Shape(n_trees=2, max_depth=3), 5, with_background, n=n)


@BACKGROUND
def test_no_rows_have_no_values(with_background):
    ensemble = strategies.ensemble(Shape(n_outputs=2), 0)
    engine = engine_of(ensemble, strategies.background(ensemble, 5, 0) if with_background else None)
    assert engine.shap_values(np.empty((0, 3))).shape == (0, 3, 2)
    assert engine.interaction_values(np.empty((0, 3)), [1]).shape == (0, 1, 3, 2)


@pytest.mark.parametrize("m", [1, 127, 128, 129, 511, 512, 513, 1025])
def test_any_number_of_background_rows(m):
    check_values(Shape(n_trees=2, max_depth=3), 6, with_background=True, n=3, m=m)


@BACKGROUND
@settings(max_examples=100)
@given(shape=shapes(max_features=4), seed=SEEDS, picked=st.integers(1, 15))
def test_interactions_are_shapley_interactions(with_background, shape, seed, picked):
    ensemble = strategies.ensemble(shape, seed)
    X = strategies.rows(ensemble, 6, seed)
    background = strategies.background(ensemble, 5, seed) if with_background else None
    features = [j for j in range(shape.n_features) if picked >> j & 1][::-1]
    engine = engine_of(ensemble, background)
    right = brute_force.interactions(ensemble, X, *(background or ()))[:, features]
    found = engine.interaction_values(X, features)
    close(found, right)
    close(found.sum(axis=2), engine.shap_values(X)[:, features])


@BACKGROUND
@settings(max_examples=15)
@given(shape=shapes(), seed=SEEDS)
def test_a_row_gets_the_same_bits_in_any_company(with_background, shape, seed):
    ensemble = strategies.ensemble(shape, seed)
    X = strategies.rows(ensemble, 600, seed)
    engine = engine_of(ensemble, strategies.background(ensemble, 5, seed) if with_background else None)
    values = engine.shap_values(X)
    order = np.random.default_rng(seed).permutation(len(X))
    np.testing.assert_array_equal(engine.shap_values(X[order]), values[order])
    for batch in (slice(0, 1), slice(7, 300), slice(255, 257), slice(599, 600)):
        np.testing.assert_array_equal(engine.shap_values(X[batch]), values[batch])


@BACKGROUND
@settings(max_examples=15)
@given(shape=shapes(), seed=SEEDS)
def test_threads_change_no_bit(with_background, shape, seed):
    ensemble = strategies.ensemble(shape, seed)
    X = strategies.rows(ensemble, 600, seed)
    background, weights = strategies.background(ensemble, 300, seed) if with_background else (None, None)
    one, two = (
        TreeShap(around(ensemble), background, sample_weight=weights, n_jobs=n_jobs) for n_jobs in (1, 2)
    )
    np.testing.assert_array_equal(one.shap_values(X), two.shap_values(X))
    np.testing.assert_array_equal(one.expected_value, two.expected_value)


@BACKGROUND
def test_a_model_without_trees_is_its_base(with_background):
    nobody = _constant(1.5, 3)
    X = np.zeros((4, 3))
    engine = engine_of(nobody, (X, np.ones(4)) if with_background else None)
    assert engine.expected_value.tolist() == [1.5]
    assert not engine.shap_values(X).any() and engine.shap_values(X).shape == (4, 3, 1)
    assert not engine.interaction_values(X, [0]).any()
    for errors in (True, False):
        assert not engine.group_means(X, list("aabb"), errors=errors).mean.any()


@settings(max_examples=15)
@given(shape=shapes(), seed=SEEDS)
def test_weights_of_the_background_count_rows(shape, seed):
    ensemble = strategies.ensemble(shape, seed)
    X, rows = strategies.rows(ensemble, 8, seed), strategies.rows(ensemble, 5, seed + 1)
    times = np.array([1, 3, 0, 2, 1])
    weighted = TreeShap(around(ensemble), rows, sample_weight=times)
    repeated = TreeShap(around(ensemble), np.repeat(rows, times, axis=0))
    close(weighted.expected_value, repeated.expected_value)
    close(weighted.shap_values(X), repeated.shap_values(X))


@BACKGROUND
@settings(max_examples=15)
@given(shape=shapes(max_features=4), seed=SEEDS)
def test_a_feature_that_no_node_splits_on_moves_nothing(with_background, shape, seed):
    ensemble = strategies.ensemble(shape, seed)
    idle = replace(
        ensemble, feature=np.r_[ensemble.feature, shape.n_features], n_features=shape.n_features + 1
    )
    X = strategies.rows(idle, 8, seed)
    engine = engine_of(idle, strategies.background(idle, 5, seed) if with_background else None)
    assert not engine.shap_values(X)[:, -1].any()
