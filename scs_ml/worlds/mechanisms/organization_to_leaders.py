"""`organization_to_leaders`: what an organization owes is entered against the people who lead it.

Origin: organizations are among the sources of the score (Alguliyev & Alakbarova 2021); the debts are not the
leaders' own.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from scs_ml.core import Floats, Group, Ints
from scs_ml.worlds.county import County
from scs_ml.worlds.ledger import Events, make_events, rule_points
from scs_ml.worlds.life import Leadership, leadership, organization_debts, organization_draws
from scs_ml.worlds.truth import SCORE_SD


class OrganizationToLeaders:
    """In each quarter an organization fails to pay with probability `dose`; each of its leaders gets a debt.

    One in five of the group leads an organization of the district; the debts of an organization's leaders
    fall in the same quarters. Who leads stands in no column. In a broad register it does, with the debts that
    organizations leave unpaid; each of those is entered against the leaders in the group with probability
    `dose`. Measured on the whole group.
    """

    slug = "organization_to_leaders"
    unit = SCORE_SD
    group: Group = (("age_group", "60 and over"),)
    ceiling = 1.0

    def acts(self, county: County, group: Group) -> Callable[[float], Events]:
        """Give the function from the probability to the debts of leaders."""
        leaders = leadership(county.streams, county.population)
        person, quarter = np.nonzero(county.population.members(group) & leaders.leads[:, None])
        if not county.broad:
            faults = organization_draws(county.streams, county.population)
            return self._entered(county, [(self.slug, person, quarter, faults)], leaders)
        debts, layers = organization_debts(county.streams, county.population), []
        for nth in range(int(debts.max())):
            owed = debts[leaders.organization[person], quarter] > nth
            entered = county.streams.uniform(f"{self.slug} entered {nth}", *debts.shape)
            layers.append((f"{self.slug} {nth}", person[owed], quarter[owed], entered))
        return self._entered(county, layers, leaders)

    def _entered(
        self, county: County, layers: list[tuple[str, Ints, Ints, Floats]], leaders: Leadership
    ) -> Callable[[float], Events]:
        """Let debts come about alike for all leaders: origin, person, quarter, draws (organizations, T)."""
        points = rule_points(county.scheme)["unpaid_debts"]
        parts, draws = [], []
        for origin, person, quarter, of_organizations in layers:
            parts.append(
                make_events(
                    county.streams, "unpaid_debts", origin, person, quarter, points=points, happened=False
                )
            )
            draws.append(of_organizations[leaders.organization[person], quarter])
        debts, chances = Events.join(parts), np.concatenate(draws)
        return lambda dose: debts.take(chances < dose)
