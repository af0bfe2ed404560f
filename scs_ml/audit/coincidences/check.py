"""What all checks of coincident entries share: plan the pairs, count them, judge, and trace back."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd

from scs_ml.audit.coincidences.entries import Entries, Reading, read
from scs_ml.audit.coincidences.excess import Excess, excess
from scs_ml.audit.coincidences.judging import Measured, findings, per_point
from scs_ml.audit.coincidences.links import Link, judge_links, trace_link
from scs_ml.audit.coincidences.pairs import Coincidence
from scs_ml.audit.coincidences.suspicion import probabilities
from scs_ml.audit.groups import Contrast
from scs_ml.audit.judge import NextSteps, not_applicable
from scs_ml.audit.tracing import Trace
from scs_ml.core import AuditCase, Bools, CheckResult, Finding, Floats, Kind

STEP = "Give the event ledger with its rules and periods, and at least two groups."


@dataclass(frozen=True)
class Plan:
    """Which entries can be pairs.

    Attributes
    ----------
    entries : Entries
    pairs : Coincidence
        Over those entries.
    fixed : (ndarray, ndarray) or None
        Partners of each entry (e,), in its period and apart, where they do not depend on the group: other
        entries against the same person, or entries against the elders.
    usual : Coincidence or None
        Pairs that show the reference's pattern, where it is not shown by the same ones.
    """

    entries: Entries
    pairs: Coincidence
    fixed: tuple[Floats, Floats] | None = None
    usual: Coincidence | None = None

    @classmethod
    def own(cls, entries: Entries, pairs: Coincidence) -> Self:
        """Pair entries against one person."""
        everyone = np.ones(len(entries), dtype=bool)
        return cls(entries, pairs, pairs.partners(everyone, ~everyone))

    def partners(self, inside: Bools, outside: Bools) -> tuple[Floats, Floats]:
        """Count the partners of each entry (e,) that may be its origin: among a group, and beside it."""
        return self.fixed or self.pairs.partners(inside, outside)


@dataclass(frozen=True)
class Seen:
    """The partners of a group's entries (e,), in their period and apart, and what they come to."""

    same: Floats
    apart: Floats
    excess: Excess | None


@dataclass(frozen=True)
class CoincidenceCheck:
    """A check of entries that coincide; what is its own is which entries can be a pair."""

    name: str
    title: str
    what: str
    steps: NextSteps
    kind: Kind = "mechanism"

    @abstractmethod
    def plan(self, case: AuditCase, reading: Reading) -> Plan | str:
        """Say which entries can be pairs, or why none can."""

    def linked(self, case: AuditCase, reading: Reading) -> list[Link]:
        """Lay entries beside declared columns that speak of others; what these show is preferred to pairs."""
        del case, reading
        return []

    def run(self, case: AuditCase, *, level: float, seed: int) -> CheckResult:
        """Compare, group by group, pairs of entries in one period with pairs in periods apart.

        Parameters
        ----------
        case : AuditCase
            With a ledger.
        level : float
            Error probability shared by all groups.
        seed : int

        Returns
        -------
        CheckResult
            One finding per group of an attribute: points in force from entries that coincide, beyond what
            the reference's ratio of pairs in one period to pairs apart gives; per member, in SD of the score.
        """
        reading = read(case)
        why = "there is no ledger" if reading is None else _nothing(reading)
        if reading is None or why is not None:
            return CheckResult((not_applicable(self.name, self.kind, str(why), STEP),))
        found = self.linked(case, reading)
        if found:
            return CheckResult(
                judge_links(self.name, case, reading, found, self.steps, level=level, seed=seed)
            )
        planned = self.plan(case, reading)
        if isinstance(planned, str):
            return CheckResult((not_applicable(self.name, self.kind, planned, STEP),))
        measured = [self._measure(reading, planned, contrast) for contrast in reading.compared]
        return CheckResult(
            findings(self.name, case.scheme, measured, self.what, self.steps, level=level, seed=seed)
        )

    def trace(self, case: AuditCase, finding: Finding, *, seed: int = 0) -> Trace:
        """Share the excess among the group's coincident entries.

        Parameters
        ----------
        case : AuditCase
        finding : Finding
            Of this check, with an effect.
        seed : int
            Nothing is drawn.

        Returns
        -------
        Trace
        """
        reading = read(case)
        contrast = next((c for c in reading.compared if c.group == finding.group), None) if reading else None
        found = [] if reading is None else self.linked(case, reading)
        link = next((x for x in found if x.indicator == finding.indicator), None)
        if reading is not None and contrast is not None and link is not None:
            return trace_link(reading, link, contrast)
        planned = None if reading is None else self.plan(case, reading)
        if reading is None or not isinstance(planned, Plan) or contrast is None:
            return Trace(np.empty(0, dtype=np.int64), np.empty(0))
        seen = self.compare(planned, contrast)
        chance = probabilities(planned.entries, planned.pairs, seen, contrast.members[planned.entries.at])
        entries, book = planned.entries, reading.book
        kept = np.flatnonzero(chance > 0)
        lost = chance * entries.weight * entries.left
        taken = np.bincount(entries.at, weights=lost, minlength=len(book.rows)).astype(np.float64)
        ids = book.events["event"].to_numpy()[entries.position[kept]]
        return Trace(book.rows, taken, pd.Series(chance[kept], index=pd.Index(ids, name="event")))

    @staticmethod
    def compare(plan: Plan, contrast: Contrast) -> Seen:
        """Count a group's pairs, among themselves and with the reference, beside the reference's own."""
        entries, pairs = plan.entries, plan.pairs
        members, others = contrast.members[entries.at], contrast.others[entries.at]
        same, apart = plan.partners(members, others)
        nobody = np.zeros(len(entries), dtype=bool)
        usual = plan.usual.partners(others, nobody) if plan.usual else plan.partners(others, nobody)
        found = excess(
            pairs.tally(entries.weight * members, same, apart), pairs.tally(entries.weight * others, *usual)
        )
        return Seen(same, apart, found)

    def _measure(self, reading: Reading, plan: Plan, contrast: Contrast) -> Measured:
        seen = self.compare(plan, contrast)
        entries = plan.entries
        members, others = contrast.members[entries.at], contrast.others[entries.at]
        each = per_point(reading, contrast)
        indicator = None
        if seen.excess is not None:
            each *= _reach(plan, seen, members, others) * _once(plan, seen, members)
            left = entries.weight * members * (seen.same - seen.apart * seen.excess.rate[plan.pairs.stratum])
            by_indicator = np.bincount(entries.indicator, weights=left, minlength=len(entries.names))
            used = np.bincount(entries.indicator, minlength=len(entries.names)) > 0
            indicator = entries.names[int(np.argmax(np.where(used, by_indicator, -np.inf)))]
        return Measured(contrast, seen.excess, each, indicator, int(members.sum()))


def _reach(plan: Plan, seen: Seen, members: Bools, others: Bools) -> float:
    """Pairs apart with anybody, per pair apart that is compared: people of third groups are left out."""
    rest = ~members & ~others
    if plan.fixed or not rest.any():
        return 1.0
    charged = plan.entries.weight * members
    compared = float(charged @ seen.apart)
    _, left_out = plan.partners(np.zeros(len(members), dtype=bool), rest)
    return 1.0 + float(charged @ left_out) / compared if compared > 0 else 1.0


def _once(plan: Plan, seen: Seen, members: Bools) -> float:
    """Points of copies per point of pairs: what is copied to many makes more pairs than copies."""
    if seen.excess is None or seen.excess.z < 1:
        return 1.0
    chance = probabilities(plan.entries, plan.pairs, seen, members)
    return float(chance @ plan.entries.weight) / seen.excess.value


def _nothing(reading: Reading) -> str | None:
    if not reading.compared:
        return "no attribute has two groups"
    if not reading.book.score_sd > 0:
        return "all scores are equal"
    if not len(reading.entries):
        return "no entry takes points by an indicator that may count"
    if len(np.unique(reading.entries.period)) < 2:
        return "all entries are of one period: nothing tells what falls together by chance"
    return None
