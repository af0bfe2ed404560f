"""`traffic_gap`: a group truly commits more traffic violations."""

from __future__ import annotations

import numpy as np

from scs_ml.core import Bools, Floats, Group
from scs_ml.worlds.population import Population
from scs_ml.worlds.streams import Streams
from scs_ml.worlds.truth import SCORE_SD


class TrafficGap:
    """The group's rate of traffic violations is ``1 + dose`` times as high."""

    slug = "traffic_gap"
    unit = SCORE_SD
    group: Group = (("registration", "newcomer"),)
    ceiling = 20.0

    def multipliers(
        self, streams: Streams, population: Population, members: Bools, dose: float
    ) -> dict[str, Floats]:
        """Give the multipliers (n, T) of the act."""
        return {"traffic_violations": np.where(members, 1.0 + dose, 1.0)}
