"""`family_spillover`: what relatives did is entered against the whole family.

Origin: relatives' conduct (Alguliyev & Alakbarova 2021), whose suggestion on children lets no relative's data
reach a person.
"""

from __future__ import annotations

from collections.abc import Callable

from scs_ml.core import Group
from scs_ml.worlds.county import County
from scs_ml.worlds.ledger import Events
from scs_ml.worlds.mechanisms._ways import carried_over, drawn, relatives
from scs_ml.worlds.truth import SCORE_SD


class FamilySpillover:
    """With probability `dose`, a traffic violation or debt is entered against a relative in the group too.

    Each relative on its own, in the same quarter and by the same rule. Measured on the whole group, also on
    those who live alone.
    """

    slug = "family_spillover"
    unit = SCORE_SD
    group: Group = (("minority", "yes"),)
    ceiling = 1.0

    def acts(self, county: County, group: Group) -> Callable[[float], Events]:
        """Give the function from the probability of a second entry to the entries."""
        charged = county.honest.of_rules("traffic_violations", "unpaid_debts")
        copies = carried_over(county, self.slug, charged, *relatives(county.population))
        members = county.population.members(group)
        return drawn(county, self.slug, copies.take(members[copies.person, copies.quarter]))
