"""Findings that a verification sample can settle: which entries to look up, and what the answers say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy import stats

from scs_ml.audit.groups import MINIMUM, group_label
from scs_ml.audit.judge import finite
from scs_ml.audit.points import Booked, booked
from scs_ml.audit.tracing import Traceable, looked_up
from scs_ml.audit.wrongly_taken import false_share
from scs_ml.core import AuditCase, Bools, Check, Effect, Evidence, Finding, Floats, Verdict
from scs_ml.inference import newcombe_difference, verdict
from scs_ml.safeguards import hides_count

MOST_SETTLED = 4  # findings that share the look-ups: more would leave each too few
SUGGESTIVE = 0.5  # half-widths of its interval: what lies nearer to zero is not worth a look-up
STAGE = "verification sample"
CONTRADICTED = "The looked-up entries are false no more often than others: ask what else made them."
CONFIRMED = "Strike the false entries, restore their points, and find out how they came into the ledger."


@dataclass(frozen=True)
class Suspected:
    """A finding with the entries it suspects.

    Attributes
    ----------
    finding : Finding
    weight : ndarray (e,)
        By event of the book, the probability that the mechanism made it.
    suspects : ndarray of bool (e,)
        Entries in force that it suspects most.
    others : ndarray of bool (e,)
        Entries in force by the same indicators that it does not suspect at all.
    """

    finding: Finding
    weight: Floats
    suspects: Bools
    others: Bools

    @property
    def why(self) -> str:
        """Say what an answer would settle."""
        f = self.finding
        return f"Did it happen? {f.check} suspects it to be false ({group_label(f.group)})."


def suspected(
    case: AuditCase, book: Booked, findings: Sequence[Finding], checks: Mapping[str, Check]
) -> tuple[Suspected, ...]:
    """List the findings that answers could settle, flags first, at most one a check.

    Parameters
    ----------
    case : AuditCase
    book : Booked
        Of the case.
    findings : sequence of Finding
        Of mechanism checks.
    checks : mapping of str to Check
        The checks they came from.

    Returns
    -------
    tuple of Suspected
        At most `MOST_SETTLED`, flags or nearly so: those that take points from their group, whose entries can
        be named, and whose entries did not happen if the finding is right.
    """
    losing = [
        f
        for f in findings
        if f.kind == "mechanism"
        and f.verdict in {"flag", "cannot tell"}
        and f.effect is not None
        and f.effect.value < -f.effect.floor / 2
        and (f.verdict == "flag" or strength(f) >= SUGGESTIVE)
        and isinstance(checks.get(f.check), Traceable)
        and not any(e.stage == STAGE for e in f.evidence)
    ]
    found: dict[str, Suspected] = {}
    for finding in sorted(losing, key=lambda f: (f.verdict != "flag", -strength(f))):
        if len(found) == MOST_SETTLED:
            break
        each = None if finding.check in found else _suspected(case, book, finding, checks[finding.check])
        if each is not None:
            found[finding.check] = each
    return tuple(found.values())


def strength(finding: Finding) -> float:
    """How many half-widths of its interval an effect is away from zero; 0 without an effect."""
    effect = finding.effect
    if effect is None:
        return 0.0
    half = (effect.high - effect.low) / 2
    if half > 0:
        return abs(effect.value) / half
    return float("inf") if effect.value else 0.0


def settle(
    case: AuditCase, findings: Sequence[Finding], checks: Mapping[str, Check], *, level: float
) -> tuple[Finding, ...]:
    """Fold the answers of a verification sample into the findings they speak of.

    Parameters
    ----------
    case : AuditCase
        With a ledger and answers; anything else leaves the findings as they are.
    findings : sequence of Finding
    checks : mapping of str to Check
    level : float
        Error probability shared by all findings that have answers.

    Returns
    -------
    tuple of Finding
        In the same order. Suspected entries that are false more often than the others of their indicator
        make a flag, if the points concerned exceed the floor; a flag whose suspects are false no more often
        than others becomes "cannot tell".
    """
    book = booked(case)
    if book is None or case.verified is None:
        return tuple(findings)
    happened = looked_up(case).reindex(book.events["event"]).to_numpy(dtype=np.float64)
    answered, false = np.isfinite(happened), happened == 0
    found = [each for each in suspected(case, book, findings, checks) if (each.suspects & answered).any()]
    settled = {
        id(each.finding): _fold(case, book, each, answered, false, level=level / len(found)) for each in found
    }
    return tuple(settled.get(id(finding), finding) for finding in findings)


def _suspected(case: AuditCase, book: Booked, finding: Finding, check: object) -> Suspected | None:
    assert isinstance(check, Traceable)  # noqa: S101 - chosen so by the caller
    trace = check.trace(case, finding)
    if trace.events is None or trace.happened:
        return None
    weight = trace.events.reindex(book.events["event"]).fillna(0.0).to_numpy(dtype=np.float64)
    in_force = book.events["in_force"].to_numpy(dtype=bool)
    suspects = in_force & (weight > 0) & (weight >= weight[in_force].max(initial=0.0) / 2)
    if not suspects.any():
        return None
    through = book.events["indicator"].isin(book.events["indicator"][suspects]).to_numpy(dtype=bool)
    return Suspected(finding, weight, suspects, in_force & through & (weight == 0))


def _fold(
    case: AuditCase, book: Booked, each: Suspected, answered: Bools, false: Bools, *, level: float
) -> Finding:
    finding = each.finding
    sides = [
        (int((mask & false).sum()), int((mask & answered).sum())) for mask in (each.suspects, each.others)
    ]
    if min(n for _, n in sides) < MINIMUM or finding.effect is None:
        return finding
    share, count = _false(book, each.suspects & answered, each.suspects & answered, false)
    base, count_others = _false(book, each.others & answered, each.suspects & answered, false)
    if min(count[1], count_others[1]) < MINIMUM:
        return finding
    critical = float(stats.norm.isf(level / 2))
    low, high = (float(x) for x in newcombe_difference(*count, *count_others, z=critical))
    # What the suspects hold beyond others' false entries is the mechanism's, if those come about alike.
    scale = abs(float(book.points(each.suspects).sum())) / finding.n[0] / book.score_sd
    scale /= max(1 - base, 1 / sides[1][1])
    floor = finding.effect.floor
    by_answers = Effect(
        "points in entries found false, beyond others' share",
        value=-scale * (share - base),
        low=-scale * high,
        high=-scale * low,
        unit="SD of the score",
        floor=floor,
    )
    # What the finding itself says of the suspected entries: it may suspect others less, and take more.
    implied = abs(float(book.points(each.weight * each.suspects).sum())) / finding.n[0] / book.score_sd
    told: Verdict = verdict(by_answers.value, by_answers.low, by_answers.high, floor)
    evidence = (*finding.evidence, _counted(case, sides, low, high))
    if told == "flag" and by_answers.value < 0:
        effect = finding.effect if finding.verdict == "flag" else by_answers
        return replace(
            finding,
            verdict="flag",
            effect=effect,
            next_step=CONFIRMED,
            evidence=evidence,
            mechanisms=finding.mechanisms or ((finding.check, 1.0),),
        )
    if finding.verdict == "flag" and by_answers.low > -implied / 2:
        return replace(
            finding, verdict="cannot tell", next_step=CONTRADICTED, evidence=evidence, mechanisms=()
        )
    return replace(finding, evidence=evidence)


def _false(book: Booked, chosen: Bools, suspects: Bools, false: Bools) -> tuple[float, tuple[float, float]]:
    """Share of false entries among some, with the suspects' mix of indicators; and effective counts of it.

    Answers about one family agree more than others: that shrinks their number.
    """
    codes, names = pd.factorize(book.events["indicator"])
    mix, there = (np.bincount(codes[mask], minlength=len(names)) for mask in (suspects, chosen))
    weight = (mix / np.maximum(there, 1))[codes[chosen]]
    family = book.dataset.cluster[book.events["at"].to_numpy(dtype=np.int64)]
    return false_share(weight, false[chosen], family[chosen])


def _counted(case: AuditCase, sides: Sequence[tuple[int, int]], low: float, high: float) -> Evidence:
    (hit, n), (hit_others, n_others) = sides
    if any(hides_count(case.scheme, count) for side in sides for count in side):
        return Evidence(STAGE, "Too few entries are of one answer to be counted here.")
    text = f"Not happened: {hit} of {n} suspected entries, {hit_others} of {n_others} others."
    values = {"false share": hit / n, "false share, others": hit_others / n_others}
    return Evidence(STAGE, text, finite(values | {"difference low": low, "difference high": high}))
