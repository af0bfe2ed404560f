"""Error rates: whether some groups are wrongly put in adverse categories more often than others."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scs_ml.audit.groups import Contrast, contrasts, masks
from scs_ml.audit.judge import Cell, NextSteps, judge, not_applicable, rate_floor
from scs_ml.audit.score_limits import effective_four, matched
from scs_ml.core import AuditCase, Bools, CheckResult, Floats, Ints, Kind, Table
from scs_ml.inference import Estimate, newcombe_difference, ratio_contrast, stack, wilson
from scs_ml.metrics import confusion_at_boundary

STEPS: NextSteps = {
    "flag": "One group bears more of these errors; read the SHAP gaps and mechanism findings for why.",
    "clear": "No material difference in these errors at this boundary.",
    "cannot tell": "Record more outcomes: the interval holds both no difference and a material one.",
    "not applicable": "No person of one side can suffer this error here: record more outcomes.",
}


@dataclass(frozen=True)
class ErrorRates:
    """Differences in false-adverse and missed-adverse rates at each boundary, with Newcombe intervals."""

    name: str = "error_rates"
    kind: Kind = "difference"
    title: str = "Error rates at each boundary"

    def run(self, case: AuditCase, *, level: float, seed: int) -> CheckResult:
        """Compare the errors of every group with those of its reference.

        Parameters
        ----------
        case : AuditCase
        level : float
            Error probability shared by all groups, boundaries and both rates.
        seed : int

        Returns
        -------
        CheckResult
            Findings with metric ``false adverse rate`` (put at or below the boundary although not adverse)
            and ``missed adverse rate``, and the table ``error_rates``.

        References
        ----------
        Newcombe (1998), Stat. Med. 17, 873-890. Hardt, Price & Srebro (2016), "Equality of opportunity in
        supervised learning", NeurIPS.
        """
        known, adverse = truth(case)
        compared = contrasts(case)
        if not known.any() or not compared:
            why = (
                "no attribute has two groups"
                if known.any()
                else "no outcome is recorded apart from the category that was given"
            )
            step = "Name an independently recorded outcome in the scheme (outcome), and at least two groups."
            return CheckResult((not_applicable(self.name, self.kind, why, step),))
        cluster, categories = case.dataset.cluster[known], case.forecast.categories[known]
        compared = tuple(c.take(known, case.dataset.cluster) for c in compared)
        cells: list[Cell] = []
        estimates: list[Estimate] = []
        counts: list[tuple[float, float, float, float]] = []
        for contrast in compared:
            for k in range(adverse.shape[1]):
                positive = categories <= k
                for metric, error, eligible in (
                    ("false adverse rate", positive, ~adverse[:, k]),
                    ("missed adverse rate", ~positive, adverse[:, k]),
                ):
                    four = _four(error, eligible, contrast)
                    floor = rate_floor(case.scheme.audit.floor, four[2], four[3])
                    # Who cannot suffer the error tells nothing of it: few at risk are few in any group.
                    at_risk = contrast.take(eligible, cluster) if four[1] and four[3] else contrast
                    cells.append(Cell(at_risk, metric, "probability", floor, boundary=k))
                    counts.append(four)
                    estimates.append(
                        ratio_contrast(error, eligible, contrast.members, contrast.others, cluster)
                    )
        table = np.asarray(counts, dtype=np.float64)
        wald = stack(estimates)
        effective = effective_four(table, wald)

        def limits(critical: Floats) -> tuple[Floats, Floats]:
            return newcombe_difference(*effective, z=critical)

        joint = matched(wald, limits)

        findings = judge(self.name, self.kind, cells, joint, STEPS, level=level, seed=seed, limits=limits)
        return CheckResult(findings, (_table(case, compared, categories, adverse),))


def truth(case: AuditCase) -> tuple[Bools, Bools]:
    """Say whose truth is known, and on which side of each boundary it lies.

    Parameters
    ----------
    case : AuditCase

    Returns
    -------
    known : ndarray of bool (n,)
    adverse : ndarray of bool (rows known, K - 1)
        The recorded outcome where the scheme has one (the same at every boundary), else whether the recorded
        category lies at or below the boundary. An existing score is no truth about itself.
    """
    dataset, n_boundaries = case.dataset, case.scheme.scale.n_categories - 1
    if dataset.adverse is not None:
        known = np.isfinite(dataset.adverse)
        return known, np.repeat(dataset.adverse[known, None] == 1, n_boundaries, axis=1)
    if case.forecast.origin == "existing score":
        return np.zeros(len(dataset), dtype=bool), np.empty((0, n_boundaries), dtype=bool)
    known = dataset.y >= 0
    return known, dataset.y[known, None] <= np.arange(n_boundaries)


def _four(error: Bools, eligible: Bools, contrast: Contrast) -> tuple[float, float, float, float]:
    """Errors and people at risk of them: group, then reference."""
    first, second = eligible & contrast.members, eligible & contrast.others
    return (
        float((error & first).sum()),
        float(first.sum()),
        float((error & second).sum()),
        float(second.sum()),
    )


def _table(case: AuditCase, compared: tuple[Contrast, ...], categories: Ints, adverse: Bools) -> Table:
    rows: list[tuple[str | int | float | None, ...]] = []
    for label, mask in masks(compared, len(categories)).items():
        for k in range(adverse.shape[1]):
            cells = confusion_at_boundary(categories[mask], adverse[mask, k], k)
            row: list[str | int | float | None] = [label, case.scheme.scale.boundary_label(k)]
            row += [int(cells.tn), int(cells.fp), int(cells.fn), int(cells.tp)]
            for count, n in (
                (cells.fp, cells.fp + cells.tn),
                (cells.fn, cells.fn + cells.tp),
                (cells.tp, cells.tp + cells.fp),
            ):
                low, high = wilson(count, n, confidence=case.scheme.audit.confidence)
                row += [count / n, float(low), float(high)] if n else [None, None, None]
            rows.append(tuple(row))
    columns = (
        *("group", "boundary", "TN", "FP", "FN", "TP", "FPR", "FPR low", "FPR high"),
        *("FNR", "FNR low", "FNR high", "PPV", "PPV low", "PPV high"),
    )
    return Table(
        "error_rates", "Error rates at each boundary (intervals of single rates)", columns, tuple(rows)
    )
