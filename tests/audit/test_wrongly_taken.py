from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from scs_ml.audit.wrongly_taken import wrongly_taken
from scs_ml.inference import wilson


def taken(**changes):
    """Ten answers a stratum: five false among the ill, one among the others."""
    settings = {
        "points": np.full(20, -10.0),
        "happened": np.array([False] * 5 + [True] * 5 + [False] + [True] * 9),
        "event_cluster": np.arange(20),
        "event_inside": np.arange(20) < 10,
        "booked_points": np.array([-30.0, -10.0] * 50 + [-10.0, -10.0] * 150),
        "row_inside": np.arange(400) < 100,
        "row_cluster": np.arange(400),
        "score_sd": 50.0,
        "critical": 1.96,
    }
    return wrongly_taken(**(settings | changes))


def test_wrongly_taken_by_hand():
    found = taken()
    # The ill lost 20 points each, half of them wrongly; the others 10, a tenth of them wrongly.
    assert found.value == pytest.approx(-(20 * 0.5 - 10 * 0.1) / 50)
    assert found.share == (0.5, 0.1)
    assert found.counts == ((5, 10), (1, 10))
    ill_low, ill_high = wilson(5, 10, z=1.96)
    low, high = wilson(1, 10, z=1.96)
    se = np.std([-30.0, -10.0] * 50, ddof=1) / 10
    down = np.hypot(20 * (ill_high - 0.5), 0.5 * 1.96 * se), 10 * (0.1 - low)
    up = np.hypot(20 * (0.5 - ill_low), 0.5 * 1.96 * se), 10 * (high - 0.1)
    assert found.low == pytest.approx(found.value - np.hypot(*down) / 50)
    assert found.high == pytest.approx(found.value + np.hypot(*up) / 50)


def test_p_is_where_the_interval_reaches_zero():
    found = taken()
    at_zero = taken(critical=float(stats.norm.isf(found.p / 2)))
    assert at_zero.high == pytest.approx(0.0, abs=1e-6)
    assert taken(happened=np.ones(20, dtype=bool)).p == 1.0


def test_sampling_rates_do_not_bias_the_gap():
    """Events of the ill are sampled six times as densely; a pooled share would be wrong."""
    twice = taken(
        points=np.full(70, -10.0),
        happened=np.concatenate([np.tile([False, True], 30), [False] + [True] * 9]),
        event_cluster=np.arange(70),
        event_inside=np.arange(70) < 60,
    )
    assert twice.value == pytest.approx(taken().value)
    assert twice.high - twice.low < taken().high - taken().low


def test_unequal_points_are_weighed_by_points():
    points = np.full(20, -10.0)
    points[0] = -110.0  # false
    assert taken(points=points).share[0] == pytest.approx(150 / 200)
    assert taken(points=points).effective[0][1] < 10


def test_events_of_one_family_count_for_less():
    clustered = taken(event_cluster=np.array([0] * 5 + [1] * 5 + list(range(2, 12))))
    assert clustered.effective[0][1] < 5
    assert clustered.high - clustered.low > taken().high - taken().low


def test_an_empty_stratum_gives_no_number():
    found = taken(event_inside=np.ones(20, dtype=bool))
    assert np.isnan(found.value)
    assert found.counts == ((6, 20), (0, 0))


@pytest.mark.parametrize("false_ill, false_well", [(0.5, 0.2), (0.2, 0.2), (0.05, 0.02)])
def test_interval_covers(false_ill, false_well):
    """People, reports and the sample are all drawn anew; the truth is the mean of the population."""
    rng = np.random.default_rng(11)
    n, rates, hits, runs = 1_000, (1.5, 0.4), 0, 400
    inside = np.arange(n) < 200
    truth = -10 * (rates[0] * false_ill - rates[1] * false_well) / 50
    for _ in range(runs):
        frail = rng.gamma(2.0, 0.5, n)
        reports = rng.poisson(frail * np.where(inside, *rates))
        who = np.repeat(np.arange(n), reports)
        false = rng.random(len(who)) < np.where(inside[who], false_ill, false_well)
        strata = np.flatnonzero(inside[who]), np.flatnonzero(~inside[who])
        at = np.concatenate(
            [
                rng.choice(s, min(size, len(s)), replace=False)
                for s, size in zip(strata, (120, 60), strict=True)
            ]
        )
        found = wrongly_taken(
            points=np.full(len(at), -10.0),
            happened=~false[at],
            event_cluster=who[at],
            event_inside=inside[who[at]],
            booked_points=-10.0 * reports,
            row_inside=inside,
            row_cluster=np.arange(n),
            score_sd=50.0,
            critical=1.96,
        )
        hits += found.low <= truth <= found.high
    # 400 runs at 95 %: fewer than 366 has a chance of under 1 %. Sampling without replacement may cover more.
    assert hits >= 366
