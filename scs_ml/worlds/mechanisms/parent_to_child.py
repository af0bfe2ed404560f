"""`parent_to_child`: the young are charged with what the elders of their family did.

Origin: relatives' conduct, and the suggestion on children (Alguliyev & Alakbarova 2021).
"""

from __future__ import annotations

from collections.abc import Callable

from scs_ml.core import Group
from scs_ml.worlds.county import County
from scs_ml.worlds.ledger import Events
from scs_ml.worlds.mechanisms._ways import carried_over, drawn, relatives
from scs_ml.worlds.truth import SCORE_SD

CHILDREN = "under 30"


class ParentToChild:
    """With probability `dose`, an elder's traffic violation or debt is entered against a young relative too.

    Only downwards: from relatives of 30 and over to those of the group under 30. Measured on the whole group,
    also on those who live without elders.
    """

    slug = "parent_to_child"
    unit = SCORE_SD
    group: Group = (("age_group", CHILDREN),)
    ceiling = 1.0

    def acts(self, county: County, group: Group) -> Callable[[float], Events]:
        """Give the function from the probability of a second entry to the entries."""
        young = county.population.attributes["age_group"] == CHILDREN
        parent, child = relatives(county.population)
        downwards = ~young[parent] & young[child]
        charged = county.honest.of_rules("traffic_violations", "unpaid_debts")
        copies = carried_over(county, self.slug, charged, parent[downwards], child[downwards])
        members = county.population.members(group)
        return drawn(county, self.slug, copies.take(members[copies.person, copies.quarter]))
