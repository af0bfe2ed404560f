"""Which entries of a group are the copies: a probability for each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import brentq

from scs_ml.audit.coincidences.entries import Entries
from scs_ml.audit.coincidences.pairs import REACH, Coincidence
from scs_ml.core import Bools, Floats

if TYPE_CHECKING:
    from scs_ml.audit.coincidences.check import Seen

_SHAPE = 0.7  # of the gamma that people's rates of entries follow, before their own entries are seen


def probabilities(entries: Entries, pairs: Coincidence, seen: Seen, members: Bools) -> Floats:
    """Give each entry (e,) the probability that it is a copy; zero outside the group.

    A pair in one period is a copy with probability ``d / (d + r)``: copies come about at the same rate d per
    entry for all of the group, other pairs at the rate r of the entry's own surroundings, which its pairs
    apart show. The rate d is such that all probabilities come to the excess of the group.

    Parameters
    ----------
    entries : Entries
    pairs : Coincidence
    seen : Seen
        Partners of the entries, and the group's excess.
    members : ndarray of bool (e,)

    Returns
    -------
    ndarray (e,)
    """
    chance = np.zeros(len(entries))
    found = np.flatnonzero(members & (seen.same > 1e-9))
    if seen.excess is None or seen.excess.value <= 0 or not len(found):
        return chance
    usual = float(seen.apart[members].mean()) / (2 * REACH)
    own = (seen.apart + _SHAPE) / (2 * REACH + _SHAPE / max(usual, 1e-9)) * 2 * REACH
    natural = (own * seen.excess.rate[pairs.stratum])[found]
    points = (entries.weight * seen.same)[found]
    wanted = min(seen.excess.value, 0.999 * float(points.sum()))

    def short(log_rate: float) -> float:
        return float(points @ _copied(natural, log_rate)) - wanted

    rate = brentq(short, -30.0, 30.0) if short(30.0) > 0 > short(-30.0) else 30.0
    copied, partners = _copied(natural, rate), seen.same[found]
    # Of several partners each may be the origin; below one, the other entry of the pair may be the copy.
    several = 1 - (1 - np.minimum(copied, 1 - 1e-12)) ** np.maximum(partners, 1.0)
    chance[found] = np.where(partners < 1, copied * partners, several)
    return chance


def _copied(natural: Floats, log_rate: float) -> Floats:
    copied = np.exp(log_rate)
    return np.asarray(copied / (copied + natural))
