"""The list: who stands on it, and for how long at least."""

from __future__ import annotations

import numpy as np

from scs_ml.core import Bools, Ints
from scs_ml.worlds.experiment.policy import Policy


def quarters_listed(policy: Policy, before: Ints, category: Ints) -> Ints:
    """Count the quarters of the current listing, this one included; 0 for who is not on the list.

    Parameters
    ----------
    policy : Policy
    before : ndarray of int (n,)
        The same count a quarter earlier.
    category : ndarray of int (n,)
        Category in this quarter: in 0, a person is on the list.
    """
    if not policy.listing:
        return np.zeros_like(before)
    stays = (category == 0) | ((before > 0) & (before < policy.minimum_stay))
    return np.where(stays, before + 1, 0)


def restricted_areas(policy: Policy, listed: Bools, debts: Bools) -> tuple[Bools, Bools]:
    """Whom work and credit are closed to: two arrays (n,).

    Parameters
    ----------
    policy : Policy
    listed : ndarray of bool (n,)
    debts : ndarray of bool (n,)
        Who has unpaid debts in force: trust broken in the area of credit. No rule of the card takes points
        for anything at work.
    """
    if policy.cross_domain:
        return listed, listed
    return np.zeros_like(listed), listed & debts
