"""`family_correlation`: relatives of a group are more alike than others' are."""

from __future__ import annotations

import numpy as np

from scs_ml.core import Bools, Floats, Group
from scs_ml.worlds.conduct import MISCONDUCT
from scs_ml.worlds.population import Population
from scs_ml.worlds.streams import Streams, normal
from scs_ml.worlds.truth import LOG_RATE_SD


class FamilyCorrelation:
    """Each family of the group has a factor of its own on all misconduct: log-normal, of mean 1.

    The group's mean stays where it was, but its people are fewer independent observations than they seem.
    """

    slug = "family_correlation"
    unit = LOG_RATE_SD
    group: Group = (("minority", "yes"),)
    ceiling = 2.0

    def multipliers(
        self, streams: Streams, population: Population, members: Bools, dose: float
    ) -> dict[str, Floats]:
        """Give the multipliers (n, T) of misconduct."""
        draws = normal(streams.uniform(self.slug, len(population.family)))[population.family]
        factor = np.exp(dose * draws - dose**2 / 2)[:, None]
        return dict.fromkeys(MISCONDUCT, np.where(members, factor, 1.0))
