"""`operator_error`: records that are typed in by hand are typed in twice.

Origin: data that are wrong because of those who handle them (Alguliyev & Alakbarova 2021), here without
intent.
"""

from __future__ import annotations

from collections.abc import Callable

from scs_ml.core import Group
from scs_ml.worlds.conduct import MISCONDUCT
from scs_ml.worlds.county import County
from scs_ml.worlds.ledger import Events
from scs_ml.worlds.mechanisms._ways import copied, drawn
from scs_ml.worlds.truth import SCORE_SD


class OperatorError:
    """Each entry of misconduct of the group is there twice with probability `dose`.

    The second one has the same person, quarter, rule, points and informant, and did not happen.
    """

    slug = "operator_error"
    unit = SCORE_SD
    group: Group = (("registration", "newcomer"),)
    ceiling = 1.0

    def acts(self, county: County, group: Group) -> Callable[[float], Events]:
        """Give the function from the probability of a second entry to the entries."""
        typed = county.honest.of_rules(*MISCONDUCT)
        members = county.population.members(group)
        typed = typed.take(members[typed.person, typed.quarter])
        return drawn(county, self.slug, copied(county, self.slug, typed, typed.person))
