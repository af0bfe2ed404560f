"""Small counts in tables: a group of three is three people somebody knows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from numbers import Integral, Real
from typing import TYPE_CHECKING

from scs_ml.core import Table
from scs_ml.safeguards.bases import opens

if TYPE_CHECKING:
    from scs_ml.schemes import Scheme

# Whole numbers in these columns say which, not how many.
CODES = frozenset({"boundary", "category", "period", "year", "rank"})

Cell = str | int | float | None


def suppress_tables(tables: Sequence[Table], scheme: Scheme, minimum: int = 5) -> tuple[Table, ...]:
    """Blank the rows of tables whose counts are small, where the basis does not open them.

    Every whole number outside `CODES` is taken for a count. A row with a count from 1 to ``minimum - 1``
    loses all its numbers, because the others (a share, a total) would give the count back; its texts stay,
    so that the row is seen to exist. This is primary suppression: a total in another row is not changed.

    Parameters
    ----------
    tables : sequence of Table
    scheme : Scheme
        Its basis decides.
    minimum : int
        Smallest count that is shown.

    Returns
    -------
    tuple of Table
    """
    if opens(scheme, "small_cells"):
        return tuple(tables)
    return tuple(_suppressed(table, minimum) for table in tables)


def _suppressed(table: Table, minimum: int) -> Table:
    codes = [name.lower() in CODES for name in table.columns]
    rows = tuple(
        tuple(None if _number(cell) and not code else cell for cell, code in zip(row, codes, strict=True))
        if any(_small(cell, minimum) and not code for cell, code in zip(row, codes, strict=True))
        else row
        for row in table.rows
    )
    return replace(table, rows=rows)


def _number(cell: Cell) -> bool:
    return isinstance(cell, Real) and not isinstance(cell, bool)


def _small(cell: Cell, minimum: int) -> bool:
    return isinstance(cell, Integral) and not isinstance(cell, bool) and 0 < cell < minimum
