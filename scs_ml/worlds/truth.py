"""What only the bench may know of a world: which events happened, who was wronged, and how things would have been."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from scs_ml.core import Group


@dataclass(frozen=True)
class PlantedStrength:
    """What one mechanism or decoy was asked for, and what it did.

    `achieved` and `reference_shift` are mean falls of the score, in standard deviations of the score without it,
    in the group and in everyone else.
    """

    slug: str
    kind: str  # "mechanism" or "decoy"
    group: Group
    asked: float
    achieved: float
    reference_shift: float


@dataclass(frozen=True)
class Truth:
    """The truth of a world.

    Attributes
    ----------
    events : DataFrame
        ``event``, ``happened`` (bool: the act the rule names was done by this person), ``mechanism`` (slug, or
        missing where no mechanism made the event).
    twin : DataFrame
        ``person``, ``quarter``, ``score``, ``category`` (code) in the world without mechanisms, rows as the table's.
    wronged : DataFrame
        ``person``, ``quarter``, and per mechanism whether any event of its making is in force (bool).
    planted : tuple of PlantedStrength
    """

    events: pd.DataFrame
    twin: pd.DataFrame
    wronged: pd.DataFrame
    planted: tuple[PlantedStrength, ...]
