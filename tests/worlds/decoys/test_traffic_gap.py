"""A group that truly commits more traffic violations."""

from __future__ import annotations

import pytest

from scs_ml.worlds import Planted
from scs_ml.worlds.observation import ACTS


def test_the_group_commits_more_traffic_violations_and_nothing_else(simulated, null_world):
    world = simulated(decoys=(("traffic_gap", 0.3),))
    assert (world.table["traffic_violations"] >= null_world.table["traffic_violations"]).all()
    assert world.table["traffic_violations"].sum() > null_world.table["traffic_violations"].sum()
    others = [act for act in ACTS if act != "traffic_violations"]
    assert world.table[others].equals(null_world.table[others])


def test_another_group_can_be_chosen(simulated):
    group = (("minority", "yes"),)
    world = simulated(decoys=(("traffic_gap", Planted(0.2, group)),))
    assert world.truth.planted[0].group == group
    assert world.truth.planted[0].achieved == pytest.approx(0.2, rel=0.1)
