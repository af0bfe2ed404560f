"""Reconcile an explanation: base value + SHAP values with the output, and that with the forecast."""

from __future__ import annotations

import numpy as np

from scs_ml.core import Floats, Ints
from scs_ml.exceptions import ExplanationError

# Relative to the larger of one and the largest output; float64 engines reach about 1e-14.
TOLERANCE = 1e-8
# Probabilities are told apart no finer than this; beyond it their log-odds is cut.
_FINEST = float(np.finfo(np.float64).eps)
# What has classes_ and predict_proba and nothing else is taken for any classifier.
_BY_SAMPLING = "an object with only its classes_ and predict_proba is explained by sampling"


def reconcile(
    values: Floats, base_values: Floats, raw: Floats, rows: Ints, *, tolerance: float = TOLERANCE
) -> float:
    """Largest |base value + sum of SHAP values - output|, or an error where it is too large.

    Parameters
    ----------
    values : ndarray (m, d, outputs)
    base_values : ndarray (outputs,)
    raw : ndarray (m, outputs)
        The model's own output, computed without the explainer.
    rows : ndarray of int (m,)
        Positions, for the message.
    tolerance : float
        Relative to the larger of one and the largest output.

    Returns
    -------
    float

    Raises
    ------
    ExplanationError
        If it exceeds `tolerance` × max(1, max |output|) at a boundary, or is no number.
    """
    errors = np.abs(base_values + values.sum(axis=1) - raw)
    for boundary in range(raw.shape[1]):
        allowed = tolerance * max(1.0, float(np.abs(raw[:, boundary]).max()))
        wrong = ~(errors[:, boundary] <= allowed)  # a NaN is wrong too
        if wrong.any():
            first = ", ".join(str(row) for row in rows[wrong][:5])
            raise ExplanationError(
                f"the explanation does not add up to the model at boundary {boundary}: base value + SHAP"
                f" values are up to {errors[:, boundary].max():.3g} off its output (allowed: {allowed:.1g})",
                where=f"{int(wrong.sum())} of {len(rows)} rows, first at positions {first}",
                remedy=f"do not use these values; {_BY_SAMPLING}",
            )
    return float(errors.max())


def require_same(own: Floats, forecast: Floats, rows: Ints, *, tolerance: float) -> None:
    """Raise an error unless what is explained is what the forecaster forecasts.

    Parameters
    ----------
    own : ndarray (m, outputs)
        Probabilities of exceeding the boundaries, from the output that is explained.
    forecast : ndarray (m, outputs)
        The same from the forecaster. They are compared as probabilities because a library may give nothing
        else, and from those near 0 and 1 the log-odds cannot be had back to the last digits.
    rows : ndarray of int (m,)
        Positions, for the message.
    tolerance : float

    Raises
    ------
    ExplanationError
        If they are further apart than `tolerance`, or no numbers.
    """
    errors = np.abs(own - forecast)
    wrong = ~(errors <= tolerance)  # a NaN is wrong too
    if wrong.any():
        boundary = int(np.flatnonzero(wrong.any(axis=0))[0])
        at = wrong[:, boundary]
        first = ", ".join(str(row) for row in rows[at][:5])
        raise ExplanationError(
            f"the forecaster does not forecast what its trees say at boundary {boundary}: probabilities"
            f" are up to {errors[:, boundary].max():.3g} apart (allowed: {tolerance:.1g})",
            where=f"{int(at.sum())} of {len(rows)} rows, first at positions {first}",
            remedy=f"explain the trees by themselves with TreeShap; {_BY_SAMPLING}",
        )


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
