from __future__ import annotations

import warnings

import numpy as np
import pytest
from scipy.special import expit
from sklearn.exceptions import ConvergenceWarning

from scs_ml.forecast import ConstantClassifier, NetworkClassifier, OrdinalLogitClassifier


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(500, 3))
    return X, np.searchsorted([-1.0, 0.0, 1.0], X[:, 0] * X[:, 1] + 0.3 * rng.normal(size=500))


def test_one_network_serves_all_boundaries(table):
    X, y = table
    model = NetworkClassifier().fit(X, y)
    assert {id(each.network) for each in model.estimators_} == {id(model.network_)}
    encoded = model.encoder_.transform(X)
    sigmoids = model.network_.predict_proba(encoded)
    np.testing.assert_allclose(expit(model.boundary_log_odds(X)), sigmoids, rtol=0, atol=1e-12)
    for k, each in enumerate(model.estimators_):
        np.testing.assert_allclose(each.predict_proba(encoded)[:, 1], sigmoids[:, k], rtol=0, atol=1e-12)
        np.testing.assert_allclose(each.predict_proba(encoded).sum(axis=1), 1, atol=1e-15)
        np.testing.assert_array_equal(each.decision_function(encoded), model.boundary_log_odds(X)[:, k])
        np.testing.assert_array_equal(each.predict(encoded), sigmoids[:, k] > 0.5)
        assert each.fit(encoded, y) is each


def test_it_learns_what_no_line_can(table):
    X, y = table
    rng = np.random.default_rng(1)
    later = rng.normal(size=(500, 3))
    outcome = np.searchsorted([-1.0, 0.0, 1.0], later[:, 0] * later[:, 1] + 0.3 * rng.normal(size=500))
    network, logit = (
        cls().fit(X, y).score(later, outcome) for cls in (NetworkClassifier, OrdinalLogitClassifier)
    )
    # The category is that of a product. Four binomial standard errors of 500 rows are 0.09.
    assert network > logit + 0.09


def test_log_odds_are_exact_where_probabilities_end(table):
    X, y = table
    far = NetworkClassifier().fit(X, y).boundary_log_odds(X * 1e4)
    assert np.abs(far).max() > 37, "a probability cannot say more than 36"


def test_two_categories_are_one_output(table):
    X, y = table
    model = NetworkClassifier().fit(X, y > 1)
    assert len(model.estimators_) == 1
    np.testing.assert_allclose(
        model.predict_proba(X), model.network_.predict_proba(model.encoder_.transform(X)), rtol=0, atol=1e-12
    )


def test_categories_that_nobody_has_get_nothing(suining, pilot):
    X, y = pilot
    some = y != 0
    model = NetworkClassifier(suining, max_iter=20).fit(X[some], y[some])
    assert isinstance(model.estimators_[0], ConstantClassifier)
    assert (model.predict_proba(X)[:, 0] == 0).all()
    only = NetworkClassifier(suining).fit(X[y == 2], y[y == 2])
    assert only.network_ is None
    assert only.n_iter_ == 0
    assert (only.predict_proba(X) == [0, 0, 1, 0]).all()


def test_stopping_early_is_no_warning_and_the_seed_is_all_that_draws(table):
    X, y = table
    with warnings.catch_warnings():
        warnings.simplefilter("error", ConvergenceWarning)
        short = NetworkClassifier(max_iter=3).fit(X, y)
    assert short.n_iter_ == 3
    again, other = NetworkClassifier(max_iter=3).fit(X, y), NetworkClassifier(max_iter=3, random_state=1)
    np.testing.assert_array_equal(again.predict_proba(X), short.predict_proba(X))
    assert np.abs(other.fit(X, y).predict_proba(X) - short.predict_proba(X)).max() > 1e-6
