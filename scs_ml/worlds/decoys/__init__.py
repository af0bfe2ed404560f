"""Real differences between groups that must not be flagged as a wrong.

To add one: write ``scs_ml/worlds/decoys/<slug>.py`` with a class that has the members of `Decoy` (the slug is
one of the design's), add one line to `DECOYS`, and one test file ``tests/worlds/decoys/test_<slug>.py``. A
decoy changes what people truly do, through the rates of their acts; how acts are recorded stays the same.
Where its `unit` is `SCORE_SD`, the dose is solved for the strength asked; where it is `LOG_RATE_SD`, the
strength is the dose.
"""

from __future__ import annotations

from typing import Protocol

from scs_ml.core import Bools, Floats, Group
from scs_ml.worlds.decoys.base_rates import BaseRates
from scs_ml.worlds.decoys.conduct_gap import ConductGap
from scs_ml.worlds.decoys.family_correlation import FamilyCorrelation
from scs_ml.worlds.decoys.indicator_variance import IndicatorVariance
from scs_ml.worlds.decoys.small_group import SmallGroup
from scs_ml.worlds.decoys.traffic_gap import TrafficGap
from scs_ml.worlds.population import Population
from scs_ml.worlds.streams import Streams


class Decoy(Protocol):
    """One real difference."""

    slug: str
    unit: str  # of its strength: SCORE_SD or LOG_RATE_SD
    group: Group  # who differs unless told otherwise
    ceiling: float  # largest dose

    def multipliers(
        self, streams: Streams, population: Population, members: Bools, dose: float
    ) -> dict[str, Floats]:
        """What the rates (n, T) of some acts are multiplied by; all ones at dose 0."""


_ALL: tuple[Decoy, ...] = (
    ConductGap(),
    TrafficGap(),
    FamilyCorrelation(),
    IndicatorVariance(),
    SmallGroup(),
    BaseRates(),
)
DECOYS: dict[str, Decoy] = {decoy.slug: decoy for decoy in _ALL}

__all__ = ["DECOYS", "Decoy"]
