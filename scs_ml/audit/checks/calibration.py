"""Calibration: whether a forecast, or a category, means the same in every group."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scs_ml.audit.checks.error_rates import truth
from scs_ml.audit.groups import Contrast, contrasts, masks
from scs_ml.audit.judge import Cell, NextSteps, finite, judge, not_applicable, rate_floor
from scs_ml.core import AuditCase, Bools, CheckResult, Evidence, Floats, Ints, Kind, Table
from scs_ml.inference import Estimate, mean_contrast, ratio_contrast, stack, wilson
from scs_ml.metrics import cumulative, reliability_curve
from scs_ml.safeguards import hides_count

BINS = 10

STEPS: NextSteps = {
    "flag": "The same forecast means different things in the two groups: find what it leaves out.",
    "clear": "The forecast means the same in both groups, to within the floor; error rates may still differ.",
    "cannot tell": "Record more outcomes: the interval holds both no difference and a material one.",
    "not applicable": "The two groups share no category with a recorded outcome: record more outcomes.",
}


@dataclass(frozen=True)
class Calibration:
    """Observed minus forecast adverse rate, or adverse share within categories, group against reference."""

    name: str = "calibration"
    kind: Kind = "difference"
    title: str = "Calibration by group"

    def run(self, case: AuditCase, *, level: float, seed: int) -> CheckResult:
        """Compare the calibration of every group with that of its reference.

        Parameters
        ----------
        case : AuditCase
        level : float
            Error probability shared by all groups (and boundaries).
        seed : int

        Returns
        -------
        CheckResult
            With probabilities: one finding per group and boundary. For an existing score with an outcome:
            one per group, pooled over categories by direct standardisation to the group's own categories.

        References
        ----------
        Chouldechova (2017), "Fair prediction with disparate impact", Big Data 5. Naeini, Cooper &
        Hauskrecht (2015).
        """
        compared = contrasts(case)
        probabilities = case.forecast.probabilities
        if compared and probabilities is not None and (case.dataset.y >= 0).any():
            return self._probabilities(case, probabilities, compared, level=level, seed=seed)
        if compared and probabilities is None and case.dataset.adverse is not None:
            return self._categories(case, compared, level, seed)
        why = "there are no probabilities with a recorded category, and no categories with a recorded outcome"
        step = "Give probabilities, or name an independently recorded outcome in the scheme (outcome)."
        if not compared:
            why, step = "no attribute has two groups", "Give the table a sensitive attribute with two groups."
        return CheckResult((not_applicable(self.name, self.kind, why, step),))

    def _probabilities(
        self,
        case: AuditCase,
        probabilities: Floats,
        compared: tuple[Contrast, ...],
        *,
        level: float,
        seed: int,
    ) -> CheckResult:
        known = case.dataset.y >= 0
        cluster, n_boundaries = case.dataset.cluster[known], case.scheme.scale.n_categories - 1
        forecast = 1 - cumulative(probabilities)[known]
        adverse = case.dataset.y[known, None] <= np.arange(n_boundaries)
        compared = tuple(c.take(known, case.dataset.cluster) for c in compared)
        cells, estimates = [], []
        for c in compared:
            estimates.append(mean_contrast(adverse - forecast, c.members, c.others, cluster))
            for k in range(n_boundaries):
                floor = rate_floor(case.scheme.audit.floor, float(adverse[c.others, k].sum()), c.n[1])
                cells.append(
                    Cell(c, "observed minus forecast adverse rate", "probability", floor, boundary=k)
                )
        findings = judge(self.name, self.kind, cells, stack(estimates), STEPS, level=level, seed=seed)
        return CheckResult(findings, (_reliability(case, compared, forecast, adverse),))

    def _categories(
        self, case: AuditCase, compared: tuple[Contrast, ...], level: float, seed: int
    ) -> CheckResult:
        known, outcome = truth(case)
        if not known.any():
            why, step = "no outcome is recorded", "Record the outcome of the people who were scored."
            return CheckResult((not_applicable(self.name, self.kind, why, step),))
        adverse, categories = outcome[:, 0], case.forecast.categories[known]
        compared = tuple(c.take(known, case.dataset.cluster) for c in compared)
        cells, estimates = [], []
        for c in compared:
            estimate, expected, left_out = _standardised(
                adverse, categories, c, case.scheme.scale.n_categories, case.dataset.cluster[known]
            )
            evidence = Evidence(
                "standardisation",
                "The reference's adverse share in each category, weighted by the group's own categories.",
                finite(
                    {"expected": expected}
                    | ({} if hides_count(case.scheme, left_out) else {"rows left out": left_out})
                ),
            )
            floor = rate_floor(case.scheme.audit.floor, expected * c.n[1], c.n[1])
            cells.append(
                Cell(c, "adverse share given the category", "probability", floor, evidence=(evidence,))
            )
            estimates.append(estimate)
        findings = judge(self.name, self.kind, cells, stack(estimates), STEPS, level=level, seed=seed)
        return CheckResult(findings, (_by_category(case, compared, categories, adverse),))


def _standardised(
    adverse: Bools, categories: Ints, contrast: Contrast, n_categories: int, cluster: Ints
) -> tuple[Estimate, float, int]:
    r"""Adverse share of the group less what the reference's shares give at the group's own categories.

    .. math:: \sum_c w_c (p_{gc} - p_{rc}),\quad w_c = n_{gc} / n_g

    Group rows in categories without a reference row are left out. Each row is measured from the reference's
    share of its category, so that the influence values carry the error of those shares too.
    """
    group = np.bincount(categories[contrast.members], minlength=n_categories).astype(np.float64)
    reference = np.bincount(categories[contrast.others], minlength=n_categories).astype(np.float64)
    bad = np.bincount(categories[contrast.others], weights=adverse[contrast.others], minlength=n_categories)
    shared = (group > 0) & (reference > 0)
    share = np.divide(bad, reference, out=np.zeros(n_categories), where=shared)
    ratio = np.divide(group, reference, out=np.zeros(n_categories), where=shared)
    weight = np.where(contrast.members, shared[categories], ratio[categories])
    estimate = ratio_contrast(adverse - share[categories], weight, contrast.members, contrast.others, cluster)
    kept = float(group[shared].sum())
    expected = float((group * share)[shared].sum() / kept) if kept else float("nan")
    return estimate, expected, int(group[~shared].sum())


def _reliability(case: AuditCase, compared: tuple[Contrast, ...], forecast: Floats, adverse: Bools) -> Table:
    rows: list[tuple[str | int | float | None, ...]] = []
    for label, mask in masks(compared, len(adverse)).items():
        for k in range(adverse.shape[1]):
            p = np.clip(forecast[mask, k], 0, 1)
            curve = reliability_curve(p, adverse[mask, k], BINS)
            low, high = wilson(curve.positive, curve.count, confidence=case.scheme.audit.confidence)
            name = case.scheme.scale.boundary_label(k)
            for b in range(len(curve.count)):
                counts = int(curve.count[b]), int(curve.positive[b])
                shares = float(curve.forecast[b]), float(curve.observed[b]), float(low[b]), float(high[b])
                rows.append((label, name, *counts, *shares))
    columns = ("group", "boundary", "rows", "adverse", "forecast", "observed", "low", "high")
    return Table(
        "calibration", "Forecast and observed adverse rates in bins of equal mass", columns, tuple(rows)
    )


def _by_category(case: AuditCase, compared: tuple[Contrast, ...], categories: Ints, adverse: Bools) -> Table:
    rows: list[tuple[str | int | float | None, ...]] = []
    for label, mask in masks(compared, len(adverse)).items():
        for c, name in enumerate(case.scheme.scale.categories):
            at = mask & (categories == c)
            n, bad = int(at.sum()), int(adverse[at].sum())
            low, high = wilson(bad, n, confidence=case.scheme.audit.confidence)
            share = (bad / n, float(low), float(high)) if n else (None, None, None)
            rows.append((label, name, n, bad, *share))
    columns = ("group", "category", "rows", "adverse", "observed", "low", "high")
    return Table("calibration", "Adverse share within each category", columns, tuple(rows))
