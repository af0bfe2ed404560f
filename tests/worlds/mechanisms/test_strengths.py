"""Every mechanism reaches the strength asked, measured here against the twin."""

from __future__ import annotations

import numpy as np
import pytest

from scs_ml.worlds import DECOYS, MECHANISMS, WorldSettings, simulate
from scs_ml.worlds.truth import SCORE_SD
from tests.worlds.looking import shift

SHIFTING = [slug for slug, mechanism in MECHANISMS.items() if mechanism.unit == SCORE_SD]


@pytest.mark.parametrize("strength", [0.05, 0.15, 0.3])
@pytest.mark.parametrize("slug", SHIFTING)
def test_the_strength_asked_is_achieved(simulated, slug, strength):
    world = simulated(n_people=5000, seed=3, mechanisms=((slug, strength),), disaster_rate=0.03)
    measured = shift(world, world.truth.twin, MECHANISMS[slug].group)
    assert measured == pytest.approx(strength, rel=0.1)
    (planted,) = world.truth.planted
    assert planted.achieved == pytest.approx(measured, rel=1e-9)
    assert (planted.slug, planted.kind, planted.asked) == (slug, "mechanism", strength)
    assert planted.unit == SCORE_SD


@pytest.mark.parametrize("slug", SHIFTING)
def test_over_seeds_the_strength_is_right_within_its_standard_error(slug):
    measured = []
    for seed in range(20, 26):
        settings = WorldSettings(
            n_people=1500, n_periods=4, seed=seed, mechanisms={slug: 0.15}, disaster_rate=0.05
        )
        world = simulate(settings)
        measured.append(shift(world, world.truth.twin, MECHANISMS[slug].group))
    error = np.std(measured, ddof=1) / np.sqrt(len(measured))
    # Four standard errors of the mean, and a thousandth for the steps in which a dose is solved.
    assert abs(np.mean(measured) - 0.15) < 4 * error + 0.001
    assert error < 0.01


def test_in_a_mix_each_is_as_strong_as_alone(mixed_world):
    for planted in mixed_world.truth.planted:
        assert planted.achieved == pytest.approx(planted.asked, rel=0.1)
        if planted.kind == "mechanism":
            # The others' victims are in the group too: it falls at least as far as by its own wrong alone.
            assert shift(mixed_world, mixed_world.truth.twin, planted.group) > 0.9 * 0.2


def test_the_registries_go_by_slug():
    for registry in (MECHANISMS, DECOYS):
        for slug, each in registry.items():
            assert each.slug == slug
            assert each.ceiling > 0
            assert np.shape(each.group)[1] == 2
