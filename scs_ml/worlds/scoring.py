"""From events to counts, from counts to scores: the scheme's card, plus whatever rules it does not hold."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from scs_ml.core import Floats
from scs_ml.schemes import Scheme, card_points
from scs_ml.worlds.ledger import UNBOOKED, UNDECLARED, Events
from scs_ml.worlds.observation import ACTS


def window_sums(per_quarter: npt.ArrayLike, expiry: int) -> Floats:
    """Sum what is still in force in each observed quarter.

    Parameters
    ----------
    per_quarter : ndarray (n, T)
        Amounts per simulated quarter; the first `expiry` are the burn-in.
    expiry : int
        Quarters that an event stays in force, its own included.

    Returns
    -------
    ndarray (n, T - expiry)
        Sums over the trailing `expiry` quarters of every quarter after the burn-in.
    """
    totals = np.cumsum(np.asarray(per_quarter, dtype=np.float64), axis=1)
    return totals[:, expiry:] - totals[:, :-expiry]


def per_quarter(events: Events, shape: tuple[int, int], *, points: bool = False) -> Floats:
    """Count the events, or sum their points, per person and quarter: (n, T)."""
    cells = events.person * shape[1] + events.quarter
    weights = events.points if points else None
    sums = np.bincount(cells, weights=weights, minlength=shape[0] * shape[1])
    return sums.reshape(shape).astype(np.float64)


def windowed_counts(events: Events, shape: tuple[int, int], expiry: int) -> dict[str, Floats]:
    """Count the events of each act in force: (n, T - expiry) by indicator."""
    counts = {}
    for act in ACTS:
        counts[act] = window_sums(per_quarter(events.of_rules(act), shape), expiry)
    return counts


def undeclared_points(events: Events, shape: tuple[int, int], expiry: int) -> Floats:
    """Sum the points in force that no rule on the card gives, in the ledger or not: (n, T - expiry)."""
    off_card = events.of_rules(*UNDECLARED, UNBOOKED)
    return window_sums(per_quarter(off_card, shape, points=True), expiry)


def unclipped_scores(scheme: Scheme, counts: Mapping[str, Floats]) -> Floats:
    """Start plus the card's points for windowed counts, before the scale's limits: shaped as a count."""
    frame = pd.DataFrame({act: values.ravel() for act, values in counts.items()})
    start = 0.0 if scheme.scale.start is None else scheme.scale.start
    shape = next(iter(counts.values())).shape
    points: Floats = card_points(scheme, frame).to_numpy(np.float64).sum(axis=1)
    return start + points.reshape(shape)
