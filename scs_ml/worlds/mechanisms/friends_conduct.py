"""`friends_conduct`: a report against a friend is entered against the person as well.

Origin: scores that look at whom people know (Alguliyev & Alakbarova 2021); no friend's data may reach
a person.
"""

from __future__ import annotations

from collections.abc import Callable

from scs_ml.core import Group
from scs_ml.worlds.county import County
from scs_ml.worlds.ledger import Events
from scs_ml.worlds.life import friendships
from scs_ml.worlds.mechanisms._ways import carried_over, drawn
from scs_ml.worlds.truth import SCORE_SD


class FriendsConduct:
    """With probability `dose`, a patrol's report against a friend is entered against each of the group too.

    Friends live in the same district and stand in no column; a broad register counts their reports.
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
