"""A wrong that shows in no attribute alone."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from scs_ml.exceptions import ScsError
from scs_ml.worlds import Planted, WorldSettings, simulate
from tests.worlds.looking import members, points, shift


@pytest.fixture(scope="module")
def world(simulated):
    return simulated(mechanisms=(("intersection_only", 0.2),))


def test_nothing_but_the_score_changes(world, null_world):
    pd.testing.assert_frame_equal(world.ledger, null_world.ledger, check_exact=True)
    pd.testing.assert_frame_equal(
        world.table.drop(columns="score"), null_world.table.drop(columns="score"), check_exact=True
    )


@pytest.mark.parametrize(
    "value", [("minority", "yes"), ("minority", "no"), ("sex", "female"), ("sex", "male")]
)
def test_it_is_nil_on_each_margin(world, value):
    lost = points(world, "intersection_only").ravel()
    # Points are rounded to 1/256, eight of them in force.
    assert abs(lost[members(world, (value,))].mean()) <= 8 / 512
    # The scale ends at 0, where the lowest lose less than they should: a fraction of the strength.
    assert abs(shift(world, world.truth.twin, (value,))) < 0.01


def test_who_has_both_values_or_neither_loses_and_who_has_one_gains(world):
    lost = points(world, "intersection_only").ravel()
    minority, female = (members(world, (each,)) for each in (("minority", "yes"), ("sex", "female")))
    assert (lost[minority & female] < 0).all()
    assert (lost[minority & ~female] > 0).all()
    assert (lost[~minority & female] > 0).all()
    assert (lost[~minority & ~female] < 0).all()
    assert lost[minority & female].mean() < 5 * lost[~minority & ~female].mean() < 0
    np.testing.assert_array_equal(world.truth.wronged["intersection_only"], lost < 0)


def test_another_intersection_can_be_chosen_and_nothing_else(simulated):
    group = (("registration", "newcomer"), ("age_group", "under 30"))
    world = simulated(mechanisms=(("intersection_only", Planted(0.2, group)),))
    for value in group:
        assert abs(shift(world, world.truth.twin, (value,))) < 0.01
    for wrong in (group[:1], (("sex", "female"), ("sex", "male"))):
        with pytest.raises(ScsError, match="intersection of two attributes"):
            simulate(WorldSettings(n_people=300, mechanisms={"intersection_only": Planted(0.1, wrong)}))
    with pytest.raises(ScsError, match="with both values, with either and with none"):
        simulate(WorldSettings(n_people=1, mechanisms={"intersection_only": 0.1}))
