"""A small group that truly does more."""

from __future__ import annotations

import pytest

from scs_ml.worlds import DECOYS
from tests.worlds.looking import members


def test_it_is_one_person_in_seventy(simulated):
    world = simulated(n_people=20_000)
    share = members(world, DECOYS["small_group"].group).mean()
    assert share == pytest.approx(0.12 * 0.24 * 0.5, abs=0.003)


def test_on_its_margins_it_hardly_shows(simulated, null_world):
    world = simulated(decoys=(("small_group", 0.3),))
    for value in DECOYS["small_group"].group:
        inside = members(world, (value,))
        fall = (null_world.table["score"] - world.table["score"])[inside].mean()
        assert 0 < fall / null_world.table["score"].std() < 0.06
