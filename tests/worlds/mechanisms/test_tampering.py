"""Scores lowered by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from scs_ml.worlds import Planted
from tests.worlds.looking import members, points


@pytest.fixture(scope="module")
def world(simulated):
    return simulated(mechanisms=(("tampering", 0.2),))


def test_nothing_but_the_score_changes(world, null_world):
    pd.testing.assert_frame_equal(world.ledger, null_world.ledger, check_exact=True)
    pd.testing.assert_frame_equal(
        world.table.drop(columns="score"), null_world.table.drop(columns="score"), check_exact=True
    )


def test_some_of_the_group_lose_sixty_points_at_a_time(world):
    lost = points(world, "tampering")
    inside = members(world, (("registration", "newcomer"),)).reshape(-1, 8)[:, 0]
    assert not lost[~inside].any()
    turns = lost[inside] / -60
    np.testing.assert_array_equal(turns, np.rint(turns))
    assert 0.1 < (turns > 0).mean() < 0.9
    assert turns.max() <= 8


def test_another_group_can_be_chosen(simulated):
    group = (("minority", "yes"), ("sex", "female"))
    world = simulated(mechanisms=(("tampering", Planted(0.2, group)),))
    assert not points(world, "tampering").ravel()[~members(world, group)].any()
    assert world.truth.planted[0].achieved == pytest.approx(0.2, rel=0.1)
