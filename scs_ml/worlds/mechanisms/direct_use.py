"""`direct_use`: the score's formula takes points for belonging to a group.

Origin: opaque algorithms and the wrongs done to minorities (Alguliyev & Alakbarova 2021); a protected
attribute is never an input.
"""

from __future__ import annotations

from collections.abc import Callable

from scs_ml.core import Group
from scs_ml.worlds.county import County
from scs_ml.worlds.ledger import Events
from scs_ml.worlds.mechanisms._ways import priced
from scs_ml.worlds.truth import SCORE_SD


class DirectUse:
    """Each of the group loses `dose` points a quarter, by no rule and without an entry in the ledger."""

    slug = "direct_use"
    unit = SCORE_SD
    group: Group = (("minority", "yes"),)
    ceiling = 50.0

    def acts(self, county: County, group: Group) -> Callable[[float], Events]:
        """Give the function from points lost per quarter to the unbooked events."""
        return priced(county, self.slug, county.population.members(group))
