"""Drift of gaps: whether groups move apart, or together, from period to period."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from scs_ml.audit.groups import Contrast, contrasts
from scs_ml.audit.judge import Cell, NextSteps, judge, not_applicable, standard_deviation
from scs_ml.core import AuditCase, CheckResult, Dataset, Evidence, Floats, Ints, Kind, Table
from scs_ml.inference import Estimate, drift_contrast, stack

LEAST = 3  # periods: a line through two points says nothing of its own error over time

STEPS: NextSteps = {
    "flag": "The gap moves over the periods: ask what changed (rules, recording, people) and when it began.",
    "clear": "The gap stays where it is, to within the floor over the whole time; it may be there all along.",
    "cannot tell": "Add periods or people: the interval holds both no drift and a material one.",
    "not applicable": "Fewer than two periods have people of both sides: add periods.",
}


@dataclass(frozen=True)
class GapDrift:
    """Change of the gap in mean score and in mean category over the periods, as a straight line has it."""

    name: str = "gap_drift"
    kind: Kind = "difference"
    title: str = "Drift of gaps over periods"

    def run(self, case: AuditCase, *, level: float, seed: int) -> CheckResult:
        """Fit a line to the gap of every group over the periods.

        Parameters
        ----------
        case : AuditCase
            With `history`, or a dataset of several periods.
        level : float
            Error probability shared by all groups and both gaps.
        seed : int

        Returns
        -------
        CheckResult
            For each group the change of its gap from the first period to the last, in mean score and in mean
            category, each in its SD over the whole panel; below zero the group falls behind.

        References
        ----------
        Liang & Zeger (1986), "Longitudinal data analysis using generalized linear models", Biometrika 73.
        """
        panel, values, metrics = _panel(case)
        periods = np.unique(panel.period)
        compared = contrasts(replace(case, dataset=panel)) if len(periods) >= LEAST else ()
        if not compared or not metrics:
            why = (
                "no attribute has two groups"
                if len(periods) >= LEAST
                else f"there are {len(periods)} periods"
            )
            why = why if metrics or len(periods) < LEAST else "all scores are equal"
            step = f"Audit with the panel behind the case: at least {LEAST} periods, with groups and scores."
            return CheckResult((not_applicable(self.name, self.kind, why, step),))
        span = int(periods[-1] - periods[0])
        cells, estimates = [], []
        for contrast in compared:
            slope = drift_contrast(values, panel.period, contrast.members, contrast.others, panel.cluster)
            estimates.append(_times(slope, span))
            for (metric, unit), value in zip(metrics, slope.value, strict=True):
                told = (
                    f"The line through the gaps of {len(periods)} periods changes by {value:+.4f} a period."
                )
                evidence = () if np.isnan(value) else (Evidence("trend", told, {"per period": float(value)}),)
                cells.append(Cell(contrast, metric, unit, case.scheme.audit.floor, evidence=evidence))
        findings = judge(self.name, self.kind, cells, stack(estimates), STEPS, level=level, seed=seed)
        return CheckResult(findings, (_table(panel, values, metrics, compared),))


def _panel(case: AuditCase) -> tuple[Dataset, Floats, list[tuple[str, str]]]:
    """Give the panel's rows with a recorded score, their values (n, v) in SD, and metric and unit of each."""
    if case.history is not None:
        panel, category = case.history, case.history.category
        score = panel.score
    else:
        panel, category, score = case.dataset, case.forecast.categories, case.forecast.score
    kept = category >= 0
    kept &= True if score is None else np.isfinite(score)
    columns, metrics = [], []
    for values, word in ((score, "score"), (category.astype(np.float64), "category")):
        deviation = np.nan if values is None else standard_deviation(values[kept])
        if values is not None and deviation > 0:
            columns.append(values[kept] / deviation)
            metrics.append((f"change of the mean {word} gap", f"SD of the {word}"))
    return panel.take(kept), np.column_stack(columns) if columns else np.empty((0, 0)), metrics


def _times(estimate: Estimate, factor: int) -> Estimate:
    return replace(
        estimate,
        value=estimate.value * factor,
        influence=estimate.influence * factor,
        nugget=estimate.nugget * factor**2,
    )


def _table(
    panel: Dataset, values: Floats, metrics: list[tuple[str, str]], compared: tuple[Contrast, ...]
) -> Table:
    """Give the gap of every group in every period."""
    n_periods = len(panel.periods)
    rows: list[tuple[str | int | float | None, ...]] = []
    for contrast in compared:
        gaps, counts = [], []
        for mask in (contrast.members, contrast.others):
            mean, count = _means(values[mask], panel.period[mask], n_periods)
            gaps.append(mean)
            counts.append(count)
        for t in np.flatnonzero(np.minimum(*counts) > 0):
            gap = (gaps[0][t] - gaps[1][t]).tolist()
            rows.append((contrast.label, panel.periods[t], int(counts[0][t]), int(counts[1][t]), *gap))
    columns = (
        "group",
        "period",
        "rows",
        "reference rows",
        *(m.removeprefix("change of the ") for m, _ in metrics),
    )
    return Table("gap_drift", "Gaps by period, in SD over the whole panel", columns, tuple(rows))


def _means(values: Floats, period: Ints, n_periods: int) -> tuple[Floats, Ints]:
    count = np.bincount(period, minlength=n_periods)
    total = np.column_stack([np.bincount(period, column, minlength=n_periods) for column in values.T])
    return total / np.maximum(count, 1)[:, None], count
