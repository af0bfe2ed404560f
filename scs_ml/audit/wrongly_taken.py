"""Points wrongly taken from a group, estimated from the answers to a stratified sample of events."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import optimize, stats

from scs_ml.core import Bools, Floats, Ints
from scs_ml.inference import covariance, design_effect, effective_counts, newcombe_difference, wilson


@dataclass(frozen=True)
class WronglyTaken:
    """Points wrongly taken per person, in the situation less the others, in SD of the score.

    `share` and `counts` are the false share and (false, answered) of each stratum, in the situation first.
    """

    value: float
    low: float
    high: float
    p: float
    half_width: float  # of the interval, per unit of its critical value: a standard error
    share: tuple[float, float]
    effective: tuple[tuple[float, float], tuple[float, float]]  # (false, answered) after the design effect
    counts: tuple[tuple[int, int], tuple[int, int]]

    def difference(self, critical: float) -> tuple[float, float]:
        """Interval of the false share in the situation less that of the others (Newcombe's)."""
        low, high = newcombe_difference(*self.effective[0], *self.effective[1], z=critical)
        return float(low), float(high)

    def more_often_false(self, critical: float) -> bool:
        """Whether a larger share of the points was false in the situation than elsewhere."""
        return self.difference(critical)[0] > 0


def wrongly_taken(
    *,
    points: Floats,
    happened: Bools,
    event_cluster: Ints,
    event_inside: Bools,
    booked_points: Floats,
    row_inside: Bools,
    row_cluster: Ints,
    score_sd: float,
    critical: float,
) -> WronglyTaken:
    r"""Estimate the gap in points wrongly taken per person from a stratified sample of answers.

    In stratum h people lost :math:`R_h` points each through the indicator (known from the ledger), of which
    the answers say a share :math:`f_h` was false. The Horvitz-Thompson estimate of what was wrongly taken
    is :math:`R_h f_h`, whatever the two sampling rates are, and the gap is the difference of the two.

    Parameters
    ----------
    points : ndarray (a,)
        Points of the events answered.
    happened : ndarray of bool (a,)
    event_cluster : ndarray of int (a,)
        Families of the events.
    event_inside : ndarray of bool (a,)
        Whether the event's subject is in the situation.
    booked_points : ndarray (s,)
        Points in force through the indicator per person.
    row_inside, row_cluster : ndarrays (s,)
        The same of persons.
    score_sd : float
    critical : float
        Normal critical value of the interval.

    Returns
    -------
    WronglyTaken
        Its interval combines the Wilson limits of the false shares with the error of the points per person
        (MOVER); the answers' design effect by family, and by unequal points, shrinks their number first.

    References
    ----------
    Horvitz & Thompson (1952), JASA 47, 663-685. Zou & Donner (2008), "Construction of confidence limits about
    effect measures: a general approach", Stat. Med. 27, 1693-1702 (MOVER).
    """
    sides = []
    for side in (True, False):
        answered, people = event_inside == side, row_inside == side
        share, effective = false_share(points[answered], ~happened[answered], event_cluster[answered])
        loss = -float(booked_points[people].mean()) if people.any() else float("nan")
        error = _mean_error(booked_points[people], row_cluster[people])
        counts = int((~happened[answered]).sum()), int(answered.sum())
        sides.append((loss, error, share, effective, counts))

    def limits(z: float) -> tuple[float, float, float]:
        value, below, above = 0.0, 0.0, 0.0
        for sign, (loss, error, share, (false, n), _) in zip((-1, 1), sides, strict=True):
            low, high = (float(limit) for limit in wilson(false, n, z=z))
            down = np.hypot(loss * (share - low), share * z * error)
            up = np.hypot(loss * (high - share), share * z * error)
            value += sign * loss * share / score_sd
            below += ((up if sign < 0 else down) / score_sd) ** 2
            above += ((down if sign < 0 else up) / score_sd) ** 2
        return value, value - float(np.sqrt(below)), value + float(np.sqrt(above))

    value, low, high = limits(critical)
    return WronglyTaken(
        value=value,
        low=low,
        high=high,
        p=_p_value(limits),
        half_width=(high - low) / (2 * critical),
        share=(sides[0][2], sides[1][2]),
        effective=(sides[0][3], sides[1][3]),
        counts=(sides[0][4], sides[1][4]),
    )


def _p_value(limits: Callable[[float], tuple[float, float, float]]) -> float:
    """Two-sided p: the error probability at which the interval just reaches zero."""
    value, low, high = limits(1.0)
    if value == 0 or not np.isfinite(low + high):
        return 1.0
    edge = 1 if value > 0 else 2

    def reach(z: float) -> float:
        return float(limits(z)[edge])

    most = 38.0  # beyond it the normal tail underflows
    if reach(most) * value > 0:
        return 2 * float(stats.norm.sf(most))
    return 2 * float(stats.norm.sf(optimize.brentq(reach, 1e-9, most)))


def false_share(points: Floats, false: Bools, cluster: Ints) -> tuple[float, tuple[float, float]]:
    """Share of the points that was false; (false, answered) shrunk to independent events of equal points."""
    weight = np.abs(points)
    if not weight.sum() > 0:
        return float("nan"), (0.0, 0.0)
    share = float((weight * false).sum() / weight.sum())
    n = len(points)
    by_cluster = np.bincount(cluster, weights=weight)
    unequal = n * float((weight**2).sum()) / float(weight.sum()) ** 2
    shared = float(design_effect(weight * (false - share) / weight.sum(), cluster)[0])
    # Answers that all agree show no variance: families are then taken to be of one mind.
    of_one_mind = n * float((by_cluster**2).sum()) / float(weight.sum()) ** 2
    effect = unequal * max(shared, 1.0) if np.isfinite(shared) else of_one_mind
    count, size = effective_counts(share * n, n, effect)
    return share, (float(count), float(size))


def _mean_error(values: Floats, cluster: Ints) -> float:
    """Cluster-robust standard error of a mean."""
    if not len(values):
        return float("nan")
    return float(np.sqrt(covariance((values - values.mean()) / len(values), cluster)[0, 0]))
