"""Ways of wronging people that a world can be planted with.

To add one: write ``scs_ml/worlds/mechanisms/<slug>.py`` with a class that has the members of `Mechanism` (the
slug is one of the design's), add one line to `MECHANISMS`, and one test file
``tests/worlds/mechanisms/test_<slug>.py``. A mechanism only adds events, to the ledger or (`UNBOOKED`) to the
score alone. Its random numbers come from streams named after its slug, so that nobody else's change, and its
ids from an `origin` named after it; `acts` must give more events, or more points, for a higher dose, so that
the dose can be solved for the strength asked. `_ways.py` has the common ways of acting. One that has a say in
the background of explanations (`ChoosesBackground`) declares a unit of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from scs_ml.core import Group
from scs_ml.worlds.county import County
from scs_ml.worlds.ledger import Events
from scs_ml.worlds.mechanisms.cross_domain_spill import CrossDomainSpill
from scs_ml.worlds.mechanisms.direct_use import DirectUse
from scs_ml.worlds.mechanisms.disaster_as_fault import DisasterAsFault
from scs_ml.worlds.mechanisms.explanation_attack import ExplanationAttack
from scs_ml.worlds.mechanisms.family_spillover import FamilySpillover
from scs_ml.worlds.mechanisms.friends_conduct import FriendsConduct
from scs_ml.worlds.mechanisms.illness_misread import IllnessMisread
from scs_ml.worlds.mechanisms.intersection_only import IntersectionOnly
from scs_ml.worlds.mechanisms.malicious_informant import MaliciousInformant
from scs_ml.worlds.mechanisms.operator_error import OperatorError
from scs_ml.worlds.mechanisms.organization_to_leaders import OrganizationToLeaders
from scs_ml.worlds.mechanisms.over_policing import OverPolicing
from scs_ml.worlds.mechanisms.parent_to_child import ParentToChild
from scs_ml.worlds.mechanisms.postcode_proxy import PostcodeProxy
from scs_ml.worlds.mechanisms.purchases_misread import PurchasesMisread
from scs_ml.worlds.mechanisms.recent_mover import RecentMover
from scs_ml.worlds.mechanisms.state_of_mind import StateOfMind
from scs_ml.worlds.mechanisms.tampering import Tampering
from scs_ml.worlds.mechanisms.thin_file import ThinFile


class Mechanism(Protocol):
    """One way of wronging people."""

    slug: str
    unit: str  # of its strength: SCORE_SD, or its own
    group: Group  # whom it wrongs unless told otherwise
    ceiling: float  # largest dose

    def acts(self, county: County, group: Group) -> Callable[[float], Events]:
        """Prepare its events for a group: a function from the dose to the events it adds."""


_ALL: tuple[Mechanism, ...] = (
    PostcodeProxy(),
    IllnessMisread(),
    MaliciousInformant(),
    DirectUse(),
    StateOfMind(),
    FamilySpillover(),
    ParentToChild(),
    FriendsConduct(),
    ThinFile(),
    RecentMover(),
    DisasterAsFault(),
    OverPolicing(),
    Tampering(),
    IntersectionOnly(),
    CrossDomainSpill(),
    OrganizationToLeaders(),
    OperatorError(),
    PurchasesMisread(),
    ExplanationAttack(),
)
MECHANISMS: dict[str, Mechanism] = {mechanism.slug: mechanism for mechanism in _ALL}

__all__ = ["MECHANISMS", "Mechanism"]
