import numpy as np
import pytest
from scipy import stats

from scs_ml.exceptions import ScsError
from scs_ml.inference import combine, shifted, weighted_means


def test_a_mean_by_hand():
    estimate = weighted_means([1.0, 2, 4, 5])
    # Squared deviations 4 + 1 + 1 + 4 = 10; variance of the mean 10 / 3 / 4.
    assert estimate.value == pytest.approx([3])
    assert estimate.se**2 == pytest.approx([10 / 12])
    assert estimate.df == pytest.approx([3])
    assert estimate.skewness == pytest.approx([0])


def test_it_is_the_one_sample_t_test():
    values = np.random.default_rng(0).normal(1, 2, 30)
    estimate, theirs = weighted_means(values), stats.ttest_1samp(values, 0)
    assert estimate.value / estimate.se == pytest.approx([theirs.statistic])
    assert estimate.df == pytest.approx([theirs.df])


def test_weights_choose_the_rows_of_each_column():
    values = np.array([1.0, 3, 10, 30])
    chosen = np.array([[1, 0], [1, 0], [0, 1], [0, 1]])
    estimate = weighted_means(np.column_stack([values, values]), chosen)
    assert estimate.value == pytest.approx([2, 20])
    assert estimate.se == pytest.approx([1, 10])
    # Nothing in a row that nobody counts is looked at.
    hidden = weighted_means([1.0, 3, np.nan], [1, 1, 0])
    assert hidden.value == pytest.approx([2])


def test_members_of_a_cluster_count_together():
    values = np.array([0.0, 2, 4, 6])
    copied = weighted_means(np.repeat(values, 3), None, np.repeat(np.arange(4), 3))
    alone = weighted_means(values)
    assert copied.se == pytest.approx(alone.se)
    assert copied.df == pytest.approx(alone.df)


def test_a_column_that_one_cluster_fills_has_no_standard_error():
    estimate = weighted_means(np.ones((3, 2)), [[1, 0], [1, 0], [0, 1]])
    assert np.isnan(estimate.se[1])
    assert estimate.se[0] == 0
    empty = weighted_means(np.ones((2, 1)), np.zeros((2, 1)))
    assert np.isnan(empty.value[0])
    assert np.isnan(empty.se[0])


def test_a_combination_by_hand():
    chosen = np.repeat(np.eye(2), 4, axis=0)
    values = np.tile(np.r_[1.0, 2, 4, 5, 10, 20, 40, 50][:, None], 2)
    parts = weighted_means(values, chosen)
    half = combine(parts, [0.5, 0.5])
    assert half.value == pytest.approx([(3 + 30) / 2])
    assert half.se**2 == pytest.approx([(10 / 12 + 1000 / 12) / 4])
    # Satterthwaite: v^2 / sum of (v_k^2 / 3).
    v = np.array([10, 1000]) / 12
    assert half.df == pytest.approx([v.sum() ** 2 / ((v**2).sum() / 3)])
    # A part without weight is not looked at, though it has no standard error.
    lone = weighted_means(np.ones((3, 2)), [[1, 0], [1, 0], [0, 1]])
    assert combine(lone, [1.0, 0.0]).se == pytest.approx([0])
    assert np.isnan(combine(lone, [0.5, 0.5]).se)


def test_shifted_moves_the_values_alone():
    estimate = weighted_means([1.0, 2, 4, 5])
    moved = shifted(estimate, -3.0)
    assert moved.value == pytest.approx([0])
    assert moved.se == estimate.se


@pytest.mark.parametrize(
    "values, weight, message",
    [
        ([1.0, np.nan], None, "missing or infinite"),
        ([1.0, 2.0], [1, -1], "not be negative"),
        ([1.0, 2.0], [1, np.nan], "missing or infinite"),
        ([1.0, 2.0], [1, 1, 1], "does not fit"),
    ],
)
def test_what_is_no_number_is_refused(values, weight, message):
    with pytest.raises(ScsError, match=message):
        weighted_means(values, weight)


def test_weights_must_fit_the_estimates():
    with pytest.raises(ScsError, match="2 weights for 1"):
        combine(weighted_means([1.0, 2.0]), [0.5, 0.5])
