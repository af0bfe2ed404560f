"""Score and exact intervals against published values and by exact enumeration."""

import numpy as np
import pytest
from scipy import stats

from scs_ml.exceptions import ScsError
from scs_ml.inference import (
    clopper_pearson,
    effective_counts,
    newcombe_difference,
    share_interval,
    wilson,
)

SHARES = np.linspace(0.02, 0.98, 97)


def exact_coverage(method, n):
    """Coverage at every share, by summing the binomial distribution: no simulation."""
    counts = np.arange(n + 1)
    low, high = method(counts, n)
    weight = stats.binom.pmf(counts[:, None], n, SHARES)
    inside = (low[:, None] <= SHARES) & (high[:, None] >= SHARES)
    return (weight * inside).sum(axis=0)


def test_newcombe_1998_table_of_single_proportions():
    # Newcombe (1998), "Two-sided confidence intervals for the single proportion", Table I.
    cases = {
        (81, 263): (0.2553, 0.3662),
        (15, 148): (0.0624, 0.1605),
        (0, 20): (0, 0.1611),
        (1, 29): (0.0061, 0.1718),
    }
    for (count, n), expected in cases.items():
        assert wilson(count, n) == pytest.approx(expected, abs=6e-5)
    exact = {
        (81, 263): (0.2527, 0.3676),
        (15, 148): (0.0578, 0.1617),
        (0, 20): (0, 0.1684),
        (1, 29): (0.0009, 0.1776),
    }
    for (count, n), expected in exact.items():
        assert clopper_pearson(count, n) == pytest.approx(expected, abs=6e-5)


def test_newcombe_1998_table_of_differences():
    # Newcombe (1998), "Interval estimation for the difference", Table II, method 10.
    cases = {
        (56, 70, 48, 80): (0.0524, 0.3339),
        (9, 10, 3, 10): (0.1705, 0.8090),
        (6, 7, 2, 7): (0.0582, 0.8062),
        (5, 56, 0, 29): (-0.0381, 0.1926),
        (0, 10, 0, 20): (-0.1611, 0.2775),
        (10, 10, 0, 10): (0.6075, 1.0),
    }
    for counts, expected in cases.items():
        assert newcombe_difference(*counts) == pytest.approx(expected, abs=6e-5)


@pytest.mark.parametrize("n", [10, 30, 100])
def test_exact_interval_never_covers_less_than_it_says(n):
    assert exact_coverage(clopper_pearson, n).min() >= 0.95


@pytest.mark.parametrize("n", [30, 100, 1000])
def test_wilson_covers_on_average_what_it_says(n):
    coverage = exact_coverage(wilson, n)
    assert 0.945 <= coverage.mean() <= 0.965
    assert coverage.min() > 0.9


@pytest.mark.parametrize("n_a, n_b", [(30, 30), (30, 300), (100, 100)])
def test_newcombe_covers_on_average_what_it_says(n_a, n_b):
    a, b = np.arange(n_a + 1), np.arange(n_b + 1)
    low, high = newcombe_difference(a[:, None], n_a, b, n_b)
    covered = []
    for p_a in (0.1, 0.3, 0.5, 0.8):
        for p_b in (0.1, 0.3, 0.5, 0.8):
            weight = stats.binom.pmf(a, n_a, p_a)[:, None] * stats.binom.pmf(b, n_b, p_b)
            covered.append(weight[(low <= p_a - p_b) & (p_a - p_b <= high)].sum())
    assert min(covered) > 0.92  # the score method dips where both shares are extreme and samples small
    assert np.mean(covered) > 0.945


def test_limits_stay_within_bounds_and_hold_the_share():
    counts = np.arange(41)
    for low, high in (wilson(counts, 40), clopper_pearson(counts, 40)):
        assert ((low >= 0) & (low <= counts / 40) & (counts / 40 <= high) & (high <= 1)).all()
        assert (np.diff(low) > 0).all()
    low, high = wilson(np.array([0, 40]), 40)
    assert (low[0], high[1]) == (0, 1)


def test_nobody_means_nothing_is_known():
    for interval in (wilson(0, 0), clopper_pearson(0, 0), newcombe_difference(0, 0, 3, 10)):
        assert np.isnan(interval).all()


def test_critical_value_may_be_given_in_place_of_confidence():
    for given, asked in zip(
        wilson(20, 50, z=stats.norm.isf(0.005)), wilson(20, 50, confidence=0.99), strict=True
    ):
        assert given == pytest.approx(asked)
    adjusted = newcombe_difference(20, 50, 10, 40, z=2.9)
    plain = newcombe_difference(20, 50, 10, 40)
    assert adjusted[0] < plain[0] < plain[1] < adjusted[1]


def test_design_effect_shrinks_the_sample_and_keeps_the_share():
    count, n = effective_counts(30, 90, 1.8)
    assert (float(count), float(n)) == pytest.approx((30 / 1.8, 50))
    assert effective_counts(30, 90, 0.4) == pytest.approx((30, 90))
    assert np.ptp(wilson(count, n)) > np.ptp(wilson(30, 90))


def test_share_interval_without_clusters_is_wilson():
    outcome = np.arange(50) < 20
    assert np.ravel(share_interval(outcome)) == pytest.approx(np.ravel(wilson(20, 50)))


def test_share_interval_counts_identical_twins_once():
    outcome = np.arange(40) < 10
    twins = share_interval(np.repeat(outcome, 2), np.repeat(np.arange(40), 2))
    # A design effect of 2 x (40/39) / (80/79) and 39 degrees of freedom.
    effect = 2 * (40 / 39) / (80 / 79)
    expected = wilson(*effective_counts(20, 80, effect), z=stats.t.isf(0.025, 39))
    assert np.ravel(twins) == pytest.approx(np.ravel(expected))


def test_share_interval_of_a_unanimous_sample_takes_families_to_be_alike():
    families = np.repeat(np.arange(10), 3)
    low, high = share_interval(np.ones((30, 1)), families)
    assert (low[0], high[0]) == pytest.approx((float(wilson(10, 10, z=stats.t.isf(0.025, 9))[0]), 1))
    assert np.isnan(share_interval(np.ones((0, 2)))).all()
    with pytest.raises(ScsError, match="true/false"):
        share_interval([0.5, 1])


@pytest.mark.parametrize(
    "broken",
    [
        lambda: wilson(11, 10),
        lambda: wilson(np.nan, 10),
        lambda: wilson(-1, 10),
        lambda: wilson(1, 10, confidence=1.0),
        lambda: clopper_pearson(1.5, 10),
        lambda: clopper_pearson(1, 10, confidence=95),
        lambda: newcombe_difference(1, 2, 3, 2),
    ],
)
def test_impossible_counts_are_refused(broken):
    with pytest.raises(ScsError):
        broken()
