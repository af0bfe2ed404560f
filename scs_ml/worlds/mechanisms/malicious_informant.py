"""`malicious_informant`: a few informants report a group of their neighbours for what nobody did."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from scs_ml.core import Bools, Group
from scs_ml.worlds.county import County
from scs_ml.worlds.ledger import Events, make_events, rule_points
from scs_ml.worlds.population import DISTRICTS, INFORMANTS_PER_DISTRICT
from scs_ml.worlds.streams import Streams
from scs_ml.worlds.truth import SCORE_SD

MALICIOUS_SHARE = 0.1


class MaliciousInformant:
    """One informant in ten reports each of the group in the district with probability `dose` a quarter.

    Measured on the whole group, also where no informant is malicious.
    """

    slug = "malicious_informant"
    unit = SCORE_SD
    group: Group = (("registration", "newcomer"),)
    ceiling = 1.0

    def acts(self, county: County, group: Group) -> Callable[[float], Events]:
        """Give the function from the probability of a false report to the reports."""
        population = county.population
        members = population.members(group)
        malicious = malicious_informants(county.streams)
        points = rule_points(county.scheme)["informant_reports"]
        seats = []
        for seat in range(INFORMANTS_PER_DISTRICT):
            person, quarter = np.nonzero(members & malicious[population.district, seat][:, None])
            draws = county.streams.uniform(f"{self.slug} seat {seat}", *population.shape)[person, quarter]
            seats.append((seat, person, quarter, draws))

        def events(dose: float) -> Events:
            parts = []
            for seat, person, quarter, draws in seats:
                hit = draws < dose
                parts.append(
                    make_events(
                        county.streams,
                        "informant_reports",
                        f"{self.slug} seat {seat}",
                        person[hit],
                        quarter[hit],
                        points=points,
                        happened=False,
                        informant=population.district[person[hit]] * INFORMANTS_PER_DISTRICT + seat,
                    )
                )
            return Events.join(parts)

        return events


def malicious_informants(streams: Streams) -> Bools:
    """Who is malicious: bool (districts, informants of a district), exactly `MALICIOUS_SHARE` of them."""
    draws = streams.uniform("malicious_informant who", len(DISTRICTS) * INFORMANTS_PER_DISTRICT)
    chosen = np.zeros(draws.shape, dtype=np.bool_)
    chosen[np.argsort(draws, kind="stable")[: round(MALICIOUS_SHARE * draws.size)]] = True
    return chosen.reshape(len(DISTRICTS), INFORMANTS_PER_DISTRICT)
