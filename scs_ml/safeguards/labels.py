"""What the rows of tables are about: the labels that lead them, read as groups where they name some."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scs_ml.core import Group, Table

if TYPE_CHECKING:
    from scs_ml.schemes import Scheme

EVERYBODY: Group = ()


@dataclass(frozen=True)
class RowLabels:
    """What a row is about: a group, the one it is compared with, and the other labels of either."""

    group: Group | None
    labels: tuple[str, ...]
    reference: Group | None
    reference_labels: tuple[str, ...]


class LabelReader:
    """Reads the labels of rows.

    Parameters
    ----------
    tables : sequence of Table
        Groups that stand alone in one of them are recognised in others where a period follows their label.
    scheme : Scheme
        Its attributes and situations are what groups are groups of.
    """

    def __init__(self, tables: Sequence[Table], scheme: Scheme) -> None:
        cells = {cell for table in tables for row in table.rows for cell in leading_labels(row)}
        groups = {cell: group for cell in cells if (group := group_of(cell, scheme)) is not None}
        self._known = {label: (group, "") for label, group in groups.items()}
        for label, group in groups.items():
            for head in (label[:at] for at in range(len(label)) if label.startswith(", ", at)):
                if head in groups and len(groups[head]) == len(group):
                    self._known[label] = (groups[head], label[len(head) + 2 :])

    def read(self, table: Table, row: Sequence[object]) -> RowLabels:
        """Read the labels that lead a row of a table."""
        labels = leading_labels(row)
        if table.columns[:2] == ("attribute", "group") and len(labels) >= 2:
            return RowLabels(((labels[0], labels[1]),), labels[2:], None, labels[2:])
        named = [self._known[label] for label in labels if label in self._known]
        rest = tuple(label for label in labels if label not in self._known)
        group, more = named[0] if named else (None, "")
        reference, behind = named[1] if len(named) > 1 else (None, "")
        return RowLabels(
            group, (*rest, more) if more else rest, reference, (*rest, behind) if behind else rest
        )


def group_of(text: str, scheme: Scheme) -> Group | None:
    """Read a group's label, ``sex = female, minority = yes``; None where it is no such label.

    Parameters
    ----------
    text : str
    scheme : Scheme

    Returns
    -------
    Group or None
        Pairs in order of their names; empty for everybody.
    """
    if text == "everybody":
        return EVERYBODY
    names = [re.escape(a.name) for a in scheme.sensitive] + [re.escape(s.name) for s in scheme.situations]
    found = list(re.finditer(rf"(?:^|, )({'|'.join(names)}) = ", text)) if names else []
    if not found or found[0].start() != 0:
        return None
    ends = [*(each.start() for each in found[1:]), len(text)]
    return in_order([(each[1], text[each.end() : end]) for each, end in zip(found, ends, strict=True)])


def in_order(group: Sequence[tuple[str, str]]) -> Group:
    """Give a group with its pairs in order of their names, as plain text."""
    return tuple(sorted((str(attribute), str(value)) for attribute, value in group))


def leading_labels(row: Sequence[object]) -> tuple[str, ...]:
    """Give the labels that lead a row: all before its first number."""
    labels: list[str] = []
    for cell in row:
        if not isinstance(cell, str) and cell is not None:
            break
        labels.append(str(cell or ""))
    return tuple(labels)
