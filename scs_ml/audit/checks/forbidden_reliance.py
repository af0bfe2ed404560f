"""Forbidden reliance: whether indicators that no score may be built from cost a group points."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from scs_ml.audit.carriers import Carrier, borne_by_persons, forbidden_carriers, group_columns
from scs_ml.audit.checks._reliance_by_shap import reliance_by_shap
from scs_ml.audit.groups import Contrast, contrasts
from scs_ml.audit.judge import Cell, NextSteps, judge, not_applicable
from scs_ml.audit.loss import by_unit, judged_twice, less, unsettled, widened
from scs_ml.audit.points import latest_rows
from scs_ml.audit.remainder import Remainder, remainder
from scs_ml.audit.tracing import Trace
from scs_ml.core import AuditCase, Bools, CheckResult, Evidence, Finding, Floats, Ints, Kind
from scs_ml.inference import Estimate, stack
from scs_ml.inference.least_squares import LeastSquares, least_squares

STEPS: NextSteps = {
    "flag": "Take the indicator out of the score, and restore the points that it took.",
    "clear": "The score takes nothing material from this group through the indicator.",
    "cannot tell": "Audit more people, or ask the office how the score is made: this does not settle it.",
    "not applicable": "One side is too small to fit: audit more people.",
}
LACKING = "Give the recorded score, and the card or the ledger it was made by; or explain the model itself."
METRIC, SCORE = "points taken through the indicator, per member", "SD of the score"


@dataclass(frozen=True)
class ForbiddenReliance:
    """Points that a group loses through indicators of relatives, friends, feelings, purchases and so on."""

    name: str = "forbidden_reliance"
    kind: Kind = "mechanism"
    title: str = "Indicators that no score may be built from"

    def run(self, case: AuditCase, *, level: float, seed: int) -> CheckResult:
        """Look at every forbidden indicator but locations, for every group.

        Parameters
        ----------
        case : AuditCase
        level : float
            Error probability shared by all groups and indicators.
        seed : int

        Returns
        -------
        CheckResult
            One finding per group and indicator that the table holds.
        """
        carriers = forbidden_carriers(case)
        if not carriers:
            why = "the table holds no forbidden indicator that varies"
            step = "Declare what else the office holds of people (concerns, nature, forbidden) and add it."
            return CheckResult((not_applicable(self.name, self.kind, why, step),))
        # A model's own answers say more of it than the score of the period before does.
        of_model = case.forecast.origin != "existing score" and reliance_by_shap(case, level, seed)
        found = of_model or self.reliance_by_remainder(case, carriers, level, seed)
        found = found or reliance_by_shap(case, level, seed)
        if not found:
            why = "nothing shows how the score is made"
            return CheckResult((not_applicable(self.name, self.kind, why, LACKING),))
        return CheckResult(found)

    def reliance_by_remainder(
        self, case: AuditCase, carriers: tuple[Carrier, ...], level: float, seed: int
    ) -> tuple[Finding, ...] | None:
        """Read the reliance from what the recorded score holds beyond its rules; None where nothing does."""
        held = remainder(case)
        compared = borne_by_persons(case)
        groups = group_columns(contrasts(case), len(case.dataset))[0]
        if held is None or not compared:
            return None
        cluster = case.dataset.cluster
        cells, more, whole, bounds = [], [], [], []
        for contrast in compared:
            small = contrast.take(held.rows, cluster)
            sides = [side_fit(held, carriers, groups, mask) for mask in (small.members, small.others)]
            bounds.append(np.stack([side.misread(held) for side in sides], axis=1))
            for carrier, *through in zip(
                carriers, *(s.through(cluster[held.rows]) for s in sides), strict=True
            ):
                cells.append(_cell(case, held, small, carrier, through[0]))
                more.append(less(through[0], through[1]))
                whole.append(through[0])
        misread = np.concatenate(bounds)
        beside, lost = (
            judge(self.name, self.kind, cells, e, STEPS, level=level, seed=seed, limits=widened(e, bound))
            for e, bound in ((stack(more), misread[:, 0] - misread[:, 1]), (stack(whole), misread[:, 0]))
        )
        slugs = {c.indicator.name: c.slug for c in carriers}
        found = (judged_twice(*pair, STEPS) for pair in zip(beside, lost, strict=True))
        if not held.settles:
            return tuple(map(unsettled, found))
        return tuple(
            replace(f, mechanisms=((slugs[str(f.indicator)], 1.0),)) if f.verdict == "flag" else f
            for f in found
        )

    def trace(self, case: AuditCase, finding: Finding, *, seed: int = 0) -> Trace:
        """Give what the indicator takes from each person, by the slopes of each side.

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
        """
        rows = latest_rows(case.dataset)
        taken = np.zeros(len(case.dataset))
        held, carriers = remainder(case), forbidden_carriers(case)
        contrast = next((c for c in contrasts(case) if c.group == finding.group), None)
        at = [j for j, c in enumerate(carriers) if c.indicator.name == finding.indicator]
        groups = group_columns(contrasts(case), len(case.dataset))[0]
        if held is not None and contrast is not None and at:
            for mask in (contrast.members[held.rows], contrast.others[held.rows]):
                fit = side_fit(held, carriers, groups, mask)
                here = held.rows[fit.rows]
                taken[here] = np.clip(-fit.values(at[0]) * held.deviation, 0.0, None)
        return Trace(rows, taken[rows])


@dataclass(frozen=True)
class SideFit:
    """The remainder of one side, as a line through all forbidden indicators and the other groups."""

    rows: Ints  # positions among the remainder's rows
    fit: LeastSquares
    X: Floats
    of: tuple[slice, ...]  # columns of each carrier

    def values(self, j: int) -> Floats:
        """What each row (of this side) holds through carrier j."""
        return np.asarray(self.X[:, self.of[j]] @ self.fit.coef[self.of[j]], dtype=np.float64)

    def misread(self, held: Remainder) -> Floats:
        """What a misread line may add to the side's mean through each carrier (carriers,)."""
        also = self.X.shape[1] - held.also.shape[1]
        wanted = np.zeros((len(self.of), also))
        for j, columns in enumerate(self.of):
            wanted[j, columns] = self.X[:, columns].mean(axis=0)
        part = np.zeros(len(held.rows), dtype=np.bool_)
        part[self.rows] = True
        return held.misread(self.X[:, :also], self.fit.coef[also:], wanted, part)

    def through(self, cluster: Ints) -> list[Estimate]:
        """Mean of what the side holds through each carrier; `cluster` is of all rows of the remainder."""
        found = []
        codes = np.unique(cluster, return_inverse=True)[1]
        units, code = int(codes.max()) + 1, codes[self.rows]
        for j, columns in enumerate(self.of):
            wanted = np.zeros(self.X.shape[1])
            wanted[columns] = self.X[:, columns].mean(axis=0)
            slope = self.fit.estimate(wanted, code)
            values = self.values(j)
            spread = (values - values.mean()) / max(len(values) - 1, 1)
            rows = self.fit.influence(wanted) + spread[:, None]
            found.append(replace(slope, influence=by_unit(rows, code, units)))
        return found


def side_fit(held: Remainder, carriers: tuple[Carrier, ...], groups: Floats, side: Bools) -> SideFit:
    """Fit the remainder (r,) of one side (r,) by the forbidden indicators, beside the groups (n, k)."""
    rows = np.flatnonzero(side)
    parts = [c.columns[held.rows[rows]] for c in carriers]
    ends = np.cumsum([p.shape[1] for p in parts])
    of = tuple(slice(int(e) - p.shape[1], int(e)) for e, p in zip(ends, parts, strict=True))
    X = np.column_stack([*parts, groups[held.rows[rows]], held.also[rows]])
    return SideFit(rows, least_squares(held.value[rows], X), X, of)


def _cell(case: AuditCase, held: Remainder, contrast: Contrast, carrier: Carrier, through: Estimate) -> Cell:
    rule = Evidence("rule", f"No score may use it: {carrier.indicator.forbidden_reason}.")
    text = f"{held.told} With it goes {float(through.value[0]):+.3f} SD per member, groups held equal."
    use = Evidence("use", text, {"variance that nothing explains": held.unexplained})
    return Cell(contrast, METRIC, SCORE, case.scheme.audit.floor, carrier.indicator.name, None, (use, rule))
