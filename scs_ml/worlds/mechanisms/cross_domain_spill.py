"""`cross_domain_spill`: trust broken in one area is counted in all.

Origin: restrictions in all areas for trust broken in one, and the suggestion on rights, that purpose and
context bind the data (Alguliyev & Alakbarova 2021).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from scs_ml.core import Group
from scs_ml.worlds.county import County
from scs_ml.worlds.ledger import RULES, Events, signed
from scs_ml.worlds.mechanisms._ways import copied, drawn
from scs_ml.worlds.truth import SCORE_SD

AREAS = ("traffic_violations", "unpaid_debts", "disorder_reports", "informant_reports")


class CrossDomainSpill:
    """A traffic violation or debt of the group is entered in each other area too with probability `dose`.

    The other areas are finance or traffic, public order and the neighbourhood, each by its own rule, in the
    same quarter; nothing happened there.
    """

    slug = "cross_domain_spill"
    unit = SCORE_SD
    group: Group = (("registration", "newcomer"),)
    ceiling = 1.0

    def acts(self, county: County, group: Group) -> Callable[[float], Events]:
        """Give the function from the probability of an entry in another area to the entries."""
        broken = county.honest.of_rules("traffic_violations", "unpaid_debts")
        members = county.population.members(group)
        broken = broken.take(members[broken.person, broken.quarter])
        parts = []
        for area in AREAS:
            elsewhere = broken.take(np.flatnonzero(broken.rule != RULES.index(area)))
            parts.append(copied(county, self.slug, elsewhere, elsewhere.person, area))
        return drawn(county, self.slug, signed(county.streams, county.population, Events.join(parts)))
