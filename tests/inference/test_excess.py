from __future__ import annotations

import numpy as np
import pytest

from scs_ml.inference.excess import Marks, excess


def marks(*rows):
    """Rows of (cluster, stratum, inside, weight)."""
    cluster, stratum, inside, weight = zip(*rows, strict=True)
    return Marks(np.array(cluster), np.array(stratum), np.array(inside, dtype=bool), np.array(weight, float))


def test_expected_events_are_the_rates_outside_times_the_risk_inside():
    events = marks((0, 0, True, 6), (1, 0, False, 10), (0, 1, True, 3), (1, 1, False, 4), (0, 2, True, 9))
    at_risk = marks((0, 0, True, 20), (1, 0, False, 100), (0, 1, True, 5), (1, 1, False, 10), (0, 2, True, 7))
    found = excess(events, at_risk, 2, 3)
    assert found.observed == 9  # nobody was outside in the third stratum: it tells nothing
    assert found.expected == 10 * 20 / 100 + 4 * 5 / 10
    assert found.log_ratio == pytest.approx(np.log(9 / 4))
    assert found.observed_influence.tolist() == [9, 0]
    # Of cluster 0: more at risk inside; of cluster 1: its events outside less its share of those at risk.
    of_second = 2 - 100 * 0.1 * 0.2 + 2 - 10 * 0.4 * 0.5
    assert found.expected_influence == pytest.approx([20 * 0.1 + 5 * 0.4, of_second])


def test_nothing_inside_or_nothing_expected_has_no_ratio():
    at_risk = marks((0, 0, True, 5), (1, 0, False, 5))
    assert np.isnan(excess(marks((1, 0, False, 2)), at_risk, 2, 1).log_ratio)
    assert np.isnan(excess(marks((0, 0, True, 2)), at_risk, 2, 1).log_ratio)


def test_influences_give_the_spread_of_the_log_ratio():
    """Poisson events of 200 people inside and 600 outside: the log ratio varies by 1/observed + 1/outside."""
    rng = np.random.default_rng(3)
    n, inside = 800, np.arange(800) < 200
    people = Marks(np.arange(n), np.zeros(n, dtype=int), inside, np.ones(n))
    logs, errors = [], []
    for _ in range(300):
        counts = rng.poisson(0.5, n)
        events = Marks(np.arange(n), np.zeros(n, dtype=int), inside, counts.astype(float))
        found = excess(events, people, n, 1)
        logs.append(found.log_ratio)
        errors.append(np.sqrt(found.log_influence @ found.log_influence))
    assert np.mean(errors) == pytest.approx(np.sqrt(1 / 100 + 1 / 300), rel=0.05)
    assert np.std(logs) == pytest.approx(np.mean(errors), rel=0.15)  # 300 draws: a deviation within 12 %
    assert abs(np.mean(logs)) < 3 * np.std(logs) / np.sqrt(300)
