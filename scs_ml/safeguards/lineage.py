"""What a column is made of: everything that `wide` and `derived_from` say, followed to the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scs_ml.schemes import Scheme


def own_names(scheme: Scheme, column: str) -> frozenset[str]:
    """Give the names under which one and the same column goes, with the columns that `wide` makes it of.

    Parameters
    ----------
    scheme : Scheme
    column : str
        A column of the table, or an indicator.

    Returns
    -------
    frozenset of str
    """
    names = {column, *scheme.sources(column)}
    for indicator in scheme.known_as.get(column, ()):
        names |= {indicator.name, indicator.table_column, *scheme.sources(indicator.table_column)}
    return frozenset(names)


def made_of(scheme: Scheme, column: str) -> frozenset[str]:
    """Give a column and everything it was computed from, over as many steps as are declared.

    Parameters
    ----------
    scheme : Scheme
    column : str
        A column of the table, or an indicator.

    Returns
    -------
    frozenset of str
        Columns and indicators; a circle ends where it began.
    """
    reached: set[str] = set()
    waiting = {column}
    while waiting:
        each = waiting.pop()
        reached.add(each)
        found = set(own_names(scheme, each))
        for indicator in scheme.known_as.get(each, ()):
            found |= set(indicator.derived_from)
        waiting |= found - reached
    return frozenset(reached)
