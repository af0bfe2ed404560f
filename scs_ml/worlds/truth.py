"""What only the bench may know of a world: what happened, who was wronged, and how it would have been."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from scs_ml.core import Group

SCORE_SD = "standard deviations of the score"  # the unit of a strength, unless a slug has one of its own
LOG_RATE_SD = "standard deviation of the log rate"
HIDDEN_SHARE = "share of the attribution hidden"


@dataclass(frozen=True)
class PlantedStrength:
    """What one mechanism or decoy was asked for, and what it did.

    Where `unit` is `SCORE_SD`, `achieved` and `reference_shift` are the mean falls of the score in the group
    and in everyone else, in standard deviations of the score without it, with nothing else planted beside it;
    `reference_shift` is None where everyone is in the group. A slug with a unit of its own measures
    `achieved` in it, and has no `reference_shift`.
    """

    slug: str
    kind: str  # "mechanism" or "decoy"
    group: Group
    asked: float
    achieved: float
    reference_shift: float | None
    unit: str = SCORE_SD


@dataclass(frozen=True)
class Truth:
    """The truth of a world.

    Attributes
    ----------
    events : DataFrame
        ``event``, ``happened`` (bool: the act the rule names was done by this person), ``mechanism`` (slug,
        or missing where no mechanism made the event); rows as the ledger's. What a mechanism takes without
        an entry is in `points` alone.
    twin : DataFrame
        ``person``, ``quarter``, ``score``, ``category`` (code) in the world without mechanisms; rows as the
        table's.
    wronged : DataFrame
        ``person``, ``quarter``, and per mechanism whether it takes points from the person at that time
        (bool); rows as the table's.
    points : DataFrame
        ``person``, ``quarter``, and per mechanism the points of its making in force, before the scale's
        limits (negative: taken); rows as the table's.
    planted : tuple of PlantedStrength
    """

    events: pd.DataFrame
    twin: pd.DataFrame
    wronged: pd.DataFrame
    points: pd.DataFrame
    planted: tuple[PlantedStrength, ...]
