"""Category gap: whether groups stand at different places of the scale."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scs_ml.audit.groups import contrasts, forecast_only, masks
from scs_ml.audit.judge import Cell, NextSteps, judge, not_applicable, standard_deviation
from scs_ml.core import AuditCase, CheckResult, Kind, Table
from scs_ml.inference import cumulative_log_odds, logistic_floor, mean_contrast, stack

STEPS: NextSteps = {
    "flag": "The group stands elsewhere on the scale; read the SHAP gaps and the mechanism findings for why.",
    "clear": "No material difference; wrongs may still cancel out, so read the mechanism findings.",
    "cannot tell": "Audit more people: the interval holds both no difference and a material one.",
    "not applicable": "Every person of one side is missing here: check the group's column.",
}


@dataclass(frozen=True)
class CategoryGap:
    """Gap in the mean score, in its SD, and cumulative log odds ratio at each boundary."""

    name: str = "category_gap"
    kind: Kind = "difference"
    title: str = "Gap in score and category between groups"

    def run(self, case: AuditCase, *, level: float, seed: int) -> CheckResult:
        """Compare every group of a case with its reference.

        Parameters
        ----------
        case : AuditCase
        level : float
            Error probability shared by all groups and boundaries.
        seed : int

        Returns
        -------
        CheckResult
            For each group one gap in SD, and one log odds ratio a boundary (below zero: worse categories).

        References
        ----------
        McCullagh (1980), J. R. Stat. Soc. B 42, 109-142.
        """
        known = forecast_only(case)
        scale, forecast, cluster = case.scheme.scale, known.forecast, known.dataset.cluster
        compared = contrasts(known)
        deviation = standard_deviation(forecast.score)
        if not compared or not deviation > 0:
            why = "no attribute has two groups" if deviation > 0 else "all scores are equal"
            step = "Give the table a sensitive attribute with at least two groups, and scores that differ."
            return CheckResult((not_applicable(self.name, self.kind, why, step),))
        floor = case.scheme.audit.floor
        cells, estimates = [], []
        for contrast in compared:
            sides = contrast.members, contrast.others
            estimates.append(mean_contrast(forecast.score / deviation, *sides, cluster))
            estimates.append(cumulative_log_odds(forecast.categories, *sides, scale.n_categories, cluster))
            cells.append(Cell(contrast, "mean score gap", "SD of the score", floor))
            cells += [
                Cell(contrast, "cumulative log odds ratio", "log-odds", logistic_floor(floor), boundary=k)
                for k in range(scale.n_categories - 1)
            ]
        findings = judge(self.name, self.kind, cells, stack(estimates), STEPS, level=level, seed=seed)
        return CheckResult(findings, (categories_table(case),))


def categories_table(case: AuditCase) -> Table:
    """Count the categories given to every group, with shares; categories worst first."""
    scale, categories = case.scheme.scale, case.forecast.categories
    rows = []
    for label, mask in masks(contrasts(case), len(categories)).items():
        given = mask & (categories >= 0)
        counts = np.bincount(categories[given], minlength=scale.n_categories)
        shares = counts / max(int(given.sum()), 1)
        rows.append((label, int(given.sum()), *counts.tolist(), *shares.tolist()))
    columns = ("group", "rows", *scale.categories, *(f"share {c}" for c in scale.categories))
    return Table("categories", "Categories by group", columns, tuple(rows))
