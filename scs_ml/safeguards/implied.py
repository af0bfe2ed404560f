"""Counts that a row gives without showing them: who of a whole is not in a part, how many a share is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from numbers import Integral, Real

from scs_ml.core import Table

OF_OTHERS = re.compile(r"^(reference|compared) ")  # a column that counts the reference of the row's group
# How columns begin that count a whole.
_WHOLE = re.compile(r"(rows|people|persons|organizations|subjects|answered|reports)\b")
_EXACT = 1e-9  # relative to the whole: a share of whole people, and no estimate that is near one

Cell = str | int | float | None


@dataclass(frozen=True)
class Implied:
    """A table with what its shares count as further columns; and parts, with their wholes, that leave few."""

    table: Table
    parts: tuple[tuple[str, str], ...]


def is_count(cell: object) -> bool:
    """Whether a cell of a table counts people: a whole number that is no truth value."""
    return isinstance(cell, Integral) and not isinstance(cell, bool)


def implied_counts(table: Table, smallest: int) -> Implied:
    """Find what a row gives away by a difference or a share, where that is a small count somewhere.

    Parameters
    ----------
    table : Table
    smallest : int
        Counts from 1 to one less are small.

    Returns
    -------
    Implied
        A column that never exceeds one of people is taken for a part of it, unless columns side by side part
        those people anyway; and a share that is a whole number of people in every row for a share of them.
    """
    columns = {name: [row[at] for row in table.rows] for at, name in enumerate(table.columns)}
    found: dict[str, list[int | None]] = {}
    parts = []
    for name, whole, part, all_of_it in _parts(columns):
        left = any(0 < b - a < smallest for a, b in _both(part, all_of_it))
        if name not in columns and (left or any(0 < a < smallest for a, _ in _both(part, all_of_it))):
            found[name] = part
        if left:
            parts.append((name, whole))
    rows = tuple((*row, *(cells[at] for cells in found.values())) for at, row in enumerate(table.rows))
    return Implied(replace(table, columns=(*table.columns, *found), rows=rows), tuple(parts))


_Counts = list[int | None]


def _parts(columns: dict[str, list[Cell]]) -> Iterator[tuple[str, str, _Counts, _Counts]]:
    """Give each part of a whole: its column, or a name of what shares count; the whole; both by row."""
    counts = {
        name: [int(str(cell)) if is_count(cell) else None for cell in cells]
        for name, cells in columns.items()
        if any(map(is_count, cells))
    }
    wholes = [name for name in counts if _WHOLE.match(OF_OTHERS.sub("", name))]
    for whole in wholes:
        parted = _parted(counts, whole)
        for part, cells in counts.items():
            beside = part != whole and part not in parted and _side(part) == _side(whole)
            if beside and all(a <= b for a, b in _both(cells, counts[whole])):
                yield part, whole, cells, counts[whole]
    for share, whole in ((s, w) for s in columns if s not in counts for w in wholes):
        people = [_people(a, b) for a, b in zip(columns[share], counts[whole], strict=True)]
        shown = any(all(a == b for a, b in _both(people, cells)) for cells in counts.values())
        if _side(share) == _side(whole) and -1 not in people and not shown:
            yield f"{whole} in {share}", whole, people, counts[whole]


def _parted(counts: dict[str, _Counts], whole: str) -> set[str]:
    """Columns side by side that sum to the whole in every row: the rest of each is shown by the others."""
    names = [name for name in counts if None not in counts[name]]
    found: set[str] = set()
    for a, b in combinations(range(len(names) + 1), 2):
        parts = names[a:b]
        if len(parts) > 1 and whole not in parts and None not in counts[whole]:
            rows = zip(*(counts[each] for each in (*parts, whole)), strict=True)
            if all(sum(each or 0 for each in row[:-1]) == row[-1] for row in rows):
                found |= set(parts)
    return found


def _both(one: Sequence[int | None], other: Sequence[int | None]) -> list[tuple[int, int]]:
    return [(a, b) for a, b in zip(one, other, strict=True) if a is not None and b is not None]


def _people(share: Cell, whole: int | None) -> int | None:
    """How many people a share is of; -1 where it is no share of them, None where there is none."""
    if share is None or whole is None:
        return None
    if not isinstance(share, Real) or isinstance(share, bool) or not 0 <= share <= 1:
        return -1
    n = float(share) * whole
    return round(n) if abs(n - round(n)) <= _EXACT * max(whole, 1) else -1


def _side(column: str) -> str:
    return found[1] if (found := OF_OTHERS.match(column)) else ""
