"""Entries that were typed in twice."""

from __future__ import annotations

import pytest

from scs_ml.worlds import Planted
from scs_ml.worlds.conduct import MISCONDUCT
from tests.worlds.looking import entries, people


@pytest.fixture(scope="module")
def world(simulated):
    return simulated(mechanisms=(("operator_error", 0.2),))


def test_each_entry_is_there_already(world, null_world):
    made = entries(world, "operator_error")
    columns = ["subject", "period", "rule", "indicator", "points", "source", "informant", "situation"]
    real = null_world.ledger.fillna("")[columns]
    assert set(made["rule"]) == set(MISCONDUCT)
    assert set(made.fillna("")[columns].itertuples(index=False)) <= set(real.itertuples(index=False))
    doubles, originals = (of.groupby(["subject", "period", "rule"]).size() for of in (made, real))
    assert (doubles <= originals.reindex(doubles.index)).all()
    assert not world.truth.events.loc[made.index, "happened"].any()


def test_only_the_group_s_entries_are_doubled(simulated, world):
    typed = people(world)["registration"].reindex(entries(world, "operator_error")["subject"])
    assert set(typed) == {"newcomer"}
    assert world.truth.planted[0].reference_shift == 0
    aimed = simulated(mechanisms=(("operator_error", Planted(0.2, (("minority", "yes"),))),))
    assert set(people(aimed)["minority"].reindex(entries(aimed, "operator_error")["subject"])) == {"yes"}
