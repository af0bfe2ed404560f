from __future__ import annotations

import numpy as np
import pytest
from sklearn.ensemble import GradientBoostingClassifier, HistGradientBoostingClassifier

from scs_ml.explain import commitment, explain, group_means
from scs_ml.explain.shap_library import tree_shap
from scs_ml.forecast import FORECASTERS, CumulativeClassifier
from scs_ml.forecast.encoder import IndicatorEncoder
from tests.explain.worlds import shapley, suining_like


def path_dependent(trees, base, encoded):
    """Worth of a coalition: follow known columns, average both branches of the others by their rows."""

    def below(nodes, at, row, known):
        node = nodes[at]
        if node["is_leaf"]:
            return node["value"]
        left, right = node["left"], node["right"]
        if node["feature_idx"] in known:
            x = row[node["feature_idx"]]
            goes_left = node["missing_go_to_left"] if np.isnan(x) else x <= node["num_threshold"]
            return below(nodes, left if goes_left else right, row, known)
        weights = nodes[left]["count"], nodes[right]["count"]
        values = below(nodes, left, row, known), below(nodes, right, row, known)
        return np.dot(weights, values) / sum(weights)

    return lambda known: np.array([base + sum(below(t, 0, row, known) for t in trees) for row in encoded])


@pytest.mark.parametrize("missing", [False, True])
def test_values_are_the_shapley_values_of_the_trees(missing):
    rng = np.random.default_rng(0)
    encoded = rng.normal(size=(400, 4))
    if missing:
        encoded[rng.random(encoded.shape) < 0.2] = np.nan
    filled = np.nan_to_num(encoded)
    y = (filled[:, 0] * filled[:, 1] + filled[:, 2] > 0).astype(int)
    model = HistGradientBoostingClassifier(max_iter=6, max_leaf_nodes=6, random_state=0).fit(encoded, y)
    values, base = tree_shap(model, encoded[:5])
    value = path_dependent(
        [p[0].nodes for p in model._predictors], float(model._baseline_prediction.item()), encoded[:5]
    )
    np.testing.assert_allclose(values, shapley(value, 4), atol=1e-10)
    assert base == pytest.approx(value(frozenset())[0], abs=1e-10)


def test_encoded_columns_are_summed_into_their_indicator():
    X, y, _ = suining_like(1500, seed=1)
    X = X.drop(columns="current_score")
    X.loc[X["district"] == "d03", "traffic"] += 2
    forecaster = FORECASTERS["boosting"]().fit(X, y)
    found = explain(forecaster, X, rows=range(50))
    columns, _ = tree_shap(forecaster.estimators_[1], forecaster.encoder_.transform(X.iloc[:50]))
    assert forecaster.encoder_.column_indicator_[4:] == ("district",) * 3
    np.testing.assert_allclose(found.values[:, 4, 1], columns[:, 4:].sum(axis=1), atol=1e-12)
    np.testing.assert_allclose(found.values[:, :4, 1], columns[:, :4], atol=1e-12)
    assert found.background is None
    assert "path-dependent" in found.engine
    assert "no background" in found.engine


def test_plain_gradient_boosting_is_explained_in_log_odds():
    X, y, _ = suining_like(600, seed=2)
    trees = GradientBoostingClassifier(n_estimators=10, random_state=0)
    found = explain(CumulativeClassifier(trees, IndicatorEncoder(), n_categories=4).fit(X, y), X)
    assert "path-dependent" in found.engine
    # It reads its inputs as float32, and the library follows it there.
    assert found.additivity_error < 1e-9
    # Margins that are no log-odds, or start from another model, are left to the model-agnostic way.
    for other in ({"loss": "exponential"}, {"init": "zero"}):
        trees = GradientBoostingClassifier(n_estimators=2, random_state=0, **other)
        forecaster = CumulativeClassifier(trees, IndicatorEncoder(), n_categories=4).fit(X, y)
        assert "permutation" in explain(forecaster, X, rows=[0], background=X.iloc[:5]).engine


@pytest.mark.parametrize("family", ["boosting", "hybrid"])
def test_the_group_gap_goes_to_the_indicator_that_causes_it_and_not_to_the_score(family):
    """Only reports by neighbours differ between the groups, and the trees read the score that holds them."""
    X, y, group = suining_like(4000, seed=3, district=False)
    forecaster = FORECASTERS[family]().fit(X, y)
    rows = np.arange(2000)

    def shares(through):
        found = explain(forecaster, X, rows=rows, through=through)
        means = (
            group_means(found, group[rows]).groupby(["group", "indicator"])["mean"].mean().unstack("group")
        )
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
    whole = explain(forecaster, X)
    np.testing.assert_allclose(explain(forecaster, X, rows=[7, 3]).values, whole.values[[7, 3]], atol=1e-10)


def test_a_background_serves_lag_regressions_and_is_then_recorded():
    X, y, _ = suining_like(900, seed=5)
    forecaster = FORECASTERS["boosting"]().fit(X, y)
    found = explain(forecaster, X.iloc[:5], background=X)
    assert found.background is not None
    assert "over 900 rows" in found.engine
    no_lag = FORECASTERS["boosting"]().fit(X.drop(columns="current_score"), y)
    assert explain(no_lag, X, background=X).background is None
    hybrid = FORECASTERS["hybrid"]().fit(X.drop(columns="current_score"), y)
    assert explain(hybrid, X).background is None
    derived = explain(hybrid, X.iloc[:5], background=X)
    assert derived.background == commitment(X.drop(columns="current_score"))
    assert "derived columns passed on to indicators (slopes over 900 rows)" in derived.engine


def test_progress_is_told_after_every_boundary():
    X, y, _ = suining_like(400, seed=6)
    told = []
    explain(FORECASTERS["boosting"]().fit(X, y), X, rows=[0], progress=lambda *step: told.append(step))
    assert told == [("explain boundaries", k, 3) for k in (1, 2, 3)]
