from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from scs_ml.exceptions import ScsError
from scs_ml.inference import drift_contrast, mean_contrast


def test_the_slope_by_hand():
    # Gaps of three periods: 1, 2, 6; the least-squares slope is (6 - 1) / 2.
    period = np.repeat([0, 1, 2], 4)
    group = np.tile([True, True, False, False], 3)
    values = np.array([1, 1, 0, 0, 3, 3, 1, 1, 7, 5, 1, -1], dtype=float)
    estimate = drift_contrast(values, period, group, ~group, np.tile(np.arange(4), 3))
    assert estimate.value == pytest.approx([2.5])


def test_a_period_without_both_sides_is_left_out():
    period = np.repeat([0, 1, 3], 4)
    group = np.array([1, 1, 0, 0, 1, 1, 1, 0, 1, 1, 0, 0], dtype=bool)
    values = np.where(group, 1.0 * period, 0.0)
    assert drift_contrast(values, period, group, ~group).value == pytest.approx([1.0])
    only = drift_contrast(values, period, group, ~group & (period == 0))
    assert np.isnan(only.value[0])
    assert np.isnan(only.se[0])


def test_without_repeats_it_is_a_sum_of_independent_differences():
    rng = np.random.default_rng(1)
    period = np.repeat([0, 1, 2, 3], 500)
    group = rng.random(2000) < 0.3
    values = rng.standard_normal(2000)
    slope = drift_contrast(values, period, group, ~group)
    parts = [mean_contrast(values, group & (period == t), ~group & (period == t)) for t in range(4)]
    weight = (np.arange(4) - 1.5) / 5
    assert slope.value[0] == pytest.approx(sum(w * p.value[0] for w, p in zip(weight, parts, strict=True)))
    expected = np.sqrt(sum((w * p.se[0]) ** 2 for w, p in zip(weight, parts, strict=True)))
    assert slope.se[0] == pytest.approx(expected, rel=0.02)


@pytest.mark.parametrize("n", [30, 100])
def test_it_covers_with_people_seen_again_and_families(n):
    """600 panels of n group members and 400 others, families of three, traits of persons and families."""
    rng = np.random.default_rng(n)
    people, periods, draws = n + 400, 5, 600
    person = np.tile(np.arange(people), periods)
    period = np.repeat(np.arange(periods), people)
    family = person // 3
    group = person < n
    covered = 0
    for _ in range(draws):
        own = rng.standard_normal(people) + rng.standard_normal(people // 3 + 1)[np.arange(people) // 3]
        slope = 0.2 * rng.standard_normal(people // 3 + 1)[family] + 0.1 * group
        values = own[person] + slope * period + rng.standard_normal(len(person))
        estimate = drift_contrast(values, period, group, ~group, family)
        covered += abs(estimate.statistic(0.1)[0]) <= stats.t.isf(0.025, estimate.df[0])
    assert stats.binom.cdf(covered, draws, 0.95) > 1e-3
    assert covered < draws


def test_missing_values_are_refused():
    with pytest.raises(ScsError):
        drift_contrast([1.0, np.nan], [0, 1], [True, False], [False, True])
