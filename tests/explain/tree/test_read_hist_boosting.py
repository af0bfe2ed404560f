"""Histogram gradient boosting as the engine sees it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

from scs_ml.exceptions import ExplanationError
from scs_ml.explain.tree.reading import read_model
from tests.explain.tree import samples, walker

SMALL = {"max_iter": 4, "max_leaf_nodes": 7, "min_samples_leaf": 5}


@pytest.mark.parametrize("categories", [2, 3, 4])
@pytest.mark.parametrize("categorical", [None, [4], [3, 4], [0, 4]])
def test_a_classifier_is_read_exactly(categories, categorical):
    X = samples.inputs()
    X[:, 0] = np.where(np.isnan(X[:, 0]), np.nan, np.floor(np.abs(X[:, 0]) * 3))
    y = samples.outcome(X, categories)
    model = HistGradientBoostingClassifier(**SMALL, categorical_features=categorical).fit(X, y)
    reading = read_model(model)
    assert reading.target == ("log-odds" if categories == 2 else "margin of each class")
    assert len(reading.ensemble.base) == (1 if categories == 2 else categories)
    assert set(reading.ensemble.codes) == set(categorical or [])
    assert bool(reading.ensemble.left_codes) == bool(categorical)
    walker.check(reading, samples.strange_codes(X, [-1, 77, 255, 256, 1e6]), edges=False)
    walker.check(reading, X)


def test_the_margin_is_the_one_that_decides():
    X = samples.inputs()
    y = np.array(["bad", "good"])[samples.outcome(X)]
    model = HistGradientBoostingClassifier(**SMALL).fit(X, y)
    np.testing.assert_array_equal(read_model(model).raw(X)[:, 0], model.decision_function(X))
    assert (model.predict(X) == "good").tolist() == (read_model(model).raw(X)[:, 0] > 0).tolist()


@pytest.mark.parametrize(
    "loss, target",
    [
        ("squared_error", "prediction"),
        ("absolute_error", "prediction"),
        ("quantile", "prediction"),
        ("gamma", "log of the prediction"),
        ("poisson", "log of the prediction"),
    ],
)
def test_a_regressor_of_any_loss_is_read_on_the_scale_of_its_link(loss, target):
    X = samples.inputs()
    y = np.exp(samples.signal(X))
    quantile = 0.8 if loss == "quantile" else None
    model = HistGradientBoostingRegressor(loss=loss, quantile=quantile, **SMALL).fit(X, y)
    reading = read_model(model)
    assert reading.target == target
    walker.check(reading, X)
    linked = np.exp(reading.raw(X)) if target != "prediction" else reading.raw(X)
    np.testing.assert_allclose(linked[:, 0], model.predict(X), rtol=1e-14)


def test_categories_from_dtypes_are_put_back_in_the_order_of_the_inputs():
    X = samples.inputs()
    table = samples.frame(X)[["district", "debts", "visits", "hours", "late"]]
    table["late"] = pd.Categorical(table["late"])
    model = HistGradientBoostingClassifier(**SMALL, categorical_features="from_dtype")
    reading = read_model(model.fit(table, samples.outcome(X)))
    assert reading.names == ("district", "debts", "visits", "hours", "late")
    assert set(reading.ensemble.codes) == {0, 4}
    prepared = reading.prepare(table)
    np.testing.assert_array_equal(prepared[:, 1:4], table[["debts", "visits", "hours"]].to_numpy())
    np.testing.assert_array_equal(prepared[:, 4], X[:, 3] + 2)
    walker.check(reading, table, edges=False)
    unknown = table.assign(district=pd.Categorical(["d99"] * len(X)))
    assert np.isnan(reading.prepare(unknown)[:, 0]).all()
    walker.check(reading, unknown, edges=False)


def test_categories_by_name_and_by_mask_are_the_same():
    X = samples.inputs(missing=0.0)
    table = pd.DataFrame(X, columns=list("abcde"))
    y = samples.outcome(X)
    named = HistGradientBoostingClassifier(**SMALL, categorical_features=["e"]).fit(table, y)
    masked = HistGradientBoostingClassifier(**SMALL, categorical_features=[False] * 4 + [True]).fit(X, y)
    one, other = read_model(named), read_model(masked)
    np.testing.assert_array_equal(one.ensemble.column, other.ensemble.column)
    np.testing.assert_array_equal(one.prepare(table), other.prepare(X))
    assert one.names == tuple("abcde")
    assert other.names == ("x0", "x1", "x2", "x3", "x4")


def test_constraints_and_weights_change_the_trees_and_not_the_reading():
    X = samples.inputs()
    model = HistGradientBoostingClassifier(
        **SMALL, monotonic_cst=[1, 0, 0, -1, 0], interaction_cst=[{0, 1}, {2, 3, 4}], categorical_features=[4]
    )
    model.fit(X, samples.outcome(X), sample_weight=samples.weights(len(X)))
    walker.check(read_model(model), X)


def test_covers_are_counts_of_training_rows():
    X = samples.inputs()
    model = HistGradientBoostingRegressor(**SMALL).fit(X, samples.signal(X))
    ensemble = read_model(model).ensemble
    np.testing.assert_array_equal(ensemble.cover[ensemble.first_node[:-1]], len(X))


def test_missing_against_the_rest_is_a_split_too():
    X = np.array([[np.nan], [1.0], [2.0], [3.0]] * 10)
    model = HistGradientBoostingRegressor(max_iter=2, min_samples_leaf=1).fit(X, np.isnan(X[:, 0]) * 1.0)
    reading = read_model(model)
    assert np.isinf(reading.ensemble.threshold).any()
    walker.check(reading, np.array([[np.nan], [-np.inf], [np.inf], [2.0]]), edges=False)


def test_a_model_without_a_split_is_read():
    X = np.zeros((30, 2))
    walker.check(
        read_model(HistGradientBoostingRegressor(max_iter=2).fit(X, np.arange(30.0))), X, edges=False
    )


def test_all_trees_of_all_classes_are_read():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(2000, 10))
    model = HistGradientBoostingClassifier(max_iter=100, early_stopping=False)
    model.fit(X, rng.integers(0, 4, len(X)))
    ensemble = read_model(model).ensemble
    assert ensemble.n_trees == 400
    assert np.bincount(ensemble.output[:, 0]).tolist() == [100] * 4


def test_an_unfitted_model_is_refused():
    with pytest.raises(ExplanationError, match=r"HistGradientBoostingClassifier is not fitted"):
        read_model(HistGradientBoostingClassifier())
