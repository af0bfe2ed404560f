"""Counting pairs of entries, in one period and in periods near to each other, without listing them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scs_ml.core import Bools, Floats, Ints

REACH = 3  # periods: pairs up to so far apart are what pairs in one period are compared with


@dataclass(frozen=True)
class Tally:
    """Points of pairs, by independent unit and stratum (G, K): in one period, and in periods apart."""

    same: Floats
    apart: Floats


@dataclass(frozen=True)
class Partition:
    """Entries laid into cells of one unit and period.

    Attributes
    ----------
    cell : ndarray of int (e,)
        Cell of each entry.
    count : int
        Number of cells.
    near : tuple of (ndarray, ndarray)
        Cells of one unit that are 1, ..., `REACH` periods apart: the earlier, the later.
    """

    cell: Ints
    count: int
    near: tuple[tuple[Ints, Ints], ...]

    @classmethod
    def of(cls, unit: Ints, period: Ints) -> Partition:
        """Lay entries (e,) into the cells of their unit and period."""
        if not len(unit):
            return cls(unit, 0, ())
        first = int(period.min())
        span = int(period.max()) - first + 1 + REACH
        keys, cell = np.unique(unit * span + (period - first), return_inverse=True)
        near = []
        for lag in range(1, REACH + 1):
            later = np.searchsorted(keys, keys + lag)
            there = np.flatnonzero(np.append(keys, -1)[later] == keys + lag)
            near.append((there.astype(np.int64), later[there].astype(np.int64)))
        return cls(cell.astype(np.int64), len(keys), tuple(near))

    def sums(self, values: Floats) -> Floats:
        """Sum values of entries (e,) by cell."""
        return np.bincount(self.cell, weights=values, minlength=self.count).astype(np.float64)

    def around(self, values: Floats) -> Floats:
        """Sum values of cells over the cells of the same unit that are near, but apart."""
        total = np.zeros(self.count)
        for early, late in self.near:
            total[early] += values[late]
            total[late] += values[early]
        return total


@dataclass(frozen=True)
class Coincidence:
    """Which entries can be a pair: those of one `wide` cell that are not of one `narrow` cell.

    Attributes
    ----------
    wide : Partition
    narrow : Partition or None
        None where an entry is only kept from being a pair with itself.
    unit : ndarray of int (e,)
        Independent unit of each entry.
    n_units : int
    stratum : ndarray of int (e,)
        The same for both entries of a pair.
    n_strata : int
    """

    wide: Partition
    narrow: Partition | None
    unit: Ints
    n_units: int
    stratum: Ints
    n_strata: int

    def partners(self, inside: Bools, outside: Bools) -> tuple[Floats, Floats]:
        """Count the partners of each entry (e,), in its period and apart.

        Partners `inside` count half, since either of the two may be the copy; those `outside` whole.
        """
        value = (0.5 * inside + outside).astype(np.float64)
        whole = self.wide.sums(value)
        same, apart = whole[self.wide.cell], self.wide.around(whole)[self.wide.cell]
        if self.narrow is None:
            return same - value, apart
        part = self.narrow.sums(value)
        return same - part[self.narrow.cell], apart - self.narrow.around(part)[self.narrow.cell]

    def tally(self, charged: Floats, same: Floats, apart: Floats) -> Tally:
        """Sum the partners (e,) of entries, weighed by what these are `charged` (e,), by unit and stratum."""
        kept = np.flatnonzero(charged)
        at = self.unit[kept] * self.n_strata + self.stratum[kept]
        size, shape = self.n_units * self.n_strata, (self.n_units, self.n_strata)
        sums = [
            np.bincount(at, weights=(charged * x)[kept], minlength=size).astype(np.float64).reshape(shape)
            for x in (same, apart)
        ]
        return Tally(*sums)
