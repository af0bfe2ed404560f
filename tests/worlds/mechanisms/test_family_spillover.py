"""Entries against relatives."""

from __future__ import annotations

import pytest

from scs_ml.worlds import Planted
from tests.worlds.looking import entries, people


@pytest.fixture(scope="module")
def world(simulated):
    return simulated(mechanisms=(("family_spillover", 0.2),))


def test_each_entry_repeats_one_of_a_relative_s(world, null_world):
    made = entries(world, "family_spillover")
    family = people(world)["family"]
    real = null_world.ledger[null_world.ledger["rule"].isin(["traffic_violations", "unpaid_debts"])]
    columns = ["family", "period", "rule", "points"]
    pairs = made.assign(family=family.reindex(made["subject"]).to_numpy()).merge(
        real.assign(family=family.reindex(real["subject"]).to_numpy()), on=columns, suffixes=("", "_real")
    )
    by_another = pairs[pairs["subject"] != pairs["subject_real"]]
    assert set(by_another["event"]) == set(made["event"])
    assert not world.truth.events.loc[made.index, "happened"].any()


def test_only_the_group_is_charged_and_nobody_who_lives_alone(world):
    made, homes = entries(world, "family_spillover"), people(world)
    assert set(homes["minority"].reindex(made["subject"])) == {"yes"}
    sizes = homes.groupby("family").size()
    assert (sizes[homes["family"].reindex(made["subject"])] > 1).all()
    assert world.truth.planted[0].reference_shift == 0


def test_another_group_can_be_chosen(simulated):
    world = simulated(mechanisms=(("family_spillover", Planted(0.2, (("sex", "male"),))),))
    charged = people(world)["sex"].reindex(entries(world, "family_spillover")["subject"])
    assert set(charged) == {"male"}
    assert world.truth.planted[0].achieved == pytest.approx(0.2, rel=0.05)
