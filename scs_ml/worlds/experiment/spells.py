"""How long spells last: on the list, in category 0. Discrete time, spells cut off by the end included.

References
----------
Kaplan & Meier (1958), Nonparametric estimation from incomplete observations, J. Am. Stat. Assoc. 53, 457-481.
"""

from __future__ import annotations

import numpy as np

from scs_ml.core import Bools, Floats


def spell_sums(inside: Bools, members: Bools, *, first_counts: bool) -> Floats:
    """Count ends and spells at risk by duration, in each group.

    Parameters
    ----------
    inside : ndarray of bool (n, P)
        Whether a person is in a spell in a period.
    members : ndarray of bool (G, n)
    first_counts : bool
        Whether a spell that is under way in period 0 began there. Otherwise it is left out: nobody saw it
        begin.

    Returns
    -------
    ndarray (2, G, P - 1)
        Of the spells that have lasted d = 1..P-1 periods and are seen in the next: how many end, and how
        many there are.
    """
    n, periods = inside.shape
    lasted = np.zeros(n, dtype=np.int64)  # of the spell under way; -1: of unknown beginning
    lasted[inside[:, 0]] = 1 if first_counts else -1
    ends, risk = np.zeros((2, len(members), periods - 1))
    for p in range(1, periods):
        known = lasted > 0
        for g, of_group in enumerate(members):
            risk[g] += np.bincount(lasted[known & of_group] - 1, minlength=periods - 1)
            over = known & of_group & ~inside[:, p]
            ends[g] += np.bincount(lasted[over] - 1, minlength=periods - 1)
        goes_on = inside[:, p]
        lasted = np.where(~goes_on, 0, np.where(lasted < 0, -1, lasted + 1))
    return np.stack([ends, risk])


def share_over(sums: Floats) -> Floats:
    """Give the share of spells that are over within 1..P-1 periods.

    Parameters
    ----------
    sums : ndarray (2, ..., P - 1)
        From `spell_sums`; add those of several populations to pool them.

    Returns
    -------
    ndarray (..., P - 1)
        One less the Kaplan-Meier survival; NaN from where no spell is at risk on.
    """
    ends, risk = sums
    hazard = np.divide(ends, risk, out=np.full(risk.shape, np.nan), where=risk > 0)
    survival = np.cumprod(1 - hazard, axis=-1)
    # Once all spells are over, nobody at risk is no riddle.
    over = np.logical_or.accumulate(hazard == 1, axis=-1)
    return np.where(over, 1.0, 1 - survival)


def mean_duration(sums: Floats) -> Floats:
    """Give the mean duration of spells in periods, each counted up to P periods.

    Parameters
    ----------
    sums : ndarray (2, ..., P - 1)

    Returns
    -------
    ndarray (...)
        The restricted mean: the area under the survival curve.
    """
    return np.asarray(1 + (1 - share_over(sums)).sum(axis=-1))
