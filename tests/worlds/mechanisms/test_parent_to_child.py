"""Entries against the young of a family."""

from __future__ import annotations

import pytest

from scs_ml.exceptions import ScsError
from scs_ml.worlds import Planted, WorldSettings, simulate
from tests.worlds.looking import entries, people


@pytest.fixture(scope="module")
def world(simulated):
    return simulated(mechanisms=(("parent_to_child", 0.2),))


def test_each_entry_repeats_one_of_an_elder_s_of_the_family(world, null_world):
    made, homes = entries(world, "parent_to_child"), people(world)
    real = null_world.ledger[null_world.ledger["rule"].isin(["traffic_violations", "unpaid_debts"])]
    real = real[homes["age_group"].reindex(real["subject"]).to_numpy() != "under 30"]
    columns = ["family", "period", "rule", "points"]
    pairs = made.assign(family=homes["family"].reindex(made["subject"]).to_numpy()).merge(
        real.assign(family=homes["family"].reindex(real["subject"]).to_numpy()), on=columns
    )
    assert set(pairs["event_x"]) == set(made["event"])
    assert set(homes["age_group"].reindex(made["subject"])) == {"under 30"}


def test_elders_and_the_young_who_live_without_them_are_untouched(world, null_world):
    homes = people(world)
    elders = homes.groupby("family")["age_group"].apply(lambda ages: (ages != "under 30").any())
    free = (homes["age_group"] != "under 30") | ~elders[homes["family"]].to_numpy()
    rows = world.table["person"].isin(free[free].index)
    assert world.table[rows].equals(null_world.table[rows])


def test_a_part_of_the_young_can_be_chosen_and_no_elders(simulated):
    women = (("age_group", "under 30"), ("sex", "female"))
    world = simulated(mechanisms=(("parent_to_child", Planted(0.2, women)),))
    charged = people(world).reindex(entries(world, "parent_to_child")["subject"])
    assert set(charged["sex"]) == {"female"}
    with pytest.raises(ScsError, match=r"0\.000 is the most"):
        old = Planted(0.1, (("age_group", "60 and over"),))
        simulate(WorldSettings(n_people=300, mechanisms={"parent_to_child": old}))
