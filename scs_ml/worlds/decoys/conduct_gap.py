"""`conduct_gap`: a group truly does more of what the rules punish."""

from __future__ import annotations

import numpy as np

from scs_ml.core import Bools, Floats, Group
from scs_ml.worlds.population import Population
from scs_ml.worlds.streams import Streams
from scs_ml.worlds.truth import SCORE_SD


class ConductGap:
    """The group's rates of traffic violations, disorder and unpaid debts are ``1 + dose`` times as high."""

    slug = "conduct_gap"
    unit = SCORE_SD
    group: Group = (("age_group", "under 30"),)
    ceiling = 20.0

    def multipliers(
        self, streams: Streams, population: Population, members: Bools, dose: float
    ) -> dict[str, Floats]:
        """Give the multipliers (n, T) of the three acts."""
        more = np.where(members, 1.0 + dose, 1.0)
        return dict.fromkeys(("traffic_violations", "disorder_reports", "unpaid_debts"), more)
