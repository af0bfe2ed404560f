"""Scores worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from scs_ml.schemes import card_score
from scs_ml.worlds.ledger import Events, make_events, rule_points
from scs_ml.worlds.observation import ACTS
from scs_ml.worlds.scoring import (
    per_quarter,
    unclipped_scores,
    undeclared_points,
    window_sums,
    windowed_counts,
)
from scs_ml.worlds.streams import Streams


def event(rule, person, quarter, points):
    return make_events(
        Streams(0), rule, "test", np.array([person]), np.array([quarter]), points=points, happened=True
    )


@pytest.fixture
def events():
    # Two people, an expiry of 2 quarters, 4 simulated quarters of which the last 2 are observed.
    return Events.join(
        [
            event("traffic_violations", 0, 1, -20),
            event("unpaid_debts", 0, 2, -50),
            event("exemplary_city", 1, 3, 50),
            event("district_adjustment", 1, 2, -1.5),
            event("district_adjustment", 1, 3, -1.5),
        ]
    )


def test_windows_look_back_over_the_expiry():
    np.testing.assert_array_equal(window_sums([[9, 1, 2, 4, 8]], 2), [[3, 6, 12]])


def test_events_become_scores(suining, events):
    counts = windowed_counts(events, (2, 4), 2)
    np.testing.assert_array_equal(counts["traffic_violations"], [[1, 0], [0, 0]])
    np.testing.assert_array_equal(counts["unpaid_debts"], [[1, 1], [0, 0]])
    np.testing.assert_array_equal(counts["exemplary_city"], [[0, 0], [0, 1]])
    np.testing.assert_array_equal(undeclared_points(events, (2, 4), 2), [[0, 0], [-1.5, -3]])
    np.testing.assert_array_equal(unclipped_scores(suining, counts), [[930, 950], [1000, 1050]])


def test_points_per_quarter(events):
    expected = [[0, -20, -50, 0], [0, 0, -1.5, 48.5]]
    np.testing.assert_array_equal(per_quarter(events, (2, 4), points=True), expected)


def test_points_are_the_card_s(suining):
    assert rule_points(suining) == {
        "traffic_violations": -20,
        "unpaid_debts": -50,
        "disorder_reports": -35,
        "informant_reports": -25,
        "exemplary_county": 30,
        "exemplary_city": 50,
        "charity_days": 5,
    }


def test_the_null_world_is_scored_by_the_card_alone(suining, null_world):
    table = null_world.table
    expected = (
        1000
        - 20 * table["traffic_violations"]
        - 50 * table["unpaid_debts"]
        - 35 * table["disorder_reports"]
        - 25 * table["informant_reports"]
        + 30 * table["exemplary_county"]
        + 50 * table["exemplary_city"]
        + 5 * table["charity_days"]
    ).clip(lower=0)
    np.testing.assert_array_equal(table["score"], expected)
    np.testing.assert_array_equal(table["score"], card_score(suining, table[list(ACTS)]))
