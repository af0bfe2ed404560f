"""`recent_mover`: whoever moved here lately loses points until the new office knows them.

Origin: a record that begins anew, as the young's does (Alguliyev & Alakbarova 2021); registration decides who
has one.
"""

from __future__ import annotations

from collections.abc import Callable

from scs_ml.core import Group
from scs_ml.worlds.county import County
from scs_ml.worlds.ledger import Events
from scs_ml.worlds.life import SETTLING, quarters_here
from scs_ml.worlds.mechanisms._ways import priced
from scs_ml.worlds.truth import SCORE_SD


class RecentMover:
    """Each of the group loses `dose` points a quarter in the first `SETTLING` ones here, without an entry.

    Families move together, in any simulated quarter or a little before, and the date stands in no column. In
    a broad register it does, and those of the group who are no newcomers may have moved long before.
    Measured on the whole group, also on those who settled long ago.
    """

    slug = "recent_mover"
    unit = SCORE_SD
    group: Group = (("registration", "newcomer"),)
    ceiling = 200.0

    def acts(self, county: County, group: Group) -> Callable[[float], Events]:
        """Give the function from points lost per quarter of settling to the unbooked events."""
        population = county.population
        since = quarters_here(county.streams, population, broad=county.broad)
        return priced(county, self.slug, (since < SETTLING) & population.members(group))
