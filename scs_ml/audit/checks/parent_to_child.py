"""Parent to child: what the elders of a family did, entered against its young."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from scs_ml.audit.coincidences.ages import age_ranks
from scs_ml.audit.coincidences.check import CoincidenceCheck, Plan
from scs_ml.audit.coincidences.entries import Reading
from scs_ml.audit.coincidences.kinship import DOWNWARDS, downwards, split
from scs_ml.audit.judge import NextSteps
from scs_ml.core import AuditCase, CheckResult

STEPS: NextSteps = {
    "flag": "Look up entries that fall together with an elder's, and strike those that are the elder's.",
    "clear": "Elders' entries take nothing material from the young of this group.",
    "cannot tell": "Look up entries that fall together with an elder's, or give more periods.",
    "not applicable": "Nobody in this group has elders with entries.",
}
AROUND = "These entries run among relatives of all ages: see family_spillover."


@dataclass(frozen=True)
class ParentToChild(CoincidenceCheck):
    """Entries against the young that fall together with those against elders of their family."""

    name: str = DOWNWARDS
    title: str = "Entries of elders, entered against the young"
    what: str = "entries by one rule as an elder's of the family"
    steps: NextSteps = field(default_factory=lambda: STEPS)

    def plan(self, case: AuditCase, reading: Reading) -> Plan | str:
        """Pair entries with those against elders of the family, by one rule."""
        if case.dataset.family is None:
            return "nothing says who is whose relative: declare roles.family"
        ages = age_ranks(case.scheme, reading.book.dataset.sensitive)
        if ages is None or ages.max() < 1:
            return "no sensitive attribute orders ages: declare one whose labels name them"
        return downwards(reading, ages)

    def run(self, case: AuditCase, *, level: float, seed: int) -> CheckResult:
        """Compare pairs as all checks of coincidences do, and leave what relatives of all ages share.

        Parameters
        ----------
        case : AuditCase
            With a ledger, families, and an attribute that orders ages.
        level : float
        seed : int

        Returns
        -------
        CheckResult
        """
        result = super().run(case, level=level, seed=seed)
        return replace(result, findings=split(case, result.findings, self.name, AROUND))
