"""`illness_misread`: people in an illness episode are taken for drunk or disorderly, and reported."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from scs_ml.core import Group
from scs_ml.exceptions import ScsError
from scs_ml.worlds.county import County
from scs_ml.worlds.ledger import Events, make_events, rule_points
from scs_ml.worlds.truth import SCORE_SD


class IllnessMisread:
    """In each quarter of illness, a patrol reports the person for nothing with probability `dose`.

    Measured on the person-quarters of illness; a report stays in force after the illness ended, so people who
    recovered lately are wronged too.
    """

    slug = "illness_misread"
    unit = SCORE_SD
    group: Group = (("illness", "yes"),)
    ceiling = 1.0

    def acts(self, county: County, group: Group) -> Callable[[float], Events]:
        """Give the function from the probability of a false report to the reports."""
        if group != self.group:
            raise ScsError("illness_misread wrongs the ill: illness=yes", remedy="leave its group out")
        person, quarter = np.nonzero(county.population.members(group))
        draws = county.streams.uniform(self.slug, *county.population.shape)[person, quarter]
        points = rule_points(county.scheme)["disorder_reports"]

        def events(dose: float) -> Events:
            hit = draws < dose
            return make_events(
                county.streams,
                "disorder_reports",
                self.slug,
                person[hit],
                quarter[hit],
                points=points,
                happened=False,
            )

        return events
