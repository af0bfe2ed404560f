"""Reconcile an explanation with the model: base value + SHAP values against the model's own output."""

from __future__ import annotations

import numpy as np

from scs_ml.core import Floats, Ints
from scs_ml.exceptions import ExplanationError

# Relative to the larger of one and the largest output; float64 engines reach about 1e-14.
TOLERANCE = 1e-8
# Probabilities are told apart no finer than this; beyond it their log-odds is cut.
_FINEST = float(np.finfo(np.float64).eps)


def reconcile(values: Floats, base_values: Floats, raw: Floats, rows: Ints) -> float:
    """Largest |base value + sum of SHAP values - output|, or an error where it is too large.

    Parameters
    ----------
    values : ndarray (m, d, outputs)
    base_values : ndarray (outputs,)
    raw : ndarray (m, outputs)
        The model's own output, computed without the explainer.
    rows : ndarray of int (m,)
        Positions, for the message.

    Returns
    -------
    float

    Raises
    ------
    ExplanationError
        If it exceeds `TOLERANCE` × max(1, max |output|) at a boundary, or is no number.
    """
    errors = np.abs(base_values + values.sum(axis=1) - raw)
    for boundary in range(raw.shape[1]):
        allowed = TOLERANCE * max(1.0, float(np.abs(raw[:, boundary]).max()))
        wrong = ~(errors[:, boundary] <= allowed)  # a NaN is wrong too
        if wrong.any():
            first = ", ".join(str(row) for row in rows[wrong][:5])
            raise ExplanationError(
                f"the explanation does not add up to the model at boundary {boundary}: base value + SHAP"
                f" values are up to {errors[:, boundary].max():.3g} off its output (allowed: {allowed:.1g})",
                where=f"{int(wrong.sum())} of {len(rows)} rows, first at positions {first}",
                remedy="do not use these values; a gradient boosting model must get its categories as columns"
                " of 0 and 1, because native categorical splits are read wrongly",
            )
    return float(errors.max())


def exceedance(probabilities: Floats) -> Floats:
    """Probability P(y > k) of exceeding each boundary (m, K-1), from category probabilities (m, K)."""
    return np.asarray(np.cumsum(probabilities[:, :0:-1], axis=1)[:, ::-1], dtype=np.float64)


def exceedance_log_odds(probabilities: Floats) -> Floats:
    """Log-odds of exceeding each boundary (m, K-1), from category probabilities (m, K).

    Both tails are summed for themselves, because 1 - p loses the smaller one; each counts as 2⁻⁵² at least.
    """
    below = np.cumsum(probabilities, axis=1)[:, :-1]
    above = exceedance(probabilities)
    odds = np.maximum(above, _FINEST) / np.maximum(below, _FINEST)
    return np.asarray(np.log(odds), dtype=np.float64)
