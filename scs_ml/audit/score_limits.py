"""Intervals of shares inside a joint test: the score method's limits, the joint test's critical value."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from scs_ml.audit.judge import Limits
from scs_ml.core import Floats
from scs_ml.inference import Estimate, effective_counts

_LARGEST = 38.0  # standard errors: beyond it the normal tail underflows


def effective_four(counts: Floats, estimate: Estimate) -> tuple[Floats, Floats, Floats, Floats]:
    """Shrink successes and trials of both sides by the design effect of the clusters.

    Parameters
    ----------
    counts : ndarray (m, 4)
        Successes and trials of the group, then of the reference.
    estimate : Estimate
        Of the m differences in shares.

    Returns
    -------
    tuple of ndarray (m,)
        Successes and trials of the group, then of the reference.
    """
    count_a, n_a, count_b, n_b = counts.T
    with np.errstate(divide="ignore", invalid="ignore"):
        p_a, p_b = count_a / n_a, count_b / n_b
        independent = p_a * (1 - p_a) / n_a + p_b * (1 - p_b) / n_b
        clustered = np.einsum("gm,gm->m", estimate.influence, estimate.influence)
        effect = np.where(independent > 0, clustered / independent, 1.0)
    effect = np.nan_to_num(np.maximum(effect, 1.0), nan=1.0)
    return *effective_counts(count_a, n_a, effect), *effective_counts(count_b, n_b, effect)


def matched(estimate: Estimate, limits: Limits) -> Estimate:
    """Rescale the errors so that an estimate has the p-value at which its own interval just reaches zero.

    Correlations, and with them the joint critical value, stay as they are.

    Parameters
    ----------
    estimate : Estimate
    limits : callable
        Makes intervals (m,) from critical values (m,).

    Returns
    -------
    Estimate
    """
    inside, outside = np.zeros(len(estimate.value)), np.full(len(estimate.value), _LARGEST)
    for _ in range(60):
        middle = (inside + outside) / 2
        low, high = limits(middle)
        excludes = (low > 0) | (high < 0)
        inside, outside = np.where(excludes, middle, inside), np.where(excludes, outside, middle)
    usable = np.isfinite(estimate.value) & (estimate.value != 0) & (estimate.se > 0) & (inside > 0)
    wanted = np.divide(np.abs(estimate.value), inside, out=np.ones(len(inside)), where=usable)
    scale = np.divide(wanted, estimate.se, out=np.ones(len(inside)), where=usable)
    return replace(
        estimate,
        influence=estimate.influence * scale,
        nugget=estimate.nugget * scale**2,
        skewness=np.zeros(len(inside)),
    )
