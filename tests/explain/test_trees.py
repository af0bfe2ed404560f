"""Ordinal forecasters of boosted trees: values by definition, by the shap library, and passed on."""

from __future__ import annotations

import lightgbm as lgb
import numpy as np
import pandas as pd
import pytest
import shap
import xgboost as xgb
from sklearn.ensemble import GradientBoostingClassifier, HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression

from scs_ml.exceptions import ExplanationError
from scs_ml.explain import commitment, explain, group_means
from scs_ml.explain.tree import read_model
from scs_ml.forecast import FORECASTERS, ConstantClassifier, CumulativeClassifier, IndicatorEncoder
from tests.explain.tree import brute_force
from tests.explain.worlds import CategoryCodes, interventional, shapley, suining_like, with_district

pytestmark = pytest.mark.filterwarnings("ignore:X does not have valid feature names")

NATIVE = HistGradientBoostingClassifier(
    categorical_features=[2], max_iter=20, max_leaf_nodes=15, random_state=0
)


def path_dependent(estimator, encoded, player):
    """Worth of a coalition: follow known columns, average both branches of the others by their rows.

    Read off scikit-learn's nodes; `player` is the player that each column belongs to.
    """

    def below(nodes, at, row, known):
        node = nodes[at]
        if node["is_leaf"]:
            return node["value"]
        left, right = node["left"], node["right"]
        if player[node["feature_idx"]] in known:
            x = row[node["feature_idx"]]
            goes_left = node["missing_go_to_left"] if np.isnan(x) else x <= node["num_threshold"]
            return below(nodes, left if goes_left else right, row, known)
        weights = nodes[left]["count"], nodes[right]["count"]
        values = below(nodes, left, row, known), below(nodes, right, row, known)
        return np.dot(weights, values) / sum(weights)

    trees, base = [p[0].nodes for p in estimator._predictors], estimator._baseline_prediction.item()
    return lambda known: np.array([base + sum(below(t, 0, row, known) for t in trees) for row in encoded])


@pytest.mark.parametrize("missing", [False, True])
def test_an_indicator_is_one_player_however_many_columns_encode_it(missing):
    X, y = with_district(400, seed=0)
    X["district"] = X["district"].cat.set_categories(["d00", "d01", "d03", "d05"])  # or missing
    if not missing:
        X = X.fillna({"dues": 0, "district": "d01"})
    trees = HistGradientBoostingClassifier(max_iter=6, max_leaf_nodes=8, min_samples_leaf=5, random_state=0)
    forecaster = CumulativeClassifier(trees, IndicatorEncoder(), n_categories=3).fit(X, y)
    found = explain(forecaster, X, rows=range(5))
    encoded = forecaster.encoder_.transform(X.iloc[:5])
    for k, estimator in enumerate(forecaster.estimators_):
        assert {2, 3, 4, 5} & {int(n["feature_idx"]) for p in estimator._predictors for n in p[0].nodes}
        value = path_dependent(estimator, encoded, [0, 1, 2, 2, 2, 2])
        np.testing.assert_allclose(found.values[:, :, k], shapley(value, 3), atol=1e-10)
        assert found.base_values[k] == pytest.approx(value(frozenset())[0], abs=1e-10)
    assert found.background is None
    assert found.engine == "tree SHAP, exact, path-dependent (no background)"


@pytest.mark.parametrize("trees", [HistGradientBoostingClassifier, GradientBoostingClassifier])
def test_values_are_those_of_the_shap_library_where_every_indicator_is_one_column(trees):
    X, y, _ = suining_like(800, seed=1, district=False)
    estimator = trees(learning_rate=0.3, random_state=0)
    forecaster = CumulativeClassifier(estimator, IndicatorEncoder(), n_categories=4).fit(X, y)
    found = explain(forecaster, X, rows=range(200), through=())
    for k, each in enumerate(forecaster.estimators_):
        oracle = shap.TreeExplainer(each, feature_perturbation="tree_path_dependent")
        encoded = forecaster.encoder_.transform(X.iloc[:200])
        np.testing.assert_allclose(found.values[:, :, k], oracle.shap_values(encoded), atol=1e-9)
        assert found.base_values[k] == pytest.approx(np.ravel(oracle.expected_value)[0], abs=1e-9)


@pytest.mark.parametrize(
    "estimator, encoder, tolerance",
    [
        (HistGradientBoostingClassifier(max_iter=10, max_leaf_nodes=7), IndicatorEncoder(), 1e-9),
        (NATIVE, CategoryCodes(), 1e-9),
        (GradientBoostingClassifier(n_estimators=10), IndicatorEncoder(impute=True), 1e-9),
        (lgb.LGBMClassifier(n_estimators=10, num_leaves=7, verbose=-1), IndicatorEncoder(), 1e-9),
        (xgb.XGBClassifier(n_estimators=10, max_depth=3), IndicatorEncoder(), 1e-5),
    ],
    ids=["hist", "native categories", "gradient boosting", "lightgbm", "xgboost"],
)
def test_with_a_background_values_are_interventional_over_all_its_rows(estimator, encoder, tolerance):
    """Against what the forecaster itself says of rows mixed with each of 150 others."""
    X, y = with_district(600, seed=2)
    forecaster = CumulativeClassifier(estimator, encoder, n_categories=3).fit(X, y)
    background = X.iloc[100:250].reset_index(drop=True)
    found = explain(forecaster, X, rows=range(4), background=background)
    for k in range(2):
        value = interventional(lambda X, k=k: forecaster.boundary_log_odds(X)[:, k], X.iloc[:4], background)
        np.testing.assert_allclose(found.values[:, :, k], shapley(value, 3), atol=tolerance)
        base = forecaster.boundary_log_odds(background)[:, k].mean()
        assert found.base_values[k] == pytest.approx(base, abs=tolerance)
    assert found.background == commitment(background)
    assert found.engine == "tree SHAP, exact, interventional (background of 150 rows)"


def test_native_categorical_splits_are_explained_right_where_the_library_is_logits_off():
    X, y = with_district(2000, seed=3)
    forecaster = CumulativeClassifier(NATIVE, CategoryCodes(), n_categories=3).fit(X, y)
    found = explain(forecaster, X)
    assert found.additivity_error < 1e-8
    np.testing.assert_allclose(found.raw, forecaster.boundary_log_odds(X), rtol=0, atol=1e-12)
    reading = read_model(forecaster.estimators_[0])
    encoded = forecaster.encoder_.transform(X.iloc[:20])
    values, base = brute_force.path_dependent(reading.ensemble, reading.prepare(encoded))
    np.testing.assert_allclose(found.values[:20, :, 0], values[:, :, 0], atol=1e-8)
    np.testing.assert_allclose(found.base_values[0], base[0], atol=1e-8)
    oracle = shap.TreeExplainer(forecaster.estimators_[0], feature_perturbation="tree_path_dependent")
    of_library = oracle.shap_values(encoded, check_additivity=False).reshape(20, 3)
    assert np.abs(of_library - values[:, :, 0]).max() > 1


def test_margins_that_are_no_log_odds_are_left_to_sampling():
    X, y, _ = suining_like(600, seed=2)
    zero = GradientBoostingClassifier(n_estimators=5, init="zero", random_state=0)
    found = explain(CumulativeClassifier(zero, IndicatorEncoder(), n_categories=4).fit(X, y), X, through=())
    assert found.engine == "tree SHAP, exact, path-dependent (no background)"
    other = GradientBoostingClassifier(n_estimators=2, loss="exponential", random_state=0)
    forecaster = CumulativeClassifier(other, IndicatorEncoder(), n_categories=4).fit(X, y)
    assert "permutation" in explain(forecaster, X, rows=[0], background=X.iloc[:5]).engine


@pytest.mark.parametrize(
    "estimator",
    [
        lgb.LGBMClassifier(n_estimators=150, learning_rate=0.5, min_child_samples=1, verbose=-1),
        xgb.XGBClassifier(n_estimators=300, learning_rate=1.0, min_child_weight=0, reg_lambda=0),
    ],
    ids=["lightgbm", "xgboost"],
)
def test_large_margins_of_libraries_that_give_only_probabilities_keep_their_digits(estimator):
    X = pd.DataFrame({"debts": np.arange(400.0), "titles": np.tile([0.0, 1.0], 200)})
    forecaster = CumulativeClassifier(estimator, IndicatorEncoder(), n_categories=2).fit(X, X["debts"] > 200)
    found = explain(forecaster, X)
    margin = read_model(forecaster.estimators_[0]).raw(X.to_numpy())
    assert np.abs(margin).max() > 10
    np.testing.assert_array_equal(found.raw, margin)
    np.testing.assert_allclose(found.base_values + found.values.sum(axis=1), margin, rtol=1e-5, atol=1e-5)


def test_a_forecast_that_is_not_the_trees_is_caught():
    class Shifted(CumulativeClassifier):
        def boundary_log_odds(self, X):
            return super().boundary_log_odds(X) + np.array([0, 0, 1e-6])

    X, y, _ = suining_like(500, seed=4)
    forecaster = Shifted(HistGradientBoostingClassifier(max_iter=5), IndicatorEncoder(), n_categories=4)
    with pytest.raises(ExplanationError, match="does not forecast what its trees say at boundary 2"):
        explain(forecaster.fit(X, y), X)


def test_boundaries_of_several_kinds_are_each_explained_by_its_own():
    X, y, _ = suining_like(700, seed=5)
    kinds = [
        HistGradientBoostingClassifier(max_iter=5, random_state=0),
        LogisticRegression(max_iter=1000),
        GradientBoostingClassifier(n_estimators=5, random_state=0),
    ]
    alone = [CumulativeClassifier(each, IndicatorEncoder(), n_categories=4).fit(X, y) for each in kinds]
    mixed = CumulativeClassifier(kinds[0], IndicatorEncoder(), n_categories=5).fit(X, y)
    mixed.estimators_ = [alone[k].estimators_[k] for k in range(3)] + mixed.estimators_[3:]
    assert isinstance(mixed.estimators_[3], ConstantClassifier)
    for background in (None, X.iloc[:120]):
        found = explain(mixed, X, background=background)
        for k in range(3):
            expected = explain(alone[k], X, background=background)
            np.testing.assert_allclose(found.values[:, :, k], expected.values[:, :, k], atol=1e-10)
            np.testing.assert_allclose(found.base_values[k], expected.base_values[k], atol=1e-10)
        assert (found.values[:, :, 3] == 0).all()
        assert "tree SHAP" in found.engine and "linear SHAP" in found.engine
        assert found.background == commitment(X if background is None else background)


@pytest.mark.parametrize("background", [None, slice(0, 150)])
@pytest.mark.parametrize("family", ["boosting", "hybrid"])
def test_nothing_is_lost_on_the_way_through_derived_columns_and_lags(family, background):
    X, y, _ = suining_like(1000, seed=6)
    forecaster = FORECASTERS[family]().fit(X, y)
    reference = None if background is None else X[background]
    left = explain(forecaster, X, background=reference, through=())
    through = explain(forecaster, X, background=reference)
    np.testing.assert_allclose(through.values.sum(axis=1), left.values.sum(axis=1), atol=1e-9)
    np.testing.assert_array_equal(through.base_values, left.base_values)
    assert np.abs(through.values[:, -1]).mean() < 0.5 * np.abs(left.values[:, -1]).mean()


def test_derived_columns_are_players_of_their_own_until_they_are_passed_on():
    X, y, _ = suining_like(800, seed=7)
    forecaster = FORECASTERS["hybrid"]().fit(X, y)
    found = explain(forecaster, X, rows=range(6), through=())
    reading = read_model(forecaster)
    assert reading.names[:6] == found.feature_names
    assert len(reading.names) == 6 + 1 + 3
    players, base = brute_force.path_dependent(reading.ensemble, reading.prepare(X.iloc[:2]))
    np.testing.assert_allclose(found.base_values, base, atol=1e-9)
    np.testing.assert_allclose(found.values[:2].sum(axis=1), players.sum(axis=1), atol=1e-9)
    moved = found.values[:2] - players[:, :6]
    np.testing.assert_allclose(moved.sum(axis=1), players[:, 6:].sum(axis=1), atol=1e-9)


@pytest.mark.parametrize("family", ["boosting", "hybrid"])
def test_the_group_gap_goes_to_the_indicator_that_causes_it_and_not_to_the_score(family):
    """Only reports by neighbours differ between the groups, and the trees read the score that holds them."""
    X, y, group = suining_like(4000, seed=3, district=False)
    forecaster = FORECASTERS[family]().fit(X, y)
    rows = np.arange(2000)

    def shares(through):
        found = explain(forecaster, X, rows=rows, through=through)
        means = group_means(found, group[rows]).pivot_table("mean", "indicator", "group")
        gap = means[True] - means[False]
        return gap / gap.sum()

    blind, seeing = shares(()), shares(("current_score",))
    assert blind["current_score"] > 0.3
    assert abs(seeing["current_score"]) < 0.02
    # Of 2,000 rows the other indicators differ between groups by chance: four standard errors of the mean
    # difference in points (sd of their sum / sqrt(n), both groups), over the planted gap of 25 points.
    chance = 4 * np.sqrt(30**2 * 0.4 + 20**2 * 1.0 + 50**2 * 0.5) * np.sqrt(1 / 600 + 1 / 1400) / 25
    assert seeing["informants"] == pytest.approx(1, abs=chance)
    assert seeing["informants"] > blind["informants"] + 0.3


def test_a_rows_values_do_not_depend_on_which_other_rows_are_explained():
    X, y, _ = suining_like(1200, seed=4)
    forecaster = FORECASTERS["hybrid"]().fit(X, y)
    for background in (None, X.iloc[:200]):
        whole = explain(forecaster, X, background=background)
        part = explain(forecaster, X, rows=[7, 3], background=background)
        np.testing.assert_allclose(part.values, whole.values[[7, 3]], atol=1e-10)


def test_a_background_serves_trees_and_slopes_and_is_recorded():
    X, y, _ = suining_like(900, seed=5)
    found = explain(FORECASTERS["boosting"]().fit(X, y), X.iloc[:5], background=X)
    assert found.background == commitment(X)
    assert "current_score explained through to indicators (R² 1.000 over 900 rows)" in found.engine
    hybrid = FORECASTERS["hybrid"]().fit(X.drop(columns="current_score"), y)
    assert explain(hybrid, X).background is None
    derived = explain(hybrid, X.iloc[:5], background=X)
    assert derived.background == commitment(X.drop(columns="current_score"))
    assert derived.engine == (
        "tree SHAP, exact, interventional (background of 900 rows);"
        " derived columns passed on to indicators (slopes over 900 rows)"
    )


def test_progress_is_told_after_every_boundary():
    X, y, _ = suining_like(400, seed=6)
    told = []
    explain(FORECASTERS["boosting"]().fit(X, y), X, rows=[0], progress=lambda *step: told.append(step))
    assert told == [("explain boundaries", k, 3) for k in (1, 2, 3)]
