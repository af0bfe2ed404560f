"""`postcode_proxy`: an address that stands for origin costs points by a rule no card declares."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from scs_ml.core import Group
from scs_ml.exceptions import ScsError
from scs_ml.worlds.county import County
from scs_ml.worlds.ledger import Events, make_events
from scs_ml.worlds.population import CONCENTRATED
from scs_ml.worlds.truth import SCORE_SD

_STEP = 256  # points are multiples of 1/256: sums of them are exact


class PostcodeProxy:
    """Everyone in the districts where the minority lives loses `dose` points a quarter, whoever they are.

    The group that it is aimed at and measured on is the minority; majority neighbours are wronged with it,
    and the fifth of the minority who live elsewhere are not.
    """

    slug = "postcode_proxy"
    unit = SCORE_SD
    group: Group = (("minority", "yes"),)
    ceiling = 50.0

    def acts(self, county: County, group: Group) -> Callable[[float], Events]:
        """Give the function from points lost per quarter to the ``district_adjustment`` events."""
        if group != self.group:
            raise ScsError(
                "postcode_proxy wrongs the group that lives in districts of its own: minority=yes",
                remedy="leave its group out",
            )
        residents = np.flatnonzero(np.isin(county.population.district, CONCENTRATED))
        quarters = county.population.shape[1]
        person = np.repeat(residents, quarters)
        quarter = np.tile(np.arange(quarters), len(residents))
        unpriced = make_events(
            county.streams, "district_adjustment", self.slug, person, quarter, points=0.0, happened=False
        )
        return lambda dose: replace(
            unpriced, points=np.full(len(unpriced), -round(dose * _STEP) / _STEP, dtype=np.float64)
        )
