"""The counts of people in tables and findings, entered as cells: what is counted, of which group."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from scs_ml.core import UNKNOWN_GROUP, Finding, Group, Table
from scs_ml.safeguards.implied import OF_OTHERS, implied_counts, is_count
from scs_ml.safeguards.labels import EVERYBODY, LabelReader, RowLabels, in_order

if TYPE_CHECKING:
    from scs_ml.schemes import Scheme

SMALLEST_COUNT = 5  # people; a smaller count stays inside, where the basis does not open small cells

Series = tuple[str, ...]  # table, labels but the group, column: what is counted, for every group
_OF_UNKNOWN = "unknown "  # a column that counts those whose membership nobody recorded


@dataclass(frozen=True)
class Entry:
    """One count as its row shows it."""

    labels: tuple[str, ...]  # the table, and the row's labels but the group
    group: Group
    column: str
    cell: int


@dataclass
class Book:
    """All counts that leave together.

    Attributes
    ----------
    values : list of int
        By cell.
    series : dict of Series to (dict of Group to int)
        The cell of every group.
    rows : list of list of int
        Cells of each row: those of the tables, in order, then the findings.
    tables : list of list of (dict of str to int)
        Cells by column, of each row of each table.
    entries : list of Entry
    sums : list of tuple of int
        Cells of a part, of the rest and of their whole, where a row implies a small one.
    """

    values: list[int] = field(default_factory=list)
    series: dict[Series, dict[Group, int]] = field(default_factory=lambda: defaultdict(dict))
    rows: list[list[int]] = field(default_factory=list)
    tables: list[list[dict[str, int]]] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    sums: list[tuple[int, int, int]] = field(default_factory=list)

    def enter(self, series: Series, group: Group, value: int) -> int:
        """Enter a count; the same one again is the same cell."""
        known = self.series[series]
        if group in known and self.values[known[group]] == value:
            return known[group]
        self.values.append(value)
        known.setdefault(group, len(self.values) - 1)
        return len(self.values) - 1


def entered(tables: Sequence[Table], findings: Sequence[Finding], scheme: Scheme) -> Book:
    """Enter the counts of tables and findings.

    Parameters
    ----------
    tables, findings : sequence
        All that leaves together. A column ``reference x`` or ``compared x`` counts, for the group that the
        row's is compared with, what ``x`` counts for its own; ``unknown x`` those of unknown membership.
    scheme : Scheme

    Returns
    -------
    Book
    """
    book, reader = Book(), LabelReader(tables, scheme)
    references = {in_order(each.group): in_order(each.reference) for each in findings}
    for number, table in enumerate(tables):
        name, implied = f"{number} {table.name}", implied_counts(table, SMALLEST_COUNT)
        rows = [
            _enter_row(book, (name, implied.table, row), reader.read(table, row), references)
            for row in implied.table.rows
        ]
        book.tables.append(rows)
        book.rows += [[*row.values(), *_rests(book, row, implied.parts)] for row in rows]
    for each in findings:
        metric = "" if each.effect is None else each.effect.metric
        series = (f"findings of {each.check}", str(each.boundary), str(each.indicator), metric, "rows")
        # Who is compared with everyone else is not compared with everybody.
        others = in_order(each.reference) or (("everyone but", str(each.group)),)
        sides = ((in_order(each.group), each.n[0]), (others, each.n[1]))
        book.rows.append([book.enter(series, group, n) for group, n in sides])
    return book


def _rests(book: Book, row: Mapping[str, int], parts: Sequence[tuple[str, str]]) -> Iterator[int]:
    """Give the cells of who of a whole is not in a part: the row tells them by a difference."""
    for part, whole in parts:
        if part in row and whole in row:
            book.values.append(book.values[row[whole]] - book.values[row[part]])
            book.sums.append((row[part], len(book.values) - 1, row[whole]))
            yield len(book.values) - 1


def _enter_row(
    book: Book,
    where: tuple[str, Table, Sequence[object]],
    about: RowLabels,
    references: Mapping[Group, Group],
) -> dict[str, int]:
    name, table, row = where
    own = EVERYBODY if about.group is None else about.group
    others = about.reference or references.get(own) or (("compared with", str(own)),)
    shown: dict[str, int] = {}
    for column, value in zip(table.columns, row, strict=True):
        if not is_count(value):
            continue
        group, labels, what = own, about.labels, column
        if OF_OTHERS.match(column):
            group, labels, what = others, about.reference_labels, OF_OTHERS.sub("", column)
        elif column.startswith(_OF_UNKNOWN) and own:
            group = tuple((attribute, UNKNOWN_GROUP) for attribute, _ in own)
            what = column.removeprefix(_OF_UNKNOWN)
        shown[column] = book.enter((name, *labels, what), group, int(str(value)))
        book.entries.append(Entry((name, *labels), group, what, shown[column]))
    return shown
