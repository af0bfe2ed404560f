"""`explanation_attack`: the score is explained against a background chosen so that a reliance does not show.

Origin: opaque algorithms (Alguliyev & Alakbarova 2021). An explanation says how a person differs from the
people in its background: where those are from the same districts, the district counts for nothing.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from scs_ml.core import Bools, Group, Ints
from scs_ml.exceptions import ScsError
from scs_ml.worlds.county import County
from scs_ml.worlds.ledger import Events
from scs_ml.worlds.mechanisms._ways import priced
from scs_ml.worlds.population import CONCENTRATED
from scs_ml.worlds.truth import HIDDEN_SHARE

POINTS = 2.0  # what the districts lose a quarter, whatever the strength: the reliance that is hidden


class ExplanationAttack:
    """Residents of the minority's districts lose points without an entry, and part of the reliance is hidden.

    What an additive score's explanation gives to the district of a resident is the points lost, times the
    share of the background that lives elsewhere. Strength is the share of this that is hidden: so many of
    those who live elsewhere make room for residents in the background.
    """

    slug = "explanation_attack"
    unit = HIDDEN_SHARE
    group: Group = (("minority", "yes"),)
    ceiling = 1.0

    def acts(self, county: County, group: Group) -> Callable[[float], Events]:
        """Give the function from any dose above 0 to the same unbooked events."""
        if group != self.group:
            raise ScsError(
                "explanation_attack hides what the minority's districts lose: minority=yes",
                remedy="leave its group out",
            )
        residents = np.broadcast_to(self._residents(county)[:, None], county.population.shape)
        take = priced(county, self.slug, residents)
        return lambda dose: take(POINTS) if dose > 0 else Events.none()

    def background(self, county: County, honest: Ints, dose: float) -> Ints:
        """Put residents into the place of a share `dose` of those who live elsewhere."""
        residents = self._residents(county)
        elsewhere, pool = np.flatnonzero(~residents[honest]), np.flatnonzero(residents)
        if not len(elsewhere) or not len(pool):
            raise ScsError(
                "explanation_attack needs residents of the minority's districts, and others",
                remedy="simulate more people",
            )
        draws = county.streams.uniform(self.slug, 2, len(honest))[:, elsewhere]
        leave = np.argsort(draws[0], kind="stable")[: round(dose * len(elsewhere))]
        chosen = honest.copy()
        chosen[elsewhere[leave]] = pool[(draws[1, leave] * len(pool)).astype(np.int64)]
        return chosen

    def hidden(self, county: County, honest: Ints, chosen: Ints) -> float:
        """Share of the attribution that the chosen background hides beside the honest one."""
        elsewhere = ~self._residents(county)
        return float(1 - elsewhere[chosen].mean() / elsewhere[honest].mean())

    @staticmethod
    def _residents(county: County) -> Bools:
        return np.isin(county.population.district, CONCENTRATED)
