"""Every decoy reaches the strength asked, measured here against the world without it, and wrongs nobody."""

from __future__ import annotations

import numpy as np
import pytest

from scs_ml.worlds import DECOYS, WorldSettings, simulate
from scs_ml.worlds.truth import SCORE_SD
from tests.worlds.looking import shift

SHIFTING = [slug for slug, decoy in DECOYS.items() if decoy.unit == SCORE_SD]


@pytest.mark.parametrize("slug", SHIFTING)
def test_over_seeds_the_strength_is_right_within_its_standard_error(slug):
    measured = []
    for seed in range(30, 34):
        without = simulate(WorldSettings(n_people=4000, n_periods=4, seed=seed))
        world = simulate(WorldSettings(n_people=4000, n_periods=4, seed=seed, decoys={slug: 0.15}))
        measured.append(shift(world, without.table, DECOYS[slug].group))
        assert world.truth.planted[0].achieved == pytest.approx(measured[-1], rel=1e-9)
    error = np.std(measured, ddof=1) / np.sqrt(len(measured))
    # Four standard errors of the mean, and a thousandth for the steps in which a dose is solved.
    assert abs(np.mean(measured) - 0.15) < 4 * error + 0.001
    assert error < 0.01


@pytest.mark.parametrize("slug", list(DECOYS))
def test_others_are_untouched_and_nobody_is_wronged(simulated, null_world, slug):
    world = simulated(decoys=((slug, 0.2),))
    inside = np.ones(len(world.table), dtype=bool)
    for name, value in DECOYS[slug].group:
        inside &= (world.table[name] == value).to_numpy()
    assert world.table[~inside].equals(null_world.table[~inside])
    assert not world.table[inside].equals(null_world.table[inside])
    assert list(world.truth.wronged.columns) == ["person", "quarter"]
    np.testing.assert_array_equal(world.truth.twin["score"], world.table["score"])
    assert world.truth.planted[0].kind == "decoy"
    more = ~world.ledger["event"].isin(null_world.ledger["event"]).to_numpy()
    assert world.truth.events["happened"][more].all()
