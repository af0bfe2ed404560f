"""The database behind the register: whatever it says on failing names nobody."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from scs_ml.exceptions import ScsError

if TYPE_CHECKING:
    from sqlalchemy import Connection

_CHUNK = 10_000  # values bound in one statement: SQLite takes 32,766


class Database:
    """A register's database.

    Parameters
    ----------
    url : str
        SQLAlchemy's: ``sqlite:///people.sqlite`` or ``postgresql+psycopg://...``. Missing tables are made.

    Raises
    ------
    ScsError
        If there is no such database, or no driver for it.
    """

    def __init__(self, url: str) -> None:
        from scs_ml.records.tables import TABLES, connect

        self._t = TABLES
        self.engine = connect(url)
        with self.writing() as connection:
            self._t.metadata.create_all(connection)

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Give a connection whose work is kept whole, or not at all."""
        with self._speaking(), self.engine.begin() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a connection to read with."""
        with self._speaking(), self.engine.connect() as connection:
            yield connection

    def vacuum(self) -> None:
        """Rewrite the database without what it has deleted."""
        from scs_ml.records.tables import vacuum

        with self._speaking():
            vacuum(self.engine, self._t.metadata.tables)

    @contextmanager
    def _speaking(self) -> Iterator[None]:
        from sqlalchemy.exc import SQLAlchemyError

        try:
            yield
        except SQLAlchemyError as error:
            # Without the library's own text: it quotes what was to be written, which may be a pseudonym.
            raise ScsError(
                f"the register of people cannot be used ({type(error).__name__})",
                where=self.engine.url.render_as_string(hide_password=True),
                remedy="see that the database is there, may be written to and is not damaged",
            ) from None


def chunks(items: Sequence[Any], most: int = _CHUNK) -> Iterator[Sequence[Any]]:
    """Cut a sequence into parts that fit one statement."""
    return (items[at : at + most] for at in range(0, len(items), most))
