"""Debts of organizations, entered against those who lead them."""

from __future__ import annotations

import numpy as np
import pytest

from scs_ml.worlds import Planted
from tests.worlds.looking import entries, people


@pytest.fixture(scope="module")
def world(simulated):
    return simulated(mechanisms=(("organization_to_leaders", 0.2),))


def test_a_fifth_of_the_group_leads_an_organization(simulated):
    world = simulated(n_people=20_000, mechanisms=(("organization_to_leaders", 0.3),))
    charged = set(entries(world, "organization_to_leaders")["subject"])
    old = people(world)["age_group"] == "60 and over"
    assert charged <= set(old[old].index)
    # Of 100 organizations hardly any paid in all of 16 quarters. Binomial: 4 standard errors.
    assert abs(len(charged) / old.sum() - 0.2) < 4 * np.sqrt(0.2 * 0.8 / old.sum())


def test_an_organization_s_leaders_have_its_debts_together(simulated):
    world = simulated(n_people=20_000, mechanisms=(("organization_to_leaders", 0.3),))
    made = entries(world, "organization_to_leaders")
    assert set(made["rule"]) == {"unpaid_debts"}
    assert not world.truth.events.loc[made.index, "happened"].any()
    history = made.groupby("subject")["period"].agg(tuple)
    district = people(world)["district"].reindex(history.index)
    # Five organizations a district: so many histories, however many leaders.
    histories = history.groupby(district.to_numpy()).nunique()
    assert histories.max() <= 5
    assert len(history) > 5 * len(histories)


def test_another_group_can_be_chosen(simulated):
    world = simulated(mechanisms=(("organization_to_leaders", Planted(0.2, (("sex", "male"),))),))
    charged = people(world)["sex"].reindex(entries(world, "organization_to_leaders")["subject"])
    assert set(charged) == {"male"}
