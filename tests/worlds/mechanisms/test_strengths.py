"""Every mechanism reaches the strength asked, measured here against the twin."""

from __future__ import annotations

import numpy as np
import pytest

from scs_ml.worlds import DECOYS, MECHANISMS

MEMBERS = {"postcode_proxy": ("minority", "yes"), "malicious_informant": ("registration", "newcomer")}


def members(world, slug):
    if slug == "illness_misread":
        return world.table["illness"].to_numpy()
    name, value = MEMBERS[slug]
    return (world.table[name] == value).to_numpy()


@pytest.mark.parametrize("strength", [0.05, 0.15, 0.3])
@pytest.mark.parametrize("slug", list(MECHANISMS))
def test_the_strength_asked_is_achieved(simulated, slug, strength):
    world = simulated(n_people=20_000, seed=3, mechanisms=((slug, strength),))
    score, twin = world.table["score"].to_numpy(), world.truth.twin["score"].to_numpy()
    shift = (twin - score)[members(world, slug)].mean() / twin.std()
    assert shift == pytest.approx(strength, rel=0.1)
    (planted,) = world.truth.planted
    assert planted.achieved == pytest.approx(shift, rel=1e-9)
    assert (planted.slug, planted.kind, planted.asked) == (slug, "mechanism", strength)


def test_in_a_mix_each_is_as_strong_as_alone(mixed_world, simulated):
    for planted in mixed_world.truth.planted:
        assert planted.achieved == pytest.approx(planted.asked, rel=0.1)
    score, twin = mixed_world.table["score"].to_numpy(), mixed_world.truth.twin["score"].to_numpy()
    for slug in MECHANISMS:
        # The others' victims are in the group too: it falls at least as far as by its own wrong alone.
        shift = (twin - score)[members(mixed_world, slug)].mean() / twin.std()
        assert shift > 0.9 * 0.2


def test_the_registries_go_by_slug():
    for registry in (MECHANISMS, DECOYS):
        for slug, each in registry.items():
            assert each.slug == slug
            assert each.ceiling > 0
            assert np.shape(each.group)[1] == 2
