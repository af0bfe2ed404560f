"""A background chosen so that a reliance does not show."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from scs_ml.exceptions import ScsError
from scs_ml.worlds import Planted, WorldSettings, simulate
from scs_ml.worlds.truth import HIDDEN_SHARE
from tests.worlds.looking import points

RESIDENT = ["d03", "d08", "d12", "d17"]


@pytest.fixture(scope="module")
def world(simulated):
    return simulated(mechanisms=(("explanation_attack", 0.2),))


def test_nothing_but_the_score_changes(world, null_world):
    pd.testing.assert_frame_equal(world.ledger, null_world.ledger, check_exact=True)
    pd.testing.assert_frame_equal(
        world.table.drop(columns="score"), null_world.table.drop(columns="score"), check_exact=True
    )


def elsewhere(world):
    return ~world.background["district"].isin(RESIDENT).to_numpy()


def attribution(world):
    """What an additive score's explanation gives to the district of a resident, by its definition."""
    lost = points(world, "explanation_attack")[:, -1]
    home = world.table[world.table["quarter"] == "2015Q4"].set_index("person")
    of_background = lost[world.background["person"].str[1:].astype(int) - 1].mean()
    return lost[home["district"].isin(RESIDENT)][0] - of_background


@pytest.mark.parametrize("strength", [0.05, 0.3, 1.0])
def test_the_strength_is_the_share_of_the_attribution_hidden(simulated, null_world, strength):
    world = simulated(mechanisms=(("explanation_attack", strength),))
    lost = points(world, "explanation_attack")[:, -1].min()
    honest = lost * elsewhere(null_world).mean()
    (planted,) = world.truth.planted
    assert planted.unit == HIDDEN_SHARE
    assert planted.reference_shift is None
    assert planted.achieved == pytest.approx(1 - attribution(world) / honest, abs=1e-12)
    # So many of about 160 people as make the share, rounded.
    assert abs(planted.achieved - strength) <= 0.5 / elsewhere(null_world).sum()


def test_only_some_who_live_elsewhere_make_room_for_residents(world, null_world):
    changed = (world.background["person"] != null_world.background["person"]).to_numpy()
    assert elsewhere(null_world)[changed].all()
    assert not elsewhere(world)[changed].any()
    last = world.table[world.table["quarter"] == "2015Q4"].set_index("person")
    expected = last.loc[world.background["person"]].reset_index()[list(world.table.columns)]
    pd.testing.assert_frame_equal(world.background, expected, check_exact=True)


def test_the_reliance_is_the_same_at_any_strength(simulated, world):
    strong = simulated(mechanisms=(("explanation_attack", 0.9),))
    np.testing.assert_array_equal(strong.table["score"], world.table["score"])
    resident = world.table["district"].isin(RESIDENT).to_numpy()
    np.testing.assert_array_equal(points(world, "explanation_attack").ravel(), np.where(resident, -16.0, 0))


@pytest.mark.parametrize(
    "planted, message",
    [
        (Planted(1.5), "up to 1; 1.5 was asked"),
        (Planted(0.1, (("sex", "female"),)), "minority=yes"),
    ],
)
def test_what_it_cannot_hide_is_refused(planted, message):
    with pytest.raises(ScsError, match=message):
        simulate(WorldSettings(n_people=300, mechanisms={"explanation_attack": planted}))


def test_a_county_without_residents_has_nothing_to_hide():
    with pytest.raises(ScsError, match="needs residents"):
        simulate(WorldSettings(n_people=1, mechanisms={"explanation_attack": 0.1}))
