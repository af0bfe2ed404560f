from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit, logit
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.naive_bayes import GaussianNB
from sklearn.utils.estimator_checks import parametrize_with_checks

from scs_ml.exceptions import ScsError
from scs_ml.explain import explain
from scs_ml.explain.ordinal import read_boundaries
from scs_ml.explain.tree_classifiers import read_classifier
from scs_ml.forecast import BoostingClassifier, CalibratedForecaster, OrdinalLogitClassifier
from scs_ml.forecast.calibrated import exceedance_log_odds
from scs_ml.forecast.calibrators import IsotonicCalibrator, LogisticCalibrator
from scs_ml.metrics import cumulative, ranked_probability_score
from tests.forecast.test_stacking import Spy


class Distorted(ClassifierMixin, BaseEstimator):
    """Knows the log-odds of one boundary, which stand in the first column, and tells them distorted."""

    def __init__(self, slope=1.0, shift=0.0):
        self.slope = slope
        self.shift = shift

    def fit(self, X, y):
        self.classes_ = np.arange(2)
        return self

    def predict_proba(self, X):
        above = expit(self.shift + self.slope * np.asarray(X)[:, 0])
        return np.column_stack([1 - above, above])


@pytest.fixture(scope="module")
def told():
    generator = np.random.default_rng(0)
    X = generator.normal(0, 2, (20_000, 1))
    return X, (generator.random(20_000) < expit(X[:, 0])).astype(int)


@parametrize_with_checks([CalibratedForecaster(), CalibratedForecaster(GaussianNB(), method="isotonic")])
def test_scikit_learn_conventions(estimator, check):
    check(estimator)


@pytest.mark.parametrize("slope, shift", [(1.0, 0.0), (2.5, -1.0), (0.4, 0.5)])
def test_a_known_distortion_is_undone(told, slope, shift):
    X, y = told
    model = CalibratedForecaster(Distorted(slope, shift)).fit(X, y)
    (found,) = model.calibrators_
    # Told m = shift + slope x, and the truth is x = -shift / slope + m / slope; three standard errors of a
    # logistic regression on 20,000 such rows are below 0.1 in units of x.
    assert found.slope_ * slope == pytest.approx(1, abs=0.08)
    assert found.intercept_ + found.slope_ * shift == pytest.approx(0, abs=0.08)
    before = Distorted(slope, shift).fit(X, y).predict_proba(X)
    gain = ranked_probability_score(y, before) - ranked_probability_score(y, model.predict_proba(X))
    assert gain.mean() > (0.002 if slope != 1 else -0.0005)


def test_isotonic_calibration_undoes_what_no_line_can(told):
    X, _ = told
    generator = np.random.default_rng(1)
    truth = np.where(X[:, 0] > 0, 0.8, 0.3)
    y = (generator.random(len(X)) < truth).astype(int)
    model = CalibratedForecaster(Distorted(), method="isotonic").fit(X, y)
    at = np.array([[-3.0], [-0.5], [0.5], [3.0]])
    np.testing.assert_allclose(model.predict_proba(at)[:, 1], [0.3, 0.3, 0.8, 0.8], atol=0.06)


def test_a_forecaster_that_is_wrong_way_round_is_levelled_and_not_turned(told):
    X, y = told
    model = CalibratedForecaster(Distorted(slope=-1.0)).fit(X, y)
    assert model.calibrators_[0].slope_ == 0
    np.testing.assert_allclose(model.predict_proba(X)[:, 1], y.mean(), atol=1e-3)


def test_a_row_that_was_called_impossible_does_not_decide_the_slope():
    generator = np.random.default_rng(2)
    x = generator.normal(0, 2, 2000)
    y = generator.random(2000) < expit(x)
    honest = LogisticCalibrator().fit(x, y)
    shouting = LogisticCalibrator().fit(np.r_[x, -36.0], np.r_[y, True])
    assert shouting.slope_ == pytest.approx(honest.slope_, rel=0.15)
    assert honest.predict(np.array([-100.0]))[0] == honest.predict(np.array([-np.log(4000)]))[0]


def test_rows_that_are_told_apart_perfectly_make_no_forecast_certain():
    x = np.array([-2.0, -1.0, 1.0, 2.0])
    told = LogisticCalibrator().fit(x, x > 0).predict(x)
    # Platt's targets: 3/4 for the two above, 1/4 for the two below.
    assert 0.2 < told[0] < told[1] < 0.5 < told[2] < told[3] < 0.8


def test_the_line_is_the_best_one():
    generator = np.random.default_rng(3)
    x, y = generator.normal(size=300), generator.random(300) < 0.4
    found = LogisticCalibrator().fit(x, y)
    above, below = (y.sum() + 1) / (y.sum() + 2), 1 / ((~y).sum() + 2)
    target = np.where(y, above, below)

    def loss(a, b):
        p = expit(a + b * x)
        return -(target * np.log(p) + (1 - target) * np.log(1 - p)).mean()

    best = loss(found.intercept_, found.slope_)
    for a, b in [(1e-3, 0), (-1e-3, 0), (0, 1e-3)]:
        assert loss(found.intercept_ + a, found.slope_ + b) >= best


def test_isotonic_knots_are_worked_by_hand():
    found = IsotonicCalibrator().fit(np.array([0.0, 1.0, 2.0, 3.0]), np.array([False, True, False, True]))
    # The middle two fall, and are pooled at 1/2.
    np.testing.assert_allclose(found.predict(np.array([-9, 0, 1, 1.5, 2, 3, 9])), [0, 0, 0.5, 0.5, 0.5, 1, 1])


def test_the_boundaries_are_those_of_the_inner_forecaster(suining, pilot):
    X, y = pilot
    model = CalibratedForecaster(BoostingClassifier(suining, max_iter=20)).fit(X, y)
    inner = model.forecaster_
    assert model.encoder_ is inner.encoder_
    assert model.estimators_ is inner.estimators_
    np.testing.assert_array_equal(model.boundary_log_odds(X), inner.boundary_log_odds(X))
    plain = BoostingClassifier(suining, max_iter=20).fit(X, y)
    np.testing.assert_array_equal(inner.predict_proba(X), plain.predict_proba(X))
    assert not np.allclose(model.predict_proba(X), plain.predict_proba(X))


def test_calibration_is_the_residual_of_the_explanation(suining, pilot):
    X, y = pilot
    model = CalibratedForecaster(OrdinalLogitClassifier(suining)).fit(X, y)
    found = explain(model, X, rows=np.arange(50))
    assert found.target == "log-odds of exceeding the boundary"
    np.testing.assert_allclose(found.raw, model.forecaster_.boundary_log_odds(X.iloc[:50]), atol=1e-9)
    np.testing.assert_allclose(
        expit(found.raw + found.residual), cumulative(model.predict_proba(X.iloc[:50])), atol=1e-12
    )
    assert np.abs(found.residual).max() > 1e-3


def test_any_classifier_over_codes_is_calibrated(make_pilot):
    X, y = make_pilot(300)
    X = X[["unpaid_debts", "current_score"]]
    model = CalibratedForecaster(GaussianNB()).fit(X, y)
    assert not hasattr(model, "encoder_")
    assert not hasattr(model, "boundary_log_odds")
    with pytest.raises(AttributeError, match="has no boundaries, and so no estimators_"):
        _ = model.estimators_
    probabilities = model.predict_proba(X)
    assert (np.diff(cumulative(probabilities), axis=1) <= 1e-12).all()
    # So `explain` takes it for any classifier, whose calibrated probabilities it explains by sampling.
    assert read_boundaries(model) is None
    assert read_classifier(model) is None


@settings(max_examples=30)
@given(st.data())
def test_calibrated_probabilities_are_probabilities(data):
    k = data.draw(st.integers(2, 10), "categories")
    n = data.draw(st.integers(1, 40), "rows")
    seed = data.draw(st.integers(0, 99), "seed")
    method = data.draw(st.sampled_from(["logistic", "isotonic"]), "method")
    generator = np.random.default_rng(seed)
    X, y = generator.normal(size=(n, 2)), generator.integers(0, k, n)
    model = CalibratedForecaster(method=method).fit(X, y)
    seen = np.unique(y)
    assert model.classes_.tolist() == seen.tolist()
    probabilities = model.predict_proba(X)
    assert probabilities.shape == (n, len(seen))
    assert not np.signbit(probabilities).any()
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-12)


def test_a_category_that_was_not_seen_keeps_nothing(suining, pilot):
    X, y = pilot
    kept = (y == 1) | (y == 3)
    model = CalibratedForecaster(OrdinalLogitClassifier(suining)).fit(X[kept], y[kept])
    probabilities = model.predict_proba(X)
    assert model.classes_.tolist() == [0, 1, 2, 3]
    assert (probabilities[:, [0, 2]] == 0).all()
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)
    # Boundary 1 | 2 tells the two apart; the other two are certain.
    assert [each is None for each in model.calibrators_] == [True, False, True]


def test_without_folds_the_forecast_stays_as_it_is():
    X, y = np.arange(20.0)[:, None], np.arange(20) // 10
    model = CalibratedForecaster().fit(X, y, folds=[])
    assert model.calibrators_ == [None]
    np.testing.assert_allclose(
        model.predict_proba(X), OrdinalLogitClassifier().fit(X, y).predict_proba(X), atol=1e-12
    )


def test_no_fold_forecasts_a_row_it_learned_from():
    X = np.arange(30.0)[:, None]
    Spy.seen.clear()
    folds = [(np.arange(10), np.arange(10, 20)), (np.arange(20), np.arange(20, 30))]
    CalibratedForecaster(Spy()).fit(X, np.arange(30) % 3, folds=folds)
    asked = [each for each in Spy.seen if each[0] == "forecast"]
    assert [(min(each[1]), max(each[2])) for each in asked] == [(10, 9), (20, 19)]
    assert sorted(len(each[1]) for each in Spy.seen if each[0] == "fit") == [10, 20, 30]


def test_an_unknown_method_is_named():
    with pytest.raises(ScsError, match="no calibration is called 'beta'"):
        CalibratedForecaster(method="beta").fit([[0.0], [1.0]], [0, 1])


def test_log_odds_of_exceedance_worked_by_hand():
    found = exceedance_log_odds(np.array([[0.5, 0.25, 0.25], [1.0, 0.0, 0.0]]))
    np.testing.assert_allclose(found[0], [0.0, -np.log(3)])
    np.testing.assert_allclose(found[1], [logit(np.finfo(float).eps)] * 2, rtol=1e-9)
