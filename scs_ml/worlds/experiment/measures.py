"""What is measured of a lived county: figures of groups, period by period. No figure is of one person."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scs_ml.core import Bools, Floats
from scs_ml.exceptions import ScsError
from scs_ml.worlds.experiment.living import Lived, own_acts_alone
from scs_ml.worlds.experiment.spells import spell_sums
from scs_ml.worlds.population import GROUP_VALUES, Population
from scs_ml.worlds.scoring import window_sums
from scs_ml.worlds.start import Start

SMALLEST_GROUP = 20  # people: what a group's mean must rest on

# Name -> what it says. All but the first are shares of the group's people.
MEASURES = {
    "mean score": "mean score, in points",
    "in category 0": "share in the worst category",
    "listed": "share on the list in this quarter",
    "listed ever": "share that has been on the list by this quarter",
    "listed without cause": "share on the list though their own acts alone leave them above category 0",
    "credit closed without debt": "share to whom credit is closed with no debt of their own in force",
    "lost regard through friends": "share off the list with a listed friend, where a listing reaches friends",
}


@dataclass(frozen=True)
class Measured:
    """Figures of one county under one policy.

    Attributes
    ----------
    series : ndarray (M, G, P)
        By measure in the order of `MEASURES`, group and period.
    listed, worst : ndarray (2, G, P - 1)
        `spell_sums` of being on the list, and of being in category 0.
    """

    series: Floats
    listed: Floats
    worst: Floats


def groups_of(population: Population, attribute: str) -> tuple[tuple[str, ...], Bools]:
    """Give an attribute's values and who has them: bool (G, n).

    Raises
    ------
    ScsError
        If people have no such attribute, or a group is too small to be measured.
    """
    if attribute not in population.attributes:
        raise ScsError(
            f"people of a world have no attribute {attribute!r}",
            remedy=f"use one of {', '.join(population.attributes)}",
        )
    values = GROUP_VALUES[attribute]
    members = np.stack([population.attributes[attribute] == value for value in values])
    for value, of_group in zip(values, members, strict=True):
        if of_group.sum() < SMALLEST_GROUP:
            raise ScsError(
                f"the group {attribute}={value} has {of_group.sum()} people in a replicate, "
                f"and {SMALLEST_GROUP} is the least that is measured",
                remedy="simulate more people",
            )
    return values, members


def measure(begun: Start, lived: Lived, members: Bools) -> Measured:
    """Measure the groups (G, n) of a lived county."""
    listed = lived.listed > 0
    debts = window_sums(lived.true["unpaid_debts"], lived.expiry) > 0
    each = {
        "mean score": lived.score,
        "in category 0": lived.category == 0,
        "listed": listed,
        "listed ever": np.logical_or.accumulate(listed, axis=1),
        "listed without cause": listed & (own_acts_alone(begun, lived) > 0),
        "credit closed without debt": lived.no_credit & ~debts,
        "lost regard through friends": ~listed & (lived.friends > 0),
    }
    weights = members / members.sum(axis=1, keepdims=True)
    return Measured(
        series=np.stack([weights @ each[name].astype(np.float64) for name in MEASURES]),
        listed=spell_sums(listed, members, first_counts=True),
        worst=spell_sums(lived.category == 0, members, first_counts=False),
    )
