"""Illness misread: whether illness is reported as misconduct."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy import stats

from scs_ml.audit.entries import read_entries
from scs_ml.audit.groups import MINIMUM, NO, YES, Contrast
from scs_ml.audit.judge import NextSteps, finite, judge, not_applicable
from scs_ml.audit.points import Booked, booked
from scs_ml.audit.rises import accused
from scs_ml.audit.situational import measure, trace
from scs_ml.audit.tracing import Trace
from scs_ml.audit.verification import Suspicion, answered_events, suspicions
from scs_ml.audit.wrongly_taken import WronglyTaken, wrongly_taken
from scs_ml.core import AuditCase, CheckResult, Effect, Evidence, Finding, Kind, Table, Verdict
from scs_ml.inference import detectable_effect, stack, verdict
from scs_ml.safeguards import hides_count
from scs_ml.schemes import Scheme

STEPS: NextSteps = {
    "flag": "Restore the points of false reports, and have illness looked for before a report is filed.",
    "clear": "False reports take no materially different number of points from people in the situation.",
    "cannot tell": "Look up more events of the planned sample: the interval still holds both answers.",
    "not applicable": "Look up events of both people in the situation and others.",
}
PLANNED = "Look up the planned verification sample (at most 200 events), and audit again with the answers."
TIMED: NextSteps = {
    **STEPS,
    "flag": "Restore the points of these entries, and have illness looked for before a report is filed; "
    "look up the planned verification sample to see which of them are false.",
}
SPARED = "People in the situation are entered less than their other conduct foretells."
HALF = 0.5  # of the false share that the entries' timing implies, that answers must bear out
CONDUCT = (
    "Reports on people in the situation are false no more often than others': look at their number instead."
)
OTHERS = "People who are not ill bear more false reports: look for what is misread in them."
LEDGER = "Ask the office for its event ledger; a verification sample can then be drawn."


@dataclass(frozen=True)
class IllnessMisread:
    """Points wrongly taken from the ill through an indirect indicator, by timing of entries and answers."""

    name: str = "illness_misread"
    kind: Kind = "mechanism"
    title: str = "Illness mistaken for misconduct"

    def run(self, case: AuditCase, *, level: float, seed: int) -> CheckResult:
        """Look at every illness with every indirect indicator.

        Parameters
        ----------
        case : AuditCase
            With a ledger, or a card and several periods; and, where there are, answers to a verification
            sample.
        level : float
            Error probability shared by all pairs (max-T; of those that have answers, Bonferroni).
        seed : int

        Returns
        -------
        CheckResult
            One finding per illness and indirect indicator. With answers, the gap in points wrongly taken per
            person; else points in force lost per person-period of illness through entries beyond those that
            the same periods outside it, and direct indicators, lead to expect. Both in SD of the score.
        """
        book = booked(case)
        timed = self._timed(case, level, seed)
        suspected = {(s.situation, s.indicator): s for s in suspicions(case, book)}
        if not suspected and not timed:
            why = "no illness with people on both sides meets an indirect indicator whose effect is shown"
            step = "Give a situation of kind illness, an indirect indicator, and a ledger or an explanation."
            return CheckResult((not_applicable(self.name, self.kind, why, step),))
        tested = {
            pair
            for pair, each in suspected.items()
            if book is not None and len(answered_events(case, book, each)[0])
        }
        findings: list[Finding] = []
        rows: list[tuple[str | int | float | None, ...]] = []
        for pair in [*suspected, *(pair for pair in timed if pair not in suspected)]:
            by_timing = timed.get(pair)
            if book is None or pair not in tested:
                findings.append(by_timing or self._untested(case, book, suspected[pair]))
                continue
            critical = float(stats.norm.isf(level / len(tested) / 2))
            result = _measure(case, book, suspected[pair], critical)
            finding = self._settled(case, book, suspected[pair], result, critical)
            if finding.p_adjusted is not None:
                finding = replace(finding, p_adjusted=min(1.0, finding.p_adjusted * len(tested)))
            findings.append(_together(finding, by_timing, result))
            for value, share, (false, n) in zip((YES, NO), result.share, result.counts, strict=True):
                rows.append((pair[1], f"{pair[0]} = {value}", n, false, share if n else None))
        columns = ("indicator", "group", "answered", "false", "false share of points")
        table = Table("verification", "Answers to the verification sample", columns, tuple(rows))
        return CheckResult(tuple(findings), (table,) if rows else ())

    def trace(self, case: AuditCase, finding: Finding, *, seed: int = 0) -> Trace:
        """Say from whom points were taken, and by which entries; looked-up ones only if they were false."""
        return trace(case, finding, happened=False)

    def _timed(self, case: AuditCase, level: float, seed: int) -> dict[tuple[str, str], Finding]:
        """Judge every pair by the timing of its entries."""
        present = set(case.dataset.situations)
        illnesses = [s for s in case.scheme.situations if s.kind == "illness" and s.name in present]
        entries = read_entries(case) if illnesses else None
        found = (
            [] if entries is None else [m for s in illnesses for m in measure(case, entries, s, "indirect")]
        )
        if not found:
            return {}
        cells, estimates = [m.cell for m in found], stack([m.estimate for m in found])
        findings = judge(self.name, self.kind, cells, estimates, TIMED, level=level, seed=seed)
        told = {}
        for finding, m in zip(findings, found, strict=True):
            unsure = finding.verdict == "flag" and not m.rise.compared
            unsure |= finding.verdict == "clear" and m.rise.conduct > 1
            step = LEDGER if case.ledger is None else PLANNED
            unsure |= finding.verdict == "cannot tell" and not m.cell.contrast.small
            weighed = replace(finding, verdict="cannot tell", next_step=step) if unsure else finding
            told[m.spell.situation.name, str(finding.indicator)] = accused(weighed, self.name, SPARED)
        return told

    def _settled(
        self, case: AuditCase, book: Booked, each: Suspicion, result: WronglyTaken, critical: float
    ) -> Finding:
        """Judge a pair by its answers."""
        floor = case.scheme.audit.floor
        metric = "points wrongly taken per person"
        effect = None
        if all(map(np.isfinite, (result.value, result.low, result.high))):
            effect = Effect(metric, result.value, result.low, result.high, "SD of the score", floor)
        contrast = _contrast(case, book, each)
        few = contrast.small or min(n for _, n in result.counts) < MINIMUM
        told: Verdict = "cannot tell"
        if effect is not None and not few:
            told = verdict(effect.value, effect.low, effect.high, floor)
        step = STEPS[told]
        if told == "flag" and result.value > 0:
            # More was wrongly taken from the others: illness is not what was misread.
            told, step = "cannot tell", OTHERS
        elif told == "flag" and not result.more_often_false(critical):
            # As large a share of more reports is false: what differs may be conduct.
            told, step = "cannot tell", CONDUCT
        return replace(
            self._untested(case, book, each),
            verdict=told,
            next_step=step,
            effect=effect,
            p_adjusted=None if effect is None or few else result.p,
            detectable=None if effect is None else float(detectable_effect(result.half_width, critical)),
            mechanisms=(("illness_misread", 1.0),) if told == "flag" else (),
            evidence=(_triage(each), _answers(case.scheme, result, critical)),
        )

    def _untested(self, case: AuditCase, book: Booked | None, each: Suspicion) -> Finding:
        """Say what triage shows: without answers nobody can tell misreading from conduct."""
        contrast = _contrast(case, book, each)
        unit = "SD of the explained margin" if each.stage == "SHAP gap" else "SD of the score"
        metric = f"{each.stage}, true and false reports together"
        effect = None
        if np.isfinite(each.low):
            effect = Effect(metric, each.gap, each.low, each.high, unit, case.scheme.audit.floor)
        return Finding(
            check=self.name,
            kind=self.kind,
            verdict="cannot tell",
            group=contrast.group,
            reference=contrast.reference,
            n=contrast.n,
            next_step=LEDGER if book is None else PLANNED,
            effect=effect,
            indicator=each.indicator,
            evidence=(_triage(each),),
        )


def _measure(case: AuditCase, book: Booked, each: Suspicion, critical: float) -> WronglyTaken:
    at, happened = answered_events(case, book, each)
    events = book.events.iloc[at]
    inside = book.dataset.situations[each.situation].to_numpy(dtype=bool)
    position = events["at"].to_numpy(dtype=np.int64)
    return wrongly_taken(
        points=(events["points"] * events["left"]).to_numpy(dtype=np.float64),
        happened=happened,
        event_cluster=book.dataset.cluster[position],
        event_inside=inside[position],
        booked_points=book.points(book.of_indicator(each.indicator)),
        row_inside=inside,
        row_cluster=book.dataset.cluster,
        score_sd=book.score_sd,
        critical=critical,
    )


def _together(finding: Finding, by_timing: Finding | None, result: WronglyTaken) -> Finding:
    """Let a flag by the entries' timing stand unless the answers contradict it."""
    if by_timing is None:
        return finding
    evidence = (*finding.evidence, *by_timing.evidence)
    if finding.verdict == "flag" or by_timing.verdict != "flag":
        return replace(finding, evidence=evidence)
    beyond = by_timing.evidence[0].values.get("share beyond", 0.0)
    inside, outside = result.share
    if not (np.isfinite(inside) and np.isfinite(outside)) or inside - outside < HALF * beyond * (1 - outside):
        return replace(finding, evidence=evidence)
    return replace(by_timing, evidence=evidence)


def _contrast(case: AuditCase, book: Booked | None, each: Suspicion) -> Contrast:
    dataset = case.dataset if book is None else book.dataset
    inside = dataset.situations[each.situation].to_numpy(dtype=bool)
    small = min(len(np.unique(dataset.cluster[mask])) for mask in (inside, ~inside)) < MINIMUM
    return Contrast(((each.situation, YES),), ((each.situation, NO),), inside, ~inside, small)


def _triage(each: Suspicion) -> Evidence:
    span = f"{each.gap:+.3f} SD ({each.low:+.3f} to {each.high:+.3f})"
    text = f"{each.stage} through {each.indicator}: {span}; conduct may differ too."
    return Evidence("triage", text, finite({"gap": each.gap, "low": each.low, "high": each.high}))


def _answers(scheme: Scheme, result: WronglyTaken, critical: float) -> Evidence:
    (false, n), (false_other, n_other) = result.counts
    if any(hides_count(scheme, count) for count in (false, n, false_other, n_other)):
        return Evidence("verification sample", "Too few events are of one answer to be counted here.")
    text = f"Not happened: {false} of {n} events in the situation, {false_other} of {n_other} others."
    if not (n and n_other):
        return Evidence(
            "verification sample", text, {"answered": float(n), "answered, others": float(n_other)}
        )
    low, high = result.difference(critical)
    values = {"false share": result.share[0], "false share, others": result.share[1]}
    return Evidence("verification sample", text, values | {"difference low": low, "difference high": high})
