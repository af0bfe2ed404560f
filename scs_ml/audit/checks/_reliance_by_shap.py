"""Forbidden reliance of a model: what its own answers take from a group through a forbidden indicator."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from scs_ml.audit.carriers import Carrier, forbidden_carriers
from scs_ml.audit.checks._queries import read_model, shapley_by_queries
from scs_ml.audit.groups import Contrast, contrasts
from scs_ml.audit.judge import Cell, NextSteps, judge, standard_deviation
from scs_ml.core import LAGS, AuditCase, Evidence, Explanation, Finding, Floats, Ints
from scs_ml.inference import mean_contrast, stack
from scs_ml.inference.least_squares import LeastSquares, least_squares

STEPS: NextSteps = {
    "flag": "Take the indicator out of the model, and forecast again.",
    "clear": "The model takes nothing material from this group through the indicator.",
    "cannot tell": "Audit more people, or ask for the model itself: this does not settle it.",
    "not applicable": "One side is empty here: check the group's column.",
}
SPARED = "The group is spared what the reference loses through it: look at the others."
IMITATED = (
    "This imitates the score, and may have learned conduct that goes with it: ask for the model itself."
)
METRIC, UNIT = "gap through the indicator", "SD of the explained margin"


def reliance_by_shap(case: AuditCase, level: float, seed: int) -> tuple[Finding, ...]:
    """Judge the gap in SHAP values of every forbidden indicator that a model takes, locations apart.

    A model that learned from data has coefficients with an error of their own: one that was given a useless
    column relies on it a little, by chance. That error, as a line through the outcomes audited would have it,
    widens the interval beside the people's.

    Parameters
    ----------
    case : AuditCase
    level : float
        Error probability shared by all groups and indicators.
    seed : int

    Returns
    -------
    tuple of Finding
        Empty where there is no explanation, or no forbidden indicator in it. What a model that only imitates
        the score (one with a fidelity) shows is "cannot tell" at best.

    References
    ----------
    Datta, Sen & Zick (2016), "Algorithmic transparency via quantitative input influence", IEEE S&P.
    """
    explanation = case.explanation
    if explanation is None:
        return ()
    carriers = [c for c in forbidden_carriers(case) if c.indicator.name in explanation.feature_names]
    compared = [c for c in contrasts(case) if len(c.group) == 1]
    margin = explanation.raw.mean(axis=1)
    deviation = standard_deviation(margin)
    if not carriers or not compared or not deviation > 0:
        return ()
    rows, cluster = explanation.rows, case.dataset.cluster[explanation.rows]
    values = {
        c.indicator.name: _values(case, explanation, c.indicator.name, seed) / deviation for c in carriers
    }
    fitted = _outcome(case, rows, carriers, margin / deviation)
    cells, estimates = [], []
    for contrast in compared:
        small = contrast.take(rows, case.dataset.cluster)
        for j, carrier in enumerate(carriers):
            name = carrier.indicator.name
            gap = mean_contrast(values[name], small.members, small.others, cluster)
            learned = 0.0 if fitted is None else _learned(fitted, carriers, j, small, rows)
            estimates.append(replace(gap, nugget=gap.nugget + learned))
            rule = Evidence("rule", f"No score may use it: {carrier.indicator.forbidden_reason}.")
            cells.append(
                Cell(small, METRIC, UNIT, case.scheme.audit.floor, name, None, (_use(learned), rule))
            )
    findings = judge(
        "forbidden_reliance", "mechanism", cells, stack(estimates), STEPS, level=level, seed=seed
    )
    slugs = {c.indicator.name: c.slug for c in carriers}
    exact = explanation.fidelity is None
    return tuple(_weighed(f, slugs[str(f.indicator)], exact=exact) for f in findings)


def _weighed(finding: Finding, slug: str, *, exact: bool) -> Finding:
    if finding.verdict in {"flag", "clear"} and not exact:
        return replace(finding, verdict="cannot tell", next_step=IMITATED)
    if finding.verdict != "flag" or finding.effect is None:
        return finding
    if finding.effect.value > 0:
        return replace(finding, verdict="cannot tell", next_step=SPARED)
    return replace(finding, mechanisms=((slug, 1.0),))


def _values(case: AuditCase, explanation: Explanation, name: str, seed: int) -> Floats:
    """SHAP values (m,) of an input itself: what a lag passed on to it may be anybody's conduct."""
    model = read_model(case)
    lagged = not set(LAGS).isdisjoint(explanation.feature_names)
    passed = lagged and "explained through to" in explanation.engine
    if passed and model is not None and name in model.inputs:
        return shapley_by_queries(model, explanation.rows, name, seed=seed)
    values: Floats = explanation.values[:, explanation.feature_names.index(name)].mean(axis=1)
    return values


def _outcome(
    case: AuditCase, rows: Ints, carriers: list[Carrier], margin: Floats
) -> tuple[LeastSquares, float] | None:
    """The outcomes as a line through the margin (m,), in SD, and the indicators, and the margin's slope."""
    y = case.dataset.y[rows].astype(np.float64)
    if (y < 0).any() or not np.ptp(y) > 0:
        return None
    X = np.column_stack([np.ones(len(rows)), margin, *(c.columns[rows] for c in carriers)])
    slope = float(np.cov(margin, y)[0, 1] / margin.var(ddof=1))
    return (least_squares(y, X), slope) if slope > 0 else None


def _learned(
    fitted: tuple[LeastSquares, float], carriers: list[Carrier], j: int, contrast: Contrast, rows: Ints
) -> float:
    """Variance of the gap (in SD of the margin) from what coefficients learned on as many rows are off."""
    fit, slope = fitted
    sizes = [c.columns.shape[1] for c in carriers]
    start = 2 + sum(sizes[:j])
    columns = carriers[j].columns[rows]
    wanted = np.zeros(len(fit.coef))
    wanted[start : start + sizes[j]] = columns[contrast.members].mean(axis=0) - columns[contrast.others].mean(
        axis=0
    )
    return float(np.sum(fit.influence(wanted) ** 2)) / slope**2 if np.isfinite(wanted).all() else 0.0


def _use(learned: float) -> Evidence:
    error = float(np.sqrt(learned))
    text = (
        "Gap in the mean SHAP value of the indicator in the model; one that learned from as many people would"
        f" show {error:.3f} SD by chance (one standard error)."
    )
    return Evidence("use", text, {"by chance (SD)": error})
