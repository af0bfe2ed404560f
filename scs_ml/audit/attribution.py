"""Which mechanism the flags point to: flags that take the same points from the same people compete."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from scs_ml.audit.learned import LEARNED, OF_SHARE, OF_STRENGTH, USUAL
from scs_ml.audit.settling import strength
from scs_ml.audit.tracing import Traceable
from scs_ml.core import AuditCase, Check, Evidence, Finding, Floats

STAGE = "attribution"
UNKNOWN = "unknown"
SAME = 0.5  # cosine of two flags' points per person from which on they speak of the same loss
MOST_STRENGTH = 20.0  # half-widths: beyond it, more says nothing about which mechanism it is


@dataclass(frozen=True)
class Weights:
    """How much a flag counts, learned on the bench.

    The log-weight of a flag is ``checks[name] + strength * log(1 + s) + share * log(e)``, where s is its
    effect in half-widths of its interval (at most 20) and e its effect over the largest of the flags that it
    competes with; that of an unknown mechanism is 0.
    """

    checks: Mapping[str, float]
    strength: float
    share: float
    usual: float  # of a check that the bench has not weighed

    def utility(self, check: str, strength: float, share: float) -> float:
        """Log-weight of one flag against an unknown mechanism."""
        own = self.checks.get(check, self.usual)
        return own + self.strength * float(np.log1p(strength)) + self.share * float(np.log(max(share, 1e-9)))


BENCH = Weights(LEARNED, OF_STRENGTH, OF_SHARE, USUAL)  # what the bench learned


def attribute(
    case: AuditCase,
    findings: Sequence[Finding],
    checks: Mapping[str, Check],
    *,
    weights: Weights = BENCH,
) -> tuple[Finding, ...]:
    """Give every `mechanism` flag the ranked list of mechanisms that its evidence, and its rivals', point to.

    Parameters
    ----------
    case : AuditCase
    findings : sequence of Finding
        Their `mechanisms` hold what each check itself names: several slugs of equal weight where the data it
        sees cannot tell them apart.
    checks : mapping of str to Check
        The checks they came from.
    weights : Weights
        Those that the bench learned, unless told otherwise.

    Returns
    -------
    tuple of Finding
        In the same order. The `mechanisms` of a flag are those of all flags that speak of the same loss, and
        ``unknown``, those of the weightiest flag first; equal weights are a tied set. The evidence says how
        much of the weight is the flag's own.

    References
    ----------
    McFadden (1974), "Conditional logit analysis of qualitative choice behavior", in Frontiers in
    Econometrics.
    """
    flags = [place for place, f in enumerate(findings) if f.verdict == "flag" and f.kind == "mechanism"]
    if not flags:
        return tuple(findings)
    told = list(findings)
    for together in competing(case, [findings[place] for place in flags], checks):
        members = [flags[each] for each in together]
        for place, finding in zip(members, _ranked([findings[m] for m in members], weights), strict=True):
            told[place] = finding
    return tuple(told)


def own_weight(finding: Finding) -> float:
    """Share of the weight that a flag carries among those that speak of the same loss; 0 for others."""
    return next((e.values["weight"] for e in finding.evidence if e.stage == STAGE), 0.0)


def competing(
    case: AuditCase, flags: Sequence[Finding], checks: Mapping[str, Check]
) -> tuple[tuple[int, ...], ...]:
    """Part flags into those that speak of the same loss, directly or through others: positions in `flags`.

    Two flags about points do so if what they take from each person points the same way (a cosine of at least
    `SAME`), or, where a check gives no trace, if their groups share an attribute's value.
    """
    taken = [_taken(case, flag, checks) for flag in flags]
    same = np.eye(len(flags), dtype=bool)
    for i, first in enumerate(flags):
        for j in range(i):
            a, b = taken[i], taken[j]
            if not (_of_score(first) and _of_score(flags[j])):
                alike = False
            elif a is None or b is None:
                alike = bool(set(first.group) & set(flags[j].group))
            else:
                norm = float(np.linalg.norm(a) * np.linalg.norm(b))
                alike = norm > 0 and float(a @ b) / norm >= SAME
            same[i, j] = same[j, i] = alike
    while True:
        wider = (same.astype(np.int64) @ same) > 0
        if (wider == same).all():
            return tuple(sorted({tuple(np.flatnonzero(row).tolist()) for row in wider}))
        same = wider


def _of_score(flag: Finding) -> bool:
    """Whether a flag speaks of points: one about an explanation is no rival of them."""
    return flag.effect is None or flag.effect.unit.startswith("SD")


def _taken(case: AuditCase, flag: Finding, checks: Mapping[str, Check]) -> Floats | None:
    check = checks.get(flag.check)
    if not isinstance(check, Traceable):
        return None
    trace = check.trace(case, flag)
    taken = np.zeros(len(case.dataset))
    taken[trace.rows] = trace.taken
    return taken


def part_of_another(flag: Finding, flags: Sequence[Finding]) -> bool:
    """Whether a flag of the same check speaks of a wider group: this one is a part of it."""
    return any(set(f.group) < set(flag.group) for f in flags if f.check == flag.check)


def _ranked(flags: Sequence[Finding], weights: Weights) -> list[Finding]:
    sizes = np.array([abs(f.effect.value) if f.effect else np.nan for f in flags])
    whole = np.array([not part_of_another(f, flags) for f in flags])
    largest = np.nanmax(sizes[whole]) if np.isfinite(sizes[whole]).any() else np.nan
    shares = np.where(np.isfinite(sizes) & (largest > 0), sizes / largest, 1.0)
    strengths = [min(strength(f), MOST_STRENGTH) for f in flags]
    utility = np.array(
        [
            weights.utility(f.check, strength, share)
            for f, strength, share in zip(flags, strengths, shares.tolist(), strict=True)
        ]
    )
    utility[~whole] = -np.inf
    raised = np.exp(np.append(utility, 0.0) - max(utility.max(), 0.0))
    own = raised / raised.sum()
    by_slug = {UNKNOWN: float(own[-1])}
    whole_flags = {UNKNOWN: float(own[-1])}
    for flag, weight in zip(flags, own, strict=False):
        for slug, part in flag.mechanisms or ((UNKNOWN, 1.0),):
            by_slug[slug] = by_slug.get(slug, 0.0) + float(weight) * part
            whole_flags[slug] = whole_flags.get(slug, 0.0) + float(weight)
    # A tied set ranks by the weight of its whole flag: that two slugs share it makes nothing unknown. Of
    # equals the check's own order stays, and the unknown comes last.
    order = sorted(by_slug, key=lambda slug: (-whole_flags[slug], slug == UNKNOWN))
    ranked = tuple((slug, by_slug[slug]) for slug in order)
    others = f"; {int(whole.sum()) - 1} more speak of the same loss" if whole.sum() > 1 else ""
    told = []
    for at, flag in enumerate(flags):
        values = {"weight": float(own[at]), "strength": float(strengths[at]), "share": float(shares[at])}
        text = f"This flag carries {own[at]:.2f} of the weight{others}."
        if not whole[at]:
            text = "A flag of the same check speaks of a wider group, of which this one is a part."
        told.append(
            replace(flag, mechanisms=ranked, evidence=(*flag.evidence, Evidence(STAGE, text, values)))
        )
    return told
