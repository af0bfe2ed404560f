"""The engine against shap, on models where shap is right."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.ensemble import (
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from scs_ml.explain.tree.engine import TreeShap
from tests.explain.tree import brute_force

SINGLE = 1e-5  # of libraries that add up in float32
DOUBLE = 1e-10


@pytest.fixture(scope="module")
def shap():
    """Imported here: it takes seconds."""
    return pytest.importorskip("shap", exc_type=ImportError)


def inputs(n=400, *, missing=0.0):
    """Six numeric columns, of numbers that float32 holds: shap rounds to it, and some libraries do."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n, 6)).astype(np.float32).astype(float)
    X[:, 5] = rng.integers(0, 4, n)
    X[rng.random(X.shape) < missing] = np.nan
    return X


def outcome(X, categories):
    """Categories 0..K-1."""
    z = np.nan_to_num(X)
    score = z[:, 0] * z[:, 1] + z[:, 2] + 0.5 * z[:, 5] + np.random.default_rng(1).normal(size=len(X))
    return np.digitize(score, np.quantile(score, np.arange(1, categories) / categories))


def with_outputs_last(values):
    """Values as (n, d, outputs): shap leaves a single output's axis out."""
    values = np.asarray(values)
    return values[:, :, None] if values.ndim == 2 else values


def assert_same(found, other, tolerance):
    assert found.shape == other.shape
    error = np.abs(found - other) / np.maximum(1, np.abs(other))
    assert error.max() <= tolerance


def by_path(shap, model, X):
    """The library's values and expected value."""
    explainer = shap.TreeExplainer(model, feature_perturbation="tree_path_dependent")
    values = with_outputs_last(explainer.shap_values(X, check_additivity=False))
    return values, np.atleast_1d(explainer.expected_value)


SCIKIT_LEARN = {
    "boosting, 2 classes": (HistGradientBoostingClassifier(max_iter=20, random_state=0), 2),
    "boosting, 4 classes": (HistGradientBoostingClassifier(max_iter=10, random_state=0), 4),
    "boosting, regression": (HistGradientBoostingRegressor(max_iter=20, random_state=0), 9),
    "boosting, deep": (
        HistGradientBoostingRegressor(max_iter=5, min_samples_leaf=1, max_leaf_nodes=None, random_state=0),
        9,
    ),
    "forest, 2 classes": (RandomForestClassifier(10, max_depth=6, random_state=0), 2),
    "forest, 4 classes": (RandomForestClassifier(10, random_state=0), 4),
    "forest, regression": (RandomForestRegressor(10, random_state=0), 9),
    "extra trees": (ExtraTreesRegressor(10, random_state=0), 9),
    "gradient boosting, 2 classes": (GradientBoostingClassifier(n_estimators=20, random_state=0), 2),
    "gradient boosting, regression": (
        GradientBoostingRegressor(n_estimators=20, max_depth=6, random_state=0),
        9,
    ),
    "tree, 3 classes": (DecisionTreeClassifier(random_state=0), 3),
    "tree, regression": (DecisionTreeRegressor(random_state=0), 9),
}


@pytest.mark.parametrize("model, categories", SCIKIT_LEARN.values(), ids=SCIKIT_LEARN)
def test_path_dependent_values_of_scikit_learn(shap, model, categories):
    X = inputs()
    model.fit(X, outcome(X, categories))
    values, expected = by_path(shap, model, X[:100])
    engine = TreeShap(model)
    assert_same(engine.shap_values(X[:100]), values, DOUBLE)
    assert_same(engine.expected_value, expected, DOUBLE)


def test_missing_values_of_numeric_boosting(shap):
    X = inputs(missing=0.2)
    model = HistGradientBoostingClassifier(max_iter=20, random_state=0).fit(X, outcome(X, 2))
    values, _ = by_path(shap, model, X[:100])
    assert_same(TreeShap(model).shap_values(X[:100]), values, DOUBLE)


def test_path_dependent_interactions(shap):
    X = inputs()
    model = HistGradientBoostingRegressor(max_iter=10, random_state=0).fit(X, outcome(X, 9))
    explainer = shap.TreeExplainer(model, feature_perturbation="tree_path_dependent")
    right = explainer.shap_interaction_values(X[:30])
    found = TreeShap(model).interaction_values(X[:30], [4, 0])
    assert_same(found[:, :, :, 0], right[:, [4, 0]], DOUBLE)


@pytest.mark.parametrize("categories", [2, 3])
def test_lightgbm(shap, categories):
    lightgbm = pytest.importorskip("lightgbm")
    X = inputs(missing=0.1)
    model = lightgbm.LGBMClassifier(n_estimators=10, num_leaves=12, verbose=-1, n_jobs=1)
    model.fit(X, outcome(X, categories))
    values, _ = by_path(shap, model, X[:100])
    assert_same(TreeShap(model).shap_values(X[:100]), values, DOUBLE)


@pytest.mark.parametrize("categories", [2, 3])
def test_xgboost(shap, categories):
    xgboost = pytest.importorskip("xgboost")
    X = inputs(missing=0.1)
    model = xgboost.XGBClassifier(n_estimators=10, max_depth=4, n_jobs=1).fit(X, outcome(X, categories))
    # The library's own values, those that shap hands on.
    right = model.get_booster().predict(xgboost.DMatrix(X[:100]), pred_contribs=True)
    right = right.reshape(100, -1, 7).transpose(0, 2, 1)[:, :6]
    assert_same(TreeShap(model).shap_values(X[:100]), right, SINGLE)


SHALLOW = {
    "boosting, 2 classes": (HistGradientBoostingClassifier(max_iter=20, max_depth=2, random_state=0), 2),
    "boosting, 3 classes": (HistGradientBoostingClassifier(max_iter=10, max_depth=2, random_state=0), 3),
    "boosting, regression": (HistGradientBoostingRegressor(max_iter=20, max_depth=2, random_state=0), 9),
    "forest, 3 classes": (RandomForestClassifier(10, max_depth=2, random_state=0), 3),
    "gradient boosting": (GradientBoostingClassifier(n_estimators=20, max_depth=2, random_state=0), 2),
}


@pytest.mark.parametrize("model, categories", SHALLOW.values(), ids=SHALLOW)
def test_interventional_values_of_shallow_models(shap, model, categories):
    X = inputs()
    model.fit(X, outcome(X, categories))
    background, rows = X[:80], X[80:130]
    explainer = shap.TreeExplainer(model, data=background, feature_perturbation="interventional")
    right = with_outputs_last(explainer.shap_values(rows, check_additivity=False))
    engine = TreeShap(model, background)
    found = engine.shap_values(rows)
    # With a background the library sums in single precision, so that both are held against enumeration too.
    assert_same(found, right, 1e-7)
    assert_same(engine.expected_value, np.atleast_1d(explainer.expected_value), DOUBLE)
    read = engine.model
    exact, _ = brute_force.interventional(read.ensemble, read.prepare(rows[:5]), read.prepare(background))
    assert_same(found[:5], exact, DOUBLE)


DEEPER = {name: SCIKIT_LEARN[name] for name in ("boosting, 4 classes", "boosting, deep", "forest, 4 classes")}


@pytest.mark.parametrize("model, categories", DEEPER.values(), ids=DEEPER)
def test_interventional_values_of_deep_models(model, categories):
    X = inputs(missing=0.1)
    model.fit(X, outcome(X, categories))
    engine = TreeShap(model, X[:20])
    read = engine.model
    right, expected = brute_force.interventional(read.ensemble, read.prepare(X[20:30]), read.prepare(X[:20]))
    assert_same(engine.shap_values(X[20:30]), right, DOUBLE)
    assert_same(engine.expected_value, expected, DOUBLE)
