"""`disaster_as_fault`: what a disaster made people leave unpaid counts as a debt of theirs.

Origin: disasters counted as faults, and the situational suggestion, that events of disaster, accident and
emergency do not count (Alguliyev & Alakbarova 2021).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from scs_ml.core import Group
from scs_ml.exceptions import ScsError
from scs_ml.worlds.county import County
from scs_ml.worlds.ledger import Events, make_events, rule_points
from scs_ml.worlds.mechanisms._ways import drawn
from scs_ml.worlds.truth import SCORE_SD


class DisasterAsFault:
    """In each quarter of a disaster, a debt of the struck is entered with probability `dose`.

    The payment was missed, so the entry happened; what is wrong is that it counts. It stays in force when the
    disaster is over. Measured on the person-quarters of disaster.
    """

    slug = "disaster_as_fault"
    unit = SCORE_SD
    group: Group = (("disaster", "yes"),)
    ceiling = 1.0

    def acts(self, county: County, group: Group) -> Callable[[float], Events]:
        """Give the function from the probability of a missed payment to the debts."""
        if group != self.group:
            raise ScsError(
                "disaster_as_fault wrongs whom a disaster strikes: disaster=yes",
                remedy="leave its group out",
            )
        person, quarter = np.nonzero(county.population.members(group))
        debts = make_events(
            county.streams,
            "unpaid_debts",
            self.slug,
            person,
            quarter,
            points=rule_points(county.scheme)["unpaid_debts"],
            happened=True,
        )
        return drawn(county, self.slug, debts)
