"""Trees and forests that forecast categories by themselves, and boosting over two categories."""

from __future__ import annotations

import lightgbm as lgb
import numpy as np
import pandas as pd
import pytest
import shap
import xgboost as xgb
from sklearn.ensemble import (
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.pipeline import make_pipeline
from sklearn.tree import DecisionTreeClassifier

from scs_ml.exceptions import ExplanationError
from scs_ml.explain import commitment, explain
from scs_ml.explain.tree_classifiers import read_classifier
from tests.explain.worlds import interventional, shapley, suining_like, with_district

FORESTS = {
    "random forest": RandomForestClassifier(10, max_depth=6, random_state=0),
    "extra trees": ExtraTreesClassifier(10, min_samples_leaf=5, random_state=0),
    "tree": DecisionTreeClassifier(max_leaf_nodes=20, random_state=0),
}


def numbers(n, *, seed):
    X, y, _ = suining_like(n, seed=seed, district=False)
    return X, y


def exceeding(classifier, boundary):
    """What a classifier's probabilities say of exceeding a boundary, for any frame."""
    return lambda X: classifier.predict_proba(X)[:, classifier.classes_ > boundary].sum(axis=1)


@pytest.mark.parametrize("name", FORESTS)
def test_a_forest_is_explained_exactly_in_the_probability_of_exceeding_each_boundary(name):
    X, y = numbers(600, seed=0)
    X.loc[::9, "debts"] = np.nan
    forest = FORESTS[name].fit(X, y)
    background = X.iloc[100:250].reset_index(drop=True)
    found = explain(forest, X, rows=[1, 9, 4], background=background, through=())
    for k in range(3):
        value = interventional(exceeding(forest, k), X.iloc[[1, 9, 4]], background)
        np.testing.assert_allclose(found.values[:, :, k], shapley(value, 5), atol=1e-10)
        assert found.base_values[k] == pytest.approx(value(frozenset())[0], abs=1e-10)
        np.testing.assert_allclose(found.raw[:, k], exceeding(forest, k)(X.iloc[[1, 9, 4]]), atol=1e-12)
    assert found.target == "probability of exceeding the boundary"
    assert found.engine == "tree SHAP, exact, interventional (background of 150 rows)"
    assert found.background == commitment(background)
    assert (found.residual == 0).all()


def test_without_a_background_values_are_path_dependent_as_the_shap_library_has_them():
    X, y = numbers(500, seed=1)
    forest = FORESTS["random forest"].fit(X, y)
    found = explain(forest, X, through=())
    oracle = shap.TreeExplainer(forest, feature_perturbation="tree_path_dependent")
    of_classes = oracle.shap_values(X.iloc[:50], check_additivity=False)  # (rows, columns, classes)
    for k in range(3):
        np.testing.assert_allclose(found.values[:50, :, k], of_classes[:, :, k + 1 :].sum(axis=2), atol=1e-9)
    assert found.engine == "tree SHAP, exact, path-dependent (no background)"
    assert found.background is None
    assert found.additivity_error < 1e-12


@pytest.mark.parametrize("background", [None, slice(0, 150)])
def test_a_lag_is_explained_through_and_nothing_is_lost(background):
    X, y = numbers(1500, seed=2)
    forest = RandomForestClassifier(20, max_depth=6, random_state=0).fit(X, y)
    reference = None if background is None else X[background]
    left = explain(forest, X, background=reference, through=())
    seeing = explain(forest, X, background=reference)
    np.testing.assert_allclose(seeing.values.sum(axis=1), left.values.sum(axis=1), atol=1e-12)
    np.testing.assert_array_equal(seeing.base_values, left.base_values)
    lag = X.columns.get_loc("current_score")
    assert np.abs(seeing.values[:, lag]).mean() < 0.2 * np.abs(left.values[:, lag]).mean()
    assert f"current_score explained through to indicators (R² 1.000 over {150 if background else 1500}" in (
        seeing.engine
    )
    part = explain(forest, X, rows=[8, 2], background=reference)
    np.testing.assert_allclose(part.values, seeing.values[[8, 2]], atol=1e-12)


def test_too_few_rows_leave_the_attribution_on_the_lag_and_say_so():
    X, y = numbers(300, seed=3)
    forest = FORESTS["tree"].fit(X, y)
    few = explain(forest, X.iloc[:6])
    np.testing.assert_array_equal(few.values, explain(forest, X.iloc[:6], through=()).values)
    assert "current_score not explained through (6 rows are too few to regress it)" in few.engine


def test_categories_that_no_row_had_keep_their_boundary():
    X, _ = numbers(200, seed=4)
    forest = FORESTS["random forest"].fit(X, np.where(X["debts"] > 0, 3, 1))
    found = explain(forest, X, through=())
    assert found.values.shape == (200, 5, 3)
    np.testing.assert_allclose(found.values[:, :, 0], 0, atol=1e-12)
    np.testing.assert_allclose(found.base_values[0], 1)  # nobody is in category 0
    np.testing.assert_array_equal(found.values[:, :, 1], found.values[:, :, 2])  # nor in 2


def test_boosting_over_two_categories_is_explained_in_log_odds_with_its_native_categories():
    X, y = with_district(800, seed=5)
    native = HistGradientBoostingClassifier(categorical_features="from_dtype", max_iter=10, random_state=0)
    native.fit(X, y > 0)  # booleans are no codes
    with pytest.raises(ExplanationError, match="category codes"):
        explain(native, X)
    native.fit(X, (y > 0).astype(int))
    background = X.iloc[:120]
    found = explain(native, X, rows=[0, 3, 5], background=background)
    value = interventional(native.decision_function, X.iloc[[0, 3, 5]], background)
    np.testing.assert_allclose(found.values[:, :, 0], shapley(value, 3), atol=1e-9)
    assert found.target == "log-odds of exceeding the boundary"
    assert "tree SHAP, exact, interventional" in found.engine
    whole = explain(native, X)
    np.testing.assert_allclose(
        whole.base_values + whole.values.sum(axis=1), native.decision_function(X)[:, None], atol=1e-9
    )


@pytest.mark.parametrize(
    "classifier",
    [lgb.LGBMClassifier(n_estimators=10, verbose=-1), xgb.XGBClassifier(n_estimators=10, max_depth=3)],
    ids=["lightgbm", "xgboost"],
)
def test_other_libraries_over_two_categories_are_explained_in_log_odds(classifier):
    X, y = numbers(500, seed=6)
    classifier.fit(X, (y > 1).astype(int))
    found = explain(classifier, X)
    assert found.target == "log-odds of exceeding the boundary"
    assert found.engine.startswith("tree SHAP, exact, path-dependent (no background)")
    odds = np.exp(found.base_values + found.values.sum(axis=1))
    np.testing.assert_allclose(odds / (1 + odds), classifier.predict_proba(X)[:, 1:], atol=1e-5)


def test_progress_is_told_after_every_boundary():
    X, y = numbers(200, seed=7)
    told = []
    explain(FORESTS["tree"].fit(X, y), X, rows=[0], progress=lambda *step: told.append(step))
    assert told == [("explain boundaries", k, 3) for k in (1, 2, 3)]


def test_what_no_sum_of_trees_says_is_left_to_sampling():
    X, y = numbers(300, seed=8)
    several = HistGradientBoostingClassifier(max_iter=3).fit(X, y)
    skipped = HistGradientBoostingClassifier(max_iter=3).fit(X, np.where(y > 1, 3, 1))
    halved = GradientBoostingClassifier(n_estimators=3, loss="exponential").fit(X, (y > 1).astype(int))
    behind = make_pipeline(DecisionTreeClassifier(max_depth=2)).fit(X, y)
    for classifier in (several, skipped, halved, behind):
        assert read_classifier(classifier) is None
        found = explain(classifier, X, rows=[0], background=X.iloc[:20])
        assert found.engine.startswith("permutation SHAP, model-agnostic")


def test_a_classifier_that_does_not_forecast_what_its_trees_say_is_caught():
    class SquaredForest(RandomForestClassifier):
        def predict_proba(self, X):
            return super().predict_proba(X) ** 2

    class SquaredBoosting(HistGradientBoostingClassifier):
        def predict_proba(self, X):
            return super().predict_proba(X) ** 2

    X, y = numbers(300, seed=9)
    with pytest.raises(ExplanationError, match="off the model's output"):
        explain(SquaredForest(5, max_depth=3, random_state=0).fit(X, y), X, through=())
    with pytest.raises(ExplanationError, match="does not forecast what its trees say at boundary 0"):
        explain(SquaredBoosting(max_iter=3).fit(X, (y > 1).astype(int)), X, through=())


def test_labels_must_be_category_codes_and_a_regressor_is_no_classifier():
    X, y = numbers(100, seed=10)
    labels = pd.Series(y).map({0: "D", 1: "C", 2: "B", 3: "A"})
    with pytest.raises(ExplanationError, match="category codes") as caught:
        explain(FORESTS["tree"].fit(X, labels), X)
    assert "'A', 'B', 'C'" in str(caught.value)
    with pytest.raises(ExplanationError, match="no classes_"):
        explain(RandomForestRegressor(3).fit(X, y), X)
