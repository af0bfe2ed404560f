from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.ensemble import HistGradientBoostingClassifier

from scs_ml.exceptions import ExplanationError
from scs_ml.explain import explain
from scs_ml.explain.additivity import exceedance, exceedance_log_odds, reconcile
from scs_ml.forecast import FORECASTERS, CumulativeClassifier
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


class _Codes(TransformerMixin, BaseEstimator):
    """Categories as codes: what boosting with native categorical splits wants."""

    def fit(self, X, y=None):
        self.column_indicator_ = tuple(X.columns)
        return self

    def transform(self, X):
        return np.column_stack(
            [c.cat.codes if isinstance(c.dtype, pd.CategoricalDtype) else c for _, c in X.items()]
        )

    def derived(self, X):
        return {}


def test_native_categorical_splits_which_the_library_reads_wrongly_are_caught():
    rng = np.random.default_rng(0)
    level = rng.integers(0, 12, 2000)
    X = pd.DataFrame(
        {
            "debts": rng.normal(size=2000),
            "district": pd.Categorical.from_codes(level, [f"d{i:02}" for i in range(12)]),
        }
    )
    y = (X["debts"] + np.isin(level, [0, 3, 4, 9]) * 3 + rng.normal(size=2000) > 1).astype(int)
    native = HistGradientBoostingClassifier(categorical_features=[1], max_iter=20, random_state=0)
    forecaster = CumulativeClassifier(native, _Codes(), n_categories=2).fit(X, y)
    with pytest.raises(ExplanationError, match="does not add up to the model at boundary 0"):
        explain(forecaster, X)
    plain = HistGradientBoostingClassifier(max_iter=20, random_state=0)
    assert (
        explain(CumulativeClassifier(plain, _Codes(), n_categories=2).fit(X, y), X).additivity_error < 1e-10
    )


@pytest.mark.parametrize("family", sorted(FORECASTERS))
def test_every_family_adds_up_and_the_residual_leads_to_the_forecast(family):
    X, y, _ = suining_like(2000, seed=1)
    forecaster = FORECASTERS[family]().fit(X, y)
    found = explain(forecaster, X, rows=np.arange(300))
    raw = found.base_values + found.values.sum(axis=1)
    np.testing.assert_allclose(raw, forecaster.boundary_log_odds(X.iloc[:300]), rtol=0, atol=1e-9)
    assert found.additivity_error < 1e-9
    assert found.values.shape == (300, X.shape[1], 3)
    assert found.feature_names == tuple(X.columns)
    assert found.target == "log-odds of exceeding the boundary"
    after = 1 / (1 + np.exp(-(found.raw + found.residual)))
    np.testing.assert_allclose(after, exceedance(forecaster.predict_proba(X.iloc[:300])), atol=1e-12)
