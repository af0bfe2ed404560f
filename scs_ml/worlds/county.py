"""The county before anyone was wronged: what a mechanism starts from, and how far it pushes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

from scs_ml.core import Bools, Floats, Group
from scs_ml.exceptions import ScsError
from scs_ml.schemes import Scheme
from scs_ml.worlds.ledger import Events
from scs_ml.worlds.population import Population
from scs_ml.worlds.scoring import per_quarter, window_sums
from scs_ml.worlds.streams import Streams

_PRECISION = 1e-4  # of the ceiling: how finely a dose is solved for


@dataclass(frozen=True)
class County:
    """People and their scores in a world without mechanisms.

    Attributes
    ----------
    streams : Streams
    scheme : Scheme
    population : Population
    unclipped : ndarray (n, P)
        Start plus points in each observed quarter, before the scale's limits.
    """

    streams: Streams
    scheme: Scheme
    population: Population
    unclipped: Floats

    @property
    def score(self) -> Floats:
        """Scores (n, P) within the scale."""
        return self.scheme.scale.clip(self.unclipped)

    def with_events(self, events: Events) -> Floats:
        """Scores (n, P) once some events are added."""
        return self.scheme.scale.clip(self.unclipped + self._in_force(events, points=True))

    def in_force(self, events: Events) -> Bools:
        """Whether any of some events is in force: bool (n, P)."""
        return self._in_force(events, points=False) > 0

    def _in_force(self, events: Events, *, points: bool) -> Floats:
        sums = per_quarter(events, self.population.shape, points=points)
        return window_sums(sums, self.population.shape[1] - self.unclipped.shape[1])


def mean_shift(before: Floats, after: Floats, members: Bools) -> float:
    """By how much scores (n, P) fall in a group, in the mean, in standard deviations of `before`.

    All person-quarters of the group are pooled, and so are all of the county's for the standard deviation.
    NaN where the group is empty or nobody differs.
    """
    spread = float(before.std())
    if not members.any() or spread == 0:
        return float("nan")
    return float((before - after)[members].mean()) / spread


def solve_dose(
    shift: Callable[[float], float], strength: float, ceiling: float, what: str, group: Group
) -> float:
    """Find the dose in (0, ceiling] that shifts a group by the strength asked for.

    Parameters
    ----------
    shift : callable
        Mean shift of a dose; rises with it, and is 0 at 0.
    strength : float
        Mean shift asked for, in standard deviations of the score.
    ceiling : float
        Largest dose there is.
    what : str
        Slug of what is planted, and the group it is aimed at (for the error).

    Raises
    ------
    ScsError
        If not even the largest dose reaches it: nobody to wrong, or too much asked.
    """
    most = shift(ceiling)
    if not most >= strength:
        who = ", ".join(f"{name}={value}" for name, value in group)
        reach = "nobody of the group is within its reach" if np.isnan(most) else f"it reaches {most:.3f} at most"
        raise ScsError(
            f"{what} cannot shift the group {who} by {strength:g} standard deviations of the score: {reach}",
            remedy="ask for less, or simulate more people",
        )
    return float(brentq(lambda dose: shift(dose) - strength, 0.0, ceiling, xtol=_PRECISION * ceiling))
