"""Rules that a table breaks, collected so that one error names them all."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any, NoReturn

import pandas as pd

from scs_ml.core import Bools
from scs_ml.exceptions import TableError
from scs_ml.storage import column_text

SHOWN = 5  # rows and values named per rule
_QUOTED = re.compile(r"'([^']*)'")


@dataclass(frozen=True)
class Problem:
    """One rule that a table breaks, with the first rows that break it."""

    column: str
    what: str
    n_rows: int = 0
    rows: tuple[int, ...] = ()
    values: tuple[str, ...] = ()  # left empty where a value would name a person

    def __str__(self) -> str:
        """Give one line: column, rule, count, first rows and values."""
        shown = zip(self.rows, self.values or ("",) * len(self.rows), strict=True)
        cells = ", ".join(f"row {row} {value}".rstrip() for row, value in shown)
        count = f": {self.n_rows:,} row{'s' * (self.n_rows != 1)}, first: {cells}" if self.n_rows else ""
        return f"column {self.column!r} {self.what}{count}"


def problem_at(
    column: str, what: str, bad: Bools, cells: pd.Series[Any], *, show: bool = True
) -> list[Problem]:
    """Give the problem of the rows (n,) where `bad`; nothing where all are good.

    Parameters
    ----------
    column, what : str
        The column, and the rule as the end of a sentence about it.
    bad : ndarray of bool (n,)
    cells : Series (n,)
        Its index holds the row numbers of the file.
    show : bool
        Whether the values may be shown: not where they name people.
    """
    if not bad.any():
        return []
    first = cells[bad].iloc[:SHOWN]
    values = tuple(map(repr, column_text(first).fillna(""))) if show else ()
    return [Problem(column, what, int(bad.sum()), tuple(int(row) for row in first.index), values)]


def hide_names(problems: Sequence[Problem], names: Collection[str]) -> list[Problem]:
    """Take people's names out of what problems quote, where a column that names nobody holds them, too.

    Parameters
    ----------
    problems : sequence of Problem
    names : collection of str

    Returns
    -------
    list of Problem
    """

    def hidden(text: str) -> str:
        return _QUOTED.sub(lambda found: "'...'" if found[1] in names else found[0], text)

    return [
        replace(each, what=hidden(each.what), values=tuple(map(hidden, each.values))) for each in problems
    ]


def raise_problems(problems: Sequence[Problem], name: str, rules: str) -> None:
    """Raise one TableError that lists every problem; pass where there is none.

    Parameters
    ----------
    problems : sequence of Problem
    name : str
        What messages call the table.
    rules : str
        Whose rules they are.
    """
    if problems:
        raise TableError(
            f"the table breaks {len(problems)} rule{'s' * (len(problems) != 1)} of {rules}",
            where="\n  ".join([name, *map(str, problems)]),
            remedy="correct these cells, or the rules in the scheme if they are wrong",
        )


def check_header(columns: Sequence[Any], name: str) -> None:
    """Refuse a table with a column that has no name, or another's."""
    if not all(isinstance(column, str) and column.strip() for column in columns):
        refuse("a column has no name", name, "the first line must name every column")
    if twice := sorted(column for column, times in Counter(columns).items() if times > 1):
        refuse(f"columns share a name: {', '.join(twice[:SHOWN])}", name, "rename them")


def refuse(what: str, where: str, remedy: str) -> NoReturn:
    """Raise a TableError without a library's error behind it, which may quote the cells of people."""
    raise TableError(what, where=where, remedy=remedy) from None
