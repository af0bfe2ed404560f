from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.special import expit, logit
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from scs_ml.exceptions import ScsError
from scs_ml.forecast import ConstantClassifier, CumulativeClassifier, IndicatorEncoder
from scs_ml.metrics import cumulative

# y > 0 is best told by the first column, y > 1 by the second: the two boundaries cross at (0, 1).
CROSSING_X = np.array([[0, 0]] * 4 + [[1, 0]] * 4 + [[1, 1]] * 4 + [[0, 1]], dtype=float)
CROSSING_Y = np.array([0] * 4 + [1] * 4 + [2] * 4 + [2])


def tree(**settings):
    return CumulativeClassifier(DecisionTreeClassifier(random_state=0, **settings), IndicatorEncoder())


def test_a_toy_worked_by_hand():
    # x = 0: categories 0 0 1 2, so P(y > 0) = 1/2 and P(y > 1) = 1/4; x = 1: categories 1 2 2 2.
    X = np.repeat([[0.0], [1.0]], 4, axis=0)
    model = tree().fit(X, [0, 0, 1, 2, 1, 2, 2, 2])
    np.testing.assert_allclose(
        model.predict_proba([[0.0], [1.0]]), [[0.5, 0.25, 0.25], [0, 0.25, 0.75]], atol=1e-12
    )
    np.testing.assert_allclose(model.boundary_log_odds([[0.0]]), [[0, np.log(1 / 3)]], atol=1e-12)
    assert model.predict([[0.0], [1.0]]).tolist() == [0, 2]


def test_crossing_boundaries_would_give_a_negative_probability_and_do_not():
    model = tree(max_depth=1).fit(CROSSING_X, CROSSING_Y)
    raw = expit(model.boundary_log_odds([[0.0, 1.0]]))[0]
    np.testing.assert_allclose(raw, [0.2, 1.0], atol=1e-12)
    assert raw[0] - raw[1] < -0.7  # what P(y = 1) would be
    np.testing.assert_allclose(model.predict_proba([[0.0, 1.0]]), [[0, 0.8, 0.2]], atol=1e-12)


def test_rows_that_do_not_cross_are_left_as_they_are(pilot):
    X, y = pilot
    model = CumulativeClassifier(n_categories=4).fit(X, y)
    raw = expit(model.boundary_log_odds(X))
    straight = (np.diff(raw, axis=1) <= 0).all(axis=1)
    assert straight.any()
    np.testing.assert_allclose(cumulative(model.predict_proba(X))[straight], raw[straight], atol=1e-12)


@settings(max_examples=60)
@given(st.data())
def test_probabilities_are_probabilities(data):
    k = data.draw(st.integers(2, 10), "categories")
    n = data.draw(st.integers(1, 40), "rows")
    values = st.floats(-1e3, 1e3) | st.just(np.nan)
    X = data.draw(arrays(np.float64, (n, 2), elements=values), "X")
    y = data.draw(arrays(np.int64, n, elements=st.integers(0, k - 1)), "y")
    estimator = data.draw(
        st.sampled_from([None, DecisionTreeClassifier(max_depth=2, random_state=0)]), "estimator"
    )
    model = CumulativeClassifier(estimator, n_categories=k).fit(X, y)
    probabilities = model.predict_proba(X)
    assert probabilities.shape == (n, k)
    assert not np.signbit(probabilities).any()
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-12)
    assert (np.diff(cumulative(probabilities), axis=1) <= 1e-15).all()
    absent = np.setdiff1d(np.arange(k), y)
    assert (probabilities[:, absent] == 0).all()
    assert model.boundary_log_odds(X).shape == (n, k - 1)
    assert np.isfinite(model.boundary_log_odds(X)).all()


def test_unseen_categories_get_nothing_even_where_boundaries_cross():
    # Codes 1, 3 and 4 of six: the crossing of the toy lies around the unseen 2.
    y = np.array([1, 3, 4])[CROSSING_Y]
    model = CumulativeClassifier(
        DecisionTreeClassifier(max_depth=1, random_state=0), IndicatorEncoder(), n_categories=6
    ).fit(CROSSING_X, y)
    assert model.classes_.tolist() == [0, 1, 2, 3, 4, 5]
    np.testing.assert_allclose(model.predict_proba([[0.0, 1.0]]), [[0, 0, 0, 0.8, 0.2, 0]], atol=1e-12)
    kinds = [type(each).__name__ for each in model.estimators_]
    assert kinds == ["ConstantClassifier", *["DecisionTreeClassifier"] * 3, "ConstantClassifier"]
    assert model.estimators_[1] is model.estimators_[2]
    largest = logit(1 - np.finfo(float).eps)
    assert model.boundary_log_odds([[0.0, 1.0]])[0, [0, 4]].tolist() == [largest, -largest]


def test_one_category_alone_is_certain():
    model = CumulativeClassifier(n_categories=3).fit([[0.0], [1.0]], [1, 1])
    assert model.predict_proba([[5.0]]).tolist() == [[0, 1, 0]]
    assert model.predict([[5.0]]).tolist() == [1]


def test_labels_keep_their_sorted_order():
    X = np.arange(6.0)[:, None]
    model = CumulativeClassifier().fit(X, ["high", "high", "low", "low", "medium", "medium"])
    assert model.classes_.tolist() == ["high", "low", "medium"]
    assert model.predict(X[[0, 5]]).tolist() == ["high", "medium"]


@pytest.mark.parametrize(
    "estimator, direct",
    [
        (LogisticRegression(), True),
        (LinearDiscriminantAnalysis(), True),
        (RandomForestClassifier(5, random_state=0), False),
        (SVC(probability=False), False),
    ],
    ids=lambda value: type(value).__name__,
)
def test_the_margin_is_the_log_odds_of_the_probability(estimator, direct):
    generator = np.random.default_rng(0)
    X = generator.normal(size=(120, 2))
    y = (X[:, 0] + generator.normal(size=120) > 0).astype(int)
    if isinstance(estimator, SVC):
        estimator = _Distances()
    model = CumulativeClassifier(estimator, IndicatorEncoder()).fit(X, y)
    inner = model.estimators_[0]
    expected = np.clip(inner.predict_proba(X)[:, 1], 1e-15, 1 - 1e-15)
    np.testing.assert_allclose(expit(model.boundary_log_odds(X)[:, 0]), expected, atol=1e-9)
    assert (
        hasattr(inner, "decision_function")
        and np.array_equal(inner.decision_function(X), model.boundary_log_odds(X)[:, 0])
    ) == direct


class _Distances(LogisticRegression):
    """A classifier whose decision function is no log-odds."""

    def decision_function(self, X):
        return 7 * super().decision_function(X)

    def predict_proba(self, X):
        above = expit(self.decision_function(X) / 7)
        return np.column_stack([1 - above, above])


@pytest.mark.parametrize("y", [[0, 1, 4], [0, 1, -1], [0.0, 1.0, 1.5], ["0", "1", "2"]])
def test_codes_outside_the_scale_are_refused(y):
    with pytest.raises((ScsError, ValueError), match=r"codes 0\.\.3|Unknown label type"):
        CumulativeClassifier(n_categories=4).fit([[0.0], [1.0], [2.0]], y)


def test_a_refused_code_is_shown_with_its_row():
    with pytest.raises(ScsError) as caught:
        CumulativeClassifier(n_categories=2).fit([[0.0], [1.0], [2.0]], [0, -1, 1])
    assert "1 of 3 rows; first rows: [1]" in str(caught.value)
    assert "not known" in caught.value.remedy


def test_the_constant_classifier_knows_one_side():
    below = ConstantClassifier().fit(np.zeros((2, 1)), [0, 0])
    assert below.predict_proba(np.zeros((2, 1))).tolist() == [[1, 0], [1, 0]]
    assert below.predict(np.zeros((1, 1))).tolist() == [0]
    assert below.decision_function(np.zeros((1, 1)))[0] == -logit(1 - np.finfo(float).eps)


def test_a_million_rows_take_no_more_than_three_copies_of_their_output():
    generator = np.random.default_rng(0)
    X = generator.standard_normal((1_000_000, 3))
    model = CumulativeClassifier(n_categories=4).fit(X[:2000], generator.integers(0, 4, 2000))
    model.predict_proba(X[:10])
    tracemalloc.start()
    try:
        found = model.predict_proba(X)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak <= 3 * found.nbytes
    np.testing.assert_allclose(found[-500:], model.predict_proba(X[-500:]), rtol=0, atol=1e-12)
