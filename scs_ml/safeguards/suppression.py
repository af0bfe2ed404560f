"""Small counts: a group of three is three people somebody knows. What leaves together is taken together."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from numbers import Real
from typing import TYPE_CHECKING

from scs_ml.core import Finding, GateRecord, Group, Table
from scs_ml.exceptions import SafeguardError
from scs_ml.safeguards.bases import opens
from scs_ml.safeguards.cells import SMALLEST_COUNT
from scs_ml.safeguards.hiding import blank_rows
from scs_ml.safeguards.labels import LabelReader, RowLabels, in_order
from scs_ml.safeguards.ties import counts_of

if TYPE_CHECKING:
    from scs_ml.schemes import Scheme


RULE = "small_cells"
Cell = str | int | float | None


@dataclass(frozen=True)
class Disclosed:
    """What may leave: tables with blank rows, and which findings keep their numbers; `record` says so."""

    tables: tuple[Table, ...]
    told: tuple[bool, ...]
    record: GateRecord


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


def count_text(scheme: Scheme, n: int) -> str:
    """Say a count of people in running text; a small one as what it stays below.

    Parameters
    ----------
    scheme : Scheme
    n : int

    Returns
    -------
    str
    """
    return f"fewer than {SMALLEST_COUNT}" if hides_count(scheme, n) else f"{n:,}"


def tell_gate(gate: GateRecord, scheme: Scheme) -> GateRecord:
    """Give a gate's answer as it may leave: a few rows, whose number its words tell, are only said to be few.

    Parameters
    ----------
    gate : GateRecord
    scheme : Scheme

    Returns
    -------
    GateRecord
    """
    if not hides_count(scheme, gate.rows):
        return gate
    return replace(gate, rows=0, detail=f"{gate.rule}: {count_text(scheme, gate.rows)} rows")


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
    """Blank the rows of tables that leave together: see `disclose`.

    Parameters
    ----------
    tables : sequence of Table
    scheme : Scheme
        Its basis decides.

    Returns
    -------
    tuple of Table
    """
    return disclose(tables, (), scheme).tables


def disclose(
    tables: Sequence[Table], findings: Sequence[Finding], scheme: Scheme, *, total: int | None = None
) -> Disclosed:
    """Blank what would tell a count from 1 to 4, where the basis does not open small cells.

    A row with such a count loses all its numbers, because the others (a share, a total) would give it back
    (primary suppression). Then more rows lose theirs, those of the fewest people first, until all that is
    still shown leaves every small count any value from 1 to 4: nobody learns more of it than that it is
    small (complementary suppression). Texts stay, so that the row is seen to exist.

    Parameters
    ----------
    tables : sequence of Table
    findings : sequence of Finding
        A finding is a row, too: its `n`, and an effect from which its tables' counts could be computed.
    scheme : Scheme
        Its basis decides.
    total : int, optional
        How many people there are, where that is said elsewhere.

    Returns
    -------
    Disclosed

    References
    ----------
    Fischetti & Salazar (2001), "Solving the cell suppression problem on tabular data with linear
    constraints", Management Science 47, 1008-1027.
    """
    whole, everything = tuple(tables), (True,) * len(findings)
    if opens(scheme, "small_cells"):
        shown_all = f"small counts are shown as they are: the basis is {scheme.basis.kind}"
        return Disclosed(whole, everything, GateRecord(RULE, "kept", shown_all))
    counts = counts_of(tables, findings, scheme, total)
    blank = blank_rows(counts)
    if not blank:
        return Disclosed(
            whole, everything, GateRecord(RULE, "kept", "nothing shown gives a small count back")
        )
    n_rows = [len(table.rows) for table in tables]
    firsts = [sum(n_rows[:at]) for at in range(len(tables))]
    of_findings = {at - sum(n_rows) for at in blank if at >= sum(n_rows)}
    reader = LabelReader(tables, scheme)
    boundaries = frozenset(scheme.scale.boundary_label(k) for k in range(scheme.scale.n_categories - 1))
    read = [[reader.read(table, row) for row in table.rows] for table in tables]
    every = zip(range(sum(n_rows)), chain.from_iterable(read), strict=True)
    gone = {(each.group, each.labels) for at, each in every if at in blank and each.reference is None}
    shown, untold, n_hidden = [], set(of_findings), 0
    for table, first, about in zip(tables, firsts, read, strict=True):
        mine = [at for at, each in enumerate(findings) if each.check == table.check]
        at_label = {at: _boundary(findings[at], scheme) for at in mine}
        hidden = {at for at, each in enumerate(about) if first + at in blank or _compares(each, gone)}
        # An effect and the row it was computed from give one another back.
        for at, labels in enumerate(about):
            linked = [k for k in mine if _speaks_of(findings[k], at_label[k], labels, boundaries)]
            if at in hidden:
                untold.update(linked)
            elif of_findings.intersection(k for k in linked if in_order(findings[k].group) == labels.group):
                hidden.add(at)
        n_hidden += len(hidden)
        rows = tuple(_blank(row) if at in hidden else row for at, row in enumerate(table.rows))
        shown.append(replace(table, rows=rows))
    said = (
        f"{n_hidden:,} of {sum(n_rows):,} rows of tables and {len(untold):,} of {len(findings):,} findings "
    )
    said += f"are without numbers: they would give back a count below {SMALLEST_COUNT}"
    told = tuple(at not in untold for at in range(len(findings)))
    return Disclosed(tuple(shown), told, GateRecord(RULE, "left out", said))


def _compares(row: RowLabels, gone: Collection[tuple[Group | None, tuple[str, ...]]]) -> bool:
    """Whether a row compares two groups of which one lost its numbers: it would give them back."""
    sides = ((row.group, row.labels), (row.reference, row.reference_labels))
    return row.reference is not None and any(side in gone for side in sides)


def _speaks_of(finding: Finding, boundary: str, row: RowLabels, boundaries: frozenset[str]) -> bool:
    """Whether a row holds what a finding was computed from: its group or reference, at its boundary."""
    if row.group not in (in_order(finding.group), in_order(finding.reference)):
        return False
    elsewhere = boundaries & set(row.labels)
    return not (boundary and elsewhere) or boundary in elsewhere


def _boundary(finding: Finding, scheme: Scheme) -> str:
    return "" if finding.boundary is None else scheme.scale.boundary_label(finding.boundary)


def _blank(row: tuple[Cell, ...]) -> tuple[Cell, ...]:
    return tuple(None if _is_number(cell) else cell for cell in row)


def _is_number(cell: object) -> bool:
    return isinstance(cell, Real) and not isinstance(cell, bool)
