"""Debts that a disaster made."""

from __future__ import annotations

import numpy as np
import pytest

from scs_ml.exceptions import ScsError
from scs_ml.worlds import Planted, WorldSettings, simulate
from tests.worlds.looking import entries


@pytest.fixture(scope="module")
def world(simulated):
    return simulated(mechanisms=(("disaster_as_fault", 0.2),), disaster_rate=0.05)


def test_debts_are_entered_in_quarters_of_disaster_at_most_one_each(world):
    made = entries(world, "disaster_as_fault")
    # A ledger names one situation of a quarter: illness, where there are both.
    assert set(made["situation"]) == {"disaster", "illness"}
    observed = made.merge(world.table, left_on=["subject", "period"], right_on=["person", "quarter"])
    assert len(observed)
    assert observed["disaster"].all()
    assert observed["illness"].equals(observed["situation"] == "illness")
    assert set(made["rule"]) == {"unpaid_debts"}
    assert set(made["points"]) == {-50.0}
    assert not made.duplicated(["subject", "period"]).any()


def test_the_payments_were_missed_and_wrong_people_all_the_same(world):
    assert world.truth.events.loc[entries(world, "disaster_as_fault").index, "happened"].all()
    wronged = world.truth.wronged["disaster_as_fault"].to_numpy()
    struck = world.table["disaster"].to_numpy()
    assert 0 < wronged[struck].mean() < 1
    assert wronged[~struck].any()  # a debt outlasts the disaster
    lower = world.truth.twin["score"].to_numpy() - world.table["score"].to_numpy()
    np.testing.assert_array_equal(lower > 0, wronged & (world.truth.twin["score"] > 0).to_numpy())


def test_without_a_disaster_and_on_another_group_it_is_refused():
    with pytest.raises(ScsError, match="no members"):
        simulate(WorldSettings(n_people=300, disaster_rate=0, mechanisms={"disaster_as_fault": 0.1}))
    women = Planted(0.1, (("sex", "female"),))
    with pytest.raises(ScsError, match="disaster=yes"):
        simulate(WorldSettings(n_people=300, mechanisms={"disaster_as_fault": women}))
