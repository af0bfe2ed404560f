"""Worlds that several tests look at, each simulated once."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import pytest

from scs_ml.schemes import Scheme, load_scheme
from scs_ml.worlds import World, WorldSettings, simulate

ALL_MECHANISMS = (("illness_misread", 0.2), ("malicious_informant", 0.2), ("postcode_proxy", 0.2))


@lru_cache(maxsize=8)
def _simulated(n_people, n_periods, seed, mechanisms, decoys) -> World:
    return simulate(
        WorldSettings(
            n_people=n_people,
            n_periods=n_periods,
            seed=seed,
            mechanisms=dict(mechanisms),
            decoys=dict(decoys),
        )
    )


@pytest.fixture(scope="session")
def simulated() -> Callable[..., World]:
    """A world by its settings, from memory where it was asked for before."""

    def make(n_people=2000, n_periods=8, seed=0, mechanisms=(), decoys=()) -> World:
        return _simulated(n_people, n_periods, seed, tuple(mechanisms), tuple(decoys))

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
