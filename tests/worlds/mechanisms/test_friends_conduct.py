"""Entries for a friend's report."""

from __future__ import annotations

import numpy as np
import pytest

from scs_ml.worlds import Planted
from scs_ml.worlds.life import CIRCLE, friendships
from scs_ml.worlds.population import populate
from scs_ml.worlds.streams import Streams
from tests.worlds.looking import entries, people


@pytest.fixture(scope="module")
def world(simulated):
    return simulated(mechanisms=(("friends_conduct", 0.2),))


def test_friends_are_others_of_the_district():
    population = populate(Streams(0), 2000, 16)
    person, friend = friendships(Streams(0), population)
    assert (person != friend).all()
    assert (population.district[person] == population.district[friend]).all()
    assert np.bincount(person).max() == CIRCLE
    assert np.bincount(person, minlength=2000).mean() > 0.95 * CIRCLE
    assert len(np.unique(np.stack([person, friend]), axis=1).T) == len(person)


def test_each_entry_repeats_a_friend_s_report(world, null_world):
    made = entries(world, "friends_conduct")
    assert set(made["rule"]) == {"disorder_reports"}
    person, friend = friendships(Streams(0), populate(Streams(0), 2000, 16))
    ties = set(zip(person.tolist(), friend.tolist(), strict=True))
    reports = null_world.ledger[null_world.ledger["rule"] == "disorder_reports"]
    reported = reports.groupby("period")["subject"].agg(set)
    for subject, period in zip(made["subject"].head(200), made["period"].head(200), strict=True):
        number = int(subject[1:]) - 1
        assert any((number, int(other[1:]) - 1) in ties for other in reported[period])


def test_only_the_group_is_charged(simulated, world):
    charged = people(world)["age_group"].reindex(entries(world, "friends_conduct")["subject"])
    assert set(charged) == {"under 30"}
    assert world.truth.planted[0].reference_shift == 0
    aimed = simulated(mechanisms=(("friends_conduct", Planted(0.2, (("minority", "yes"),))),))
    assert set(people(aimed)["minority"].reindex(entries(aimed, "friends_conduct")["subject"])) == {"yes"}
