"""A loss judged twice: beside the reference, and counted from nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from scs_ml.audit.judge import Limits, NextSteps
from scs_ml.core import Bools, Evidence, Finding, Floats, Ints
from scs_ml.inference import Estimate
from scs_ml.inference.least_squares import least_squares

SPARED = "The group is spared what others lose: look at the others."
OWN = 0.1  # share of a loss that the reference must not bear, or it is not the group's
DECLARE = "Declare the card, or give the ledger: a line estimated from so noisy a score settles nothing."
ALIKE = "It costs everybody, and this group no more than others: ask why it counts at all."


def judged_twice(beside: Finding, lost: Finding, steps: NextSteps) -> Finding:
    """Join two judgements of one loss: more than the reference's, and material counted from nothing.

    The loss from nothing is what people bear, so it is the effect; that the reference bears less makes it the
    group's. Each has its interval at the level of the check and a flag needs both, so that it errs no more
    often than either (an intersection-union test).

    Parameters
    ----------
    beside, lost : Finding
        Of one cell: the group less its reference, and the group alone.
    steps : mapping

    Returns
    -------
    Finding
        A flag only where the group loses.

    References
    ----------
    Berger (1982), "Multiparameter hypothesis testing and acceptance sampling", Technometrics 24, 295-300.
    """
    effect, gap = lost.effect, beside.effect
    if effect is None or gap is None:
        return replace(beside, effect=None, p_adjusted=None, detectable=None)
    text = f"Beside the reference: {gap.value:+.3f} SD ({gap.low:+.3f} to {gap.high:+.3f})."
    shown = Evidence("beside the reference", text, {"gap": gap.value, "low": gap.low, "high": gap.high})
    found = replace(lost, evidence=(*lost.evidence, shown))
    if beside.p_adjusted is None or lost.p_adjusted is None:  # too few people
        return found
    found = replace(found, p_adjusted=max(beside.p_adjusted, lost.p_adjusted))
    if lost.verdict == "flag" and gap.high < 0 and gap.value < OWN * effect.value < 0:
        return found
    spared = gap.low > 0 and gap.value > gap.floor
    if lost.verdict == "clear" and not spared:
        return found
    alike = lost.verdict == "flag" and effect.value < 0
    step = SPARED if spared else ALIKE if alike and beside.verdict == "clear" else steps["cannot tell"]
    return replace(found, verdict="cannot tell", next_step=step)


def widened(estimate: Estimate, bound: Floats) -> Limits:
    """Make intervals that are wider on both sides by what a bias may add (m,)."""

    def limits(critical: Floats) -> tuple[Floats, Floats]:
        low, high = estimate.limits(critical)
        return low - np.abs(bound), high + np.abs(bound)

    return limits


def unsettled(finding: Finding) -> Finding:
    """Keep the estimate of a finding whose rules are too uncertain for a verdict."""
    if finding.verdict not in {"flag", "clear"}:
        return finding
    return replace(finding, verdict="cannot tell", next_step=DECLARE, mechanisms=())


def less(one: Estimate, other: Estimate) -> Estimate:
    """Difference of two estimates over the same units."""
    return replace(
        one,
        value=one.value - other.value,
        influence=one.influence - other.influence,
        df=np.minimum(one.df, other.df),
    )


def mean_of(values: Floats, side: Bools, cluster: Ints) -> Estimate:
    """Mean of the rows of one side (n,), over the clusters (n,) of all rows."""
    codes = np.unique(cluster, return_inverse=True)[1]
    if not side.any():
        nothing = np.zeros(1)
        return Estimate(
            np.full(1, np.nan), np.zeros((int(codes.max()) + 1, 1)), nothing + np.nan, nothing, nothing
        )
    fit = least_squares(values[side], np.ones((int(side.sum()), 1)))
    estimate = fit.estimate(np.ones(1), codes[side])
    return replace(estimate, influence=by_unit(fit.influence(np.ones(1)), codes[side], int(codes.max()) + 1))


def by_unit(influence: Floats, codes: Ints, units: int) -> Floats:
    """Sum the influence (r, 1) of some rows over all units, giving (units, 1)."""
    sums = np.bincount(codes, weights=influence[:, 0], minlength=units).astype(np.float64)
    return np.asarray(sums[:, None], dtype=np.float64)
