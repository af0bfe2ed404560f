"""Label residual: whether the recorded score takes from a group what no rule takes, and how."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from scs_ml.audit.carriers import borne_by_persons, group_columns
from scs_ml.audit.groups import MINIMUM, Contrast, contrasts, group_label
from scs_ml.audit.judge import Cell, NextSteps, judge, not_applicable
from scs_ml.audit.loss import by_unit, judged_twice, mean_of, unsettled, widened
from scs_ml.audit.naming import name_loss
from scs_ml.audit.points import latest_rows
from scs_ml.audit.remainder import Remainder, remainder, with_panel
from scs_ml.audit.tracing import Trace
from scs_ml.core import AuditCase, Bools, CheckResult, Evidence, Finding, Floats, Group, Ints, Kind
from scs_ml.inference import Estimate, stack
from scs_ml.inference.least_squares import least_squares

STEPS: NextSteps = {
    "flag": "Have the scores of these people computed anew from their entries, and ask who took the points.",
    "clear": "The recorded score takes nothing material from this group beyond its rules.",
    "cannot tell": "Ask the office for its card and ledger, or audit more people: this does not settle it.",
    "not applicable": "One side is empty here: check the group's column.",
}
METRIC, SCORE = "points taken beyond the rules, per member", "SD of the score"
_ROUNDING = 1e-12  # share of variance: rules and carriers explain all
RESTS = 0.25  # share of a group's loss, outside an intersection, below which the intersection bears it


@dataclass(frozen=True)
class LabelResidual:
    """Points that a group, or an intersection of two, loses beyond the declared rules."""

    name: str = "label_residual"
    kind: Kind = "mechanism"
    title: str = "Points that no rule takes"

    def run(self, case: AuditCase, *, level: float, seed: int) -> CheckResult:
        """Compare what the recorded score holds beyond its rules, then name what takes it.

        Parameters
        ----------
        case : AuditCase
        level : float
            Error probability shared by all groups and intersections.
        seed : int

        Returns
        -------
        CheckResult
            One finding per group and illness, groups and situations held equal to one another, and one per
            pair of groups of different attributes: what their intersection loses beyond what either does.
        """
        held = remainder(case)
        compared = borne_by_persons(case)
        if held is None or not compared:
            why = "no attribute has two groups" if held is not None else "nothing shows how the score is made"
            step = "Give the recorded score with its card or ledger, and at least two groups."
            return CheckResult((not_applicable(self.name, self.kind, why, step),))
        cluster = case.dataset.cluster
        singles = [c.take(held.rows, cluster) for c in contrasts(case) if len(c.group) == 1]
        asked = [c.take(held.rows, cluster) for c in compared]
        codes = cluster[held.rows]
        groups, position = group_columns(singles, len(held.rows))
        fit = least_squares(held.value, np.column_stack([groups, held.also]))
        value = held.value - held.also @ fit.coef[groups.shape[1] :]
        crossed = list(_crossings(case, singles, held, value, codes))
        wanted = np.eye(len(fit.coef))[[position[c.group[0]] for c in asked]]
        gaps = [fit.estimate(wanted, codes), *(c.gap for c in crossed)]
        own = [mean_of(value, c.members, codes) for c in asked] if held.exact else [gaps[0]]
        own += [c.loss if held.exact else c.gap for c in crossed]
        k = groups.shape[1]
        misread = held.misread(groups, fit.coef[k:], wanted[:, :k])
        misread = np.concatenate([misread, [c.misread for c in crossed]])
        rests = Evidence("remainder", held.told, {"variance that nothing explains": held.unexplained})
        floor = case.scheme.audit.floor
        looked = [*asked, *(c.contrast for c in crossed)]
        cells = [Cell(c, METRIC, SCORE, floor, evidence=(rests,)) for c in looked]
        beside, lost = (
            judge(self.name, self.kind, cells, e, STEPS, level=level, seed=seed, limits=widened(e, misread))
            for e in (stack(gaps), stack(own))
        )
        found = [judged_twice(*pair, STEPS) for pair in zip(beside, lost, strict=True)]
        if not held.settles:
            return CheckResult(tuple(map(unsettled, found)))
        shown = replace(held, value=value)
        if any(finding.verdict == "flag" for finding in found):
            shown = with_panel(case, shown)
        named = tuple(
            self._named(case, shown, finding, contrast, found)
            for finding, contrast in zip(found, looked, strict=True)
        )
        return CheckResult(named)

    def _named(
        self, case: AuditCase, held: Remainder, finding: Finding, contrast: Contrast, found: list[Finding]
    ) -> Finding:
        """Give a flag the name of its mechanism."""
        if finding.verdict != "flag":
            return finding
        bearer = _bearer(case, held, contrast, found)
        if bearer is not None:
            text = f"Those who are {group_label(bearer)} lose it, and neither group apart from them."
            shown = (*finding.evidence, Evidence("pattern", text))
            return replace(finding, mechanisms=(("intersection_only", 1.0),), evidence=shown)
        name = name_loss(case, held, contrast)
        return replace(
            finding,
            mechanisms=name.mechanisms,
            indicator=name.indicator,
            evidence=(*finding.evidence, name.evidence),
        )

    def trace(self, case: AuditCase, finding: Finding, *, seed: int = 0) -> Trace:
        """Give what each person lost beyond the rules.

        Parameters
        ----------
        case : AuditCase
        finding : Finding
            Of this check, with an effect.
        seed : int
            Not used: nothing is drawn.

        Returns
        -------
        Trace
            Where the rules are exact, what anybody lost; else of each member the part of the loss that is
            more than noise (noise has the reference's spread), about the group's mean.
        """
        rows = latest_rows(case.dataset)
        taken = np.zeros(len(case.dataset))
        held = remainder(case)
        # Rules that are given, and leave nothing unexplained, say of everybody what was taken.
        given = held is not None and not held.also.shape[1]
        if held is not None and (held.exact or (given and held.unexplained < _ROUNDING)):
            taken[held.rows] = np.clip(-held.value, 0.0, None) * held.deviation
        elif held is not None and finding.effect is not None:
            members, others = (_inside(case, g)[held.rows] for g in (finding.group, finding.reference))
            value = _level(case, held)
            noise, spread = float(np.var(value[others])), float(np.var(value[members]))
            kept = max(0.0, 1 - noise / spread) if spread > 0 else 0.0
            loss = finding.effect.value + kept * (value[members] - value[members].mean())
            taken[held.rows[members]] = np.clip(-loss, 0.0, None) * held.deviation
        return Trace(rows, taken[rows])


def _level(case: AuditCase, held: Remainder) -> Floats:
    """The remainder (r,) without what a line through the admissible indicators gives."""
    groups = group_columns(contrasts(case), len(case.dataset))[0][held.rows]
    fit = least_squares(held.value, np.column_stack([groups, held.also]))
    return np.asarray(held.value - held.also @ fit.coef[groups.shape[1] :], dtype=np.float64)


def _inside(case: AuditCase, group: Group) -> Bools:
    """Who (n,) is in a group."""
    sides: dict[tuple[str, str], Bools] = {}
    for contrast in contrasts(case):
        if len(contrast.group) == 1:
            sides |= {contrast.group[0]: contrast.members, contrast.reference[0]: contrast.others}
    return np.asarray(np.logical_and.reduce([sides[each] for each in group]), dtype=np.bool_)


@dataclass(frozen=True)
class _Crossing:
    """An intersection of two attributes: what it loses beyond either, in all, and by a misread line."""

    contrast: Contrast
    gap: Estimate
    loss: Estimate
    misread: float


def _crossings(
    case: AuditCase, singles: list[Contrast], held: Remainder, value: Floats, cluster: Ints
) -> Iterator[_Crossing]:
    """Give each intersection of two attributes with enough people on all sides."""
    apart = [c for c in singles if c.group[0][0] in case.dataset.sensitive]
    declared = {frozenset(pair): pair for pair in case.scheme.audit.intersections}
    units = len(np.unique(cluster))
    codes = np.unique(cluster, return_inverse=True)[1]
    for one, other in combinations(apart, 2):
        if one.group[0][0] == other.group[0][0]:
            continue
        pair = declared.get(frozenset((one.group[0][0], other.group[0][0])))
        first, second = (one, other) if pair is None or pair[0] == one.group[0][0] else (other, one)
        rows = np.flatnonzero((first.members | first.others) & (second.members | second.others))
        a, b = first.members[rows].astype(np.float64), second.members[rows].astype(np.float64)
        cells = [(first.members, second.members), (first.members, second.others)]
        cells += [(first.others, second.members), (first.others, second.others)]
        if min(int((x & y).sum()) for x, y in cells) < MINIMUM:
            continue
        either = np.column_stack([np.ones(len(rows)), a, b])
        crossing = np.column_stack([a * b, either])
        fit = least_squares(held.value[rows], np.column_stack([crossing, held.also[rows]]))
        beyond = least_squares(a * b, either).left
        # Who loses beyond what either group does: those with both values, or with the one but not the other.
        second_value = second.group[0] if fit.coef[0] <= 0 else second.reference[0]
        other_value = second.reference[0] if fit.coef[0] <= 0 else second.group[0]
        inside = second.members if fit.coef[0] <= 0 else second.others
        members, others = first.members & inside, first.others & ~inside & (second.members | second.others)
        wanted = np.zeros(len(fit.coef))
        wanted[0] = beyond[members[rows]].mean()
        gap = fit.estimate(wanted, codes[rows])
        influence = by_unit(fit.influence(wanted), codes[rows], units)
        group, reference = (first.group[0], second_value), (first.reference[0], other_value)
        small = min(len(np.unique(codes[x & y])) for x, y in cells) < MINIMUM
        contrast = Contrast(group, reference, members, others, small)
        kept = np.zeros(len(value), dtype=np.bool_)
        kept[rows] = True
        k = crossing.shape[1]
        yield _Crossing(
            contrast,
            replace(gap, influence=influence),
            mean_of(value, members, codes),
            float(held.misread(crossing, fit.coef[k:], wanted[:k], kept)[0]),
        )


def _bearer(case: AuditCase, held: Remainder, contrast: Contrast, found: list[Finding]) -> Group | None:
    """Give the flagged intersection that bears a loss: itself, or one without which a group loses little."""
    if len(contrast.group) > 1:
        return contrast.group
    for each in found:
        if each.verdict == "flag" and len(each.group) > 1 and contrast.group[0] in each.group:
            inside = _inside(case, each.group)[held.rows]
            rest = contrast.members & ~inside
            if rest.any() and abs(held.value[rest].mean()) < RESTS * abs(held.value[inside].mean()):
                return each.group
    return None
