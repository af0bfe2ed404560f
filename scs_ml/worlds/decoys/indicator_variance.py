"""`indicator_variance`: some indicators vary more within a group than in the rest."""

from __future__ import annotations

import numpy as np

from scs_ml.core import Bools, Floats, Group
from scs_ml.worlds.population import Population
from scs_ml.worlds.streams import Streams, normal
from scs_ml.worlds.truth import LOG_RATE_SD

ACTS = ("traffic_violations", "charity_days")


class IndicatorVariance:
    """Each of the group has factors of one's own on traffic violations and charity: log-normal, of mean 1.

    The group's means stay where they were, but both its best and its worst people are further out.
    """

    slug = "indicator_variance"
    unit = LOG_RATE_SD
    group: Group = (("age_group", "60 and over"),)
    ceiling = 2.0

    def multipliers(
        self, streams: Streams, population: Population, members: Bools, dose: float
    ) -> dict[str, Floats]:
        """Give the multipliers (n, T) of the two acts."""
        factors = {}
        for act in ACTS:
            draws = normal(streams.uniform(f"{self.slug} {act}", len(population.family)))[:, None]
            factors[act] = np.where(members, np.exp(dose * draws - dose**2 / 2), 1.0)
        return factors
