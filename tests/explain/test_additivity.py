from __future__ import annotations

import numpy as np
import pytest

from scs_ml.exceptions import ExplanationError
from scs_ml.explain import explain
from scs_ml.explain.additivity import exceedance, exceedance_log_odds, reconcile, require_same
from scs_ml.forecast import FORECASTERS
from scs_ml.metrics.scales import LOG_ODDS, PROBABILITY, PROBIT_INDEX, from_log_odds, to_probability
from tests.explain.worlds import suining_like

ROWS = np.array([4, 9])
VALUES = np.array([[[0.5, 1.0], [0.25, -1.0]], [[0.0, 2.0], [1.0, 1.0]]])  # (rows, indicators, boundaries)
BASE = np.array([1.0, -2.0])
RAW = np.array([[1.75, -2.0], [2.0, 1.0]])


def test_an_exact_explanation_has_no_error():
    assert reconcile(VALUES, BASE, RAW, ROWS) == 0.0


def test_the_error_says_which_boundary_by_how_much_and_where():
    off = RAW + np.array([[0.0, 0.0], [0.0, 0.25]])
    with pytest.raises(ExplanationError, match=r"boundary 1: .* up to 0\.25 off") as caught:
        reconcile(VALUES, BASE, off, ROWS)
    assert caught.value.where == "1 of 2 rows, first at positions 9"


def test_the_tolerance_grows_with_the_size_of_the_output():
    small, large = np.full((1, 1, 1), 1.0), np.full((1, 1, 1), 1e6)
    with pytest.raises(ExplanationError):
        reconcile(small, np.zeros(1), np.array([[1.0 + 1e-7]]), ROWS[:1])
    assert reconcile(large, np.zeros(1), np.array([[1e6 + 1e-7]]), ROWS[:1]) == pytest.approx(1e-7, rel=0.01)


def test_a_value_that_is_no_number_is_never_reconciled():
    broken = VALUES.copy()
    broken[0, 0, 0] = np.nan
    with pytest.raises(ExplanationError, match="boundary 0"):
        reconcile(broken, BASE, RAW, ROWS)


def test_tails_of_a_distribution():
    probabilities = np.array([[0.5, 0.25, 0.25]])
    np.testing.assert_allclose(exceedance(probabilities), [[0.5, 0.25]])
    np.testing.assert_allclose(exceedance_log_odds(probabilities), [[0.0, -np.log(3)]])


def test_log_odds_of_a_certain_forecast_are_finite():
    cut = np.log(np.finfo(float).eps)
    np.testing.assert_allclose(exceedance_log_odds(np.array([[1.0, 0.0, 0.0]])), [[cut, cut]])


def test_libraries_that_add_up_in_single_precision_are_allowed_more():
    values, raw = np.full((1, 1, 1), 1.0), np.array([[1.0 + 1e-6]])
    with pytest.raises(ExplanationError, match="allowed: 1e-08"):
        reconcile(values, np.zeros(1), raw, ROWS[:1])
    assert reconcile(values, np.zeros(1), raw, ROWS[:1], tolerance=1e-5) == pytest.approx(1e-6, rel=1e-3)


def test_what_is_explained_must_be_what_is_forecast():
    forecast = np.array([[0.9, 0.5], [0.8, 0.1]])
    require_same(forecast + 1e-9, forecast, ROWS, tolerance=1e-8)
    other = forecast + np.array([[0.0, 0.0], [0.0, 0.25]])
    with pytest.raises(
        ExplanationError, match=r"at boundary 1: probabilities are up to 0\.25 apart"
    ) as caught:
        require_same(other, forecast, ROWS, tolerance=1e-8)
    assert caught.value.where == "1 of 2 rows, first at positions 9"
    with pytest.raises(ExplanationError, match="boundary 0"):
        require_same(np.full((2, 2), np.nan), forecast, ROWS, tolerance=1e-8)


@pytest.mark.parametrize("family", sorted(FORECASTERS))
def test_every_family_adds_up_and_the_residual_leads_to_the_forecast(family):
    X, y, _ = suining_like(2000, seed=1)
    forecaster = FORECASTERS[family]().fit(X, y)
    some = X.iloc[:100]
    found = explain(forecaster, X, rows=np.arange(100))
    scale = found.target
    assert scale in {LOG_ODDS, PROBABILITY, PROBIT_INDEX}
    forecast = exceedance(forecaster.predict_proba(some))
    own = forecast  # what sampling explains; the exact engines, what it was before rearrangement
    if "permutation" not in found.engine:
        own = from_log_odds(forecaster.boundary_log_odds(some), scale)
    close = 1e-5 if family == "xgboost" else 1e-9  # it adds up in float32
    raw = found.base_values + found.values.sum(axis=1)
    np.testing.assert_allclose(raw, own, rtol=0, atol=close * max(1, np.abs(own).max()))
    assert found.additivity_error < close * max(1, np.abs(own).max())
    assert found.values.shape == (100, X.shape[1], 3)
    assert found.feature_names == tuple(X.columns)
    np.testing.assert_allclose(to_probability(found.raw + found.residual, scale), forecast, atol=1e-12)


CLOSED = {"expert", "logit", "proportional_odds", "probit", "lda", "qda", "migration"}
EXACT = CLOSED | {"boosting", "forest", "lightgbm", "xgboost", "hybrid"}


@pytest.mark.parametrize("family", sorted(EXACT & set(FORECASTERS)))
def test_closed_forms_and_trees_are_explained_exactly(family):
    X, y, _ = suining_like(300, seed=1)
    found = explain(FORECASTERS[family]().fit(X, y), X, rows=[0])
    assert "exact" in found.engine or "closed form" in found.engine
    assert "permutation" not in found.engine
