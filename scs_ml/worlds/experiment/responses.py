"""What people and others do differently once the scores are known: factors on the rates of acts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scs_ml.core import Bools, Floats
from scs_ml.schemes import Scale
from scs_ml.worlds.conduct import MISCONDUCT
from scs_ml.worlds.experiment.policy import Policy

TITLES = ("exemplary_county", "exemplary_city")
_POINTS = 100.0  # one unit of standing
_FARTHEST = 2.0  # units of standing


@dataclass(frozen=True)
class Scored:
    """What a quarter's scores let everyone see, and close.

    Attributes
    ----------
    worst, near : ndarray (n,)
        In category 0; within the policy's margin of a boundary. Shares between 0 and 1 in a compartment.
    standing : ndarray (n,)
        In hundreds of points above the start.
    no_work, no_credit : ndarray (n,)
        Whether these areas are closed.
    friends : ndarray (n,)
        Share of friends on the list.
    """

    worst: Floats
    near: Floats
    standing: Floats
    no_work: Floats
    no_credit: Floats
    friends: Floats


def near_boundary(scale: Scale, score: Floats, margin: float) -> Bools:
    """Who is within a margin of any boundary, on either side: (n,)."""
    bounds = np.asarray(scale.lower_bounds, dtype=np.float64)
    return np.asarray((np.abs(score[:, None] - bounds) <= margin).any(axis=1))


def standing(scale: Scale, score: Floats) -> Floats:
    """Score less start in hundreds of points, within -2..2."""
    return np.clip((score - (scale.start or 0.0)) / _POINTS, -_FARTHEST, _FARTHEST)


def response_factors(policy: Policy, seen: Scored) -> dict[str, Floats]:
    r"""Factors (n,) on the rates of acts in the quarter after.

    With feedback :math:`f`, the factor of an act is :math:`\exp(f h)`. For misconduct,
    :math:`h = -\text{deterrence}\cdot\text{near} + \text{discouragement}\cdot\text{worst}`; unpaid debts add
    :math:`-(\text{income}+\text{credit})\cdot\text{standing} + \text{restriction}\cdot\text{no\_credit}`, and
    neighbours' reports :math:`\text{association}\cdot\text{friends}`. For titles,
    :math:`h = \text{jobs}\cdot\text{standing} - \text{restriction}\cdot\text{no\_work}`; for charity,
    :math:`h = \text{deterrence}\cdot\text{near} - \text{discouragement}\cdot\text{worst} -
    \text{association}\cdot\text{friends}`.
    """
    spurred = policy.deterrence * seen.near - policy.discouragement * seen.worst
    shunned = policy.association * seen.friends
    change = dict.fromkeys(MISCONDUCT, -spurred)
    change["unpaid_debts"] = (
        change["unpaid_debts"]
        - (policy.income + policy.credit) * seen.standing
        + policy.restriction * seen.no_credit
    )
    change["informant_reports"] = change["informant_reports"] + shunned
    at_work = policy.jobs * seen.standing - policy.restriction * seen.no_work
    change.update(dict.fromkeys(TITLES, at_work))
    change["charity_days"] = spurred - shunned
    return {act: np.exp(policy.feedback * each) for act, each in change.items()}
