"""Postcode proxy: whether a place that stands for a group costs points."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pandas as pd
from scipy import stats

from scs_ml.audit.carriers import (
    forbidden_carriers,
    group_columns,
    indicator_values,
    level_columns,
)
from scs_ml.audit.checks._predictability import levels, predictability
from scs_ml.audit.groups import Contrast, contrasts
from scs_ml.audit.judge import Cell, NextSteps, judge, not_applicable, standard_deviation
from scs_ml.audit.loss import SPARED, widened
from scs_ml.audit.points import booked, latest_rows
from scs_ml.audit.remainder import remainder
from scs_ml.audit.tracing import Trace
from scs_ml.core import AuditCase, CheckResult, Evidence, Finding, Floats, Ints, Kind, Table
from scs_ml.inference import Estimate, mean_contrast, stack
from scs_ml.inference.least_squares import LeastSquares, least_squares
from scs_ml.safeguards import hides_count
from scs_ml.schemes import Indicator

# Cohen's small difference, d = 0.2, is an area of Phi(0.2 / sqrt(2)) = 0.556: an indicator that parts the
# groups by less says little about who somebody is, however many points it moves.
SMALLEST_AREA = float(stats.norm.cdf(0.2 / np.sqrt(2)))
SCORE, MARGIN = "SD of the score", "SD of the explained margin"

STEPS: NextSteps = {
    "flag": "Take the indicator out of the score, restore its points, and ask who decided that it counts.",
    "clear": "The score takes nothing material from this group through the indicator.",
    "cannot tell": "Ask the office for its event ledger, or audit more people: this does not settle it.",
    "not applicable": "One side is empty here: check the group's column.",
}


@dataclass(frozen=True)
class Use:
    """What the score takes from each row through one indicator, and how that was read."""

    rows: Ints
    value: Floats
    unit: str
    exact: bool  # read where the score was made; otherwise it settles nothing
    evidence: Evidence
    fit: LeastSquares | None = None  # where value is fitted: the line,
    columns: Floats | None = None  # and those of its columns that make the value, zero elsewhere
    misread: Floats | None = None  # what errors of measurement may add to the value

    def bound(self, contrast: Contrast) -> float:
        """What errors of measurement may add to a gap."""
        if self.misread is None or not contrast.members.any() or not contrast.others.any():
            return 0.0
        return float(self.misread[contrast.members].mean() - self.misread[contrast.others].mean())

    def gap(self, contrast: Contrast, cluster: Ints) -> Estimate:
        """Mean of the group less that of the reference; `contrast` and `cluster` are over the rows."""
        estimate = mean_contrast(self.value, contrast.members, contrast.others, cluster)
        if self.fit is None or self.columns is None or np.isnan(estimate.value).any():
            return estimate
        apart = self.columns[contrast.members].mean(axis=0) - self.columns[contrast.others].mean(axis=0)
        fitted = self.fit.estimate(apart, cluster)
        df = np.where(fitted.se > 0, np.fmin(estimate.df, fitted.df), estimate.df)
        return replace(estimate, influence=estimate.influence + fitted.influence, df=df)


@dataclass(frozen=True)
class PostcodeProxy:
    """Predictability of the group from a location times its use by the score, where the scheme forbids it."""

    name: str = "postcode_proxy"
    kind: Kind = "mechanism"
    title: str = "A location that stands for a group and costs points"

    def run(self, case: AuditCase, *, level: float, seed: int) -> CheckResult:
        """Look at every indicator of location.

        Parameters
        ----------
        case : AuditCase
        level : float
            Error probability shared by all groups and indicators.
        seed : int

        Returns
        -------
        CheckResult
            A flag needs all of: the scheme forbids the indicator; the points (or the residual, or the
            third-party model) show a material loss of the group through it; the group can be predicted from
            it better than by d = 0.2.

        References
        ----------
        Datta, Fredrikson, Ko, Mardziel & Sen (2017), "Proxy discrimination in data-driven systems",
        arXiv:1707.08120 (association times influence).
        """
        wanted = [i for i in case.scheme.indicators if i.nature == "location"]
        # A disaster strikes places: a situation that the place foretells says nothing of who somebody is.
        # Whoever lives in a place lives there with all their attributes: intersections would say it again.
        compared = tuple(
            c for c in contrasts(case) if len(c.group) == 1 and c.group[0][0] in case.dataset.sensitive
        )
        if not wanted or not compared:
            why = (
                "no sensitive attribute has two groups"
                if wanted
                else "the scheme has no indicator of location"
            )
            step = (
                "Declare the location among the indicators (nature: location), and give at least two groups."
            )
            return CheckResult((not_applicable(self.name, self.kind, why, step),))
        findings: list[Finding] = []
        rows: list[tuple[str | int | float | None, ...]] = []
        for indicator in wanted:
            # The indicators share the level equally, as they rest on different rows.
            part = self._indicator(case, indicator, compared, level / len(wanted), seed)
            findings += part
            rows += [_row(f) for f in part if f.group]
        columns = ("group", "indicator", "gap (SD)", "low", "high", "area", "area low", "verdict")
        table = Table(
            "postcode_proxy",
            "Use of a location by the score, and what it says of groups",
            columns,
            tuple(rows),
        )
        return CheckResult(tuple(findings), (table,) if rows else ())

    def trace(self, case: AuditCase, finding: Finding, *, seed: int = 0) -> Trace:
        """Give what the place takes from each person, and the entries that took it.

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
            Where what a place takes was fitted it is counted from the place of the median person: most places
            take nothing.
        """
        dataset, rows = case.dataset, latest_rows(case.dataset)
        indicator = case.scheme.indicator(str(finding.indicator))
        use, book = measured_use(case, indicator), booked(case)
        taken = np.zeros(len(dataset))
        if use is not None:
            score = case.forecast.score if dataset.score is None else dataset.score
            deviation = book.score_sd if book is not None else standard_deviation(score[np.isfinite(score)])
            least = 0.0 if use.fit is None else float(np.quantile(use.value, 0.5, method="higher"))
            taken[use.rows] = np.clip(least - use.value, 0.0, None) * np.nan_to_num(deviation, nan=1.0)
        if book is None or not (entries := book.of_indicator(indicator.name)).any():
            return Trace(rows, taken[rows])
        events = book.events.loc[entries]
        costs = (events["points"].to_numpy(dtype=np.float64) < 0).astype(np.float64)
        return Trace(rows, taken[rows], pd.Series(costs, index=pd.Index(events["event"])))

    def _indicator(
        self, case: AuditCase, indicator: Indicator, compared: tuple[Contrast, ...], level: float, seed: int
    ) -> tuple[Finding, ...]:
        use, values = measured_use(case, indicator), indicator_values(case, indicator.name)
        if indicator.forbidden_reason is None or use is None or values is None:
            if indicator.forbidden_reason is None:
                why, step = "the scheme allows it", "Say in the scheme whether it may be used (forbidden)."
            elif values is None:
                why, step = "the table lacks it", f"Add the column {indicator.table_column} to the table."
            else:
                why, step = (
                    "nothing shows its use: no ledger, no card, no explanation",
                    "Give the event ledger.",
                )
            return (not_applicable(self.name, self.kind, why, step, indicator=indicator.name),)
        cluster = case.dataset.cluster
        kept = [self._losing_first(case, use, c) for c in compared]
        estimates = [use.gap(c, cluster[use.rows]) for _, c in kept]
        rule = Evidence("rule", f"The scheme forbids it: {indicator.forbidden_reason}.")
        cells = [
            Cell(
                contrast=small,
                metric="gap through the indicator",
                unit=use.unit,
                floor=case.scheme.audit.floor,
                indicator=indicator.name,
                evidence=(use.evidence, rule),
            )
            for _, small in kept
        ]
        together = stack(estimates)
        limits = widened(together, np.array([use.bound(small) for _, small in kept]))
        findings = judge(self.name, self.kind, cells, together, STEPS, level=level, seed=seed, limits=limits)
        return tuple(
            self._weigh(finding, use, partial(predictability, values, whole, cluster, level=level, seed=seed))
            for finding, (whole, _) in zip(findings, kept, strict=True)
        )

    def _losing_first(self, case: AuditCase, use: Use, contrast: Contrast) -> tuple[Contrast, Contrast]:
        """Give a comparison over all rows and over those of the use, whoever loses being its group.

        Of two groups neither of which the scheme calls the reference, either may lose: which of them has more
        people in the table says nothing. The intervals have two sides, so turning a gap leaves its error.
        """
        cluster = case.dataset.cluster
        small = contrast.take(use.rows, cluster)
        attribute = contrast.group[0][0]
        declared = next((a.reference for a in case.scheme.sensitive if a.name == attribute), None)
        several = case.dataset.sensitive[attribute].nunique() > 2
        if declared is not None or several or not use.gap(small, cluster[use.rows]).value[0] > 0:
            return contrast, small
        return contrast.turned(), small.turned()

    def _weigh(
        self, finding: Finding, use: Use, predicted: Callable[[], tuple[float, float, float]]
    ) -> Finding:
        """Keep a flag only where all conditions hold; an imitation of the score settles nothing."""
        if finding.verdict == "clear" and not use.exact:
            return replace(finding, verdict="cannot tell", next_step=STEPS["cannot tell"])
        if finding.verdict != "flag":
            return finding
        area = predicted()
        first, rule = finding.evidence
        finding = replace(finding, evidence=(first, _predicted(area), rule))
        if finding.effect is not None and finding.effect.value > 0:
            return replace(finding, verdict="cannot tell", next_step=SPARED)
        if not use.exact or not area[1] > SMALLEST_AREA:
            return replace(finding, verdict="cannot tell", next_step=STEPS["cannot tell"])
        return replace(finding, mechanisms=(("postcode_proxy", 1.0),))


def measured_use(case: AuditCase, indicator: Indicator) -> Use | None:
    """Read what the score takes through an indicator, as near to where it was made as the case allows.

    Parameters
    ----------
    case : AuditCase
    indicator : Indicator

    Returns
    -------
    Use or None
        In this order: points that the ledger booked to it; SHAP values of somebody else's model that makes
        the score; what the recorded score holds beyond its other rules, by level; SHAP values of a model that
        only imitates the score. The last cannot tell use from real conduct that goes with the place. A ledger
        that booked nothing to it settles the matter only where there is no score that could hold more. None
        without any.
    """
    name = indicator.name
    by_ledger = _from_ledger(case, name)
    if by_ledger is not None and (case.dataset.score is None or by_ledger.value.any()):
        return by_ledger
    nothing = None if by_ledger is None else replace(by_ledger, exact=False)
    return _from_third_party(case, name) or _from_score(case, name) or nothing or _from_imitation(case, name)


def _from_ledger(case: AuditCase, name: str) -> Use | None:
    book = booked(case)
    if book is None or not book.score_sd > 0:
        return None
    points = book.points(book.of_indicator(name))
    touched = int((points != 0).sum())
    evidence = Evidence(
        "use",
        "Points that the ledger booked to it and that are in force: an exact reading.",
        {}
        if hides_count(case.scheme, touched)
        else {"rows with such points": float(touched), "mean points": float(points.mean())},
    )
    return Use(book.rows, points / book.score_sd, SCORE, True, evidence)


def _from_third_party(case: AuditCase, name: str) -> Use | None:
    made_here = case.forecast.origin != "third party"
    if made_here or case.explanation is None or case.explanation.fidelity is not None:
        return None
    text = "Mean SHAP value of the indicator in the model that makes the score."
    return _from_shap(case, name, text, exact=True)


def _from_imitation(case: AuditCase, name: str) -> Use | None:
    text = "Mean SHAP value in a model that imitates the score: there it may stand in for conduct."
    return _from_shap(case, name, text, exact=False)


def _from_shap(case: AuditCase, name: str, text: str, *, exact: bool) -> Use | None:
    explanation = case.explanation
    if explanation is None or name not in explanation.feature_names:
        return None
    deviation = standard_deviation(explanation.raw.mean(axis=1))
    if not deviation > 0:
        return None
    value = explanation.values[:, explanation.feature_names.index(name)].mean(axis=1) / deviation
    return Use(
        explanation.rows, value, MARGIN, exact, Evidence("use", text, {"spread (SD)": float(value.std())})
    )


def _from_score(case: AuditCase, name: str) -> Use | None:
    """What the recorded score holds beyond its rules by level, beside what goes with the groups themselves.

    Residents who are not of a group, and its members who live elsewhere, part the place from the group.
    """
    values, held = indicator_values(case, name), remainder(case)
    if values is None or held is None:
        return None
    place = level_columns(levels(values))
    beside = [group_columns(contrasts(case), len(case.dataset))[0]]
    beside += [c.columns for c in forbidden_carriers(case) if c.indicator.name != name]
    here = place[held.rows]
    looked = np.column_stack([here, *(each[held.rows] for each in beside)])
    fit = least_squares(held.value, np.column_stack([looked, held.also]))
    k = looked.shape[1]
    columns = np.zeros((len(here), len(fit.coef)))
    columns[:, : here.shape[1]] = here
    text = f"{held.told} By level; groups are held equal."
    evidence = Evidence("use", text, {"variance that nothing explains": held.unexplained})
    misread = held.misread(looked, fit.coef[k:], columns[:, :k])
    return Use(held.rows, columns @ fit.coef, SCORE, held.settles, evidence, fit, columns, misread)


def _predicted(area: tuple[float, float, float]) -> Evidence:
    if not np.isfinite(area[0]):
        return Evidence("predictability", "Too few rows to say how well it predicts the group.")
    reached = f"an area of {area[0]:.3f} (from {area[1]:.3f})"
    text = f"It predicts the group with {reached}; {SMALLEST_AREA:.3f} is asked for."
    return Evidence("predictability", text, {"area": area[0], "low": area[1], "high": area[2]})


def _row(finding: Finding) -> tuple[str | int | float | None, ...]:
    area = next((e.values for e in finding.evidence if e.stage == "predictability"), {})
    effect = finding.effect
    gap = (effect.value, effect.low, effect.high) if effect else (None, None, None)
    group = ", ".join(f"{a} = {v}" for a, v in finding.group)
    return group, finding.indicator, *gap, area.get("area"), area.get("low"), finding.verdict
