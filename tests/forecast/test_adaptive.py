from __future__ import annotations

import numpy as np
import pytest

from scs_ml.forecast import adaptive_level, fit_sets

POINT = np.array([[0.9, 0.1]])


def periods(*misses, n=100):
    """Sure forecasts of category 0, of which so many a period are wrong."""
    y = np.concatenate([np.repeat([1, 0], [missed, n - missed]) for missed in misses])
    return np.repeat(POINT, len(y), axis=0), y, np.repeat(np.arange(len(misses)), n)


def test_one_period_leaves_the_level_alone():
    assert adaptive_level(*periods(30), coverage=0.9) == 0.9


def test_the_walk_by_hand():
    # 8 of 100 wrong: the score of rank 91 is a hit's, so that the sets are points and miss what is wrong.
    p, y, period = periods(8, 14)
    # One step of 0.5 (0.10 - 0.14) on alpha = 0.1.
    assert adaptive_level(p, y, period, coverage=0.9) == pytest.approx(0.92)
    assert adaptive_level(p, y, period, coverage=0.9, step=1.0) == pytest.approx(0.94)
    # A period that misses less shrinks the sets again.
    assert adaptive_level(*periods(8, 4), coverage=0.9) == pytest.approx(0.87)
    # Outcomes that are known two periods later: the second period has nothing to be calibrated on.
    assert adaptive_level(p, y, period, coverage=0.9, gap=2) == 0.9


def test_the_level_stays_a_probability():
    p, y, period = periods(8, 100)
    assert adaptive_level(p, y, period, coverage=0.9, step=5.0) == 1.0
    assert fit_sets(p, y).at(1.0).sets(POINT).tolist() == [[0, 1]]


def test_drift_is_followed_by_stratum_too():
    p, y, period = periods(8, 14)
    labels = np.where(np.arange(len(y)) % 2 == 0, "a", "b")
    assert adaptive_level(p, y, period, labels, coverage=0.9) == pytest.approx(0.92)


def test_adapted_sets_come_nearer_to_the_nominal_share_than_those_that_are_not():
    # The noise grows from period to period, and the forecaster does not know it.
    generator = np.random.default_rng(0)
    fixed, adapted = [], []
    for _ in range(60):
        p, y, period = [], [], []
        for t in range(6):
            place = generator.uniform(0, 5, 400)
            weights = np.exp(-((np.arange(6) - place[:, None]) ** 2) / 1.0)
            p.append(weights / weights.sum(axis=1, keepdims=True))
            y.append(np.rint(place + generator.normal(0, 0.7 + 0.12 * t, 400)).clip(0, 5).astype(int))
            period.append(np.full(400, t))
        p, y, period = (np.concatenate(each) for each in (p, y, period))
        past, now = period < 5, period == 5
        rule = fit_sets(p[past], y[past], coverage=0.9)
        level = adaptive_level(p[past], y[past], period[past], coverage=0.9)
        for found, each in ((fixed, rule), (adapted, rule.at(level))):
            low, high = each.sets(p[now]).T
            found.append(((low <= y[now]) & (y[now] <= high)).mean())
    error = 4 * np.sqrt(0.9 * 0.1 / (60 * 400))
    assert np.mean(fixed) < 0.9 - error
    assert abs(np.mean(adapted) - 0.9) < abs(np.mean(fixed) - 0.9) - error
