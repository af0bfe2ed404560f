"""From an estimate with its interval to one of four words."""

from __future__ import annotations

import math

from scs_ml.core import Verdict
from scs_ml.exceptions import ScsError


def verdict(value: float, low: float, high: float, floor: float) -> Verdict:
    """Judge one effect against the floor of materiality.

    Parameters
    ----------
    value, low, high : float
        Estimate and its interval, already adjusted for multiplicity.
    floor : float
        Smallest effect that matters, in the effect's unit; not negative.

    Returns
    -------
    str
        "flag": the interval excludes zero and the estimate exceeds the floor in size.
        "clear": the interval lies wholly within +-floor. "not applicable": something is NaN.
        "cannot tell": everything else.

    Raises
    ------
    ScsError
        If the floor is negative or missing, or the interval is reversed.

    Examples
    --------
    >>> verdict(0.3, 0.1, 0.5, floor=0.05)
    'flag'
    >>> verdict(0.01, -0.03, 0.04, floor=0.05)
    'clear'
    >>> verdict(0.3, -0.1, 0.7, floor=0.05)
    'cannot tell'
    """
    if not floor >= 0:
        raise ScsError(f"The floor must be a number that is not negative; got {floor}.")
    if math.isnan(value) or math.isnan(low) or math.isnan(high):
        return "not applicable"
    if low > high:
        raise ScsError(f"The interval runs from {low} to {high}; expected low <= high.")
    if (low > 0 or high < 0) and abs(value) > floor:
        return "flag"
    if -floor <= low and high <= floor:
        return "clear"
    return "cannot tell"


def logistic_floor(floor_sd: float) -> float:
    r"""Turn a floor in standard deviations into log-odds, :math:`\pi/\sqrt 3` per standard deviation.

    The standard logistic distribution has standard deviation pi/sqrt(3), so a shift of the latent
    score by d standard deviations is a log odds ratio of d pi/sqrt(3).

    Parameters
    ----------
    floor_sd : float
        Floor in standard deviations of the latent score.

    Returns
    -------
    float
        Floor in log-odds.

    References
    ----------
    Hasselblad & Hedges (1995), "Meta-analysis of screening and diagnostic tests", Psychol. Bull. 117.

    Examples
    --------
    >>> round(logistic_floor(0.05), 4)
    0.0907
    """
    return floor_sd * math.pi / math.sqrt(3)
