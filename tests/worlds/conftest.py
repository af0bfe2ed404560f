"""Worlds that several tests look at, each simulated once."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import pytest

from scs_ml.schemes import Scheme, load_scheme
from scs_ml.worlds import World, WorldSettings, simulate

ALL_MECHANISMS = (("illness_misread", 0.2), ("malicious_informant", 0.2), ("postcode_proxy", 0.2))


@lru_cache(maxsize=12)
def _simulated(**settings) -> World:
    mechanisms, decoys = settings.pop("mechanisms", ()), settings.pop("decoys", ())
    return simulate(WorldSettings(mechanisms=dict(mechanisms), decoys=dict(decoys), **settings))


@pytest.fixture(scope="session")
def simulated() -> Callable[..., World]:
    """A world of 2,000 people by its settings, from memory where it was asked for before.

    Mechanisms and decoys come as pairs of slug and strength.
    """

    def make(**settings) -> World:
        return _simulated(**{"n_people": 2000, **settings})

    return make


@pytest.fixture(scope="session")
def null_world(simulated) -> World:
    return simulated()


@pytest.fixture(scope="session")
def mixed_world(simulated) -> World:
    return simulated(mechanisms=ALL_MECHANISMS, decoys=(("conduct_gap", 0.3),))


@pytest.fixture(scope="session")
def mixed_twin(simulated) -> World:
    return simulated(decoys=(("conduct_gap", 0.3),))


@pytest.fixture(scope="session")
def suining() -> Scheme:
    return load_scheme("suining")
