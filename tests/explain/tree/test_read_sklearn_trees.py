"""Decision trees, forests and gradient boosting as the engine sees them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor, ExtraTreeClassifier

from scs_ml.exceptions import ExplanationError
from scs_ml.explain.tree.reading import read_model
from tests.explain.tree import samples, walker

FOREST = {"n_estimators": 4, "max_depth": 5, "random_state": 0}
BOOSTING = {"n_estimators": 4, "max_depth": 3, "random_state": 0}


@pytest.mark.parametrize("categories", [2, 3, 4])
@pytest.mark.parametrize(
    "model",
    [
        DecisionTreeClassifier(max_depth=6),
        DecisionTreeClassifier(max_leaf_nodes=9),
        ExtraTreeClassifier(max_depth=5, random_state=0),
        RandomForestClassifier(**FOREST),
        ExtraTreesClassifier(**FOREST),
    ],
    ids=lambda model: type(model).__name__,
)
def test_a_classifier_gives_the_probability_of_each_class(model, categories):
    X = samples.inputs()
    model.fit(X, samples.outcome(X, categories), sample_weight=samples.weights(len(X)))
    reading = read_model(model)
    assert reading.target == "probability of each class"
    assert len(reading.ensemble.base) == categories
    walker.check(reading, X)
    np.testing.assert_allclose(
        walker.predict(reading.ensemble, reading.prepare(X)).sum(axis=1), 1, rtol=1e-12
    )


def test_monotonic_constraints_change_the_trees_and_not_the_reading():
    X = samples.inputs(missing=0.0)
    model = RandomForestClassifier(**FOREST, monotonic_cst=[1, 0, 0, -1, 0]).fit(X, samples.outcome(X))
    walker.check(read_model(model), X)


@pytest.mark.parametrize(
    "model",
    [
        DecisionTreeRegressor(max_depth=6),
        DecisionTreeRegressor(criterion="absolute_error", max_depth=3),
        RandomForestRegressor(**FOREST, bootstrap=False),
        ExtraTreesRegressor(**FOREST),
    ],
    ids=lambda model: type(model).__name__,
)
def test_a_regressor_gives_its_prediction(model):
    X = samples.inputs(missing=0.0 if getattr(model, "criterion", "") == "absolute_error" else 0.1)
    reading = read_model(model.fit(X, samples.signal(X)))
    assert reading.target == "prediction"
    walker.check(reading, X)


@pytest.mark.parametrize("init", [None, "zero", DummyClassifier(strategy="prior")])
@pytest.mark.parametrize("categories", [2, 3])
def test_gradient_boosting_gives_margins(init, categories):
    X = samples.inputs(missing=0.0)
    y = samples.outcome(X, categories)
    model = GradientBoostingClassifier(**BOOSTING, init=init, subsample=0.7)
    reading = read_model(model.fit(X, y, sample_weight=samples.weights(len(X))))
    assert reading.target == ("log-odds" if categories == 2 else "margin of each class")
    walker.check(reading, X)
    if init == "zero":
        assert not reading.ensemble.base.any()


def test_exponential_loss_gives_half_the_log_odds():
    X = samples.inputs(missing=0.0)
    model = GradientBoostingClassifier(**BOOSTING, loss="exponential").fit(X, samples.outcome(X))
    reading = read_model(model)
    assert reading.target == "half the log-odds"
    walker.check(reading, X)
    odds = model.predict_proba(X)
    np.testing.assert_allclose(2 * reading.raw(X)[:, 0], np.log(odds[:, 1] / odds[:, 0]), rtol=1e-9)


@pytest.mark.parametrize("loss", ["squared_error", "absolute_error", "huber", "quantile"])
@pytest.mark.parametrize("init", [None, "zero", DummyRegressor(strategy="constant", constant=3.0)])
def test_gradient_boosting_of_any_loss_gives_its_prediction(loss, init):
    X = samples.inputs(missing=0.0)
    model = GradientBoostingRegressor(**BOOSTING, loss=loss, init=init).fit(X, samples.signal(X))
    walker.check(read_model(model), X)


def test_values_are_compared_in_float32():
    X = np.array([[0.1], [0.2], [0.3], [0.4]] * 5)
    reading = read_model(DecisionTreeRegressor(max_depth=1).fit(X, X[:, 0] > 0.25))
    threshold = reading.ensemble.threshold[0]
    just_above = np.nextafter(threshold, np.inf)
    assert np.float32(just_above) <= threshold
    assert reading.prepare([[just_above]])[0, 0] == np.float32(just_above)
    assert reading.raw([[just_above]]) == 0.0
    walker.check(reading, X)


def test_covers_are_the_weight_of_training_rows():
    X = np.array([[0.0], [1.0], [2.0]])
    model = DecisionTreeRegressor().fit(X, [0.0, 0.0, 5.0], sample_weight=[0.5, 2.0, 4.0])
    np.testing.assert_array_equal(read_model(model).ensemble.cover, [6.5, 2.5, 4.0])


def test_rows_without_weight_leave_no_empty_node():
    X = samples.inputs(missing=0.0)
    weight = np.zeros(len(X))
    weight[:40] = 1.0
    forest = RandomForestClassifier(n_estimators=4, random_state=0)
    walker.check(read_model(forest.fit(X, samples.outcome(X), sample_weight=weight)), X)


def test_names_come_from_the_fit():
    table = pd.DataFrame(samples.inputs(), columns=list("abcde"))
    model = RandomForestClassifier(**FOREST).fit(table, samples.outcome(table.to_numpy()))
    assert read_model(model).names == ("a", "b", "c", "d", "e")
    walker.check(read_model(model), table, edges=False)


@pytest.mark.parametrize(
    "model",
    [DecisionTreeRegressor(), RandomForestClassifier(), GradientBoostingRegressor()],
    ids=lambda model: type(model).__name__,
)
def test_an_unfitted_model_is_refused(model):
    with pytest.raises(ExplanationError, match=f"{type(model).__name__} is not fitted"):
        read_model(model)


def test_several_targets_are_refused():
    X = samples.inputs()
    y = np.column_stack([samples.outcome(X), samples.outcome(X, 3)])
    for model in (DecisionTreeClassifier(), RandomForestRegressor(n_estimators=2)):
        with pytest.raises(ExplanationError, match="was fitted on 2 targets at once"):
            read_model(model.fit(X, y))


@pytest.mark.parametrize(
    "model, init",
    [
        (GradientBoostingRegressor, LinearRegression()),
        (GradientBoostingClassifier, LogisticRegression()),
        (GradientBoostingClassifier, DummyClassifier(strategy="stratified")),
    ],
)
def test_a_start_that_varies_is_refused(model, init):
    X = samples.inputs(missing=0.0)
    fitted = model(**BOOSTING, init=init).fit(X, samples.outcome(X))
    with pytest.raises(ExplanationError, match=f"starts from the predictions of {type(init).__name__}"):
        read_model(fitted)
