from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy.special import ndtr, ndtri
from sklearn.discriminant_analysis import QuadraticDiscriminantAnalysis

from scs_ml.audit.checks._queries import read_model
from scs_ml.audit.checks._told import off_the_sum
from scs_ml.explain import explain
from scs_ml.explain.additivity import exceedance
from scs_ml.explain.quadratic import Quadratic, quadratic_shap, read_quadratic
from scs_ml.explain.reasons import _moved
from scs_ml.forecast import FORECASTERS, CumulativeClassifier, HybridEncoder
from scs_ml.metrics.scales import LOG_ODDS, PROBIT_INDEX
from scs_ml.schemes import load_scheme
from tests.explain.worlds import interventional, shapley, suining_like


def few(n, seed):
    X, y, _ = suining_like(n, seed=seed)
    X.loc[::11, "debts"] = np.nan  # a number and its flag are one player
    return X[["titles", "debts", "informants", "district"]], y


def test_a_quadratic_form_is_the_log_odds_of_the_discriminant():
    generator = np.random.default_rng(0)
    X, y = generator.normal(size=(200, 3)), np.arange(200) % 2
    X[y == 1] *= [1.0, 2.0, 0.5]
    estimator = QuadraticDiscriminantAnalysis().fit(X, y)
    form = read_quadratic(estimator)
    own = np.einsum("ni,ij,nj->n", X, form.matrix, X) + X @ form.slopes + form.constant
    np.testing.assert_allclose(own, estimator.decision_function(X), atol=1e-9)


def test_the_values_of_a_product_by_hand():
    # f = 2 x0 x1 over a background of (0, 0) and (2, 2): means 1, 1 and M01 = 2, so the base value is 4.
    form = Quadratic(np.array([[0.0, 1.0], [1.0, 0.0]]), np.zeros(2), 0.0)
    background = np.array([[0.0, 0.0], [2.0, 2.0]])
    apart, base = quadratic_shap(form, np.array([[3.0, 1.0]]), background, np.array([0, 1]))
    # x0 first: 2(3 * 1) - 4 = 2, then x1: 6 - 6 = 0. x1 first: 2(1 * 1) - 4 = -2, then x0: 6 - 2 = 4.
    assert base == 4
    assert apart.tolist() == [[3.0, -1.0]]
    together, _ = quadratic_shap(form, np.array([[3.0, 1.0]]), background, np.array([0, 0]))
    assert together.tolist() == [[2.0]]


@pytest.mark.parametrize("family", ["qda", "probit"])
def test_values_are_the_shapley_values_of_the_indicators(family):
    X, y = few(600, seed=2)
    forecaster = FORECASTERS[family]().fit(X, y)
    background = X.iloc[300:320].reset_index(drop=True)
    found = explain(forecaster, X.iloc[:4], background=background)
    assert "closed form" in found.engine

    def output(frame, k):
        log_odds = forecaster.boundary_log_odds(frame)[:, k]
        return log_odds if family == "qda" else ndtri(1 / (1 + np.exp(-log_odds)))

    for k in range(3):
        value = interventional(lambda frame, k=k: output(frame, k), X.iloc[:4], background)
        np.testing.assert_allclose(found.values[:, :, k], shapley(value, 4), atol=1e-8)
        assert found.base_values[k] == pytest.approx(output(background, k).mean(), abs=1e-8)


def test_a_probit_is_explained_in_its_index_and_says_so():
    X, y, _ = suining_like(800, seed=5)
    forecaster = FORECASTERS["probit"]().fit(X, y)
    found = explain(forecaster, X, rows=np.arange(50))
    assert found.target == PROBIT_INDEX
    columns = forecaster.encoder_.transform(X.iloc[:50])
    index = np.column_stack([each.index(columns) for each in forecaster.estimators_])
    np.testing.assert_allclose(found.base_values + found.values.sum(axis=1), index, atol=1e-9)
    forecast = exceedance(forecaster.predict_proba(X.iloc[:50]))
    np.testing.assert_allclose(ndtr(found.raw + found.residual), forecast, atol=1e-12)
    # Boundaries share their slopes, so that all say the same of an indicator.
    np.testing.assert_allclose(found.values[:, :, 0], found.values[:, :, 2], atol=1e-12)


def test_a_boundary_nobody_crossed_has_an_index_and_no_values():
    X, y, _ = suining_like(300, seed=6)
    forecaster = FORECASTERS["probit"](load_scheme("suining")).fit(X, np.minimum(y, 2))
    found = explain(forecaster, X, rows=[0, 1])
    assert not found.values[:, :, 2].any()
    assert found.base_values[2] == pytest.approx(ndtri(np.finfo(float).eps), rel=1e-6)


def test_a_quadratic_discriminant_passes_a_lag_and_derived_columns_on():
    X, y, _ = suining_like(800, seed=7)
    forecaster = FORECASTERS["qda"]().fit(X, y)
    whole = explain(forecaster, X, rows=np.arange(20), through=())
    passed = explain(forecaster, X, rows=np.arange(20))
    at = list(X.columns).index("current_score")
    assert np.abs(passed.values[:, at]).sum() < 0.5 * np.abs(whole.values[:, at]).sum()
    assert "current_score explained through" in passed.engine
    derived = CumulativeClassifier(QuadraticDiscriminantAnalysis(reg_param=0.1), HybridEncoder()).fit(
        X.drop(columns=["current_score", "district"]), y
    )
    found = explain(derived, X.drop(columns=["current_score", "district"]), rows=np.arange(20))
    assert found.target == LOG_ODDS
    assert "derived columns passed on" in found.engine
    np.testing.assert_allclose(
        found.base_values + found.values.sum(axis=1),
        derived.boundary_log_odds(X.drop(columns=["current_score", "district"]).iloc[:20]),
        rtol=1e-8,
        atol=1e-8,
    )


def test_a_reason_on_the_index_is_told_in_standard_deviations():
    assert _moved(0.5, PROBIT_INDEX) == "for it, 0.50 standard deviations of what the model cannot tell"
    assert _moved(-0.25, PROBIT_INDEX).startswith("against it, 0.25 standard")


def test_an_audit_finds_nothing_wrong_with_what_a_probit_is_said_to_do():
    X, y, _ = suining_like(400, seed=8)
    forecaster = FORECASTERS["probit"]().fit(X, y)
    found = explain(forecaster, X)
    case = SimpleNamespace(
        explanation=found,
        forecaster=forecaster,
        scheme=load_scheme("suining"),
        dataset=SimpleNamespace(X=X, withheld=pd.DataFrame(index=X.index)),
    )
    model = read_model(case)
    np.testing.assert_allclose(model.answer(X), found.raw.mean(axis=1), atol=1e-12)
    distances = off_the_sum(case, model)
    assert len(distances) == 3
    assert max(each.max() for each in distances.values()) < 1e-3
    # Said in log-odds, the same values are not what the model does.
    wrong = off_the_sum(
        SimpleNamespace(**vars(case) | {"explanation": replace(found, target=LOG_ODDS)}), model
    )
    assert wrong["output = the model's own log-odds"].max() > 1


def test_a_model_without_log_odds_is_asked_for_its_index_by_way_of_probabilities():
    X, y, _ = suining_like(400, seed=8)
    forecaster = FORECASTERS["probit"]().fit(X, y)
    case = SimpleNamespace(
        explanation=explain(forecaster, X),
        forecaster=SimpleNamespace(classes_=forecaster.classes_, predict_proba=forecaster.predict_proba),
        scheme=load_scheme("suining"),
        dataset=SimpleNamespace(X=X, withheld=pd.DataFrame(index=X.index)),
    )
    near = (np.abs(case.explanation.raw) < 5).all(axis=1)
    asked = read_model(case).answer(X)
    np.testing.assert_allclose(asked[near], case.explanation.raw.mean(axis=1)[near], atol=1e-6)
