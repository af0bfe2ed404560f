"""Disaster as fault: whether what a disaster, accident or emergency caused counts against the struck."""

from __future__ import annotations

from dataclasses import dataclass

from scs_ml.audit.entries import read_entries
from scs_ml.audit.judge import NextSteps, judge, not_applicable
from scs_ml.audit.rises import accused
from scs_ml.audit.situational import measure, trace
from scs_ml.audit.tracing import Trace
from scs_ml.core import AuditCase, CheckResult, Finding, Kind
from scs_ml.inference import stack

KINDS = ("disaster", "accident", "emergency")

STEPS: NextSteps = {
    "flag": "Strike out what was entered in the situation, and suspend the rule for as long as one lasts.",
    "clear": "People in the situation lose no materially larger number of points through this indicator.",
    "cannot tell": "Give the ledger with its circumstances, or more periods: too few entries fall in one.",
    "not applicable": "One side is empty here: check the situation's column.",
}
SPARED = "Other indicators rise more in the situation, or nothing does: this one is not what counts as fault."


@dataclass(frozen=True)
class DisasterAsFault:
    """Points lost to entries that people in a disaster, accident or emergency have beyond other periods."""

    name: str = "disaster_as_fault"
    kind: Kind = "mechanism"
    title: str = "Disaster counted as fault"

    def run(self, case: AuditCase, *, level: float, seed: int) -> CheckResult:
        """Look at every such situation with every indicator of misconduct.

        Parameters
        ----------
        case : AuditCase
            With a ledger, or a card and several periods.
        level : float
            Error probability shared by all pairs (max-T).
        seed : int

        Returns
        -------
        CheckResult
            One finding per situation and indicator: points in force lost per person-period in the situation
            through entries beyond those that the same periods outside it lead to expect; in SD of the
            score. What a disaster caused should not count, so no answer can excuse it.

        References
        ----------
        Alguliyev & Alakbarova (2021), IJEME 11(5), 1-12: events of disaster, accident and emergency do not
        count.
        """
        present = set(case.dataset.situations)
        situations = [s for s in case.scheme.situations if s.kind in KINDS and s.name in present]
        entries = read_entries(case) if situations else None
        found = [] if entries is None else [m for s in situations for m in measure(case, entries, s)]
        if not found:
            why = "nobody's entries can be laid beside a disaster, accident or emergency"
            step = (
                "Give a situation of such a kind, and the event ledger, or several periods of counts and a "
                "card whose points do not fade."
            )
            return CheckResult((not_applicable(self.name, self.kind, why, step),))
        findings = judge(
            self.name,
            self.kind,
            [m.cell for m in found],
            stack([m.estimate for m in found]),
            STEPS,
            level=level,
            seed=seed,
        )
        return CheckResult(tuple(accused(f, self.name, SPARED) for f in findings))

    def trace(self, case: AuditCase, finding: Finding, *, seed: int = 0) -> Trace:
        """Say from whom points were taken, and by which entries. They happened, and should not count."""
        return trace(case, finding, happened=True)
