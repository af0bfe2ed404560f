"""Indicators that vary more in a group."""

from __future__ import annotations

import numpy as np
import pytest

from scs_ml.worlds.decoys.indicator_variance import ACTS
from scs_ml.worlds.observation import ACTS as ALL_ACTS
from scs_ml.worlds.truth import LOG_RATE_SD
from tests.worlds.looking import members


def test_two_indicators_vary_more_around_the_same_mean(simulated):
    without = simulated(n_people=20_000).table
    world = simulated(n_people=20_000, decoys=(("indicator_variance", 0.8),))
    last = (without["quarter"] == "2015Q4").to_numpy()
    inside = last & members(world, (("age_group", "60 and over"),))
    for act in ACTS:
        before, after = without[act][inside], world.table[act][inside]
        assert after.var() > 1.3 * before.var()
        # Means of the same people twice: 4 standard errors of the difference.
        difference = after - before
        assert abs(difference.mean()) < 4 * difference.std() / np.sqrt(len(difference))
    others = [act for act in ALL_ACTS if act not in ACTS]
    assert world.table[others].equals(without[others])


def test_strength_is_the_spread_of_the_log_rate(simulated):
    world = simulated(n_people=20_000, decoys=(("indicator_variance", 0.3),))
    (planted,) = world.truth.planted
    assert planted.unit == LOG_RATE_SD
    # A sample's standard deviation, of 4,800 people and two acts: 4 standard errors.
    assert planted.achieved == pytest.approx(0.3, rel=4 / np.sqrt(2 * 9600))
