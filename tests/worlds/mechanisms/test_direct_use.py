"""Points for belonging to a group."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from scs_ml.worlds import Planted
from tests.worlds.looking import members, points


@pytest.fixture(scope="module")
def world(simulated):
    return simulated(mechanisms=(("direct_use", 0.2),))


def test_each_of_the_group_loses_the_same_in_every_quarter_and_nobody_else(world):
    lost = points(world, "direct_use").ravel()
    inside = members(world, (("minority", "yes"),))
    assert len(np.unique(lost[inside])) == 1
    assert lost[inside][0] < 0
    assert not lost[~inside].any()
    assert world.truth.planted[0].reference_shift == 0


def test_nothing_but_the_score_changes(world, null_world):
    pd.testing.assert_frame_equal(world.ledger, null_world.ledger, check_exact=True)
    pd.testing.assert_frame_equal(
        world.table.drop(columns="score"), null_world.table.drop(columns="score"), check_exact=True
    )


@pytest.mark.parametrize("group", [(("sex", "female"),), (("illness", "yes"),)])
def test_another_group_can_be_chosen(simulated, group):
    world = simulated(mechanisms=(("direct_use", Planted(0.2, group)),))
    assert world.truth.planted[0].achieved == pytest.approx(0.2, rel=0.05)
    if group == (("sex", "female"),):
        np.testing.assert_array_equal(world.truth.wronged["direct_use"], members(world, group))
