"""The register's tables and its database: SQLite that keeps nothing it deletes, or PostgreSQL."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Engine,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    create_engine,
    event,
    make_url,
)
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from scs_ml.exceptions import ScsError

if TYPE_CHECKING:
    from scs_ml.records.register import Register

FILE, URL, KEY = "people.sqlite", "people.url", "people.key"
KEY_BYTES = 32
_PATIENCE = 60  # seconds that one process waits for another's transaction


@dataclass(frozen=True)
class Tables:
    """The tables of the register."""

    metadata: MetaData
    person: Table
    refused: Table
    membership: Table
    run: Table
    artefact: Table
    errand: Table


def _tables() -> Tables:
    metadata = MetaData()
    return Tables(
        metadata,
        person=Table(
            "person",
            metadata,
            Column("pseudonym", String(64), primary_key=True),
            Column("salt", LargeBinary, nullable=False),
            # Kept beside the salt: a new key gives a new pseudonym, and the commitment stays that of the log.
            Column("commitment", String(64), nullable=False, unique=True),
        ),
        refused=Table(
            "refused",
            metadata,
            Column("mark", String(32), primary_key=True),
            Column("at", String(40), nullable=False),
        ),
        membership=Table(
            "membership",
            metadata,
            Column("run", String(200), primary_key=True),
            Column("commitment", String(64), primary_key=True, index=True),
        ),
        run=Table(
            "run",
            metadata,
            Column("id", String(200), primary_key=True),
            Column("lost", Integer, nullable=False),
        ),
        artefact=Table(
            "artefact",
            metadata,
            Column("path", String, primary_key=True),
            Column("kind", String(40), nullable=False),
            Column("run", String(200)),
            Column("at", String(40), nullable=False),
            Column("person_level", Boolean, nullable=False),
            Column("expires", String(40)),
        ),
        errand=Table(
            "errand",
            metadata,
            Column("id", String(16), primary_key=True),
            Column("action", String(20), nullable=False),
            Column("at", String(40), nullable=False),
            Column("facts", JSON, nullable=False),
        ),
    )


TABLES = _tables()


def open_register(folder: str | Path) -> Register:
    """Open the register of a records folder; database and key are made where missing.

    Parameters
    ----------
    folder : path
        Holds ``people.key`` (read by its owner alone) and ``people.sqlite``, or ``people.url`` with one line:
        the URL of a PostgreSQL database (``postgresql+psycopg://...``) that takes the file's place.

    Returns
    -------
    Register

    Raises
    ------
    ScsError
        If the database cannot be reached, or the key is damaged.
    """
    from scs_ml.records.register import Register

    home = Path(folder)
    named, file = home / URL, home / FILE
    if named.is_file():
        url = named.read_text(encoding="utf-8").strip()
    else:
        # Made here, so that nobody but its owner reads the salts.
        os.close(os.open(file, os.O_WRONLY | os.O_CREAT, 0o600))
        url = f"sqlite:///{file.resolve()}"
    return Register(url, _key(home))


def _key(home: Path) -> bytes:
    path = home / KEY
    if not path.exists():
        made = home / f".{secrets.token_hex(6)}.{KEY}"
        with os.fdopen(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_hex(KEY_BYTES) + "\n")
        # Whoever is first: a link is never put over a file.
        with suppress(FileExistsError):
            path.hardlink_to(made)
        made.unlink()
    try:
        key = bytes.fromhex(path.read_text(encoding="ascii"))
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise ScsError(
            "the key by which people are kept out is damaged",
            where=str(path),
            remedy="restore the file from its copy: without it nobody who withdrew would be recognised",
        )
    return key


def connect(url: str) -> Engine:
    """Give an engine; SQLite is told to overwrite what it deletes and to keep no log beside the file.

    Parameters
    ----------
    url : str

    Returns
    -------
    Engine

    Raises
    ------
    ScsError
        If the URL names no database, or one whose driver is not installed.
    """
    try:
        parsed = make_url(url)
        sqlite = parsed.get_backend_name() == "sqlite"
        engine = create_engine(
            parsed, hide_parameters=True, connect_args={"timeout": _PATIENCE} if sqlite else {}
        )
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError):
        # Without the URL: it may hold a password.
        raise ScsError(
            "the URL names no database that can be reached",
            remedy="give sqlite:///FILE or postgresql+psycopg://USER@HOST/NAME (extra `postgresql`)",
        ) from None
    if sqlite:
        event.listen(engine, "connect", _forgetful)
        event.listen(engine, "begin", _at_once)
    return engine


def vacuum(engine: Engine, tables: Iterable[str]) -> None:
    """Rewrite tables (SQLite: the whole file) without the rows they have deleted."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("VACUUM")
            return
        quote = engine.dialect.identifier_preparer.quote
        for table in tables:
            connection.exec_driver_sql(f"VACUUM FULL {quote(table)}")


def _forgetful(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # transactions begin where SQLAlchemy says, not where the driver thinks
    connection.execute("PRAGMA secure_delete = ON")
    connection.execute("PRAGMA journal_mode = DELETE")


def _at_once(connection: Any) -> None:
    if connection.get_execution_options().get("isolation_level") == "AUTOCOMMIT":
        return
    # A reader that turns writer may find the file locked by another; who writes says so from the start.
    connection.exec_driver_sql("BEGIN IMMEDIATE")
