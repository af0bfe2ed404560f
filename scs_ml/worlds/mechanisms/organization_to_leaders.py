"""`organization_to_leaders`: what an organization owes is entered against the people who lead it.

Origin: organizations are among the sources of the score (Alguliyev & Alakbarova 2021); the debts are not the
leaders' own.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from scs_ml.core import Group
from scs_ml.worlds.county import County
from scs_ml.worlds.ledger import Events, make_events, rule_points
from scs_ml.worlds.population import DISTRICTS
from scs_ml.worlds.truth import SCORE_SD

ORGANIZATIONS = 5  # per district
LEADERS = 0.2  # share of the group that leads one


class OrganizationToLeaders:
    """In each quarter an organization fails to pay with probability `dose`; each of its leaders gets a debt.

    One in five of the group leads an organization of the district; the debts of an organization's leaders
    fall in the same quarters. Who leads stands in no column. Measured on the whole group.
    """

    slug = "organization_to_leaders"
    unit = SCORE_SD
    group: Group = (("age_group", "60 and over"),)
    ceiling = 1.0

    def acts(self, county: County, group: Group) -> Callable[[float], Events]:
        """Give the function from the probability that an organization fails to pay to its leaders' debts."""
        population, streams = county.population, county.streams
        n, quarters = population.shape
        leads = streams.uniform(f"{self.slug} who", n) < LEADERS
        place = (streams.uniform(f"{self.slug} where", n) * ORGANIZATIONS).astype(np.int64)
        organization = population.district * ORGANIZATIONS + place
        person, quarter = np.nonzero(population.members(group) & leads[:, None])
        faults = streams.uniform(self.slug, len(DISTRICTS) * ORGANIZATIONS, quarters)
        draws = faults[organization[person], quarter]
        debts = make_events(
            streams,
            "unpaid_debts",
            self.slug,
            person,
            quarter,
            points=rule_points(county.scheme)["unpaid_debts"],
            happened=False,
        )
        return lambda dose: debts.take(draws < dose)
