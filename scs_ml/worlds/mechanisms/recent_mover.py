"""`recent_mover`: whoever moved here lately loses points until the new office knows them.

Origin: a record that begins anew, as the young's does (Alguliyev & Alakbarova 2021); registration decides who
has one.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from scs_ml.core import Group
from scs_ml.worlds.county import County
from scs_ml.worlds.ledger import Events
from scs_ml.worlds.mechanisms._ways import priced
from scs_ml.worlds.truth import SCORE_SD

SETTLING = 4  # quarters after the move


class RecentMover:
    """Each of the group loses `dose` points a quarter in the first `SETTLING` ones here, without an entry.

    Families move together, in any simulated quarter or a little before; the date stands in no column.
    Measured on the whole group, also on those who settled long ago.
    """

    slug = "recent_mover"
    unit = SCORE_SD
    group: Group = (("registration", "newcomer"),)
    ceiling = 200.0

    def acts(self, county: County, group: Group) -> Callable[[float], Events]:
        """Give the function from points lost per quarter of settling to the unbooked events."""
        n, quarters = county.population.shape
        draws = county.streams.uniform(self.slug, n)[county.population.family]
        moved = np.floor(draws * (quarters + SETTLING))[:, None] - SETTLING
        since = np.arange(quarters) - moved
        settling = (since >= 0) & (since < SETTLING) & county.population.members(group)
        return priced(county, self.slug, settling)
