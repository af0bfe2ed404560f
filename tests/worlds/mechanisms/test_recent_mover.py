"""Points lost after a move."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from scs_ml.worlds.life import SETTLING
from tests.worlds.looking import members, people, points


@pytest.fixture(scope="module")
def world(simulated):
    return simulated(mechanisms=(("recent_mover", 0.2),))


def test_nothing_but_the_score_changes(world, null_world):
    pd.testing.assert_frame_equal(world.ledger, null_world.ledger, check_exact=True)
    pd.testing.assert_frame_equal(
        world.table.drop(columns="score"), null_world.table.drop(columns="score"), check_exact=True
    )


def test_newcomers_lose_up_to_four_times_and_have_it_back_after_two_years(world):
    lost = points(world, "recent_mover")
    newcomer = members(world, (("registration", "newcomer"),)).reshape(-1, 8)[:, 0]
    assert not lost[~newcomer].any()
    times = np.rint(lost / lost[lost < 0].max())
    assert set(times.ravel()) == set(range(SETTLING + 1))
    assert (np.abs(np.diff(times, axis=1)) <= 1).all()
    # Moves fall evenly on 20 quarters; points of at least one of four are in force for 8 + 4 - 1 of them.
    families = people(world)["family"][newcomer].nunique()
    share = 11 / 20
    assert abs((times[newcomer][:, -1] > 0).mean() - share) < 4 * np.sqrt(share * (1 - share) / families * 2)


def test_a_family_moves_together(world):
    lost = pd.DataFrame(points(world, "recent_mover")).assign(family=people(world)["family"].to_numpy())
    assert lost.groupby("family").std().fillna(0).eq(0).all(axis=None)
