"""Power of a two-sided test, and the smallest effect it can detect."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import stats

from scs_ml.core import Floats


def detectable_effect(se: npt.ArrayLike, critical: npt.ArrayLike, power: float = 0.8) -> Floats:
    r"""Smallest effect that the test finds with the given power, :math:`(c + z_{power})\,se`.

    Parameters
    ----------
    se : array
        Standard error of the estimate.
    critical : array
        Critical value of \|estimate\|/se, adjusted for multiplicity where there is some.
    power : float
        Probability of finding the effect.

    Returns
    -------
    array
        In the unit of the estimate.

    References
    ----------
    Bloom (1995), "Minimum detectable effects", Eval. Rev. 19, 547-556.

    Examples
    --------
    >>> print(f"{detectable_effect(1.0, 1.96):.2f}")
    2.80
    """
    return np.asarray((np.asarray(critical) + stats.norm.ppf(power)) * np.asarray(se), dtype=np.float64)


def power_at(effect: npt.ArrayLike, se: npt.ArrayLike, critical: npt.ArrayLike) -> Floats:
    r"""Probability that a two-sided test finds an effect, :math:`\Phi(e/se - c) + \Phi(-e/se - c)`.

    Parameters
    ----------
    effect : array
        True effect, for instance the floor of materiality.
    se : array
        Standard error of the estimate.
    critical : array
        Critical value of \|estimate\|/se, adjusted for multiplicity where there is some.

    Returns
    -------
    array
        NaN where the standard error or the critical value is; 1 where the standard error is 0 and the effect
        is not.

    References
    ----------
    Cohen (1988), Statistical Power Analysis for the Behavioral Sciences, 2nd ed.

    Examples
    --------
    >>> print(f"{power_at(2.80, 1.0, 1.96):.2f}")
    0.80
    """
    c = np.asarray(critical, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        distance = np.abs(np.asarray(effect, dtype=np.float64)) / np.asarray(se, dtype=np.float64)
    return np.asarray(stats.norm.sf(c - distance) + stats.norm.sf(c + distance), dtype=np.float64)
