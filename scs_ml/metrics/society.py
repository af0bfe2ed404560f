"""The society scale: how a group stands by the share of its people on the positive side of a cut.

In Suining the cut lies at 600 points; in general a person is positive where category > boundary.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from scs_ml.exceptions import ScsError

Society = Literal["++", "+>-", "+=-", "+<-", "--"]


@dataclass(frozen=True)
class SocietyClass:
    """A group's place on the society scale.

    Attributes
    ----------
    point : str
        Class by the exact counts, as the paper's Table 1 has it; "not applicable" for an empty group.
    told : str
        Class that the interval of the share supports, or "cannot tell".
    """

    point: Society | Literal["not applicable"]
    told: Society | Literal["cannot tell", "not applicable"]


def society_class(
    n_positive: int, n_total: int, low: float, high: float, tolerance: float = 0.01
) -> SocietyClass:
    """Class a group as `++`, `+>-`, `+=-`, `+<-` or `--`, by its counts and by what its interval supports.

    By counts: `++` everyone is positive, `--` everyone is negative, otherwise more, as many, or
    fewer positive than negative. What can be told: `+=-` where the whole interval lies within
    1/2 +- tolerance (an exact tie is a knife's edge that no sample can establish); otherwise
    "cannot tell" where the interval holds 1/2, and the class by counts where it does not. `++` and
    `--` describe the people counted (the share is exactly 1 or 0), so a group too small for
    its interval to clear 1/2 is "cannot tell" even when unanimous.

    Parameters
    ----------
    n_positive, n_total : int
        People on the positive side, and all people of the group.
    low, high : float
        Interval of the share, for instance `inference.wilson(n_positive, n_total)`.
    tolerance : float
        Half-width, in shares, of what counts as equal.

    Returns
    -------
    SocietyClass

    Raises
    ------
    ScsError
        If the counts are impossible or the interval is reversed.

    References
    ----------
    Alguliyev & Alakbarova (2021), Table 1.

    Examples
    --------
    >>> society_class(70, 100, 0.604, 0.781)
    SocietyClass(point='+>-', told='+>-')
    >>> society_class(52, 100, 0.423, 0.615)
    SocietyClass(point='+>-', told='cannot tell')
    """
    if not 0 <= n_positive <= n_total:
        raise ScsError(f"{n_positive} positive of {n_total} people is not a possible count.")
    if n_total == 0:
        return SocietyClass("not applicable", "not applicable")
    if not low <= high:
        raise ScsError(f"The interval of the share runs from {low} to {high}; expected low <= high.")
    point = _by_counts(n_positive, n_total)
    if 0.5 - tolerance <= low and high <= 0.5 + tolerance:
        return SocietyClass(point, "+=-")
    if low <= 0.5 <= high:
        return SocietyClass(point, "cannot tell")
    if point == "+=-":
        raise ScsError(f"The interval {low} to {high} does not hold the group's own share of 1/2.")
    return SocietyClass(point, point)


def _by_counts(n_positive: int, n_total: int) -> Society:
    if n_positive == n_total:
        return "++"
    if n_positive == 0:
        return "--"
    if 2 * n_positive == n_total:
        return "+=-"
    return "+>-" if 2 * n_positive > n_total else "+<-"
