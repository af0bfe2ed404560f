"""A person's rows in databases: those that hold the pseudonym, and those that belong to such a row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Engine,
    MetaData,
    String,
    Table,
    Text,
    case,
    cast,
    delete,
    func,
    null,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.types import NullType

from scs_ml.exceptions import ScsError
from scs_ml.records.database import chunks
from scs_ml.records.tables import connect, vacuum

if TYPE_CHECKING:
    from scs_ml.records.rows import Person


def rows_in(url: str, person: Person) -> dict[str, list[dict[str, Any]]]:
    """Give a person's rows.

    Parameters
    ----------
    url : str
        SQLAlchemy's, of SQLite or PostgreSQL.
    person : Person

    Returns
    -------
    dict
        Name of the table -> rows that hold a pseudonym of theirs, or belong to a row that does.
    """
    with _opened(url) as (engine, metadata), engine.connect() as connection:
        found = {
            table.name: [
                dict(row)
                for row in connection.execute(select(table).where(_either(mine, table, person))).mappings()
            ]
            for table, mine in _conditions(metadata, person.subject).items()
        }
    return {name: rows for name, rows in found.items() if rows}


def erase_in(url: str, person: Person) -> int:
    """Delete a person's rows in one transaction, and have the database rewritten without them.

    Where they are the informant in someone else's row, that cell is emptied.

    Parameters
    ----------
    url : str
        SQLAlchemy's, of SQLite or PostgreSQL.
    person : Person

    Returns
    -------
    int
        Rows deleted or emptied.

    Raises
    ------
    ScsError
        If the database does not let them go; nothing is changed then.
    """
    rows = 0
    with _opened(url) as (engine, metadata):
        conditions = _conditions(metadata, person.subject)
        with engine.begin() as connection:
            for table in reversed(conditions):  # rows that belong to others first
                rows += connection.execute(delete(table).where(conditions[table])).rowcount
            for column in _texts(metadata) if person.informant else ():
                emptied = null() if column.nullable else ""
                informs = update(column.table).where(column == person.informant)
                rows += connection.execute(informs.values({column: emptied})).rowcount
        if rows:
            vacuum(engine, metadata.tables)
    return rows


def rename_in(url: str, pairs: Mapping[str, str]) -> int:
    """Replace pseudonyms that stand in cells of their own.

    Parameters
    ----------
    url : str
    pairs : mapping
        Old pseudonym -> new.

    Returns
    -------
    int
        Cells replaced.
    """
    cells, listed = 0, list(pairs.items())
    with _opened(url) as (engine, metadata):
        with engine.begin() as connection:
            for column in _texts(metadata):
                present = set(connection.execute(select(column).distinct()).scalars())
                for some in chunks([pair for pair in listed if pair[0] in present], 500):
                    mapping = dict(some)
                    change = update(column.table).where(column.in_(list(mapping)))
                    cells += connection.execute(change.values({column: case(mapping, value=column)})).rowcount
        if cells:
            vacuum(engine, metadata.tables)
    return cells


def _texts(metadata: MetaData) -> list[Column[Any]]:
    """Give the columns that can hold a pseudonym as a value of its own; SQLite's may have no type."""
    columns = [column for table in metadata.sorted_tables for column in table.columns]
    return [column for column in columns if isinstance(column.type, String | NullType)]


def _conditions(metadata: MetaData, name: str) -> dict[Table, ColumnElement[bool]]:
    """Say for each table which rows are a person's, tables that others refer to first."""
    found: dict[Table, ColumnElement[bool]] = {}
    for table in metadata.sorted_tables:
        ways = [_holds(column, name) for column in table.columns]
        for link in table.foreign_key_constraints:
            owner = link.referred_table
            if owner in found:
                keys = select(*(each.column for each in link.elements)).where(found[owner])
                ours = list(link.columns)
                ways.append((ours[0] if len(ours) == 1 else tuple_(*ours)).in_(keys))
        found[table] = or_(*ways)
    return found


def _holds(column: Any, name: str) -> ColumnElement[bool]:
    text = func.lower(cast(column, Text))
    return text.contains(name.lower(), autoescape=True)


def _either(mine: ColumnElement[bool], table: Table, person: Person) -> ColumnElement[bool]:
    informs = [cast(column, Text) == person.informant for column in table.columns if person.informant]
    return or_(mine, *informs)


@contextmanager
def _opened(url: str) -> Iterator[tuple[Engine, MetaData]]:
    """Open a database with all its tables; a write-ahead log of SQLite is merged, and put aside."""
    engine = connect(url)
    metadata = MetaData()
    try:
        metadata.reflect(engine)
        yield engine, metadata
    except SQLAlchemyError as error:
        # Without the library's own text: it quotes the statement.
        raise ScsError(
            f"the database refuses ({type(error).__name__})",
            where=engine.url.render_as_string(hide_password=True),
            remedy="see that it is there, that nobody else writes to it, and that its rows may be deleted",
        ) from None
    finally:
        engine.dispose()
