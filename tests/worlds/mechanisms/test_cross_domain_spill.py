"""Trust broken in one area and counted in all."""

from __future__ import annotations

import pandas as pd
import pytest

from scs_ml.worlds import Planted
from scs_ml.worlds.mechanisms.cross_domain_spill import AREAS
from tests.worlds.looking import entries, people


@pytest.fixture(scope="module")
def world(simulated):
    return simulated(mechanisms=(("cross_domain_spill", 0.2),))


def test_each_entry_follows_one_of_another_area(world, null_world):
    made = entries(world, "cross_domain_spill")
    assert set(made["rule"]) == set(AREAS)
    real = null_world.ledger[null_world.ledger["rule"].isin(["traffic_violations", "unpaid_debts"])]
    pairs = made.merge(real, on=["subject", "period"])
    elsewhere = pairs[pairs["rule_x"] != pairs["rule_y"]]
    assert set(elsewhere["event_x"]) == set(made["event"])
    assert not world.truth.events.loc[made.index, "happened"].any()


def test_entries_look_like_those_of_their_area(world, null_world):
    made = entries(world, "cross_domain_spill")
    columns = ["rule", "indicator", "points", "source"]
    usual = null_world.ledger[columns].drop_duplicates()
    assert len(made[columns].drop_duplicates().merge(usual)) == len(AREAS)
    named = made[made["rule"] == "informant_reports"]
    home = people(world)["district"].reindex(named["subject"])
    assert (named["informant"].str[10:13].to_numpy() == home.to_numpy()).all()
    assert made.drop(named.index)["informant"].isna().all()


def test_only_the_group_is_charged(simulated, world, null_world):
    local = world.table["registration"] == "local"
    pd.testing.assert_frame_equal(world.table[local], null_world.table[local], check_exact=True)
    aimed = simulated(mechanisms=(("cross_domain_spill", Planted(0.2, (("sex", "male"),))),))
    assert set(people(aimed)["sex"].reindex(entries(aimed, "cross_domain_spill")["subject"])) == {"male"}
