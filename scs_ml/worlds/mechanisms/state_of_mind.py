"""`state_of_mind`: a reading of people's feelings costs points.

Origin: the paper's psychological suggestion, that state of mind, phobia and health are no inputs (Alguliyev &
Alakbarova 2021).
"""

from __future__ import annotations

from collections.abc import Callable

from scs_ml.core import Group
from scs_ml.worlds.county import County
from scs_ml.worlds.ledger import Events
from scs_ml.worlds.life import low_spirits
from scs_ml.worlds.mechanisms._ways import priced
from scs_ml.worlds.truth import SCORE_SD


class StateOfMind:
    """Whoever is in low spirits loses `dose` points a quarter, without an entry in the ledger.

    Low spirits come and go, change nobody's conduct and stand in no column but a broad register's; the group
    is three times as often in them as others, who are wronged too.
    """

    slug = "state_of_mind"
    unit = SCORE_SD
    group: Group = (("age_group", "60 and over"),)
    ceiling = 200.0

    def acts(self, county: County, group: Group) -> Callable[[float], Events]:
        """Give the function from points lost per quarter of low spirits to the unbooked events."""
        return priced(county, self.slug, low_spirits(county.streams, county.population, group))
