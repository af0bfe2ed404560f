"""What ties counts to one another, found in the numbers themselves, as an attacker would find it.

No table declares what adds up to what: whatever adds up for every group is taken for a tie. One that holds by
chance is taken for one, too; then more is hidden than must be, never less.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from scs_ml.core import UNKNOWN_GROUP, Finding, Group, Table
from scs_ml.safeguards.attacker import Tie
from scs_ml.safeguards.cells import SMALLEST_COUNT, Book, Series, entered
from scs_ml.safeguards.labels import EVERYBODY

if TYPE_CHECKING:
    from scs_ml.schemes import Scheme

_MOST_SERIES = 250  # different series that are compared one by one
_MOST_EQUAL = 12  # sides of the same numbers that are compared one by one

Terms = list[tuple[int, int]]  # (cell, coefficient)
Side = tuple[
    tuple[str, ...], tuple[str, ...], tuple[str, ...]
]  # table and labels, columns summed, columns less


@dataclass(frozen=True)
class Counts:
    """Counts of people as cells of a linear system.

    Attributes
    ----------
    values : list of int
        By cell. Counts that are the same by all that is shown are one cell.
    rows : list of frozenset of int
        Cells that each row shows: first the rows of the tables, in order, then the findings.
    ties : tuple of Tie
    known : frozenset of int
        Cells that need no row to be known: totals that anybody may have from elsewhere.
    """

    values: list[int]
    rows: list[frozenset[int]]
    ties: tuple[Tie, ...]
    known: frozenset[int]


def counts_of(
    tables: Sequence[Table], findings: Sequence[Finding], scheme: Scheme, total: int | None = None
) -> Counts:
    """Take the counts of tables and findings together, with what ties them.

    Parameters
    ----------
    tables, findings : sequence
        All that leaves together.
    scheme : Scheme
    total : int, optional
        How many people there are, which everybody knows.

    Returns
    -------
    Counts
    """
    book = entered(tables, findings, scheme)
    shown = len(book.values)
    finder = _Finder(book)
    finder.identify()
    for rows in book.tables:
        finder.within_rows(rows)
    finder.implied()
    for cells in finder.populations():
        finder.partitions(cells)
    finder.lists(scheme)
    finder.across()
    # Totals that nobody shows are known all the same, but nobody has a small one.
    known = {at for at in range(shown, len(book.values)) if not 0 < book.values[at] < SMALLEST_COUNT}
    everybody = (cells[EVERYBODY] for cells in book.series.values() if EVERYBODY in cells)
    known |= {finder.find(cell) for cell in everybody if book.values[cell] == total}
    rows_shown = [frozenset(map(finder.find, row)) for row in book.rows]
    return Counts(book.values, rows_shown, finder.found(), frozenset(known))


class _Finder:
    """Looks for ties in a book."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self.ties: dict[tuple[tuple[int, int], ...], float] = {}  # terms -> least
        self.same: dict[int, int] = {}

    def find(self, cell: int) -> int:
        """Give the cell that stands for all that are the same as this one."""
        while cell in self.same:
            cell = self.same[cell]
        return cell

    def found(self) -> tuple[Tie, ...]:
        return tuple(Tie(terms, least) for terms, least in self.ties.items())

    def identify(self) -> None:
        """Take two series for one where they agree on every group of both, and share at least two."""
        value, alike = self.book.values, dict[tuple[tuple[Group, int], ...], Series]()
        for name, cells in self.book.series.items():
            whole = tuple(sorted((group, value[cell]) for group, cell in cells.items()))
            if len(whole) > 1 and whole in alike:
                self._merge(cells, self.book.series[alike[whole]])
            alike.setdefault(whole, name)
        different = [self.book.series[name] for name in list(alike.values())[:_MOST_SERIES]]
        for one, other in combinations(different, 2):
            shared = one.keys() & other.keys()
            if len(shared) > 1 and all(value[one[group]] == value[other[group]] for group in shared):
                self._merge(one, other)

    def within_rows(self, rows: Sequence[Mapping[str, int]]) -> None:
        """Find columns that are the sum of columns side by side, or never exceed another."""
        columns = [c for c in rows[0] if all(c in row for row in rows)] if rows else []
        value = np.array([[self.book.values[row[c]] for c in columns] for row in rows])
        value = value.reshape(len(rows), len(columns))
        for j, whole in enumerate(columns):
            for a, b in combinations(range(len(columns) + 1), 2):
                exact = bool((value[:, a:b].sum(axis=1) == value[:, j]).all())
                less = b - a == 1 and (value[:, a] <= value[:, j]).all()
                for row in rows if not a <= j < b and (exact or less) else ():
                    self._sum([row[c] for c in columns[a:b]], row[whole], exact=exact)

    def implied(self) -> None:
        """A part and the rest of a row sum to their whole."""
        for part, rest, whole in self.book.sums:
            self._sum([part, rest], whole)

    def populations(self) -> list[dict[Group, int]]:
        """Lay together the series that were found to be the same: together they may know every group."""
        parts: dict[int, dict[Group, int]] = {}
        for cells in self.book.series.values():
            found = {group: self.find(cell) for group, cell in cells.items()}
            together = found
            for each in {id(p): p for cell in found.values() if (p := parts.get(cell)) is not None}.values():
                together = each | together
            parts |= dict.fromkeys(together.values(), together)
        return list({id(each): each for each in parts.values()}.values())

    def partitions(self, cells: dict[Group, int]) -> None:
        """The groups of an attribute part everybody, or part the group that they cross."""
        families: dict[tuple[Group, str], list[int]] = defaultdict(list)
        for group, cell in cells.items():
            for attribute, _ in group:
                families[_without(group, attribute), attribute].append(cell)
        # Crossed groups first: their margins may be missing, and are parted in their turn.
        for rest in sorted({rest for rest, _ in families}, key=len, reverse=True):
            several = [parts for (whole, _), parts in families.items() if whole == rest]
            if rest not in cells and max(map(len, several)) > 1:
                cells[rest] = self._assume(max(sum(self.book.values[c] for c in parts) for parts in several))
                for attribute, _ in rest:
                    families[_without(rest, attribute), attribute].append(cells[rest])
            for parts in several:
                summed = sum(self.book.values[cell] for cell in parts)
                if rest in cells and summed <= self.book.values[cells[rest]]:
                    self._sum(parts, cells[rest], exact=summed == self.book.values[cells[rest]])

    def lists(self, scheme: Scheme) -> None:
        """Rows that differ in one label part their group: by category, by period, by source."""
        overlapping = {scheme.scale.boundary_label(k) for k in range(scheme.scale.n_categories - 1)}
        overlapping |= {each.name for each in scheme.indicators}
        families: dict[tuple[object, ...], dict[str, int]] = defaultdict(dict)
        groups: dict[tuple[object, ...], Group] = {}
        for each in self.book.entries:
            for at in range(1, len(each.labels)):
                if each.labels[at] not in overlapping:
                    rest = (each.labels[:at], each.labels[at + 1 :], each.group, each.column)
                    families[rest][each.labels[at]] = each.cell
                    groups[rest] = each.group
        cells_of: dict[tuple[Group, int], set[int]] = defaultdict(set)
        for cells in self.book.series.values():
            for group, cell in cells.items():
                cells_of[group, self.book.values[cell]].add(self.find(cell))
        for about, parts in families.items():
            summed = sum(self.book.values[cell] for cell in parts.values())
            wholes = cells_of.get((groups[about], summed), set()) - set(map(self.find, parts.values()))
            if not wholes and groups[about] == EVERYBODY:
                wholes = {self._assume(summed)}
            for whole in wholes if len(parts) > 1 else ():
                self._sum(list(parts.values()), whole)

    def across(self) -> None:
        """Find sums and differences within rows that equal those within rows of other tables."""
        sides = dict(self._sides())
        attributes: dict[str, set[Group]] = defaultdict(set)
        for cells in self.book.series.values():
            for group in cells:
                if len(group) == 1 and group[0][1] != UNKNOWN_GROUP:
                    attributes[group[0][0]].add(group)
        for groups in (sorted(each) for each in attributes.values() if len(each) > 1):
            equal: dict[tuple[int, ...], list[Side]] = defaultdict(list)
            for side, terms in sides.items():
                if all(group in terms for group in groups):
                    equal[tuple(self._value(terms[group]) for group in groups)].append(side)
            for numbers, found in equal.items():
                pairs = combinations(found[:_MOST_EQUAL], 2) if any(numbers) else ()
                for one, other in pairs:
                    if one[0] != other[0]:  # those of one row are tied already
                        self._equate(sides[one], sides[other])

    def _sides(self) -> Iterator[tuple[Side, dict[Group, Terms]]]:
        """Give every column, every sum of columns side by side or of two, and every difference of two."""
        columns_of: dict[tuple[str, ...], list[str]] = defaultdict(list)
        for series in self.book.series:
            columns_of[series[:-1]].append(series[-1])
        for labels, columns in columns_of.items():
            runs = {tuple(columns[a:b]) for a, b in combinations(range(len(columns) + 1), 2)}
            two = list(combinations(columns, 2))
            sums = [(plus, ()) for plus in sorted(runs | set(two))]
            for plus, minus in (*sums, *(((a,), (b,)) for a, b in two), *(((b,), (a,)) for a, b in two)):
                signed = [(self.book.series[*labels, c], 1) for c in plus]
                signed += [(self.book.series[*labels, c], -1) for c in minus]
                groups = set.intersection(*(set(cells) for cells, _ in signed))
                terms = {group: [(cells[group], sign) for cells, sign in signed] for group in sorted(groups)}
                yield (labels, plus, minus), terms

    def _equate(self, one: Mapping[Group, Terms], other: Mapping[Group, Terms]) -> None:
        shared = sorted(one.keys() & other.keys())
        if all(self._value(one[group]) == self._value(other[group]) for group in shared):
            for group in shared:
                self._tie([*one[group], *((cell, -sign) for cell, sign in other[group])])

    def _merge(self, one: Mapping[Group, int], other: Mapping[Group, int]) -> None:
        for group in one.keys() & other.keys():
            first, second = self.find(one[group]), self.find(other[group])
            if first != second:
                self.same[max(first, second)] = min(first, second)

    def _value(self, terms: Iterable[tuple[int, int]]) -> int:
        return sum(sign * self.book.values[cell] for cell, sign in terms)

    def _sum(self, parts: Sequence[int], whole: int, *, exact: bool = True) -> None:
        """The parts sum to the whole, or at most to it."""
        self._tie([*((cell, 1) for cell in parts), (whole, -1)], exact=exact)

    def _tie(self, terms: Terms, *, exact: bool = True) -> None:
        summed: dict[int, int] = defaultdict(int)
        for cell, sign in terms:
            summed[self.find(cell)] += sign
        kept = tuple(sorted((cell, n) for cell, n in summed.items() if n))
        if len(kept) > 1:
            self.ties[kept] = max(self.ties.get(kept, -np.inf), 0.0 if exact else -np.inf)

    def _assume(self, value: int) -> int:
        """A total that stands nowhere, and that anybody may know."""
        self.book.values.append(value)
        return len(self.book.values) - 1


def _without(group: Group, attribute: str) -> Group:
    return tuple(pair for pair in group if pair[0] != attribute)
