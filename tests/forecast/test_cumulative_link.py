from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.special import expit, log_ndtr, logit, ndtr, ndtri
from sklearn.linear_model import LogisticRegression
from statsmodels.miscmodels.ordinal_model import OrderedModel

from scs_ml.forecast import FORECASTERS, OrderedProbitClassifier, ProportionalOddsClassifier
from scs_ml.forecast._links import ComplementaryLogLog, Logit, Probit
from scs_ml.metrics import cumulative, ranked_probability_score

FAMILIES = {"logit": ProportionalOddsClassifier, "probit": OrderedProbitClassifier}
ECONOMIC = ["proportional_odds", "probit", "lda", "qda", "migration", "survival"]


def latent(n, *, seed=0, cuts=(-1.0, 0.0, 1.5)):
    """Three indicators on unlike scales, and the category of their sum and a logistic error."""
    generator = np.random.default_rng(seed)
    X = pd.DataFrame(
        {
            "debts": generator.poisson(2.0, n).astype(float),
            "income": generator.normal(300.0, 80.0, n),
            "noise": generator.normal(size=n),
        }
    )
    index = -0.5 * (X["debts"] - 2) + (X["income"] - 300) / 100
    return X, np.digitize(index + generator.logistic(size=n), cuts)


def reference(y, columns, distribution):
    """statsmodels' ordered model: slopes, cut points and the result."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        result = OrderedModel(y, columns, distr=distribution).fit(
            method="bfgs", disp=0, gtol=1e-7, maxiter=1000
        )
    slopes = result.params[: columns.shape[1]]
    return slopes, result.model.transform_threshold_params(result.params)[1:-1], result


@pytest.mark.parametrize("link", FAMILIES)
def test_without_a_penalty_it_is_the_ordered_model_of_statsmodels(link):
    X, y = latent(600)
    model = FAMILIES[link](C=1e10).fit(X, y)
    columns = model.encoder_.transform(X)
    slopes, cuts, result = reference(y, columns, link)
    for k, boundary in enumerate(model.estimators_):
        np.testing.assert_allclose(boundary.coef_[0], slopes, atol=1e-4)
        assert boundary.intercept_[0] == pytest.approx(-cuts[k], abs=1e-4)
    likelihood = np.log(model.predict_proba(X)[np.arange(600), y]).sum()
    assert likelihood == pytest.approx(result.llf, abs=1e-6)
    assert likelihood >= result.llf - 1e-8


def test_over_two_categories_it_is_logistic_regression_with_the_same_penalty():
    X, y = latent(300, cuts=[0.0])
    model = ProportionalOddsClassifier(C=0.3).fit(X, y)
    columns = model.encoder_.transform(X)
    plain = LogisticRegression(C=0.3, solver="newton-cholesky", tol=1e-10).fit(columns, y)
    np.testing.assert_allclose(model.predict_proba(X), plain.predict_proba(columns), atol=1e-6)


@pytest.mark.parametrize("link", FAMILIES)
def test_boundaries_share_their_slopes_and_never_cross(link):
    X, y = latent(300)
    model = FAMILIES[link]().fit(X, y)
    first, *others = model.estimators_
    for other in others:
        np.testing.assert_array_equal(first.coef_, other.coef_)
    assert (np.diff([each.intercept_[0] for each in model.estimators_]) < 0).all()
    log_odds = model.boundary_log_odds(X * 10)
    assert (np.diff(log_odds, axis=1) < 0).all()
    np.testing.assert_allclose(cumulative(model.predict_proba(X * 10)), expit(log_odds), atol=1e-12)


def test_without_indicators_that_tell_anything_it_forecasts_the_shares():
    X, y = np.zeros((8, 2)), [0, 0, 0, 1, 2, 2, 2, 2]
    for cls in FAMILIES.values():
        np.testing.assert_allclose(cls().fit(X, y).predict_proba(X[:1]), [[3 / 8, 1 / 8, 4 / 8]], atol=1e-8)


def test_a_probit_boundary_is_the_normal_distribution_of_its_index():
    X, y = latent(300)
    model = OrderedProbitClassifier().fit(X, y)
    boundary, columns = model.estimators_[1], model.encoder_.transform(X)
    index = columns @ boundary.coef_[0] + boundary.intercept_[0]
    np.testing.assert_allclose(boundary.predict_proba(columns)[:, 1], ndtr(index), atol=1e-15)
    np.testing.assert_allclose(model.boundary_log_odds(X)[:, 1], logit(ndtr(index)), atol=1e-9)
    far = boundary.decision_function(columns * 1e3)
    assert np.isfinite(far).all()
    assert np.abs(far).max() > 1e4


@pytest.mark.parametrize("name", ["proportional_odds", "probit"])
def test_a_category_nobody_has_is_left_out_of_the_fit(name, suining):
    X, y = latent(300)
    merged = np.where(y >= 2, y, 0)  # 0, 2, 3: nobody in 1
    model = FORECASTERS[name](suining).fit(X, merged)
    assert (model.predict_proba(X)[:, 1] == 0).all()
    dense = FORECASTERS[name]().fit(X, np.unique(merged, return_inverse=True)[1])
    np.testing.assert_allclose(model.predict_proba(X)[:, [0, 2, 3]], dense.predict_proba(X), atol=1e-12)


@pytest.mark.parametrize("name", ECONOMIC)
@settings(max_examples=25)
@given(data=st.data())
def test_probabilities_are_probabilities(name, data):
    k = data.draw(st.integers(2, 10), "categories")
    n = data.draw(st.integers(1, 30), "rows")
    values = st.floats(-1e3, 1e3) | st.just(np.nan) | st.sampled_from([0.0, 1.0])
    X = pd.DataFrame(data.draw(arrays(np.float64, (n, 3), elements=values), "X"), columns=["a", "b", "c"])
    X["current_category"] = data.draw(
        arrays(np.float64, n, elements=st.sampled_from([np.nan, *range(k)])), "state"
    )
    X["level"] = pd.Categorical(data.draw(st.lists(st.sampled_from("uvw"), min_size=n, max_size=n), "level"))
    y = data.draw(arrays(np.int64, n, elements=st.integers(0, k - 1)), "y")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = FORECASTERS[name]().fit(X, y)
        probabilities = model.predict_proba(X)
    assert probabilities.shape == (n, len(np.unique(y)))
    assert not np.signbit(probabilities).any()
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-12)
    assert np.isfinite(model.boundary_log_odds(X)).all()


@pytest.mark.parametrize("link", [Logit(), Probit(), ComplementaryLogLog()], ids=lambda x: type(x).__name__)
def test_derivatives_are_those_of_the_log_mass(link):
    a, b = np.meshgrid([-np.inf, -9.0, -3.0, -0.5, 0.0, 1.0, 2.5], [-8.0, -2.0, -0.4, 0.2, 1.5, 2.6, np.inf])
    inside = (a < b) & ~(np.isinf(a) & np.isinf(b))
    a, b, h = a[inside], b[inside], 1e-5
    at = link.log_mass(a, b)
    higher, lower = link.log_mass(a + h, b), link.log_mass(a - h, b)
    np.testing.assert_allclose(at.da, (higher.value - lower.value) / (2 * h), rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(at.daa, (higher.da - lower.da) / (2 * h), rtol=1e-5, atol=1e-7)
    higher, lower = link.log_mass(a, b + h), link.log_mass(a, b - h)
    np.testing.assert_allclose(at.db, (higher.value - lower.value) / (2 * h), rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(at.dbb, (higher.db - lower.db) / (2 * h), rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(at.dab, (higher.da - lower.da) / (2 * h), rtol=1e-5, atol=1e-7)


def test_the_mass_of_an_interval_far_out_keeps_its_digits():
    one = np.array([1.0])
    # e^-40 - e^-41 over (1 + e^-40)(1 + e^-41), on either side.
    expected = -40 + np.log1p(-np.exp(-1.0))
    for a, b in ((40.0, 41.0), (-41.0, -40.0)):
        np.testing.assert_allclose(Logit().log_mass(a * one, b * one).value, expected, rtol=1e-14)
    expected = log_ndtr(-30.0) + np.log1p(-np.exp(log_ndtr(-30.5) - log_ndtr(-30.0)))
    for a, b in ((30.0, 30.5), (-30.5, -30.0)):
        np.testing.assert_allclose(Probit().log_mass(a * one, b * one).value, expected, rtol=1e-12)
    # F(z) is e^z to first order far below, and the mass above z is exp(-e^z).
    low = ComplementaryLogLog().log_mass(-41.0 * one, -40.0 * one)
    np.testing.assert_allclose(low.value, -40 + np.log1p(-np.exp(-1.0)), rtol=1e-14)
    np.testing.assert_allclose(
        ComplementaryLogLog().log_mass(6.0 * one, np.inf * one).value, -np.exp(6.0), rtol=1e-14
    )


def test_quantiles_invert_the_links():
    p = np.array([1e-12, 0.1, 0.5, 0.9])
    for link, expected in ((Logit(), logit(p)), (Probit(), ndtri(p))):
        np.testing.assert_allclose(link.quantile(p), expected)
    np.testing.assert_allclose(1 - np.exp(-np.exp(ComplementaryLogLog().quantile(p))), p, rtol=1e-4)


def test_classes_that_are_told_apart_perfectly_give_finite_slopes_without_a_warning():
    X = np.repeat(np.arange(4.0), 5)[:, None] * 1e6
    y = np.repeat(np.arange(4), 5)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for cls in FAMILIES.values():
            model = cls(C=1e6).fit(X, y)
            assert np.isfinite(model.estimators_[0].coef_).all()
            assert model.score(X, y) == 1


@pytest.mark.parametrize("table", ["swd", "lev"])
def test_on_real_grades_it_forecasts_as_well_as_the_ordered_model(table, data_folder):
    grid = np.loadtxt(data_folder / "ordinal_benchmarks" / f"{table}.csv", delimiter=",", skiprows=1)
    X, y = grid[:, :-1], np.unique(grid[:, -1], return_inverse=True)[1]
    test = np.arange(len(X)) % 3 == 0
    model = ProportionalOddsClassifier().fit(X[~test], y[~test])
    columns = model.encoder_.transform(X)
    _, _, result = reference(y[~test], columns[~test], "logit")
    theirs = np.asarray(result.model.predict(result.params, exog=columns[test]))
    own = ranked_probability_score(y[test], model.predict_proba(X[test]))
    assert np.mean(own) == pytest.approx(np.mean(ranked_probability_score(y[test], theirs)), rel=0.01)
    shares = np.tile(np.bincount(y[~test]) / (~test).sum(), (test.sum(), 1))
    assert np.mean(own) < 0.95 * np.mean(ranked_probability_score(y[test], shares))
