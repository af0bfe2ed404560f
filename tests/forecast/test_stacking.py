from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression
from sklearn.tree import DecisionTreeClassifier

from scs_ml.forecast import OrdinalStackingClassifier, fit_to
from scs_ml.forecast.out_of_fold import out_of_fold, usable_folds
from scs_ml.forecast.stacking import pool_weights
from scs_ml.metrics import cumulative, ranked_probability_score

Y = np.array([0, 1, 2, 1])
PERFECT = np.eye(3)[Y]
WRONG = np.eye(3)[[2, 0, 0, 2]]


class Spy(ClassifierMixin, BaseEstimator):
    """Knows the rows by their number, and remembers which it was fitted to and asked about."""

    seen: list = []  # noqa: RUF012 - shared by clones on purpose

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        self._learned = X[:, 0]
        Spy.seen.append(("fit", set(X[:, 0])))
        return self

    def predict_proba(self, X):
        Spy.seen.append(("forecast", set(X[:, 0]), set(self._learned)))
        return np.full((len(X), len(self.classes_)), 1 / len(self.classes_))


class Certain(ClassifierMixin, BaseEstimator):
    """Forecasts the code that stands in one column."""

    def __init__(self, column=0):
        self.column = column

    def fit(self, X, y):
        self.classes_ = np.arange(3)
        return self

    def predict_proba(self, X):
        return np.eye(3)[np.asarray(X)[:, self.column].astype(int)]


def test_the_whole_weight_goes_to_a_perfect_member():
    np.testing.assert_allclose(pool_weights(np.stack([WRONG, PERFECT]), Y), [0, 1], atol=1e-12)


def test_weights_worked_by_hand():
    # One boundary, two members. Row 1 exceeds it: P = 0.6 and 0.9, errors -0.4 and -0.1. Row 2 does not:
    # P = 0.1 and 0.4, errors 0.1 and 0.4.
    # The squared error of the pool w, 1 - w is (-0.1 - 0.3 w)^2 + (0.4 - 0.3 w)^2: least at w = 1/2.
    above = np.array([[0.6, 0.1], [0.9, 0.4]])
    found = pool_weights(np.stack([1 - above, above], axis=2), np.array([1, 0]))
    np.testing.assert_allclose(found, [0.5, 0.5], atol=1e-12)


@given(
    arrays(np.float64, (3, 6, 4), elements=st.floats(0.01, 1)),
    arrays(np.int64, 6, elements=st.integers(0, 3)),
)
def test_no_other_weights_on_a_grid_forecast_better(raw, y):
    probabilities = raw / raw.sum(axis=2, keepdims=True)
    weights = pool_weights(probabilities, y)
    assert weights.min() >= 0
    assert weights.sum() == pytest.approx(1)

    def score(w):
        return ranked_probability_score(y, np.tensordot(w, probabilities, 1)).mean()

    grid = [np.array([a, b, 10 - a - b]) / 10 for a, b in product(range(11), repeat=2) if a + b <= 10]
    assert score(weights) <= min(map(score, grid)) + 1e-10


def test_the_pool_is_the_weighted_mean_of_members_fitted_to_all_rows(suining, pilot):
    X, y = pilot
    model = OrdinalStackingClassifier(suining).fit(X, y)
    assert sum(model.weights_.values()) == pytest.approx(1)
    assert set(model.members_) == {name for name, w in model.weights_.items() if w > 0}
    expected = sum(model.weights_[name] * each.predict_proba(X) for name, each in model.members_.items())
    np.testing.assert_allclose(model.predict_proba(X), expected, atol=1e-12)
    assert (np.diff(cumulative(model.predict_proba(X)), axis=1) <= 1e-12).all()
    assert all(each.scheme is suining for each in model.members_.values())


def test_a_member_without_weight_is_not_fitted_again():
    X = np.column_stack([np.tile(Y, 10), np.tile([2, 0, 0, 2], 10)]).astype(float)
    model = OrdinalStackingClassifier(members=[("bad", Certain(1)), ("good", Certain(0))])
    model.fit(X, np.tile(Y, 10))
    assert model.weights_ == {"bad": 0.0, "good": 1.0}
    assert set(model.members_) == {"good"}
    np.testing.assert_array_equal(model.predict(X), np.tile(Y, 10))


def test_no_fold_forecasts_a_row_it_learned_from():
    X = np.arange(30.0)[:, None]
    Spy.seen.clear()
    folds = [(np.arange(10), np.arange(10, 20)), (np.arange(20), np.arange(20, 30))]
    OrdinalStackingClassifier(members=[("one", Spy()), ("two", Spy())]).fit(X, np.arange(30) % 3, folds=folds)
    asked = [each for each in Spy.seen if each[0] == "forecast"]
    assert [(min(each[1]), max(each[2])) for each in asked] == [(10, 9), (20, 19)] * 2
    assert all(not each[1] & each[2] for each in asked)
    # Last, and only then, all rows are learned from, by one of two that are the same.
    assert [len(each[1]) for each in Spy.seen if each[0] == "fit"] == [10, 20, 10, 20, 30]


def test_periods_make_the_folds_of_a_panel(make_dataset, make_pilot):
    from dataclasses import replace

    X, y = make_pilot(400)
    data = replace(make_dataset(X, y), period=np.repeat(np.arange(4), 100))
    Spy.seen.clear()

    class Rows(Spy):
        def fit(self, X, y):
            return super().fit(X.to_numpy()[:, -1:], y)

        def predict_proba(self, X):
            return super().predict_proba(X.to_numpy()[:, -1:])

    data = replace(data, X=X.assign(current_score=np.arange(400.0)))
    fit_to(OrdinalStackingClassifier(members=[("one", Rows()), ("two", Rows())]), data)
    asked = [each for each in Spy.seen if each[0] == "forecast"]
    assert len(asked) == 6
    assert all(max(each[2]) < min(each[1]) for each in asked)


@pytest.mark.parametrize("n", [1, 2, 3, 7])
def test_few_rows_and_missing_classes_are_no_failure(n):
    X, y = np.arange(float(n))[:, None], np.zeros(n, int)
    y[-1] = n > 1
    members = [("logit", LogisticRegression()), ("tree", DecisionTreeClassifier())]
    model = OrdinalStackingClassifier(members=None if n == 1 else members).fit(X, y)
    assert model.predict_proba(X).shape == (n, min(n, 2))
    assert sum(model.weights_.values()) == pytest.approx(1)


def test_folds_with_one_class_to_learn_from_are_left_out():
    labels = np.array([0, 0, 1, 1])
    kept = usable_folds(labels, [([0, 1], [2]), ([1, 2], [3]), ([0, 3], [])])
    assert kept == [([1, 2], [3])]
    rows, probabilities = out_of_fold(
        LogisticRegression(), np.eye(4), labels * 2, np.arange(3), [(np.array([1, 2]), np.array([3, 0]))]
    )
    assert rows.tolist() == [3, 0]
    # Labels 0 and 2 were learned: 1 has nothing.
    assert probabilities[:, 1].tolist() == [0, 0]
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)
