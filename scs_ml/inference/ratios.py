"""Ratio of two shares, with an interval that holds up where a share is rare, near one, or clustered."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from scs_ml.core import Floats
from scs_ml.inference.proportions import wilson


def mover_ratio(
    count_a: npt.ArrayLike,
    n_a: npt.ArrayLike,
    count_b: npt.ArrayLike,
    n_b: npt.ArrayLike,
    *,
    confidence: float = 0.95,
    z: npt.ArrayLike | None = None,
) -> tuple[Floats, Floats]:
    r"""Interval of p_a / p_b from the Wilson intervals of both shares.

    With estimates p and Wilson limits (l, u),

    .. math::
        \frac{p_a p_b \mp \sqrt{(p_a p_b)^2 - x_a y_b}}{y_b}, \quad
        x = l_a(2p_a - l_a),\; y = u_b(2p_b - u_b) \text{ below};\quad
        x = u_a(2p_a - u_a),\; y = l_b(2p_b - l_b) \text{ above.}

    Parameters
    ----------
    count_a, n_a, count_b, n_b : arrays, broadcastable
        Successes and trials of either sample; may be fractional (`effective_counts`).
    confidence, z
        As in `wilson`.

    Returns
    -------
    low, high : arrays
        From 0 to infinity: high is infinite where b has no success. NaN where either sample is empty.

    References
    ----------
    Donner & Zou (2012), "Closed-form confidence intervals for functions of the normal mean and standard
    deviation", Stat. Methods Med. Res. 21, 347-359. Newcombe (2016), "MOVER-R confidence intervals for
    ratios and products of two independently estimated quantities", Stat. Methods Med. Res. 25, 1774-1778.

    Examples
    --------
    >>> low, high = mover_ratio(36, 60, 48, 60)
    >>> print(f"{low:.3f} {high:.3f}")
    0.581 0.950
    """
    low_a, high_a = wilson(count_a, n_a, confidence=confidence, z=z)
    low_b, high_b = wilson(count_b, n_b, confidence=confidence, z=z)
    with np.errstate(divide="ignore", invalid="ignore"):
        p_a = np.asarray(count_a, dtype=np.float64) / np.asarray(n_a, dtype=np.float64)
        p_b = np.asarray(count_b, dtype=np.float64) / np.asarray(n_b, dtype=np.float64)
    return _limit(p_a, p_b, low_a, high_b, -1.0), _limit(p_a, p_b, high_a, low_b, 1.0)


def _limit(p_a: Floats, p_b: Floats, own: Floats, other: Floats, sign: float) -> Floats:
    """One limit, rationalised so that it holds where the denominator is near zero."""
    product = p_a * p_b
    x, y = own * (2 * p_a - own), other * (2 * p_b - other)
    root = np.sqrt(np.maximum(product**2 - x * y, 0.0))
    with np.errstate(divide="ignore", invalid="ignore"):
        # (P - root) / y and x / (P + root) are equal; each is safe where the other is not.
        if sign < 0:
            limit = np.where(product + root > 0, x / (product + root), 0.0)
        else:
            limit = np.where(y > 0, (product + root) / y, np.inf)
    missing = np.isnan(p_a) | np.isnan(p_b)
    return np.where(missing, np.nan, np.maximum(limit, 0.0))
