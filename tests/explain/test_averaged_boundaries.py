"""Forests, one per boundary: explained in the probability of exceeding each."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier
from sklearn.tree import DecisionTreeClassifier

from scs_ml.explain import affordable_rows, explain
from scs_ml.explain.additivity import exceedance
from scs_ml.explain.ordinal import read_boundaries
from scs_ml.forecast import CumulativeClassifier, ForestClassifier, IndicatorEncoder
from scs_ml.schemes import load_scheme
from tests.explain.worlds import interventional, shapley, suining_like, with_district

PROBABILITY = "probability of exceeding the boundary"


def raw_of(forecaster, k):
    def outputs(frame):
        encoded = forecaster.encoder_.transform(frame)
        return forecaster.estimators_[k].predict_proba(encoded)[:, 1]

    return outputs


def test_values_are_those_of_shapleys_definition_with_categories_as_one_player():
    X, y = with_district(300, seed=0)
    forecaster = ForestClassifier(n_estimators=10).fit(X, y)
    background, rows = X.iloc[100:115].reset_index(drop=True), [1, 9, 4]
    found = explain(forecaster, X, rows=rows, background=background)
    assert found.target == PROBABILITY
    assert found.engine.startswith("tree SHAP, exact, interventional (background of 15 rows)")
    for k in range(2):
        value = interventional(raw_of(forecaster, k), X.iloc[rows], background)
        np.testing.assert_allclose(found.values[:, :, k], shapley(value, 3), rtol=0, atol=1e-12)


def test_the_residual_is_what_rearrangement_changes():
    X, y = with_district(400, seed=2)
    forecaster = ForestClassifier(n_estimators=5, min_samples_leaf=1).fit(
        X, np.random.default_rng(0).permutation(y)
    )
    found = explain(forecaster, X)
    raw = np.column_stack([raw_of(forecaster, k)(X) for k in range(2)])
    np.testing.assert_allclose(found.raw, raw, rtol=0, atol=1e-15)
    crossing = raw[:, 1] > raw[:, 0]
    assert crossing.any()
    swapped = np.where(crossing[:, None], raw[:, ::-1] - raw, 0.0)
    np.testing.assert_allclose(found.residual, swapped, rtol=0, atol=1e-14)
    np.testing.assert_allclose(
        found.raw + found.residual, exceedance(forecaster.predict_proba(X)), rtol=0, atol=1e-14
    )
    assert found.additivity_error < 1e-12


def test_boundaries_that_nobody_crossed_are_exactly_0_or_1():
    X, y, _ = suining_like(400, seed=3)
    scheme = load_scheme("suining")
    some = (y == 1) | (y == 2)
    forecaster = ForestClassifier(scheme, n_estimators=10).fit(X[some], y[some])
    found = explain(forecaster, X, through=())
    assert (found.raw[:, 0] == 1).all()
    assert (found.raw[:, 2] == 0).all()
    assert (found.base_values[[0, 2]] == [1, 0]).all()
    assert (found.values[:, :, [0, 2]] == 0).all()
    np.testing.assert_allclose(found.residual, 0, atol=1e-15)


@pytest.mark.parametrize("given", [False, True])
def test_a_lag_is_passed_on_and_every_row_still_adds_up(given):
    X, y, _ = suining_like(600, seed=4)
    forecaster = ForestClassifier(n_estimators=20).fit(X, y)
    background = X.iloc[:60] if given else None
    left = explain(forecaster, X, rows=np.arange(80), background=background, through=())
    seen = explain(forecaster, X, rows=np.arange(80), background=background)
    assert "current_score explained through" in seen.engine
    lag = list(X.columns).index("current_score")
    assert np.abs(seen.values[:, lag]).mean() < 0.2 * np.abs(left.values[:, lag]).mean()
    np.testing.assert_allclose(seen.values.sum(axis=1), left.values.sum(axis=1), rtol=0, atol=1e-12)
    assert seen.additivity_error < 1e-12


@pytest.mark.parametrize(
    "estimator",
    [
        RandomForestClassifier(5, max_depth=4, random_state=0),
        ExtraTreesClassifier(5, max_depth=4, random_state=0),
        DecisionTreeClassifier(max_depth=4),
    ],
    ids=lambda each: type(each).__name__,
)
def test_any_trees_that_are_averaged_are_read_in_the_wrapper(estimator):
    X, y = with_district(300, seed=5)
    forecaster = CumulativeClassifier(estimator, IndicatorEncoder(impute=True)).fit(X, y)
    found = explain(forecaster, X, rows=[0, 1])
    assert found.target == PROBABILITY
    assert "exact" in found.engine
    assert affordable_rows(forecaster) == 50_000


def test_boundaries_on_different_scales_are_left_to_sampling():
    X, y = with_district(300, seed=6)
    mixed = CumulativeClassifier(encoder=IndicatorEncoder(impute=True)).fit(X, y)
    forest = CumulativeClassifier(RandomForestClassifier(5), IndicatorEncoder(impute=True)).fit(X, y)
    mixed.estimators_[0] = forest.estimators_[0]
    assert read_boundaries(mixed) is None
    assert read_boundaries(forest) is not None
