"""Ordinal scores against values worked out by hand and scikit-learn."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.metrics import cohen_kappa_score, log_loss

from scs_ml.exceptions import ScsError
from scs_ml.metrics import (
    brier_rows,
    cumulative,
    log_loss_rows,
    macro_mae,
    median_category,
    quadratic_weighted_kappa,
    ranked_probability_score,
    rps_skill,
)

probabilities = hnp.arrays(
    float, st.tuples(st.integers(1, 12), st.integers(2, 6)), elements=st.floats(0.01, 1)
).map(lambda raw: raw / raw.sum(axis=1, keepdims=True))


@pytest.fixture
def forecast():
    rng = np.random.default_rng(0)
    return rng.integers(0, 4, 500), rng.dirichlet(np.ones(4), 500)


def test_ranked_probability_score_by_hand():
    # P(y > 0) = 0.8, P(y > 1) = 0.5
    matrix = np.tile([0.2, 0.3, 0.5], (3, 1))
    expected = [(0.64 + 0.25) / 2, (0.04 + 0.25) / 2, (0.04 + 0.25) / 2]
    assert ranked_probability_score([0, 1, 2], matrix) == pytest.approx(expected)


def test_score_is_zero_for_certainty_and_one_for_the_worst_error():
    assert ranked_probability_score([0, 3, 0], np.eye(4)[[0, 3, 3]]) == pytest.approx([0, 0, 1])


def test_with_two_categories_it_is_half_the_brier_score(forecast):
    y, matrix = forecast
    two = np.column_stack([matrix[:, :2].sum(axis=1), matrix[:, 2:].sum(axis=1)])
    brier = np.sum((two - np.eye(2)[y // 2]) ** 2, axis=1)
    assert ranked_probability_score(y // 2, two) == pytest.approx(brier / 2)


@given(probabilities)
def test_it_is_proper(matrix):
    """No other forecast has a better expected score than the truth."""
    truth, other = matrix[0], matrix[-1]
    k = np.arange(matrix.shape[1])

    def expected(told):
        return truth @ ranked_probability_score(k, np.tile(told, (len(k), 1)))

    assert expected(truth) <= expected(other) + 1e-12


@given(probabilities)
def test_cumulative_probabilities_are_probabilities_in_order(matrix):
    above = cumulative(matrix)
    assert above.shape == (len(matrix), matrix.shape[1] - 1)
    assert ((above >= 0) & (above <= 1)).all()
    assert (np.diff(above, axis=1) <= 0).all()
    restored = -np.diff(np.column_stack([np.ones(len(matrix)), above, np.zeros(len(matrix))]), axis=1)
    assert restored == pytest.approx(matrix, abs=1e-12)


def test_median_takes_the_worse_middle_and_survives_rounding():
    assert median_category([[0.5, 0, 0.5], [0.1, 0.4, 0.5], [0.1, 0.3, 0.6]]).tolist() == [0, 1, 2]
    tenths = np.full((1, 10), 0.1)  # five tenths sum to less than one half in floating point
    assert median_category(tenths).tolist() == [4]


def test_skill_by_hand():
    assert rps_skill([0.1, 0.3], [0.4, 0.4]) == pytest.approx(0.5)
    assert rps_skill([0.8], [0.4]) == pytest.approx(-1)
    assert np.isnan(rps_skill([0.1], [0.0]))
    assert np.isnan(rps_skill([], []))


def test_log_loss_agrees_with_scikit_learn(forecast):
    y, matrix = forecast
    assert log_loss_rows(y, matrix).mean() == pytest.approx(log_loss(y, matrix))
    impossible = log_loss_rows([0], [[0.0, 1.0]])
    assert impossible[0] == pytest.approx(36.04, abs=0.01)


def test_macro_mae_weighs_categories_alike():
    y = [0, 0, 0, 0, 2]
    assert macro_mae(y, [0, 0, 0, 0, 0], 4) == pytest.approx((0 + 2) / 2)
    assert macro_mae(y, [1, 0, 0, 1, 3], 4) == pytest.approx((0.5 + 1) / 2)
    assert np.isnan(macro_mae([], [], 3))


def test_kappa_agrees_with_scikit_learn():
    rng = np.random.default_rng(1)
    y = rng.integers(0, 5, 300)
    guess = np.clip(y + rng.integers(-1, 2, 300), 0, 4)
    assert quadratic_weighted_kappa(y, guess, 5) == pytest.approx(
        cohen_kappa_score(y, guess, weights="quadratic")
    )
    assert quadratic_weighted_kappa([0, 1, 2], [2, 1, 0], 3) == pytest.approx(-1)


def test_kappa_is_undefined_when_all_agree_on_one_category():
    assert np.isnan(quadratic_weighted_kappa([2, 2], [2, 2], 4))
    assert np.isnan(quadratic_weighted_kappa([], [], 4))
    assert quadratic_weighted_kappa([2, 2], [1, 1], 4) == pytest.approx(0)


@pytest.mark.parametrize(
    "matrix, message",
    [
        ([[0.5, 0.6]], "not summing to 1"),
        ([[-0.1, 1.1]], "negative"),
        ([[np.nan, 1.0]], "missing"),
        ([0.5, 0.5], "shape"),
        ([[1.0]], "at least 2 categories"),
    ],
)
def test_what_is_no_probability_is_refused(matrix, message):
    with pytest.raises(ScsError, match=message):
        cumulative(matrix)


@pytest.mark.parametrize("y", [[2], [-1], [0.5], [np.nan], ["a"], [[0]]])
def test_what_is_no_category_is_refused(y):
    with pytest.raises(ScsError, match="category codes"):
        ranked_probability_score(y, [[0.5, 0.5]])


def test_first_offending_rows_are_named():
    with pytest.raises(ScsError, match=r"2 of 3 rows; first rows: \[1, 2\]"):
        macro_mae([0, -1, 7], [0, 0, 0], 2)


def test_lengths_must_agree():
    with pytest.raises(ScsError, match="y 2, probabilities 1"):
        ranked_probability_score([0, 1], [[0.5, 0.5]])


def test_brier_by_hand_is_half_the_squared_distance():
    assert brier_rows([2, 0], [[0.2, 0.3, 0.5], [0, 1, 0]]) == pytest.approx([0.19, 1])


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20), st.data())
def test_brier_of_two_categories_is_the_ranked_probability_score(shares, data):
    y = data.draw(st.lists(st.integers(0, 1), min_size=len(shares), max_size=len(shares)))
    p = np.column_stack([shares, 1 - np.asarray(shares)])
    np.testing.assert_allclose(brier_rows(y, p), ranked_probability_score(y, p), atol=1e-12)
