"""The county before anyone was wronged: what a mechanism starts from."""

from __future__ import annotations

from dataclasses import dataclass

from scs_ml.core import Floats
from scs_ml.schemes import Scheme
from scs_ml.worlds.ledger import Events
from scs_ml.worlds.population import Population
from scs_ml.worlds.scoring import per_quarter, window_sums
from scs_ml.worlds.streams import Streams


@dataclass(frozen=True)
class County:
    """People and their scores in a world without mechanisms.

    Attributes
    ----------
    streams : Streams
    scheme : Scheme
    population : Population
    rates : dict of ndarray (n, T)
        What people truly do: acts per quarter, by the indicator that counts them.
    honest : Events
        The ledger.
    unclipped : ndarray (n, P)
        Start plus points in each observed quarter, before the scale's limits.
    broad : bool
        Whether the table has the columns of ``suining_broad``.
    """

    streams: Streams
    scheme: Scheme
    population: Population
    rates: dict[str, Floats]
    honest: Events
    unclipped: Floats
    broad: bool = False

    @property
    def score(self) -> Floats:
        """Scores (n, P) within the scale."""
        return self.scheme.scale.clip(self.unclipped)

    def score_with(self, events: Events) -> Floats:
        """Scores (n, P) once some events are added."""
        return self.scheme.scale.clip(self.unclipped + self.in_force(events))

    def in_force(self, events: Events) -> Floats:
        """Points (n, P) of some events in force."""
        sums = per_quarter(events, self.population.shape, points=True)
        return window_sums(sums, self.population.shape[1] - self.unclipped.shape[1])
