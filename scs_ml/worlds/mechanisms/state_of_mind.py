"""`state_of_mind`: a reading of people's feelings costs points.

Origin: the paper's psychological suggestion, that state of mind, phobia and health are no inputs (Alguliyev &
Alakbarova 2021).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from scs_ml.core import Group
from scs_ml.worlds.county import County
from scs_ml.worlds.ledger import Events
from scs_ml.worlds.mechanisms._ways import priced
from scs_ml.worlds.population import episodes
from scs_ml.worlds.truth import SCORE_SD

SHARE, SHARE_ELSEWHERE = 0.24, 0.08  # of person-quarters in low spirits
END = 0.25  # chance per quarter that low spirits pass


class StateOfMind:
    """Whoever is in low spirits loses `dose` points a quarter, without an entry in the ledger.

    Low spirits come and go, change nobody's conduct and stand in no column; the group is three times as often
    in them as others, who are wronged too.
    """

    slug = "state_of_mind"
    unit = SCORE_SD
    group: Group = (("age_group", "60 and over"),)
    ceiling = 200.0

    def acts(self, county: County, group: Group) -> Callable[[float], Events]:
        """Give the function from points lost per quarter of low spirits to the unbooked events."""
        population = county.population
        share = np.where(population.members(group), SHARE, SHARE_ELSEWHERE)
        low = episodes(county.streams.uniform(self.slug, *population.shape), share, END)
        return priced(county, self.slug, low)
