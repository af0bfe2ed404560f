"""Low spirits that cost points."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from scs_ml.worlds.life import LOW_END
from tests.worlds.looking import members, points


@pytest.fixture(scope="module")
def world(simulated):
    return simulated(mechanisms=(("state_of_mind", 0.2),))


def test_nothing_but_the_score_changes(world, null_world):
    pd.testing.assert_frame_equal(world.ledger, null_world.ledger, check_exact=True)
    pd.testing.assert_frame_equal(
        world.table.drop(columns="score"), null_world.table.drop(columns="score"), check_exact=True
    )


def test_low_spirits_come_in_spells_and_three_times_as_often_in_the_group(simulated):
    world = simulated(n_people=20_000, n_periods=1, mechanisms=(("state_of_mind", 0.2),))
    lost = points(world, "state_of_mind")[:, 0]
    quarters = np.rint(lost / lost[lost < 0].max())  # of the last eight, in low spirits
    old = members(world, (("age_group", "60 and over"),))
    # Spells of a mean of four quarters: 4 standard errors of a sample a tenth as large.
    for inside, share in ((old, 0.24), (~old, 0.08)):
        margin = 4 * np.sqrt(share * (1 - share) / (inside.sum() / 10))
        assert abs(quarters[inside].mean() / 8 - share) < margin
    # Seven steps, each of which may bring spells about: had quarters no memory, this would be .889 ** 8.
    never = (quarters[old] == 0).mean()
    expected = 0.76 * (1 - LOW_END * 0.24 / 0.76) ** 7
    assert abs(never - expected) < 4 * np.sqrt(expected * (1 - expected) / old.sum())


def test_others_in_low_spirits_are_wronged_too(world):
    planted = world.truth.planted[0]
    assert planted.achieved / 5 < planted.reference_shift < planted.achieved / 2
