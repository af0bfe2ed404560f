"""What was written about people: where it lies, and until when it may be read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from scs_ml.records.database import Database


@dataclass(frozen=True)
class Artefact:
    """A file or folder that was written: what it is, of which run, when, and until when it may be read."""

    path: Path
    kind: str
    run: str | None
    at: str
    person_level: bool = True
    expires: str | None = None


class Artefacts(Database):
    """The register's list of what was written."""

    def artefact(
        self,
        path: str | Path,
        kind: str,
        run: str | None,
        at: str,
        *,
        person_level: bool = True,
        expires: str | None = None,
    ) -> None:
        """Remember a file or folder, best before it is written; one of the same path takes its place.

        Parameters
        ----------
        path : path
        kind : str
            What it is: bundle, run, forecast, sheet, plan, export.
        run : str or None
            Run that it belongs to.
        at : str
            When, as ISO text in UTC.
        person_level : bool
            Whether it speaks of single persons.
        expires : str, optional
            From when it must not be read any more.
        """
        from sqlalchemy import delete

        table, where = self._t.artefact, str(Path(path).resolve())
        artefact = Artefact(Path(where), kind, run, at, person_level, expires)
        with self.writing() as connection:
            connection.execute(delete(table).where(table.c.path == where))
            connection.execute(table.insert(), {**vars(artefact), "path": where})

    def artefacts(self) -> tuple[Artefact, ...]:
        """List what was written and not forgotten, by time and path."""
        from sqlalchemy import select

        table = self._t.artefact
        with self.reading() as connection:
            rows = connection.execute(select(table).order_by(table.c.at, table.c.path)).mappings()
            return tuple(Artefact(**{**row, "path": Path(row["path"])}) for row in rows)

    def forget(self, path: str | Path) -> None:
        """Strike an artefact that is no longer there."""
        from sqlalchemy import delete

        table = self._t.artefact
        with self.writing() as connection:
            connection.execute(delete(table).where(table.c.path == str(Path(path).resolve())))
