"""`base_rates`: a group truly does more of everything that the rules punish, and less of what they reward."""

from __future__ import annotations

import numpy as np

from scs_ml.core import Bools, Floats, Group
from scs_ml.worlds.conduct import MERIT, MISCONDUCT
from scs_ml.worlds.population import Population
from scs_ml.worlds.streams import Streams
from scs_ml.worlds.truth import SCORE_SD


class BaseRates:
    """The group's rates of misconduct are ``1 + dose`` times as high, its rates of merit as many times lower.

    So its categories differ from the others' throughout, which alone makes error rates differ between groups
    wherever a forecast is equally well calibrated for both.
    """

    slug = "base_rates"
    unit = SCORE_SD
    group: Group = (("minority", "yes"),)
    ceiling = 20.0

    def multipliers(
        self, streams: Streams, population: Population, members: Bools, dose: float
    ) -> dict[str, Floats]:
        """Give the multipliers (n, T) of every act."""
        more = np.where(members, 1.0 + dose, 1.0)
        return {**dict.fromkeys(MISCONDUCT, more), **dict.fromkeys(MERIT, 1.0 / more)}
