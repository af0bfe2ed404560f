"""What is held about people besides what the register lists: files and databases that a command names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Self

from scs_ml.data import load_frame
from scs_ml.exceptions import ScsError
from scs_ml.records.rows import Judge, Person, by_identity
from scs_ml.safeguards import PUBLIC_KEY, key_needed, load_key, pseudonymise, pseudonymise_informants
from scs_ml.schemes import load_scheme
from scs_ml.storage import column_text

_PATHS = ("tables", "ledgers", "answers", "folders")


@dataclass(frozen=True)
class Judges:
    """How a table and a ledger are asked for a person's rows."""

    table: Judge
    ledger: Judge


@dataclass(frozen=True)
class Holdings:
    """Files and databases.

    Attributes
    ----------
    tables, ledgers : tuple of Path
        They name people in clear: the key tells whose a row is.
    answers : tuple of Path
        Verification answers to events of the ledgers.
    folders : tuple of Path
        Whose files name people by pseudonym.
    databases : tuple of str
        URLs for SQLAlchemy; rows name people by pseudonym.
    scheme : str or None
        Name or file of the scheme whose roles say which column of a table is the person's.
    key : Path or None
        File of the key; where `scs_ml.safeguards.load_key` looks by itself when None.
    """

    tables: tuple[Path, ...] = ()
    ledgers: tuple[Path, ...] = ()
    answers: tuple[Path, ...] = ()
    folders: tuple[Path, ...] = ()
    databases: tuple[str, ...] = ()
    scheme: str | None = None
    key: Path | None = None

    @property
    def paths(self) -> tuple[Path, ...]:
        """Every file and folder."""
        return tuple(path for name in _PATHS for path in getattr(self, name))

    def judges(self, person: Person) -> Judges:
        """Give how tables and ledgers are asked for a person.

        Raises
        ------
        ScsError
            If tables are named without a scheme, or with one whose table names nobody.
        """
        if not self.tables and not self.ledgers:
            return Judges(by_identity(person, PUBLIC_KEY, ()), by_identity(person, PUBLIC_KEY, ()))
        if self.scheme is None:
            raise ScsError(
                "a table says whose its rows are by its scheme, and none is given",
                remedy="name it with --scheme",
            )
        scheme = load_scheme(self.scheme)
        if scheme.roles.subject is None:
            raise ScsError(
                "the scheme's table names nobody, so that nobody's rows can be told",
                where=f"scheme {scheme.name}, roles.subject",
                remedy="name the column of the person in the scheme",
            )
        key = self.load_key()
        return Judges(
            by_identity(person, key, (scheme.roles.subject,)),
            by_identity(person, key, ("subject",), ("informant",)),
        )

    def load_key(self) -> bytes:
        """Give the key that people are hashed with: the public one where a scheme says they are simulated."""
        if self.key is None and self.scheme is not None and not key_needed(load_scheme(self.scheme)):
            return PUBLIC_KEY
        return load_key(self.key)

    def person(self, identity: str) -> Person:
        """Give the pseudonyms of someone who is named in clear.

        Parameters
        ----------
        identity : str

        Returns
        -------
        Person
        """
        key = self.load_key()
        subject, informant = (
            hashed([identity], key)[0] for hashed in (pseudonymise, pseudonymise_informants)
        )
        return Person(str(subject), str(informant))

    def as_record(self) -> dict[str, Any]:
        """Give it as plain values for JSON, with paths that are the same from everywhere."""
        record: dict[str, Any] = {name: [str(p.resolve()) for p in getattr(self, name)] for name in _PATHS}
        scheme = self.scheme
        if scheme is not None and Path(scheme).is_file():
            scheme = str(Path(scheme).resolve())
        key = None if self.key is None else str(self.key.resolve())
        return record | {"databases": list(self.databases), "scheme": scheme, "key": key}

    @classmethod
    def of_record(cls, record: Mapping[str, Any]) -> Self:
        """Undo `as_record`."""
        lists = {name: tuple(map(Path, record[name])) for name in _PATHS}
        key = None if record["key"] is None else Path(record["key"])
        return cls(**lists, databases=tuple(record["databases"]), scheme=record["scheme"], key=key)


def renamings(
    table: Path, scheme: str, old: bytes, new: bytes, *, ledger: Path | None = None
) -> dict[str, str]:
    """Say which pseudonym of an old key becomes which of a new one.

    Parameters
    ----------
    table : Path
        Names people in clear: what an old pseudonym stood for can be told of them alone.
    scheme : str
        Name or file of the scheme that says in which columns.
    old, new : bytes (32,)
        Keys.
    ledger : Path, optional
        Names informants.

    Returns
    -------
    dict
        Of subjects, families and informants.

    Raises
    ------
    ScsError
        If the scheme's table names nobody, or the files cannot be read.
    """
    roles = load_scheme(scheme).roles
    family = partial(pseudonymise, kind="family")
    named: list[tuple[Path, str | None, Any]] = [
        (table, roles.subject, pseudonymise),
        (table, roles.family, family),
    ]
    if ledger is not None:
        named += [(ledger, "subject", pseudonymise), (ledger, "informant", pseudonymise_informants)]
    frames = {path: load_frame(path)[0] for path, _, _ in named}
    pairs: dict[str, str] = {}
    for path, column, hashed in named:
        if column is None or column not in frames[path]:
            continue
        identities = column_text(frames[path][column]).dropna().unique()
        pairs |= zip(hashed(identities, old), hashed(identities, new), strict=True)
    if not pairs:
        raise ScsError(
            "the table names nobody whose pseudonym could change",
            where=str(table),
            remedy="give the table, and the scheme whose roles name its columns of people",
        )
    return {str(before): str(after) for before, after in pairs.items()}
