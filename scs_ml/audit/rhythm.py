"""How a loss beyond the rules comes and goes, period by period."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scs_ml.audit.remainder import NOTHING, Remainder
from scs_ml.core import Bools, Floats

FEWEST_CHANGES, FEWEST_PERIODS = 10, 5
SWELLING = 0.5  # share of falls beside another fall, from which losses swell period by period
AGAIN = 0.04  # share of losers who lose again after recovering, from which a loss comes and goes
RECOVERING = 0.85  # share of changes that give back, from which losses stand at the start
LASTING, SEEN = (
    0.2,
    4.0,
)  # correlation of changes of what lasts; standard errors from which it is seen in noise


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
        Correlation of changes two periods apart: noise that is new in every period does not reach so far.
    beyond : float
        The same in standard errors.
    """

    changes: int
    swelling: float
    recovering: float
    again: float
    lasting: float
    beyond: float


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
    if held.exact and falls.sum() + rises.sum() < FEWEST_CHANGES:
        return None
    beside = np.zeros_like(falls)
    beside[:, 1:] |= falls[:, :-1]
    beside[:, :-1] |= falls[:, 1:]
    lasting, pairs = _correlation(steps[:, :-2], steps[:, 2:])
    risen = np.cumsum(rises, axis=1) > 0
    falling = falls.any(axis=1)
    return Rhythm(
        changes=int(falls.sum() + rises.sum()),
        swelling=float((falls & beside).sum() / max(falls.sum(), 1)),
        recovering=float(rises.sum() / max(falls.sum() + rises.sum(), 1)),
        again=float((falls & risen).any(axis=1).sum() / max(falling.sum(), 1)),
        lasting=lasting,
        beyond=lasting * float(np.sqrt(pairs)),
    )


def of_a_group(found: Rhythm, *, exact: bool) -> str:
    """Name what only some of a group lose, and nobody else."""
    if not exact:
        return "recent_mover" if found.beyond > SEEN else "tampering"
    if found.swelling > SWELLING or found.recovering > RECOVERING:
        return "state_of_mind" if found.again > AGAIN else "recent_mover"
    return "tampering"


def of_everybody(found: Rhythm, *, exact: bool) -> str | None:
    """Name what everybody may lose, the group more often: feelings last, purchases do not, arrival is once.

    In noise a correlation is seen by its error alone, and none seen is no sign of either.
    """
    if exact:
        if found.lasting <= LASTING:
            return "purchases_misread"
        return "state_of_mind" if found.again > AGAIN else "recent_mover"
    return "state_of_mind" if found.beyond > SEEN else None


def _spread(steps: Floats) -> float:
    known = steps[np.isfinite(steps)]
    return float(1.4826 * np.median(np.abs(known - np.median(known)))) if len(known) else 0.0


def _correlation(one: Floats, other: Floats) -> tuple[float, int]:
    """Correlation, and of how many pairs."""
    known = np.isfinite(one) & np.isfinite(other)
    a, b = one[known], other[known]
    if len(a) < 2 or not (np.ptp(a) > 0 and np.ptp(b) > 0):
        return 0.0, len(a)
    return float(np.corrcoef(a, b)[0, 1]), len(a)
