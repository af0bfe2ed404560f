"""Unknown membership: who nobody recorded is counted, never guessed, and may decide what can be said."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scs_ml.audit.groups import Contrast, contrast_of, contrasts, forecast_only
from scs_ml.audit.judge import Cell, NextSteps, finite, judge, not_applicable, standard_deviation
from scs_ml.core import UNKNOWN_GROUP, AuditCase, Bools, CheckResult, Evidence, Floats, Kind, Table
from scs_ml.inference import cumulative_log_odds, logistic_floor, mean_contrast, stack

KNOWN = "known"

STEPS: NextSteps = {
    "flag": "Who is not recorded stands elsewhere on the scale: record membership, or read gaps as bounds.",
    "clear": "The unrecorded stand where the others do; the bounds say what they could still hide.",
    "cannot tell": "Record membership, or audit more people; until then read gaps with their bounds.",
    "not applicable": "Too few memberships are unknown, or known, to compare.",
}


@dataclass(frozen=True)
class UnknownMembership:
    """Whether unknown membership goes with the score, and how far it could move every gap."""

    name: str = "unknown_membership"
    kind: Kind = "difference"
    title: str = "Group size and unknown membership"

    def run(self, case: AuditCase, *, level: float, seed: int) -> CheckResult:
        """Compare those whose membership is unknown with the others, and bound every gap.

        Parameters
        ----------
        case : AuditCase
        level : float
            Error probability shared by all attributes and boundaries.
        seed : int

        Returns
        -------
        CheckResult
            Per attribute with unknown membership: one gap in mean score and one log odds ratio a boundary,
            unknown against known; and the table of bounds. The gap of a group must lie within its bounds
            whoever the unknown are: they are the lowest and highest over all ways to place them in the group,
            in the reference or in neither.

        References
        ----------
        Manski (1990), "Nonparametric bounds on treatment effects", Am. Econ. Rev. 80, 319-323. Chen, Kallus,
        Mao, Svacha & Udell (2019), "Fairness under unawareness", FAT*.
        """
        case = forecast_only(case)
        score, scale = case.forecast.score, case.scheme.scale
        deviation = standard_deviation(score)
        unknown = {name: _unknown(case, name) for name in map(str, case.dataset.sensitive)}
        open_ = {name: mask for name, mask in unknown.items() if mask.any() and not mask.all()}
        if not open_ or not deviation > 0:
            why = "every membership is recorded" if deviation > 0 or not open_ else "all scores are equal"
            if not unknown:
                why = "there is no sensitive attribute"
            step = (
                "Nothing to do where all is recorded; else give a sensitive attribute and scores that differ."
            )
            return CheckResult((not_applicable(self.name, self.kind, why, step),))
        cluster, floor = case.dataset.cluster, case.scheme.audit.floor
        compared = [c for c in contrasts(case) if len(c.group) == 1 and c.group[0][0] in open_]
        standard = score / deviation
        bounds = [(c, *_bounds(standard, c, open_[c.group[0][0]])) for c in compared]
        cells, estimates = [], []
        for name, mask in open_.items():
            contrast = contrast_of(((name, UNKNOWN_GROUP),), ((name, KNOWN),), mask, ~mask, cluster)
            evidence = _evidence(mask, [b for b in bounds if b[0].group[0][0] == name])
            estimates.append(mean_contrast(standard, mask, ~mask, cluster))
            estimates.append(
                cumulative_log_odds(case.forecast.categories, mask, ~mask, scale.n_categories, cluster)
            )
            cells.append(Cell(contrast, "mean score gap", "SD of the score", floor, evidence=evidence))
            cells += [
                Cell(
                    contrast,
                    "cumulative log odds ratio",
                    "log-odds",
                    logistic_floor(floor),
                    None,
                    k,
                    evidence,
                )
                for k in range(scale.n_categories - 1)
            ]
        findings = judge(self.name, self.kind, cells, stack(estimates), STEPS, level=level, seed=seed)
        return CheckResult(findings, (_table(bounds, open_),))


def _unknown(case: AuditCase, attribute: str) -> Bools:
    labels = case.dataset.sensitive[attribute].astype(object).fillna(UNKNOWN_GROUP)
    return np.asarray(labels == UNKNOWN_GROUP, dtype=bool)


def _bounds(score: Floats, contrast: Contrast, unknown: Bools) -> tuple[float, float, float, float, float]:
    """Gap of the known; with all the unknown in the group; all in the reference; lowest and highest gap."""
    group, reference, rest = score[contrast.members], score[contrast.others], score[unknown]
    gap = float(group.mean() - reference.mean())
    ours = float(np.append(group, rest).mean() - reference.mean())
    theirs = float(group.mean() - np.append(reference, rest).mean())
    return gap, ours, theirs, _lowest(group, reference, rest), -_lowest(-group, -reference, -rest)


def _lowest(group: Floats, reference: Floats, rest: Floats) -> float:
    """Lowest gap: the j lowest of the rest join the group, the m highest join the reference, j + m <= u."""
    rising = np.sort(rest)
    joined = np.arange(len(rest) + 1)
    lower = (group.sum() + np.append(0.0, np.cumsum(rising))) / (len(group) + joined)
    upper = (reference.sum() + np.append(0.0, np.cumsum(rising[::-1]))) / (len(reference) + joined)
    best = np.minimum.accumulate(lower)[::-1]  # by m: the lowest group mean that u - m people allow
    return float((best - upper).min())


def _evidence(
    unknown: Bools, bounds: list[tuple[Contrast, float, float, float, float, float]]
) -> tuple[Evidence, ...]:
    share = float(unknown.mean())
    stated = Evidence(
        "share", f"Membership of {share:.1%} of the rows is not recorded.", {"unknown share": share}
    )
    if not bounds:
        return (stated,)
    open_ = sum(low < 0 < high for *_, low, high in bounds)
    widest = max(high - low for *_, low, high in bounds)
    text = (
        f"Wherever the unknown belong, {len(bounds) - open_} of {len(bounds)} gaps of this attribute keep "
        f"their sign; the widest bounds span {widest:.2f} SD of the score."
    )
    return stated, Evidence("bounds", text, finite({"widest bounds": widest, "gaps of open sign": open_}))


def _table(
    bounds: list[tuple[Contrast, float, float, float, float, float]], unknown: dict[str, Bools]
) -> Table:
    rows: list[tuple[str | int | float | None, ...]] = [
        (c.label, *c.n, int(unknown[c.group[0][0]].sum()), *numbers) for c, *numbers in bounds
    ]
    columns = (
        *("group", "rows", "reference rows", "unknown rows", "gap of the known"),
        *("all unknown in the group", "all in the reference", "lowest possible", "highest possible"),
    )
    return Table("unknown_membership", "Score gaps, in SD, wherever the unknown belong", columns, tuple(rows))
