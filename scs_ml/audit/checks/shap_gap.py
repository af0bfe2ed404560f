"""SHAP gap: through which indicators the forecasts of two groups differ."""

from __future__ import annotations

from dataclasses import dataclass

from scs_ml.audit.groups import contrasts
from scs_ml.audit.judge import Cell, NextSteps, finite, judge, not_applicable, standard_deviation
from scs_ml.core import AuditCase, CheckResult, Evidence, Explanation, Kind, Table
from scs_ml.inference import mean_contrast, stack

STEPS: NextSteps = {
    "flag": "The groups differ through this indicator; conduct may differ too, so verify its events.",
    "clear": "This indicator moves both groups alike, to within the floor.",
    "cannot tell": "Explain more rows: the interval holds both no difference and a material one.",
    "not applicable": "One side has too few explained rows: explain more.",
}


@dataclass(frozen=True)
class ShapGap:
    """Gap in each indicator's mean SHAP value, averaged over boundaries, in SD of the explained margin."""

    name: str = "shap_gap"
    kind: Kind = "difference"
    title: str = "SHAP gap by indicator"

    def run(self, case: AuditCase, *, level: float, seed: int) -> CheckResult:
        """Compare the SHAP values of every group with those of its reference, indicator by indicator.

        Parameters
        ----------
        case : AuditCase
        level : float
            Error probability shared by all (group, indicator) cells.
        seed : int

        Returns
        -------
        CheckResult
            One finding per group and indicator. The gaps of a group sum to the gap of its explained margin.

        References
        ----------
        Lundberg (2020), "Explaining quantitative measures of fairness", Fair & Responsible AI Workshop, CHI.
        """
        explanation, compared = case.explanation, contrasts(case)
        if explanation is None or not compared:
            why = "there is no explanation" if compared else "no attribute has two groups"
            step = "Explain the forecaster (or a surrogate of the score), and give at least two groups."
            return CheckResult((not_applicable(self.name, self.kind, why, step),))
        margin = explanation.raw.mean(axis=1)
        deviation = standard_deviation(margin)
        if not deviation > 0:
            step = "Explain a forecaster that tells people apart."
            return CheckResult(
                (not_applicable(self.name, self.kind, "all explained margins are equal", step),)
            )
        values = explanation.values.mean(axis=2) / deviation
        cluster = case.dataset.cluster
        cells, estimates = [], []
        for contrast in (c.take(explanation.rows, cluster) for c in compared):
            sides = contrast.members, contrast.others, cluster[explanation.rows]
            estimate = mean_contrast(values, *sides)
            whole = float(mean_contrast(margin / deviation, *sides).value[0])
            evidence = _evidence(explanation, float(estimate.value.sum()), whole)
            estimates.append(estimate)
            cells += [
                Cell(
                    contrast,
                    "mean SHAP gap",
                    "SD of the explained margin",
                    case.scheme.audit.floor,
                    name,
                    None,
                    evidence,
                )
                for name in explanation.feature_names
            ]
        findings = judge(self.name, self.kind, cells, stack(estimates), STEPS, level=level, seed=seed)
        rows = tuple(
            (
                cell.contrast.label,
                cell.indicator,
                *cell.contrast.n,
                *_interval(finding.effect),
                finding.verdict,
            )
            for cell, finding in zip(cells, findings, strict=True)
        )
        columns = ("group", "indicator", "rows", "reference rows", "gap", "low", "high", "verdict")
        return CheckResult(
            findings, (Table("shap_gap", "SHAP gap by indicator, in SD of the margin", columns, rows),)
        )


def _interval(effect: object) -> tuple[float | None, float | None, float | None]:
    value, low, high = (getattr(effect, name, None) for name in ("value", "low", "high"))
    return value, low, high


def _evidence(explanation: Explanation, total: float, whole: float) -> tuple[Evidence, ...]:
    sums = Evidence(
        "additivity",
        f"The gaps of all indicators sum to {total:+.3f} SD; the margin itself differs by {whole:+.3f} SD.",
        finite({"sum of SHAP gaps": total, "gap of the margin": whole}),
    )
    if explanation.fidelity is None:
        return (sums,)
    stated = ", ".join(f"{name} {value:.3f}" for name, value in explanation.fidelity.items())
    surrogate = f"The values explain a surrogate of the score, not the score itself; its fidelity: {stated}."
    return (sums, Evidence("surrogate", surrogate, dict(explanation.fidelity)))
