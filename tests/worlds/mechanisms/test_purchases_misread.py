"""Purchases that cost points."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from scs_ml.worlds import Planted
from tests.worlds.looking import members, points


@pytest.fixture(scope="module")
def world(simulated):
    return simulated(mechanisms=(("purchases_misread", 0.2),))


def test_nothing_but_the_score_changes(world, null_world):
    pd.testing.assert_frame_equal(world.ledger, null_world.ledger, check_exact=True)
    pd.testing.assert_frame_equal(
        world.table.drop(columns="score"), null_world.table.drop(columns="score"), check_exact=True
    )


def test_the_group_buys_three_times_as_much_and_others_pay_too(simulated):
    world = simulated(n_people=20_000, n_periods=1, mechanisms=(("purchases_misread", 0.2),))
    lost = points(world, "purchases_misread")[:, 0]
    bought = np.rint(lost / lost[lost < 0].max())
    young = members(world, (("age_group", "under 30"),))
    for inside, rate in ((young, 0.6), (~young, 0.2)):
        # Poisson, eight quarters: 4 standard errors.
        assert abs(bought[inside].mean() - 8 * rate) < 4 * np.sqrt(8 * rate / inside.sum())
    # Before the scale's limit the young lose three times as much.
    planted = world.truth.planted[0]
    assert planted.reference_shift == pytest.approx(planted.achieved / 3, rel=0.05)


def test_another_group_can_be_chosen(simulated):
    world = simulated(mechanisms=(("purchases_misread", Planted(0.2, (("sex", "male"),))),))
    lost, male = points(world, "purchases_misread").ravel(), members(world, (("sex", "male"),))
    assert lost[male].mean() == pytest.approx(3 * lost[~male].mean(), rel=0.1)
