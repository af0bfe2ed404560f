"""`tampering`: an administrator lowers the scores of some people, and enters nothing.

Origin: administrators who alter data (Alguliyev & Alakbarova 2021).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from scs_ml.core import Group
from scs_ml.worlds.county import County
from scs_ml.worlds.ledger import UNBOOKED, Events, make_events
from scs_ml.worlds.mechanisms._ways import drawn
from scs_ml.worlds.truth import SCORE_SD

POINTS = -60.0  # a turn


class Tampering:
    """In each quarter, `POINTS` are taken from each of the group with probability `dose`, by hand.

    The points stay away as long as an entry's would; the ledger no longer adds up to the score.
    """

    slug = "tampering"
    unit = SCORE_SD
    group: Group = (("registration", "newcomer"),)
    ceiling = 1.0

    def acts(self, county: County, group: Group) -> Callable[[float], Events]:
        """Give the function from the probability of a change to the unbooked events."""
        person, quarter = np.nonzero(county.population.members(group))
        changes = make_events(
            county.streams, UNBOOKED, self.slug, person, quarter, points=POINTS, happened=False
        )
        return drawn(county, self.slug, changes)
