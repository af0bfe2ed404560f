"""What only the bench may know of a world: what happened, who was wronged, and how it would have been."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from scs_ml.core import Group


@dataclass(frozen=True)
class PlantedStrength:
    """What one mechanism or decoy was asked for, and what it did.

    `achieved` and `reference_shift` are the mean falls of the score in the group and in everyone else, in
    standard deviations of the score without it, with nothing else planted beside it. `reference_shift` is
    None where everyone is in the group.
    """

    slug: str
    kind: str  # "mechanism" or "decoy"
    group: Group
    asked: float
    achieved: float
    reference_shift: float | None


@dataclass(frozen=True)
class Truth:
    """The truth of a world.

    Attributes
    ----------
    events : DataFrame
        ``event``, ``happened`` (bool: the act the rule names was done by this person), ``mechanism`` (slug,
        or missing where no mechanism made the event); rows as the ledger's.
    twin : DataFrame
        ``person``, ``quarter``, ``score``, ``category`` (code) in the world without mechanisms; rows as the
        table's.
    wronged : DataFrame
        ``person``, ``quarter``, and per mechanism whether any event of its making is in force (bool); rows
        as the table's.
    planted : tuple of PlantedStrength
    """

    events: pd.DataFrame
    twin: pd.DataFrame
    wronged: pd.DataFrame
    planted: tuple[PlantedStrength, ...]
