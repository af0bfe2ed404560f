"""Over-policing: whether a group's conduct is written down more often than others' like conduct."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from scs_ml.audit.entries import Entries, read_entries
from scs_ml.audit.groups import Contrast, contrasts
from scs_ml.audit.judge import Cell, NextSteps, judge, not_applicable
from scs_ml.audit.points import latest_rows
from scs_ml.audit.rises import Rise, accused, rise, told
from scs_ml.audit.situational import spells, trace_entries
from scs_ml.audit.tracing import Trace
from scs_ml.core import AuditCase, Bools, CheckResult, Finding, Kind
from scs_ml.inference import Estimate, stack
from scs_ml.inference.excess import Marks

HALF = 0.5  # of the share beyond, that entries which stand alone must bear out
MOSTLY = 0.5  # share of an indicator's entries that informants sign, from which it is theirs

STEPS: NextSteps = {
    "flag": "Weigh this indicator by how closely each group is watched, or leave it out for all.",
    "clear": "This group's entries by the indicator are about as many as its other conduct foretells.",
    "cannot tell": "Give the event ledger, more periods, or a larger group: entries are too few.",
    "not applicable": "One side is empty here: check the group's column.",
}
SPARED = "This group is recorded less than its other conduct foretells: look at whom it is compared with."
COPIED = "What is beyond coincides with direct entries of the same people: look for entries made twice."


@dataclass(frozen=True)
class OverPolicing:
    """Points lost to entries of an indirect indicator beyond what a group's direct ones foretell."""

    name: str = "over_policing"
    kind: Kind = "mechanism"
    title: str = "Conduct of a group recorded more often than others' (differential recording)"

    def run(self, case: AuditCase, *, level: float, seed: int) -> CheckResult:
        """Look at every group with every indirect indicator.

        Parameters
        ----------
        case : AuditCase
            With a ledger, or a card and the table's counts.
        level : float
            Error probability shared by all groups and indicators (max-T).
        seed : int

        Returns
        -------
        CheckResult
            One finding per group and indicator: points in force lost per member through entries beyond those
            of the reference's rate times the factor by which the group's direct indicators of misconduct
            exceed the reference's; in SD of the score.
        """
        entries = read_entries(case, dated=False)
        compared = [c for c in contrasts(case) if not _is_situation(case, c)]
        targets = [] if entries is None else _targets(entries)
        if entries is None or not compared or not targets:
            why = "no group's entries by an indirect indicator can be held against direct ones"
            step = (
                "Give groups, direct and indirect indicators of misconduct, and the ledger, or a card whose "
                "points do not fade."
            )
            return CheckResult((not_applicable(self.name, self.kind, why, step),))
        frame = _Frame(case, entries)
        cells, estimates, measured = [], [], []
        for contrast in (c.take(entries.rows, case.dataset.cluster) for c in compared):
            for target in targets:
                risen, estimate = frame.measure(contrast, target)
                measured.append((contrast, target, risen))
                name = entries.indicators[target].name
                cells.append(
                    Cell(
                        contrast=contrast,
                        metric="points lost per member through entries beyond those that conduct foretells",
                        unit="SD of the score",
                        floor=case.scheme.audit.floor,
                        indicator=name,
                        evidence=(told(case.scheme, risen, name, f"of {contrast.label}"),),
                    )
                )
                estimates.append(estimate)
        findings = judge(self.name, self.kind, cells, stack(estimates), STEPS, level=level, seed=seed)
        findings = tuple(accused(f, self.name, SPARED) for f in findings)
        settled = (_settle(f, frame, m) for f, m in zip(findings, measured, strict=True))
        return CheckResult(tuple(_tied(case, f) for f in settled))

    def trace(self, case: AuditCase, finding: Finding, *, seed: int = 0) -> Trace:
        """Say from whom points were taken, and by which entries. They happened: others' are not recorded."""
        entries, rows = read_entries(case, dated=False), latest_rows(case.dataset)
        about = [c for c in contrasts(case) if c.group == finding.group]
        if entries is None or not about or finding.indicator not in [i.name for i in entries.indicators]:
            return Trace(rows, np.zeros(len(rows)), None, happened=True)
        contrast = about[0].take(entries.rows, case.dataset.cluster)
        target = entries.position(finding.indicator)
        frame = _Frame(case, entries)
        risen, _ = frame.measure(contrast, target)
        chosen = contrast.members[entries.who] & frame.counts & (entries.what == target)
        return trace_entries(case, entries, chosen, risen.share, happened=True)


def _tied(case: AuditCase, finding: Finding) -> Finding:
    """Name what the data in hand cannot tell from it.

    Counts do not say whether entries were made up or copied; without a column about friends nobody knows
    whose entries a person's could be copies of; and informants may report a group more, or make it up.
    """
    if finding.verdict != "flag" or finding.indicator is None:
        return finding
    known = {*map(str, case.dataset.X), *map(str, case.dataset.withheld)}
    friends = any(i.concerns == "friends" and i.name in known for i in case.scheme.indicators)
    slugs = ["over_policing"]
    if _by_informants(case, finding.indicator):
        slugs = ["malicious_informant", "over_policing"]
    elif case.ledger is None or not friends:
        slugs = ["over_policing", "friends_conduct"]
    return replace(finding, mechanisms=tuple((slug, 1 / len(slugs)) for slug in slugs))


class _Frame:
    """What all groups share: which entries count, and which stand alone."""

    def __init__(self, case: AuditCase, entries: Entries) -> None:
        self.entries = entries
        counts = np.ones(len(entries.who), dtype=bool)
        for situation in case.scheme.situations:
            if situation.name in case.dataset.situations:
                counts &= ~spells(entries, situation).inside
        self.counts: Bools = counts
        n_periods = entries.seen.shape[1] - entries.first
        cell = entries.who * n_periods + entries.period - entries.first
        direct = [k for k, i in enumerate(entries.indicators) if i.kind == "direct"]
        charged = np.zeros(len(entries.rows) * n_periods, dtype=bool)
        charged[cell[np.isin(entries.what, direct)]] = True
        self.alone: Bools = ~charged[cell]
        self.uncharged = (~charged).reshape(-1, n_periods).sum(axis=1).astype(np.float64) / n_periods

    def measure(self, contrast: Contrast, target: int) -> tuple[Rise, Estimate]:
        """Measure one indicator of one group."""
        entries = self.entries
        compared = (contrast.members | contrast.others)[entries.who]
        its = compared & (entries.what == target) & self.counts
        total = float(entries.weight[its].sum())
        cost = float((entries.points * entries.weight * entries.left)[its].sum()) / max(total, 1.0)
        risen = self.rise(contrast, target)
        people = max(int(contrast.members.sum()), 1)
        return risen, risen.estimate(cost / people / entries.score_sd)

    def borne_out(self, contrast: Contrast, target: int, risen: Rise) -> bool:
        """Whether entries in periods without a direct one, so no copies of it, are as many beyond."""
        return self.rise(contrast, target, alone=True).share >= HALF * risen.share

    def rise(self, contrast: Contrast, target: int, *, alone: bool = False) -> Rise:
        """Hold an indicator's entries, or those that stand alone, against the reference's."""
        entries = self.entries
        who = np.flatnonzero(contrast.members | contrast.others)
        used = self.counts & (contrast.members | contrast.others)[entries.who]
        if alone:
            used &= self.alone | (entries.what != target)
        at_risk = Marks(
            entries.cluster[who],
            np.zeros(len(who), dtype=np.int64),
            contrast.members[who],
            np.ones(len(who)),
        )
        stratum = np.zeros(len(entries.who), dtype=np.int64)
        inside = contrast.members[entries.who]
        found = rise(entries, target, at_risk, used=used, inside=inside, stratum=stratum)
        if alone:
            sides = contrast.members, contrast.others
            free = [float(self.uncharged[side].mean()) for side in sides]
            found = replace(found, conduct=found.conduct * free[0] / free[1])
        return found


def _settle(finding: Finding, frame: _Frame, measured: tuple[Contrast, int, Rise]) -> Finding:
    if finding.verdict != "flag" or frame.borne_out(*measured):
        return finding
    return replace(finding, verdict="cannot tell", mechanisms=(), next_step=COPIED)


def _targets(entries: Entries) -> list[int]:
    """Positions of indirect indicators with entries."""
    return [k for k, i in enumerate(entries.indicators) if i.kind == "indirect" and (entries.what == k).any()]


def _by_informants(case: AuditCase, name: str) -> bool:
    """Whether people report it: mostly so in the ledger, or by its source."""
    if case.ledger is None:
        return case.scheme.indicator(name).source == "personal"
    events = case.ledger.events
    return bool(events.loc[events["indicator"] == name, "informant"].notna().mean() >= MOSTLY)


def _is_situation(case: AuditCase, contrast: Contrast) -> bool:
    return contrast.group[0][0] in case.dataset.situations
