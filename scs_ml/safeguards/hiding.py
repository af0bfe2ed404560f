"""Which rows to blank, so that nothing that is still shown tells a small count."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from scs_ml.safeguards.attacker import Attacker, Tie, tied
from scs_ml.safeguards.cells import SMALLEST_COUNT
from scs_ml.safeguards.ties import Counts

if TYPE_CHECKING:
    from scipy.optimize import LinearConstraint

_MOST = SMALLEST_COUNT - 1
_STEPS = (2.0 * SMALLEST_COUNT, 1e6)  # people by which counts may change; the second where the first is short


def blank_rows(counts: Counts) -> frozenset[int]:
    """Choose the rows to blank, so that no attacker learns more of a small count than that it is small.

    Every count from 1 to 4 must be able to be 1 or less, and 4 or more, for all that the other rows say.

    Parameters
    ----------
    counts : Counts

    Returns
    -------
    frozenset of int
        Positions in `counts.rows`.
    """
    small = {cell for row in counts.rows for cell in row if 0 < counts.values[cell] <= _MOST}
    blank = frozenset(at for at, row in enumerate(counts.rows) if row & small)
    for largest in (True, False):
        attacker = attacker_of(counts, blank)
        solution = attacker.extreme(sorted(small), largest=largest, cap=_MOST) if small else {}
        truth = {cell: counts.values[cell] for cell in small}
        left = small - _reached(truth, largest=largest) - _reached(solution, largest=largest)
        for cell in sorted(left, key=lambda each: (counts.values[each], each)):
            if cell in left:
                # Other counts that would show the same: what differs in them has to be hidden.
                others = cheapest_change(counts, blank, cell, _MOST if largest else 1)
                left -= _reached(others, largest=largest)
                changed = {each for each, value in others.items() if value != counts.values[each]}
                if not others:  # a tie holds by chance: nothing that bears on the cell is shown
                    changed = set(tied(counts.ties, [cell], _free(counts))[0])
                blank |= {at for at, row in enumerate(counts.rows) if row & changed}
    return blank


def narrowed(attacker: Attacker, cells: Iterable[int]) -> set[int]:
    """Give the cells of which an attacker learns more than that their counts are from 1 to 4.

    Parameters
    ----------
    attacker : Attacker
    cells : iterable of int
        Hidden cells with such counts.

    Returns
    -------
    set of int
        Those that cannot be 1 or less, or cannot be 4 or more.
    """
    limits = {cell: attacker.limits(cell) for cell in cells}
    return {cell for cell, (low, high) in limits.items() if low > 1 or high < _MOST}


def attacker_of(counts: Counts, blank: frozenset[int]) -> Attacker:
    """Give whoever sees the rows that are not blank.

    Parameters
    ----------
    counts : Counts
    blank : frozenset of int

    Returns
    -------
    Attacker
    """
    shown = {cell for at, row in enumerate(counts.rows) if at not in blank for cell in row}
    return Attacker(counts.values, counts.ties, _free(counts) - shown)


def _free(counts: Counts) -> frozenset[int]:
    return frozenset(range(len(counts.values))) - counts.known


def cheapest_change(counts: Counts, blank: frozenset[int], cell: int, to: int) -> Mapping[int, int]:
    """Find other counts that keep every tie and give a cell another value, at the cost of the fewest people.

    Parameters
    ----------
    counts : Counts
    blank : frozenset of int
        Rows that cost nothing, because they are blank already; another costs as many people as it counts.
    cell : int
    to : int
        The value the cell is to have at least, or at most where it has more.

    Returns
    -------
    mapping of int to int
        Cell to value, for all that are tied to the cell; empty where there are no such counts.

    Notes
    -----
    A row's cost is charged by the largest change in it as a part of the change that is allowed: the linear
    relaxation of a fixed charge, which keeps the changes within few rows and is quick.

    References
    ----------
    Kelly, Golden & Assad (1992), "Cell suppression: disclosure protection for sensitive tabular data",
    Networks 22, 397-417.
    """
    from scipy.optimize import Bounds, milp

    free, ties = tied(counts.ties, [cell], _free(counts))
    place = {each: at for at, each in enumerate(free)}
    value = np.array([counts.values[each] for each in free], dtype=np.float64)
    charged = [at for at, row in enumerate(counts.rows) if at not in blank and not row.isdisjoint(place)]
    people = np.array([1.0 + max(counts.values[each] for each in counts.rows[at]) for at in charged])
    n, m, step = len(free), len(charged), to - counts.values[cell]
    for far in _STEPS:
        low, high = np.zeros(2 * n + m), np.concatenate([np.full(n, far), np.minimum(value, far), np.ones(m)])
        sides = [place[cell], place[cell] + n]  # up, down
        low[sides] = max(step, 0), max(-step, 0)
        high[sides] = far if step > 0 else 0, max(-step, 0)
        found = milp(
            np.concatenate([np.full(2 * n, 1e-6), people]),
            integrality=np.concatenate([np.ones(2 * n), np.zeros(m)]),
            bounds=Bounds(low, high),
            constraints=[*_keeping(counts, ties, place, m), *_charging(counts, charged, place, far)],
            options={"mip_rel_gap": 0.1},
        )
        if found.x is not None:
            moved = value + found.x[:n] - found.x[n : 2 * n]
            return {each: round(float(x)) for each, x in zip(free, moved, strict=True)}
    return {}


def _keeping(
    counts: Counts, ties: Sequence[Tie], place: Mapping[int, int], n_rows: int
) -> list[LinearConstraint]:
    """Whatever changes, every tie holds."""
    from scipy.optimize import LinearConstraint
    from scipy.sparse import coo_array, hstack

    if not ties:
        return []
    entries = [(at, place[c], x) for at, tie in enumerate(ties) for c, x in tie.terms if c in place]
    at, column, term = (np.array(each) for each in zip(*entries, strict=True))
    change = coo_array((term.astype(np.float64), (at, column)), shape=(len(ties), len(place)))
    true = np.array([sum(x * counts.values[c] for c, x in tie.terms) for tie in ties])
    least, most = (np.array([getattr(tie, side) for tie in ties]) - true for side in ("least", "most"))
    matrix = hstack([change, -change, coo_array((len(ties), n_rows))])
    return [LinearConstraint(matrix.tocsr(), least, most)]


def _charging(
    counts: Counts, charged: list[int], place: Mapping[int, int], far: float
) -> list[LinearConstraint]:
    """A count changes by no more than the part of `far` that its row is charged for."""
    from scipy.optimize import LinearConstraint
    from scipy.sparse import coo_array, hstack

    shown = [(place[c], at) for at, row in enumerate(charged) for c in sorted(counts.rows[row]) if c in place]
    if not shown:
        return []
    cell, row = np.array(shown).T
    line = np.arange(len(shown))
    moves = coo_array((np.ones(len(shown)), (line, cell)), shape=(len(shown), len(place)))
    charges = coo_array((np.full(len(shown), far), (line, row)), shape=(len(shown), len(charged)))
    return [LinearConstraint(hstack([moves, moves, -charges]).tocsr(), -np.inf, 0)]


def _reached(solution: Mapping[int, int], *, largest: bool) -> set[int]:
    return {cell for cell, x in solution.items() if (x >= _MOST if largest else x <= 1)}
