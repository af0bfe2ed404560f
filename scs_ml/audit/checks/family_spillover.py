"""Family spillover: what relatives did, entered against the family."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from scs_ml.audit.coincidences.check import CoincidenceCheck, Plan
from scs_ml.audit.coincidences.entries import Reading
from scs_ml.audit.coincidences.kinship import FAMILY, relatives, split
from scs_ml.audit.judge import NextSteps
from scs_ml.core import AuditCase, CheckResult

STEPS: NextSteps = {
    "flag": "Look up entries that fall together with a relative's, and strike those that are the relative's.",
    "clear": "Relatives' entries take nothing material from this group beyond chance and like conduct.",
    "cannot tell": "Look up entries that fall together with a relative's, or give more periods.",
    "not applicable": "Too few relatives with entries: give more periods of the ledger.",
}
DOWN = "These entries come from the elders of the family: see parent_to_child."


@dataclass(frozen=True)
class FamilySpillover(CoincidenceCheck):
    """Entries against different people of one family, by one rule, in one period."""

    name: str = FAMILY
    title: str = "Entries against relatives that fall together"
    what: str = "relatives' entries by one rule"
    steps: NextSteps = field(default_factory=lambda: STEPS)

    def plan(self, case: AuditCase, reading: Reading) -> Plan | str:
        """Pair entries of relatives by one rule."""
        if case.dataset.family is None:
            return "nothing says who is whose relative: declare roles.family"
        return relatives(reading)

    def run(self, case: AuditCase, *, level: float, seed: int) -> CheckResult:
        """Compare pairs as all checks of coincidences do, and leave what comes from elders to its own check.

        Parameters
        ----------
        case : AuditCase
            With a ledger and families.
        level : float
        seed : int

        Returns
        -------
        CheckResult
            Where nothing orders ages, a flag names both ways in a tie.
        """
        result = super().run(case, level=level, seed=seed)
        return replace(result, findings=split(case, result.findings, self.name, DOWN))
