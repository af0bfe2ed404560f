"""Worlds of settings that were possible before a broad register was: the same, bit for bit."""

from __future__ import annotations

import hashlib

import pytest

from scs_ml.worlds import Planted, WorldSettings, simulate

MINORITY = (("minority", "yes"),)
CASES = {
    "null": {"seed": 1},
    "few quarters": {"seed": 2, "n_periods": 3},
    "booked": {"seed": 3, "mechanisms": {"illness_misread": 0.15, "friends_conduct": 0.1}},
    "unbooked": {"seed": 4, "mechanisms": {"state_of_mind": 0.2, "thin_file": 0.1}},
    "movers": {"seed": 5, "mechanisms": {"recent_mover": 0.2, "purchases_misread": 0.2}},
    "leaders": {"seed": 6, "mechanisms": {"organization_to_leaders": 0.2, "direct_use": 0.1}},
    "aimed": {
        "seed": 7,
        "mechanisms": {
            slug: Planted(0.2, MINORITY)
            for slug in ("state_of_mind", "recent_mover", "organization_to_leaders", "purchases_misread")
        },
    },
    "decoys": {"seed": 8, "decoys": {"conduct_gap": 0.2, "family_correlation": 0.3}, "disaster_rate": 0.1},
}
DIGESTS = {
    "null": "221582afa5f7d9f2",
    "few quarters": "b3cd5316997aa94b",
    "booked": "5ebb921758aeb0c0",
    "unbooked": "06fb9096e7036f96",
    "movers": "c9536efbcac7f0e3",
    "leaders": "5b3ebc75f8a147fb",
    "aimed": "02a4637d8c249812",
    "decoys": "77fe0fc93d606190",
}


def digest(settings) -> str:
    """Hash of the table, the ledger, the background and the twin."""
    world = simulate(WorldSettings(n_people=400, **settings))
    text = "".join(
        frame.to_csv(index=False, lineterminator="\n")
        for frame in (world.table, world.ledger, world.background, world.truth.twin, world.truth.points)
    )
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@pytest.mark.parametrize("name", list(CASES))
def test_the_world_is_what_it_was(name):
    assert digest(CASES[name]) == DIGESTS[name]
