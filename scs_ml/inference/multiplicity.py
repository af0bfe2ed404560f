"""Adjusted p-values where no joint distribution is at hand (`simultaneous` is sharper where it is)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from scs_ml.core import Floats
from scs_ml.exceptions import ScsError


def p_values(p: npt.ArrayLike) -> Floats:
    """Check p-values and return them as an array (m,)."""
    array = np.asarray(p, dtype=np.float64)
    if array.ndim != 1 or ((array < 0) | (array > 1)).any():
        raise ScsError("p-values must be a one-dimensional array within [0, 1] (NaN where not tested).")
    return array


def holm(p: npt.ArrayLike) -> Floats:
    """Holm's step-down p-values: control the chance of any false finding, under any dependence.

    Parameters
    ----------
    p : array of shape (m,)
        NaN marks a test that was not made; it stays NaN and does not count.

    Returns
    -------
    array of shape (m,)

    References
    ----------
    Holm (1979), Scand. J. Stat. 6, 65-70.

    Examples
    --------
    >>> holm([0.01, 0.04, 0.03])
    array([0.03, 0.06, 0.06])
    """
    values = p_values(p)
    adjusted = np.full(len(values), np.nan)
    tested = np.flatnonzero(~np.isnan(values))
    order = tested[np.argsort(values[tested], kind="stable")]
    scaled = values[order] * np.arange(len(order), 0, -1)
    adjusted[order] = np.minimum(np.maximum.accumulate(scaled), 1.0)
    return adjusted
