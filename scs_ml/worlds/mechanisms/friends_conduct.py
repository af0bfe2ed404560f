"""`friends_conduct`: a report against a friend is entered against the person as well.

Origin: scores that look at whom people know (Alguliyev & Alakbarova 2021); no friend's data may reach
a person.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from scs_ml.core import Group, Ints
from scs_ml.worlds.county import County
from scs_ml.worlds.ledger import Events
from scs_ml.worlds.mechanisms._ways import carried_over, drawn
from scs_ml.worlds.population import Population
from scs_ml.worlds.streams import Streams
from scs_ml.worlds.truth import SCORE_SD

CIRCLE = 4  # friends that are looked at per person


class FriendsConduct:
    """With probability `dose`, a patrol's report against a friend is entered against each of the group too.

    Friends live in the same district, and stand in no column.
    """

    slug = "friends_conduct"
    unit = SCORE_SD
    group: Group = (("age_group", "under 30"),)
    ceiling = 1.0

    def acts(self, county: County, group: Group) -> Callable[[float], Events]:
        """Give the function from the probability of a second entry to the entries."""
        person, friend = friendships(county.streams, county.population)
        reports = county.honest.of_rules("disorder_reports")
        copies = carried_over(county, self.slug, reports, friend, person)
        members = county.population.members(group)
        return drawn(county, self.slug, copies.take(members[copies.person, copies.quarter]))


def friendships(streams: Streams, population: Population) -> tuple[Ints, Ints]:
    """Pair people with up to `CIRCLE` others of their district, in whom the score takes an interest."""
    n = population.shape[0]
    neighbours = np.argsort(population.district, kind="stable")
    residents = np.bincount(population.district)
    first = np.cumsum(residents) - residents
    at = streams.uniform("friends_conduct who", n, CIRCLE) * residents[population.district][:, None]
    friend = neighbours[first[population.district][:, None] + at.astype(np.int64)].ravel()
    person = np.repeat(np.arange(n), CIRCLE)
    pairs = np.unique(np.stack([person, friend])[:, person != friend], axis=1)
    return pairs[0], pairs[1]
