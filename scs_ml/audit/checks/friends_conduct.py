"""Friends' conduct: what friends did, entered against the person."""

from __future__ import annotations

from dataclasses import dataclass, field

from scs_ml.audit.coincidences.check import CoincidenceCheck, Plan
from scs_ml.audit.coincidences.entries import Reading
from scs_ml.audit.coincidences.links import Link, links
from scs_ml.audit.coincidences.neighbours import neighbours, of_indicators
from scs_ml.audit.judge import NextSteps
from scs_ml.core import AuditCase

STEPS: NextSteps = {
    "flag": "Look up entries that fall together with others' of the place; strike those that are others'.",
    "clear": "Others' entries take nothing material from this group.",
    "cannot tell": "Look up entries that fall together with others' of the place, or give more periods.",
    "not applicable": "Too few entries in one place and period: give more periods of the ledger.",
}


@dataclass(frozen=True)
class FriendsConduct(CoincidenceCheck):
    """Entries by indirect indicators against people of one area, no relatives, in one period."""

    name: str = "friends_conduct"
    title: str = "Entries against people who know each other that fall together"
    what: str = "indirect entries by one rule in one place"
    steps: NextSteps = field(default_factory=lambda: STEPS)

    def plan(self, case: AuditCase, reading: Reading) -> Plan | str:
        """Pair entries by one indirect rule in one area, relatives left out."""
        indirect = {i.name for i in case.scheme.indicators if i.kind == "indirect"}
        return neighbours(case, reading, of_indicators(reading.entries, indirect))

    def linked(self, case: AuditCase, reading: Reading) -> list[Link]:
        """Lay indirect entries beside declared columns that speak of friends."""
        columns = [i for i in case.scheme.indicators if i.concerns == "friends" and i.dtype == "number"]
        indirect = {i.name for i in case.scheme.indicators if i.kind == "indirect"}
        return links(case, reading, columns, indirect)
