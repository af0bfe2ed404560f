"""From joint estimates to findings: one way for every check."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import expit, logit

from scs_ml.audit.groups import Contrast
from scs_ml.core import Effect, Evidence, Finding, Floats, Kind, Verdict
from scs_ml.inference import Estimate, SimultaneousResult, logistic_floor, power_at, simultaneous, verdict

NextSteps = Mapping[Verdict, str]
Limits = Callable[[Floats], tuple[Floats, Floats]]

POWER, AT_FLOOR = "power", "power at the floor"  # stage of the evidence, and the name of its value

ENLARGE = (
    "Collect more rows of this group, or merge it with groups that share its circumstances, and audit again."
)


@dataclass(frozen=True)
class Cell:
    """What one column of an estimate speaks of: whom, which indicator or boundary, which unit and floor."""

    contrast: Contrast
    metric: str
    unit: str
    floor: float
    indicator: str | None = None
    boundary: int | None = None
    evidence: tuple[Evidence, ...] = ()


def judge(
    check: str,
    kind: Kind,
    cells: Sequence[Cell],
    estimate: Estimate,
    steps: NextSteps,
    *,
    level: float,
    seed: int,
    limits: Limits | None = None,
) -> tuple[Finding, ...]:
    """Judge all cells of a check jointly and give one finding for each.

    Parameters
    ----------
    check, kind : str
        Name and kind of the check.
    cells : sequence of Cell (m,)
    estimate : Estimate
        m contrasts, in the order of the cells.
    steps : mapping
        What to do next, by verdict.
    level : float
        Probability, shared by all cells, that an interval misses.
    seed : int
        Seed of the max-T draws.
    limits : callable, optional
        Makes intervals (m,) from critical values (m,), where the estimate's own t intervals are not the
        best known.

    Returns
    -------
    tuple of Finding (m,)
        A cell with a side too small for a verdict stays out of the joint family and is "cannot tell"; one
        whose estimate is undefined is "not applicable".
    """
    small = np.array([cell.contrast.small for cell in cells], dtype=bool)
    result = _together(estimate, ~small, level, seed), _together(estimate, small, level, seed)
    critical = np.where(small, result[1].critical, result[0].critical)
    low, high = (
        limits(critical)
        if limits
        else tuple(np.where(small, getattr(result[1], s), getattr(result[0], s)) for s in ("low", "high"))
    )
    findings = []
    for j, cell in enumerate(cells):
        joint = result[int(small[j])]
        effect = _effect(cell, float(joint.value[j]), float(low[j]), float(high[j]))
        told: Verdict
        if effect is None:
            told = "cannot tell" if small[j] else "not applicable"
        else:
            told = "cannot tell" if small[j] else verdict(effect.value, effect.low, effect.high, effect.floor)
        findings.append(
            Finding(
                check=check,
                kind=kind,
                verdict=told,
                group=cell.contrast.group,
                reference=cell.contrast.reference,
                n=cell.contrast.n,
                next_step=ENLARGE if small[j] else steps[told],
                effect=effect,
                indicator=cell.indicator,
                boundary=cell.boundary,
                p_adjusted=None if effect is None or small[j] else number(joint.p_adjusted[j]),
                detectable=None if effect is None else number(joint.detectable[j]),
                evidence=cell.evidence
                + power_evidence(told, effect, float(joint.se[j]), float(joint.critical[j])),
            )
        )
    return tuple(findings)


def power_evidence(told: Verdict, effect: Effect | None, se: float, critical: float) -> tuple[Evidence, ...]:
    """Say beside a "clear" or "cannot tell" how likely an effect as large as the floor was to be found.

    Parameters
    ----------
    told : str
        Verdict.
    effect : Effect or None
    se, critical : float
        Standard error and critical value that the interval rests on.

    Returns
    -------
    tuple of Evidence
        The stage `POWER`, or nothing where it has no meaning.
    """
    if effect is None or told not in ("clear", "cannot tell") or not math.isfinite(se * critical):
        return ()
    power = float(power_at(effect.floor, se, critical))
    statement = f"An effect as large as the floor would have been found with probability {power:.2f}."
    return (Evidence(POWER, statement, {AT_FLOOR: power}),)


def not_applicable(
    check: str, kind: Kind, why: str, next_step: str, *, indicator: str | None = None
) -> Finding:
    """Say in one finding that a check has nothing to look at, and what would give it something."""
    return Finding(
        check,
        kind,
        "not applicable",
        (),
        (),
        (0, 0),
        next_step,
        indicator=indicator,
        evidence=(Evidence("applicability", why),),
    )


def standard_deviation(values: Floats) -> float:
    """Sample standard deviation; NaN where the values do not vary, since nothing can be measured in it."""
    if len(values) < 2:
        return math.nan
    deviation = float(np.std(values, ddof=1))
    return deviation if deviation > 1e-12 * max(1.0, float(np.abs(values).max())) else math.nan


def rate_floor(floor_sd: float, count: float, n: float) -> float:
    """Turn a floor in SD of the latent score into probability, at the reference's rate.

    A shift of `floor_sd` standard deviations of a logistic latent score moves a rate p to ``expit(logit(p)
    + floor_sd pi / sqrt(3))``. The rate has half a success and half a failure added, so that an empty cell
    leaves a floor above zero.

    Parameters
    ----------
    floor_sd : float
    count, n : float
        Successes and trials of the reference.

    Returns
    -------
    float
        In probability.

    Examples
    --------
    >>> round(rate_floor(0.05, 50, 100), 4)
    0.0227
    """
    p = (count + 0.5) / (n + 1)
    return float(expit(logit(p) + logistic_floor(floor_sd)) - p)


def _together(estimate: Estimate, kept: np.ndarray, level: float, seed: int) -> SimultaneousResult:
    """Judge the kept columns jointly; the rest are NaN."""
    masked = replace(estimate, value=np.where(kept, estimate.value, np.nan))
    return simultaneous(masked, confidence=1 - level, seed=seed)


def _effect(cell: Cell, value: float, low: float, high: float) -> Effect | None:
    if not all(map(math.isfinite, (value, low, high, cell.floor))):
        return None
    return Effect(cell.metric, value, low, high, cell.unit, cell.floor)


def number(value: float) -> float | None:
    """Give a plain number, None where it is undefined: reports know no NaN."""
    return float(value) if math.isfinite(value) else None


def finite(values: Mapping[str, float]) -> dict[str, float]:
    """Keep the values that are defined, as plain numbers."""
    return {name: float(value) for name, value in values.items() if math.isfinite(value)}
