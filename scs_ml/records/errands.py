"""Work on people's data that was begun and must be finished, also where the process was killed."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from scs_ml.records.database import Database


@dataclass(frozen=True)
class Errand:
    """Work on one person's data, or on everybody's pseudonyms, that has begun and must be finished.

    It names the pseudonym, because whoever finishes it must know whom: its row goes with the last step.
    """

    id: str
    action: str
    at: str
    facts: Mapping[str, Any]


class Errands(Database):
    """The register's list of what must be finished."""

    def begin(self, action: str, facts: Mapping[str, Any], *, at: str) -> Errand:
        """Write down what is about to be done, before the first file is touched.

        Parameters
        ----------
        action : str
            erase or rotate.
        facts : mapping
            Whatever is needed to do it again from the start, as plain values for JSON.
        at : str
            When, as ISO text in UTC.

        Returns
        -------
        Errand
        """
        errand = Errand(secrets.token_hex(8), action, at, dict(facts))
        with self.writing() as connection:
            row = {"id": errand.id, "action": action, "at": at, "facts": errand.facts}
            connection.execute(self._t.errand.insert(), row)
        return errand

    def pending(self) -> tuple[Errand, ...]:
        """List what was begun and not finished, oldest first."""
        from sqlalchemy import select

        table = self._t.errand
        with self.reading() as connection:
            rows = connection.execute(select(table).order_by(table.c.at, table.c.id))
            return tuple(Errand(**row) for row in rows.mappings())

    def finish(self, errand: Errand) -> None:
        """Strike an errand, and overwrite what the database kept of it."""
        from sqlalchemy import delete

        table = self._t.errand
        with self.writing() as connection:
            connection.execute(delete(table).where(table.c.id == errand.id))
        self.vacuum()
