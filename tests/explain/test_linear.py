from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from scs_ml.explain import commitment, explain
from scs_ml.forecast import FORECASTERS, CumulativeClassifier
from tests.explain.worlds import CUTS, POINTS, interventional, shapley, suining_like


@pytest.mark.parametrize("family", ["logit", "expert"])
def test_values_are_the_shapley_values_of_the_indicators(family):
    X, y, _ = suining_like(600, seed=2)
    X = X[["titles", "debts", "informants", "district"]]
    forecaster = FORECASTERS[family]().fit(X, y)
    background = X.iloc[300:320].reset_index(drop=True)
    found = explain(forecaster, X.iloc[:4], background=background)
    for boundary in range(3):
        value = interventional(
            lambda X, k=boundary: forecaster.boundary_log_odds(X)[:, k], X.iloc[:4], background
        )
        expected = shapley(value, 4)
        np.testing.assert_allclose(found.values[:, :, boundary], expected, atol=1e-10)
        base = forecaster.boundary_log_odds(background)[:, boundary].mean()
        assert found.base_values[boundary] == pytest.approx(base, abs=1e-10)


def test_the_background_is_part_of_the_claim():
    X, y, _ = suining_like(500, seed=3, district=False)
    X = X.drop(columns="current_score")
    forecaster = FORECASTERS["logit"]().fit(X, y)
    own = explain(forecaster, X)
    few_debts = X[X["debts"] == 0].reset_index(drop=True)
    other = explain(forecaster, X, background=few_debts)
    assert own.background == commitment(X)
    assert other.background == commitment(few_debts) != own.background
    np.testing.assert_allclose(own.values.mean(axis=0), 0, atol=1e-10)  # centred on its own background
    assert (other.values[:, 2].mean(axis=0) < -0.1).all()  # debts lower the forecast, against people without
    assert "closed form" in own.engine
    assert "500 rows" in own.engine


def test_a_missing_number_and_its_flag_count_for_one_indicator():
    X, y, _ = suining_like(500, seed=4, district=False)
    X = X.drop(columns="current_score")
    X.loc[::7, "debts"] = np.nan
    found = explain(FORECASTERS["logit"]().fit(X, y), X)
    assert found.feature_names == ("titles", "traffic", "debts", "informants")


def test_a_discriminant_is_linear_too():
    X, y, _ = suining_like(500, seed=5, district=False)
    forecaster = CumulativeClassifier(LinearDiscriminantAnalysis(), n_categories=4).fit(X, y)
    assert "linear SHAP" in explain(forecaster, X).engine


def test_a_lag_is_explained_through_exactly():
    """The score is a known sum of points: what the model gives to it goes back to them, point by point."""
    X, y, _ = suining_like(1000, seed=6, district=False)
    forecaster = FORECASTERS["logit"]().fit(X, y)
    plain, through = explain(forecaster, X, through=()), explain(forecaster, X)
    lag = X.columns.get_loc("current_score")
    for boundary in range(3):
        spread = X["current_score"].std(ddof=0)
        slope = forecaster.estimators_[boundary].coef_[0, lag] / spread
        for i, name in enumerate(POINTS):
            points = POINTS[name] * (X[name] - X[name].mean())
            expected = plain.values[:, i, boundary] + slope * points
            np.testing.assert_allclose(through.values[:, i, boundary], expected, atol=1e-9)
    np.testing.assert_allclose(through.values[:, lag], 0, atol=1e-9)
    np.testing.assert_allclose(through.values.sum(axis=1), plain.values.sum(axis=1), atol=1e-9)
    assert "R² 1.000 over 1000 rows" in through.engine
    assert "through" not in plain.engine


def test_points_that_were_learned_for_the_lag_go_through_it_too():
    X, y, _ = suining_like(3000, seed=13, district=False)
    forecaster = FORECASTERS["expert"]().fit(X, y)
    lag = X.columns.get_loc("current_score")
    blind, seeing = explain(forecaster, X, through=()), explain(forecaster, X)
    assert "R² 1.000" in seeing.engine
    # Points come in bins, so they are not linear in the score: what is linear in it goes through.
    assert np.abs(seeing.values[:, lag]).mean() < 0.5 * np.abs(blind.values[:, lag]).mean()
    np.testing.assert_allclose(seeing.values.sum(axis=1), blind.values.sum(axis=1), atol=1e-9)


def test_what_the_indicators_do_not_explain_stays_on_the_lag():
    X, _, _ = suining_like(1000, seed=7, district=False)
    rng = np.random.default_rng(7)
    unexplained = rng.normal(0, 40, len(X))
    X["current_score"] += unexplained
    y = np.digitize(X["current_score"] + rng.normal(0, 30, len(X)), CUTS)
    forecaster = FORECASTERS["logit"]().fit(X, y)
    found = explain(forecaster, X)
    slope = forecaster.estimators_[0].coef_[0, -1] / X["current_score"].std(ddof=0)
    on_lag = found.values[:, -1, 0]
    # Regression on four indicators takes about 4 of 1,000 degrees of freedom of the noise, no more.
    assert np.corrcoef(on_lag, unexplained)[0, 1] > 0.99
    assert on_lag.std() == pytest.approx(slope * unexplained.std(), rel=0.01)


def test_a_lag_that_was_missing_is_conserved():
    X, y, _ = suining_like(800, seed=8)
    X.loc[::5, "current_score"] = np.nan
    found = explain(FORECASTERS["logit"]().fit(X, y), X)
    assert found.additivity_error < 1e-9


def test_too_few_rows_leave_the_attribution_on_the_lag_and_say_so():
    X, y, _ = suining_like(400, seed=9)
    forecaster = FORECASTERS["logit"]().fit(X, y)
    few = explain(forecaster, X.iloc[:6])
    np.testing.assert_allclose(few.values, explain(forecaster, X.iloc[:6], through=()).values)
    assert "too few to regress it" in few.engine
    rescued = explain(forecaster, X.iloc[:6], background=X)
    np.testing.assert_allclose(rescued.values, explain(forecaster, X).values[:6], atol=1e-9)


def test_a_boundary_that_nobody_crossed_has_a_base_value_only():
    X, y, _ = suining_like(400, seed=10)
    forecaster = CumulativeClassifier(n_categories=4).fit(X, np.minimum(y, 2))
    found = explain(forecaster, X)
    assert (found.values[:, :, 2] == 0).all()
    assert found.base_values[2] < -30
    np.testing.assert_allclose(found.residual[:, 2], 0, atol=1e-9)
    nobody = explain(CumulativeClassifier(n_categories=3).fit(X, np.zeros(400, dtype=int)), X)
    assert (nobody.values == 0).all()
    assert nobody.engine.startswith("constant boundaries")
    assert nobody.background is None


def test_rows_may_be_positions_or_a_mask():
    X, y, _ = suining_like(300, seed=11)
    forecaster = FORECASTERS["logit"]().fit(X, y)
    whole = explain(forecaster, X)
    mask = np.zeros(300, dtype=bool)
    mask[[5, 250]] = True
    for rows in ([5, 250], mask):
        part = explain(forecaster, X, rows=rows)
        assert part.rows.tolist() == [5, 250]
        np.testing.assert_array_equal(part.values, whole.values[[5, 250]])
        np.testing.assert_allclose(part.raw, whole.raw[[5, 250]], rtol=1e-12)


def test_columns_may_come_in_another_order():
    X, y, _ = suining_like(300, seed=12)
    forecaster = FORECASTERS["logit"]().fit(X, y)
    turned = X[X.columns[::-1]].assign(unrelated=1.0)
    pd.testing.assert_frame_equal(
        pd.DataFrame(explain(forecaster, turned).values[:, :, 0]),
        pd.DataFrame(explain(forecaster, X).values[:, :, 0]),
    )
