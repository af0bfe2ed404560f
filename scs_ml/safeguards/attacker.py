"""The attacker of a set of published counts: who asks what the shown ones say of the hidden ones.

Counts of people are whole numbers from zero up, tied by sums (a total is the sum of its parts) and by order
(a part is no larger than its whole). Whoever knows the shown counts and the ties can bound every hidden one:
a linear program with whole unknowns, solved exactly by HiGHS.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Solution = Mapping[int, int]  # cell -> a value it may have


@dataclass(frozen=True)
class Tie:
    """What ties counts: the sum of `terms` (cell, coefficient) lies from `least` to `most`."""

    terms: tuple[tuple[int, int], ...]
    least: float = 0.0
    most: float = 0.0


@dataclass(frozen=True)
class Attacker:
    """Whoever knows the ties and every count but the hidden ones.

    Attributes
    ----------
    values : sequence of int
        The true counts by cell; those of `hidden` cells are never looked at.
    ties : tuple of Tie
    hidden : frozenset of int
    """

    values: Sequence[int]
    ties: tuple[Tie, ...]
    hidden: frozenset[int]

    def limits(self, cell: int) -> tuple[int, float]:
        """Give the smallest and the largest value that a hidden cell may have.

        Parameters
        ----------
        cell : int

        Returns
        -------
        smallest : int
        largest : float
            Infinite where nothing bounds it.
        """
        low = self.extreme([cell], largest=False)
        high = self.extreme([cell], largest=True)
        return low[cell], float(high[cell]) if high else np.inf

    def extreme(self, cells: Collection[int], *, largest: bool, cap: int | None = None) -> Solution:
        """Give every hidden cell a value, so that the sum of some is as small or as large as can be.

        Parameters
        ----------
        cells : collection of int
            Hidden cells.
        largest : bool
        cap : int, optional
            None of `cells` may exceed it.

        Returns
        -------
        mapping of int to int
            A value for every hidden cell that is tied to one of them; empty where the sum has no bound, or
            where no values keep the ties below the cap.
        """
        from scipy.optimize import Bounds, LinearConstraint, milp

        members, ties = tied(self.ties, cells, self.hidden)
        place = {cell: at for at, cell in enumerate(members)}
        cost = np.zeros(len(members))
        cost[[place[cell] for cell in cells]] = -1.0 if largest else 1.0
        upper = np.full(len(members), np.inf)
        if cap is not None:
            upper[[place[cell] for cell in cells]] = cap
        constraints = [LinearConstraint(*self._matrix(ties, place))] if ties else []
        found = milp(
            cost,
            integrality=np.ones(len(members), dtype=np.int64),
            bounds=Bounds(0, upper),
            constraints=constraints,
        )
        if found.x is None:
            return {}
        return {cell: round(float(value)) for cell, value in zip(members, found.x, strict=True)}

    def _matrix(
        self, ties: Sequence[Tie], place: Mapping[int, int]
    ) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Write the ties for the hidden cells alone: what is shown goes to the other side."""
        matrix = np.zeros((len(ties), len(place)))
        least, most = (np.array([getattr(tie, side) for tie in ties]) for side in ("least", "most"))
        for row, tie in enumerate(ties):
            for cell, coefficient in tie.terms:
                if cell in place:
                    matrix[row, place[cell]] += coefficient
                else:
                    least[row] -= coefficient * self.values[cell]
                    most[row] -= coefficient * self.values[cell]
        return matrix, least, most


def tied(ties: Sequence[Tie], cells: Iterable[int], among: Collection[int]) -> tuple[list[int], list[Tie]]:
    """Collect what bears on some cells, directly or through others.

    Parameters
    ----------
    ties : sequence of Tie
    cells : iterable of int
    among : collection of int
        Cells through which one tie leads to another.

    Returns
    -------
    cells : list of int
        Those and the ones they are tied to.
    ties : list of Tie
    """
    by_cell: dict[int, list[int]] = {}
    for number, tie in enumerate(ties):
        for cell, _ in tie.terms:
            if cell in among:
                by_cell.setdefault(cell, []).append(number)
    members, used, ahead = set(cells), set[int](), list(cells)
    while ahead:
        for number in by_cell.get(ahead.pop(), ()):
            if number not in used:
                used.add(number)
                more = {cell for cell, _ in ties[number].terms if cell in among} - members
                members |= more
                ahead += more
    return sorted(members), [ties[number] for number in sorted(used)]
