"""Organization to leaders: what an organization owes, entered against the people who lead it."""

from __future__ import annotations

from dataclasses import dataclass, field

from scs_ml.audit.coincidences.check import CoincidenceCheck, Plan
from scs_ml.audit.coincidences.entries import Reading
from scs_ml.audit.coincidences.links import Link, links
from scs_ml.audit.coincidences.neighbours import neighbours, of_indicators
from scs_ml.audit.judge import NextSteps
from scs_ml.core import AuditCase

STEPS: NextSteps = {
    "flag": "Ask whose debts these are: strike those of an organization from the people who lead it.",
    "clear": "Debts that fall together take nothing material from this group.",
    "cannot tell": "Say who leads which organization, and what it owes, or give more periods.",
    "not applicable": "Too few entries of finance in one place and period: give more periods of the ledger.",
}


@dataclass(frozen=True)
class OrganizationToLeaders(CoincidenceCheck):
    """Entries of finance against people of one area, no relatives, in one period."""

    name: str = "organization_to_leaders"
    title: str = "An organization's debts, entered against its leaders"
    what: str = "entries of finance by one rule in one place"
    steps: NextSteps = field(default_factory=lambda: STEPS)

    def plan(self, case: AuditCase, reading: Reading) -> Plan | str:
        """Pair entries by one rule of finance, or with an organization as its source, in one area."""
        return neighbours(case, reading, of_indicators(reading.entries, _finance(case)))

    def linked(self, case: AuditCase, reading: Reading) -> list[Link]:
        """Lay entries of finance beside declared columns that speak of an organization."""
        columns = [
            i
            for i in case.scheme.indicators
            if i.source == "organization" and i.dtype == "number" and i.forbidden_reason is not None
        ]
        return links(case, reading, columns, _finance(case))


def _finance(case: AuditCase) -> set[str]:
    return {i.name for i in case.scheme.indicators if i.nature == "finance" or i.source == "organization"}
