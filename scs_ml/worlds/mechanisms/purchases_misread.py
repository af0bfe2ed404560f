"""`purchases_misread`: what people buy is read as a sign of their character.

Origin: vague indicators drawn from purchases on the web (Alguliyev & Alakbarova 2021).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from scs_ml.core import Group
from scs_ml.worlds.county import County
from scs_ml.worlds.ledger import Events
from scs_ml.worlds.life import idle_purchases
from scs_ml.worlds.mechanisms._ways import priced
from scs_ml.worlds.truth import SCORE_SD


class PurchasesMisread:
    """Each purchase of a thing thought idle costs `dose` points, without an entry in the ledger.

    The group buys such things three times as often as others, who are wronged too. Purchases have nothing to
    do with conduct and stand in no column but a broad register's.
    """

    slug = "purchases_misread"
    unit = SCORE_SD
    group: Group = (("age_group", "under 30"),)
    ceiling = 100.0

    def acts(self, county: County, group: Group) -> Callable[[float], Events]:
        """Give the function from points lost per purchase to the unbooked events."""
        bought = idle_purchases(county.streams, county.population, group)
        return priced(county, self.slug, bought.astype(np.float64))
