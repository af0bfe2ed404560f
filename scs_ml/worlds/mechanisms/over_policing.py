"""`over_policing`: the group's infractions are recorded more often than others' (label bias).

Origin: the wrongs done to minorities (Alguliyev & Alakbarova 2021). The score is computed rightly from a
wrong ledger: no entry is false, and no explanation of the score shows it.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from scs_ml.core import Group
from scs_ml.worlds.county import County
from scs_ml.worlds.ledger import Events, counted_events, rule_points
from scs_ml.worlds.streams import poisson
from scs_ml.worlds.truth import SCORE_SD


class OverPolicing:
    """Patrols write down `dose` petty acts of the group for each act that they would write down of anyone.

    Everyone commits petty acts in proportion to their disorder; others' go unrecorded. The entries happened.
    """

    slug = "over_policing"
    unit = SCORE_SD
    group: Group = (("minority", "yes"),)
    ceiling = 8.0

    def acts(self, county: County, group: Group) -> Callable[[float], Events]:
        """Give the function from petty acts recorded per act to the reports."""
        members = county.population.members(group)
        rate = np.where(members, county.rates["disorder_reports"], 0.0)
        draws = county.streams.uniform(self.slug, *county.population.shape)
        points = rule_points(county.scheme)["disorder_reports"]

        def events(dose: float) -> Events:
            petty = poisson(draws, dose * rate)
            return counted_events(
                county.streams, "disorder_reports", self.slug, petty, points=points, happened=True
            )

        return events
