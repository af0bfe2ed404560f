"""How a loss beyond the rules comes and goes, period by period."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scs_ml.audit.remainder import NOTHING, Remainder
from scs_ml.core import Bools, Floats

FEWEST_CHANGES, FEWEST_PERIODS = 10, 4
SWELLING = 0.5  # share of falls beside another fall, from which losses swell period by period
AGAIN = 0.15  # share of losers who lose again after recovering, from which a loss comes and goes
RECOVERING = 0.85  # share of changes that give back, from which losses stand at the start
LASTING, FLIPPING = 0.2, -0.35  # correlation of successive changes: of spells that add up; of single events


@dataclass(frozen=True)
class Rhythm:
    """What a panel says of the losses of some people.

    Attributes
    ----------
    changes : int
        Changes from one period to the next.
    swelling : float
        Share of falls that follow or precede another fall of the same person.
    recovering : float
        Share of changes that give points back.
    again : float
        Share of those who fall that fall again after a rise.
    lasting : float
        Correlation of successive changes.
    """

    changes: int
    swelling: float
    recovering: float
    again: float
    lasting: float


def rhythm(held: Remainder, people: Bools, others: Bools) -> Rhythm | None:
    """Read the changes of some people (r,); None without a history long enough and changes to speak of.

    Parameters
    ----------
    held : Remainder
    people, others : ndarray of bool (r,)
        Those who lose, and those whose changes are noise (where the rules are not exact).
    """
    if held.panel is None or held.panel.shape[1] < FEWEST_PERIODS:
        return None
    steps = np.diff(held.panel[people], axis=1)
    noise = 0.0 if held.exact else _spread(np.diff(held.panel[others], axis=1))
    least = max(10 * NOTHING, 3 * noise)
    falls, rises = steps < -least, steps > least  # NaN is neither
    if falls.sum() + rises.sum() < FEWEST_CHANGES:
        return None
    beside = np.zeros_like(falls)
    beside[:, 1:] |= falls[:, :-1]
    beside[:, :-1] |= falls[:, 1:]
    risen = np.cumsum(rises, axis=1) > 0
    falling = falls.any(axis=1)
    return Rhythm(
        changes=int(falls.sum() + rises.sum()),
        swelling=float((falls & beside).sum() / max(falls.sum(), 1)),
        recovering=float(rises.sum() / (falls.sum() + rises.sum())),
        again=float((falls & risen).any(axis=1).sum() / max(falling.sum(), 1)),
        lasting=_correlation(steps[:, :-1], steps[:, 1:]),
    )


def of_a_group(found: Rhythm) -> str:
    """Name what only some of a group lose, and nobody else."""
    if found.swelling > SWELLING or found.recovering > RECOVERING:
        return "state_of_mind" if found.again > AGAIN else "recent_mover"
    return "tampering"


def of_everybody(found: Rhythm) -> str:
    """Name what everybody may lose, the group more often: feelings last, purchases do not."""
    return "state_of_mind" if found.lasting > LASTING else "purchases_misread"


def _spread(steps: Floats) -> float:
    known = steps[np.isfinite(steps)]
    return float(1.4826 * np.median(np.abs(known - np.median(known)))) if len(known) else 0.0


def _correlation(one: Floats, other: Floats) -> float:
    known = np.isfinite(one) & np.isfinite(other)
    a, b = one[known], other[known]
    if len(a) < 2 or not (np.ptp(a) > 0 and np.ptp(b) > 0):
        return 0.0
    return float(np.corrcoef(a, b)[0, 1])
