"""A group that truly does more of what the rules punish."""

from __future__ import annotations

import numpy as np
import pytest

from scs_ml.worlds import Planted

MORE = ("traffic_violations", "disorder_reports", "unpaid_debts")


@pytest.fixture(scope="module")
def world(simulated):
    return simulated(decoys=(("conduct_gap", 0.3),))


@pytest.mark.parametrize("strength", [0.05, 0.3])
def test_the_strength_asked_is_achieved(simulated, strength):
    without = simulated(n_people=20_000, seed=3).table
    world = simulated(n_people=20_000, seed=3, decoys=(("conduct_gap", strength),))
    young = (without["age_group"] == "under 30").to_numpy()
    shift = (without["score"] - world.table["score"])[young].mean() / without["score"].std(ddof=0)
    assert shift == pytest.approx(strength, rel=0.1)
    (planted,) = world.truth.planted
    assert planted.achieved == pytest.approx(shift, rel=1e-9)
    assert (planted.kind, planted.group, planted.reference_shift) == (
        "decoy",
        (("age_group", "under 30"),),
        0,
    )


def test_others_are_untouched(world, null_world):
    others = world.table["age_group"] != "under 30"
    assert world.table[others].equals(null_world.table[others])


def test_the_group_does_more_of_three_acts_and_no_more_of_the_rest(world, null_world):
    for indicator in MORE:
        assert (world.table[indicator] >= null_world.table[indicator]).all()
        assert world.table[indicator].sum() > null_world.table[indicator].sum()
    for indicator in ("informant_reports", "charity_days", "exemplary_county", "exemplary_city"):
        assert world.table[indicator].equals(null_world.table[indicator])


def test_the_acts_happened_and_nobody_is_wronged(world, null_world):
    more = ~world.ledger["event"].isin(null_world.ledger["event"]).to_numpy()
    assert more.sum() > 100
    assert world.truth.events["happened"][more].all()
    assert list(world.truth.wronged.columns) == ["person", "quarter"]
    np.testing.assert_array_equal(world.truth.twin["score"], world.table["score"])


@pytest.mark.parametrize("group", [(("minority", "yes"),), (("illness", "yes"),)])
def test_another_group_can_be_chosen(simulated, group):
    world = simulated(n_people=5000, decoys=(("conduct_gap", Planted(0.2, group)),))
    assert world.truth.planted[0].group == group
    assert world.truth.planted[0].achieved == pytest.approx(0.2, rel=0.1)
