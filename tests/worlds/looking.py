"""Looks at a world that several tests take."""

from __future__ import annotations

import numpy as np
import pandas as pd

from scs_ml.worlds import World


def entries(world: World, slug: str) -> pd.DataFrame:
    """The ledger's entries that a mechanism made."""
    return world.ledger[(world.truth.events["mechanism"] == slug).to_numpy()]


def people(world: World) -> pd.DataFrame:
    """What the table says of each person for good, by name."""
    return world.table.drop_duplicates("person").set_index("person")


def members(world: World, group) -> np.ndarray:
    """Which rows of the table are in a group."""
    inside = np.ones(len(world.table), dtype=bool)
    for name, value in group:
        column = world.table[name]
        inside &= (column if column.dtype == bool else column == value).to_numpy()
    return inside


def shift(world: World, twin: pd.DataFrame, group) -> float:
    """Mean fall of a group's score below another world's, in standard deviations of the latter."""
    before, after = twin["score"].to_numpy(), world.table["score"].to_numpy()
    return (before - after)[members(world, group)].mean() / before.std()


def points(world: World, slug: str) -> np.ndarray:
    """Points of a mechanism in force: (n, P)."""
    return world.truth.points[slug].to_numpy().reshape(-1, world.settings.n_periods)
