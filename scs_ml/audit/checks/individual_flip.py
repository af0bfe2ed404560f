"""Individual flip: what a model would forecast for the same person with another protected value."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from scs_ml.audit.carriers import slug_of
from scs_ml.audit.checks._queries import Model, read_model, with_value
from scs_ml.audit.groups import MINIMUM, Contrast
from scs_ml.audit.judge import Cell, NextSteps, judge, not_applicable, standard_deviation
from scs_ml.audit.tracing import Trace
from scs_ml.core import AuditCase, Bools, CheckResult, Evidence, Finding, Floats, Ints, Kind, Table
from scs_ml.inference import Estimate, mean_contrast, stack
from scs_ml.safeguards import hides_count
from scs_ml.schemes import Indicator

MOST_LEVELS, MOST_ROWS = 8, 2_000
METRIC, UNIT = "change of the forecast when the value is changed", "SD of the forecast"
STEPS: NextSteps = {
    "flag": "Take the input out of the model: the same person would be forecast better without this value.",
    "clear": "Changing this value changes no forecast materially.",
    "cannot tell": "Audit more people with this value.",
    "not applicable": "Nobody has this value.",
}
SPARED = "People with this value are forecast better for it: look at the other values."


@dataclass(frozen=True)
class Flipped:
    """Forecasts (m,) of the people who have a value, as they are and with the reference's value."""

    indicator: Indicator
    value: str
    reference: str
    rows: Ints  # positions in the dataset
    change: Floats  # of the expected category, as it is less with the reference's value
    flips: Floats  # (m, K-1): 1 where the most likely side of the boundary changes
    chance: float  # variance of the mean change by the errors of learned coefficients


@dataclass(frozen=True)
class IndividualFlip:
    """Change one protected input of each person, nothing else, and see whose forecast changes."""

    name: str = "individual_flip"
    kind: Kind = "mechanism"
    title: str = "The same person with another protected value"

    def run(self, case: AuditCase, *, level: float, seed: int) -> CheckResult:
        """Flip every protected input of a model (flags and categories whose nature or concern is forbidden).

        Parameters
        ----------
        case : AuditCase
            With a forecaster that takes such an input.
        level : float
            Error probability shared by all values.
        seed : int

        Returns
        -------
        CheckResult
            One finding per input and value: the mean change of the forecast, in its SD. Counted from nothing:
            every person is their own reference.

        References
        ----------
        Kusner, Loftus, Russell & Silva (2017), "Counterfactual fairness", NeurIPS 30 (of which changing the
        input alone is the direct part). Dwork et al. (2012), "Fairness through awareness", ITCS.
        """
        model = read_model(case)
        inputs = [] if model is None else [i for i in case.scheme.indicators if _protected(i, model)]
        if model is None or not inputs:
            why = "there is no model to ask" if model is None else "no input of the model is protected"
            step = (
                "Give the model, and declare the nature of its inputs (protected, opinion, relatives, ...)."
            )
            return CheckResult((not_applicable(self.name, self.kind, why, step),))
        found = [each for i in inputs for each in _flipped(case, model, i, seed)]
        deviation = _deviation(case, model, seed)
        if not found or not deviation > 0:
            why = "the model gives everybody one forecast, or everybody has one value"
            step = "Audit people with several values of the protected input."
            return CheckResult((not_applicable(self.name, self.kind, why, step),))
        cluster = case.dataset.cluster
        cells = [_cell(case, each) for each in found]
        estimates = [_mean(each, cluster, deviation) for each in found]
        judged = judge(self.name, self.kind, cells, stack(estimates), STEPS, level=level, seed=seed)
        findings = tuple(_weighed(f, e.indicator) for f, e in zip(judged, found, strict=True))
        return CheckResult(findings, (_table(case, found, deviation),))

    def trace(self, case: AuditCase, finding: Finding, *, seed: int = 0) -> Trace:
        """Give what each person's forecast loses by the value, in the score's own units.

        Parameters
        ----------
        case : AuditCase
        finding : Finding
            Of this check, with an effect.
        seed : int
            Chooses the rows asked about, where there are many.

        Returns
        -------
        Trace
        """
        model = read_model(case)
        indicator = next((i for i in case.scheme.indicators if i.name == finding.indicator), None)
        if model is not None and indicator is not None:
            scale = standard_deviation(case.forecast.score) / _deviation(case, model, seed)
            for each in _flipped(case, model, indicator, seed):
                if ((each.indicator.name, each.value),) == finding.group:
                    return Trace(each.rows, np.maximum(-each.change, 0.0) * scale)
        return Trace(np.empty(0, dtype=np.int64), np.empty(0))


def _protected(indicator: Indicator, model: Model) -> bool:
    """Whether an input says who somebody is, or whom they know, in few values."""
    if indicator.name not in model.inputs or indicator.forbidden_reason is None:
        return False
    return indicator.nature != "location" and model.inputs[indicator.name].nunique() <= MOST_LEVELS


def _asked(case: AuditCase, seed: int) -> Ints:
    n = len(case.dataset)
    if n <= MOST_ROWS:
        return np.arange(n, dtype=np.int64)
    return np.sort(np.random.default_rng(seed).choice(n, MOST_ROWS, replace=False)).astype(np.int64)


def _deviation(case: AuditCase, model: Model, seed: int) -> float:
    rows = _asked(case, seed)
    return standard_deviation(model.exceed(model.inputs.iloc[rows]).sum(axis=1))


def _flipped(case: AuditCase, model: Model, indicator: Indicator, seed: int) -> list[Flipped]:
    """Ask about everybody who has another value than the most frequent one."""
    rows = _asked(case, seed)
    inputs = model.inputs.iloc[rows].reset_index(drop=True)
    column = inputs[indicator.name]
    counts = column.value_counts()
    if len(counts) < 2:
        return []
    usual = counts.index[0]
    as_they_are, changed = model.exceed(inputs), model.exceed(with_value(inputs, indicator.name, usual))
    found = []
    for value in counts.index[1:]:
        mine = (column == value).to_numpy(dtype=bool, na_value=False)
        before, after = as_they_are[mine], changed[mine]
        flips = ((before > 1 / 2) != (after > 1 / 2)).astype(np.float64)
        change = (before - after).sum(axis=1)
        chance = _chance(case, as_they_are.sum(axis=1), mine, (column == usual).to_numpy(dtype=bool), rows)
        found.append(Flipped(indicator, _text(value), _text(usual), rows[mine], change, flips, chance))
    return found


def _chance(case: AuditCase, forecast: Floats, mine: Bools, usual: Bools, rows: Ints) -> float:
    """Variance of the gap in outcomes beyond the forecast: what a learned coefficient may be off by."""
    y = case.dataset.y[rows].astype(np.float64)
    if (y < 0).any() or not np.ptp(forecast) > 0:
        return 0.0
    slope, start = np.polyfit(forecast, y, 1)
    left = y - slope * forecast - start
    error = mean_contrast(left, mine, usual, case.dataset.cluster[rows]).se[0]
    return float(error / slope) ** 2 if slope > 0 and np.isfinite(error) else 0.0


def _mean(each: Flipped, cluster: Ints, deviation: float) -> Estimate:
    """Mean change in SD of the forecast; units are the clusters of the whole dataset."""
    n, units = len(each.change), int(cluster.max()) + 1
    change = each.change / deviation
    influence = np.zeros((units, 1))
    np.add.at(influence[:, 0], cluster[each.rows], (change - change.mean()) / n)
    df = float(max(len(np.unique(cluster[each.rows])) - 1, 1))
    nugget = np.array([each.chance / deviation**2])
    return Estimate(np.array([change.mean()]), influence, np.array([df]), nugget, np.zeros(1))


def _cell(case: AuditCase, each: Flipped) -> Cell:
    n = len(case.dataset)
    members, others = np.zeros(n, dtype=bool), np.ones(n, dtype=bool)
    members[each.rows], others[each.rows] = True, False
    small = len(np.unique(case.dataset.cluster[each.rows])) < MINIMUM
    name = each.indicator.name
    contrast = Contrast(((name, each.value),), ((name, each.reference),), members, others, small)
    moved = int(each.flips.any(axis=1).sum())
    text = f"With {name} = {each.reference} instead, "
    if hides_count(case.scheme, moved) or hides_count(case.scheme, len(each.rows) - moved):
        evidence = Evidence("flip", text + "too few people (or nearly all) change sides to be counted here.")
    else:
        share = moved / len(each.rows)
        text += f"{moved} of {len(each.rows)} people change sides at a boundary ({share:.1%})."
        evidence = Evidence("flip", text, {"share who change sides": share})
    return Cell(contrast, METRIC, UNIT, case.scheme.audit.floor, name, None, (evidence,))


def _weighed(finding: Finding, indicator: Indicator) -> Finding:
    if finding.verdict != "flag" or finding.effect is None:
        return finding
    if finding.effect.value > 0:
        return replace(finding, verdict="cannot tell", next_step=SPARED)
    return replace(finding, mechanisms=((slug_of(indicator), 1.0),))


def _table(case: AuditCase, found: list[Flipped], deviation: float) -> Table:
    boundaries = tuple(case.scheme.scale.boundary_label(k) for k in range(found[0].flips.shape[1]))
    columns = ("input", "value", "with", "people", "mean change (SD)", *(f"flips at {b}" for b in boundaries))
    rows = []
    for each in found:
        flips = [float(share) for share in each.flips.mean(axis=0)]
        hidden = any(
            hides_count(case.scheme, int(count)) or hides_count(case.scheme, len(each.rows) - int(count))
            for count in each.flips.sum(axis=0)
        )
        shown = [None] * len(flips) if hidden else flips
        change = float(each.change.mean() / deviation)
        rows.append((each.indicator.name, each.value, each.reference, len(each.rows), change, *shown))
    return Table("individual_flip", "The same people with another value of one input", columns, tuple(rows))


def _text(value: object) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
