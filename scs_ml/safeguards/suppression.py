"""Small counts in tables: a group of three is three people somebody knows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from numbers import Integral, Real
from typing import TYPE_CHECKING

from scs_ml.core import Table
from scs_ml.exceptions import SafeguardError
from scs_ml.safeguards.bases import opens

if TYPE_CHECKING:
    from scs_ml.schemes import Scheme

SMALLEST_COUNT = 5  # people; a smaller count stays inside, where the basis does not open small cells

Cell = str | int | float | None


def hides_count(scheme: Scheme, n: int) -> bool:
    """Whether a count of people is too small to leave, 1 to 4, where the basis does not open small cells.

    Parameters
    ----------
    scheme : Scheme
    n : int

    Returns
    -------
    bool
    """
    return 0 < n < SMALLEST_COUNT and not opens(scheme, "small_cells")


def require_people(scheme: Scheme, n: int) -> None:
    """Refuse group results of so few people that they speak of each, where person views are closed.

    Parameters
    ----------
    scheme : Scheme
    n : int
        People, or rows, that the results rest on.

    Raises
    ------
    SafeguardError
        With rule ``few_people``.
    """
    if n < SMALLEST_COUNT and not opens(scheme, "person_views"):
        raise SafeguardError(
            f"results of fewer than {SMALLEST_COUNT} people are results of persons",
            rule="few_people",
            where=f"scheme {scheme.name}, basis {scheme.basis.kind}",
            remedy="give a larger table, or a filter that keeps more rows",
        )


def suppress_tables(tables: Sequence[Table], scheme: Scheme) -> tuple[Table, ...]:
    """Blank the rows of tables whose counts are small, where the basis does not open them.

    Every whole number is taken for a count: tables name boundaries, categories and periods by their labels.
    A row with a count from 1 to 4 loses all its numbers, because the others (a share, a total) would give the
    count back; its texts stay, so that the row is seen to exist. This is primary suppression: a total in
    another row is not changed.

    Parameters
    ----------
    tables : sequence of Table
    scheme : Scheme
        Its basis decides.

    Returns
    -------
    tuple of Table
    """
    return tuple(replace(table, rows=tuple(_shown(row, scheme) for row in table.rows)) for table in tables)


def _shown(row: tuple[Cell, ...], scheme: Scheme) -> tuple[Cell, ...]:
    if not any(
        _is_number(cell) and isinstance(cell, Integral) and hides_count(scheme, int(cell)) for cell in row
    ):
        return row
    return tuple(None if _is_number(cell) else cell for cell in row)


def _is_number(cell: Cell) -> bool:
    return isinstance(cell, Real) and not isinstance(cell, bool)
