import numpy as np
import pytest
from scipy import stats

from scs_ml.exceptions import ScsError
from scs_ml.inference import paired_difference


def test_without_clusters_it_is_the_paired_t_test():
    rng = np.random.default_rng(1)
    a, b = rng.gamma(2, size=40), rng.gamma(2.5, size=40)
    ours, theirs = paired_difference(a, b), stats.ttest_rel(a, b)
    assert ours.value == pytest.approx(a.mean() - b.mean())
    assert ours.p == pytest.approx(theirs.pvalue)
    assert ours.df == pytest.approx(39)
    assert (ours.low, ours.high) == pytest.approx(tuple(theirs.confidence_interval(0.95)))


def test_by_equal_periods_it_is_the_t_test_of_their_means():
    # Diebold and Mariano at horizon 1 with the Harvey-Leybourne-Newbold factor: a t test over periods.
    rng = np.random.default_rng(2)
    loss = rng.normal(size=(6, 50)) + rng.normal(size=(6, 1))
    period = np.repeat(np.arange(6), 50)
    ours = paired_difference(loss.ravel(), np.zeros(300), period)
    theirs = stats.ttest_1samp(loss.mean(axis=1), 0)
    assert ours.p == pytest.approx(theirs.pvalue)
    assert ours.df == pytest.approx(5)


def test_two_ways_is_never_below_either_way():
    rng = np.random.default_rng(3)
    person, period = np.repeat(np.arange(80), 5), np.tile(np.arange(5), 80)
    for _ in range(20):
        a, b = rng.normal(size=400), rng.normal(size=400)
        both = paired_difference(a, b, person, period)
        assert both.se >= paired_difference(a, b, person).se - 1e-15
        assert both.se >= paired_difference(a, b, period).se - 1e-15
        assert both.df == pytest.approx(4)


def test_two_way_variance_by_hand():
    # Person effects +-1 and period effects +-2, without noise; four rows, one a cell.
    loss = np.array([3.0, -1, 1, -3])
    result = paired_difference(loss, np.zeros(4), [0, 0, 1, 1], [0, 1, 0, 1])
    # One way, with leverage 1/2: persons (0.5^2 + 0.5^2) x 2 = 1, periods 4; crossing 20/16 x 4/3 = 5/3.
    assert result.se**2 == pytest.approx(max(1 + 4 - 5 / 3, 1, 4))
    assert result.df == 1


def test_the_same_forecast_twice_differs_by_nothing():
    loss = np.array([0.1, 0.2, 0.4])
    same = paired_difference(loss, loss)
    assert (same.value, same.low, same.high, same.p) == (0, 0, 0, 1)
    better = paired_difference(np.zeros(4), np.ones(4))
    assert (better.value, better.low, better.high, better.p) == (-1, -1, -1, 0)


def test_one_period_tells_nothing():
    result = paired_difference([1.0, 2, 4], [1.0, 1, 1], period=[7, 7, 7])
    assert result.value == pytest.approx(4 / 3)
    assert np.isnan([result.low, result.high, result.p, result.se, result.df]).all()
    assert np.isnan(paired_difference([], []).value)


@pytest.mark.parametrize("a, b", [([1.0, 2.0], [1.0]), ([1.0, np.nan], [1.0, 1.0]), ([[1.0]], [[1.0]])])
def test_losses_are_checked(a, b):
    with pytest.raises(ScsError):
        paired_difference(a, b)


def test_forecasts_two_periods_ahead_by_hand():
    # Means of the periods 1, 2, 3, 6 about 3: sums / T of -2, -1, 0, 3; autocovariance at lag 1: 2 + 0 + 0.
    loss = np.repeat([1.0, 2, 3, 6], 2)
    period = np.repeat([4, 5, 6, 7], 2)
    result = paired_difference(loss, np.zeros(8), period=period, horizon=2)
    dm = (4 + 1 + 0 + 9 + 2 * 2) / 16
    factor = (4 + 1 - 4 + 2 * 1 / 4) / 4  # Harvey, Leybourne and Newbold (1997), eq. 9
    assert result.se**2 == pytest.approx(dm / factor)
    assert result.df == pytest.approx(3)


def test_a_horizon_of_one_changes_nothing_and_a_negative_covariance_takes_nothing_off():
    loss, period = np.repeat([1.0, 5, 1, 5], 3), np.repeat(np.arange(4), 3)
    one = paired_difference(loss, np.zeros(12), period=period)
    assert paired_difference(loss, np.zeros(12), period=period, horizon=1) == one
    two = paired_difference(loss, np.zeros(12), period=period, horizon=2)
    assert two.se > one.se


def test_too_few_periods_for_the_horizon_tell_nothing():
    loss, period = np.arange(6.0), np.repeat(np.arange(3), 2)
    assert np.isnan(paired_difference(loss, np.zeros(6), period=period, horizon=3).p)
