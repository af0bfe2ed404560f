"""Points lost for a short record."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tests.worlds.looking import members, points


@pytest.fixture(scope="module")
def world(simulated):
    return simulated(mechanisms=(("thin_file", 0.2),))


def test_nothing_but_the_score_changes(world, null_world):
    pd.testing.assert_frame_equal(world.ledger, null_world.ledger, check_exact=True)
    pd.testing.assert_frame_equal(
        world.table.drop(columns="score"), null_world.table.drop(columns="score"), check_exact=True
    )


def test_the_young_lose_with_every_quarter_in_which_little_is_known_of_them(simulated):
    world = simulated(n_people=3000, n_periods=8, mechanisms=(("thin_file", 0.2),))
    lost, table = points(world, "thin_file"), world.table
    counts = ["traffic_violations", "unpaid_debts", "disorder_reports", "informant_reports"]
    counts += ["exemplary_county", "exemplary_city", "charity_days"]
    entries = table[counts].sum(axis=1).to_numpy().reshape(-1, 8)
    young = members(world, (("age_group", "under 30"),)).reshape(-1, 8)[:, 0]
    assert not lost[~young].any()
    step = lost[young][lost[young] < 0].max()
    thin = entries < 3
    # In the last quarter the window holds the eight observed quarters.
    np.testing.assert_array_equal(np.rint(lost[young][:, -1] / step), thin[young].sum(axis=1))
    assert 0.05 < thin[young].mean() < 0.6
