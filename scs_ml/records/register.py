"""The register of people: who is in which run, under a salt that can be destroyed, and who must stay out.

The log speaks of people by number and by root alone (`scs_ml.records.commitments`). Once a salt is gone
nobody can tell whose a commitment was; the root, and with it the chain, stays what it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from scs_ml.core import Bools
from scs_ml.records.artefacts import Artefacts
from scs_ml.records.commitments import Refused, mark_of, new_person, root_of
from scs_ml.records.database import chunks
from scs_ml.records.errands import Errands

if TYPE_CHECKING:
    from sqlalchemy import Connection


class Register(Artefacts, Errands):
    """Salts, memberships, artefacts and errands, in SQLite or PostgreSQL.

    Parameters
    ----------
    url : str
        SQLAlchemy's: ``sqlite:///people.sqlite`` or ``postgresql+psycopg://...``. Missing tables are made.
    key : bytes (32,)
        Of the hashes of those who must stay out.

    Raises
    ------
    ScsError
        If there is no such database, or no driver for it.
    """

    def __init__(self, url: str, key: bytes) -> None:
        super().__init__(url)
        self._key = key

    # --- people and runs ---

    def commit(self, pseudonyms: npt.ArrayLike, run: str | None = None) -> str:
        """Commit to a set of people: their number may be logged beside it, and nothing else of them.

        Parameters
        ----------
        pseudonyms : array of str (n,)
            Repeated ones count once. A salt is made for whoever has none.
        run : str, optional
            Remember that they are in this run; one of the same name that was made before is forgotten.

        Returns
        -------
        str
            Root of their commitments, in hex digits.
        """
        from sqlalchemy import select

        people = np.unique(np.asarray(pseudonyms, dtype=str)).tolist()
        person = self._t.person
        with self.writing() as connection:
            known = {
                row.pseudonym: row.commitment
                for some in chunks(people)
                for row in connection.execute(
                    select(person.c.pseudonym, person.c.commitment).where(person.c.pseudonym.in_(some))
                )
            }
            made = [new_person(each) for each in people if each not in known]
            for rows in chunks(made):
                connection.execute(person.insert(), rows)
            known |= {row["pseudonym"]: row["commitment"] for row in made}
            commitments = sorted(known.values())
            if run is not None:
                self._remember(connection, run, commitments)
        return root_of(commitments)

    def _remember(self, connection: Connection, run: str, commitments: list[str]) -> None:
        from sqlalchemy import delete

        t = self._t
        connection.execute(delete(t.membership).where(t.membership.c.run == run))
        connection.execute(delete(t.run).where(t.run.c.id == run))
        connection.execute(t.run.insert(), {"id": run, "lost": 0})
        for some in chunks([{"run": run, "commitment": each} for each in commitments]):
            connection.execute(t.membership.insert(), some)

    def root(self, run: str) -> str:
        """Give the root of a run's commitments, those of erased people included."""
        from sqlalchemy import select

        member = self._t.membership
        with self.reading() as connection:
            found = connection.execute(select(member.c.commitment).where(member.c.run == run)).scalars()
            return root_of(sorted(found))

    def runs_of(self, pseudonym: str) -> tuple[str, ...]:
        """Name the runs that a person is in."""
        from sqlalchemy import select

        t = self._t
        asked = (
            select(t.membership.c.run)
            .join(t.person, t.person.c.commitment == t.membership.c.commitment)
            .where(t.person.c.pseudonym == pseudonym)
            .order_by(t.membership.c.run)
        )
        with self.reading() as connection:
            return tuple(connection.execute(asked).scalars())

    def receipt(self, pseudonym: str) -> Mapping[str, str] | None:
        """Give what proves that a person is in a root (salt and commitment), None for someone unknown."""
        from sqlalchemy import select

        person = self._t.person
        with self.reading() as connection:
            row = connection.execute(select(person).where(person.c.pseudonym == pseudonym)).first()
        return None if row is None else {"salt": row.salt.hex(), "commitment": row.commitment}

    def count(self) -> int:
        """Count the people whom the register knows."""
        from sqlalchemy import func, select

        with self.reading() as connection:
            return int(connection.execute(select(func.count()).select_from(self._t.person)).scalar_one())

    def erased_in(self, run: str) -> int:
        """Count the people of a run who were erased since."""
        from sqlalchemy import select

        with self.reading() as connection:
            lost = connection.execute(select(self._t.run.c.lost).where(self._t.run.c.id == run)).scalar()
        return int(lost or 0)

    def withdrawn_in(self, run: str) -> int:
        """Count the people of a run who withdrew since and are not erased: a next run leaves them out."""
        from sqlalchemy import select

        t = self._t
        asked = (
            select(t.person.c.pseudonym)
            .join(t.membership, t.person.c.commitment == t.membership.c.commitment)
            .where(t.membership.c.run == run)
        )
        refused = self.refused()
        if not len(refused):
            return 0
        with self.reading() as connection:
            return sum(each in refused for each in connection.execute(asked).scalars())

    # --- who must stay out ---

    def refused(self) -> Refused:
        """Give the people who must stay out, to be asked of each."""
        from sqlalchemy import select

        with self.reading() as connection:
            marks = connection.execute(select(self._t.refused.c.mark)).scalars()
            return Refused(frozenset(marks), self._key)

    def withdrawn(self, pseudonyms: npt.ArrayLike) -> Bools:
        """Say who must stay out.

        Parameters
        ----------
        pseudonyms : array of str (n,)

        Returns
        -------
        ndarray of bool (n,)
            True for those who withdrew or were erased.
        """
        refused, people = self.refused(), np.asarray(pseudonyms, dtype=str)
        distinct, back = np.unique(people, return_inverse=True)
        mask = np.fromiter((each in refused for each in distinct.tolist()), np.bool_, len(distinct))
        return mask[back.reshape(people.shape)]

    def withdraw(self, pseudonyms: Iterable[str], *, at: str) -> int:
        """Keep people out of everything that is read from now on.

        Parameters
        ----------
        pseudonyms : iterable of str
        at : str
            When, as ISO text in UTC.

        Returns
        -------
        int
            How many of them were not out already.
        """
        from sqlalchemy import select

        refused = self._t.refused
        marks = {mark_of(each, self._key) for each in pseudonyms}
        with self.writing() as connection:
            there = {
                mark
                for some in chunks(sorted(marks))
                for mark in connection.execute(
                    select(refused.c.mark).where(refused.c.mark.in_(some))
                ).scalars()
            }
            for rows in chunks([{"mark": mark, "at": at} for mark in sorted(marks - there)]):
                connection.execute(refused.insert(), rows)
        return len(marks - there)

    def withdrawn_at(self, pseudonym: str) -> str | None:
        """Say since when someone must stay out, None where they need not."""
        from sqlalchemy import select

        refused = self._t.refused
        with self.reading() as connection:
            found = select(refused.c.at).where(refused.c.mark == mark_of(pseudonym, self._key))
            return connection.execute(found).scalar()

    def erase(self, pseudonym: str, *, at: str) -> int:
        """Destroy a person's salt, so that no commitment is theirs any more, and keep them out.

        Parameters
        ----------
        pseudonym : str
        at : str
            When, as ISO text in UTC.

        Returns
        -------
        int
            How many runs lost them. Nothing that names them is left here but the keyed hash.
        """
        from sqlalchemy import delete, select, update

        t = self._t
        self.withdraw([pseudonym], at=at)
        with self.writing() as connection:
            commitment = connection.execute(
                select(t.person.c.commitment).where(t.person.c.pseudonym == pseudonym)
            ).scalar()
            runs = list(
                connection.execute(
                    select(t.membership.c.run).where(t.membership.c.commitment == commitment)
                ).scalars()
            )
            for some in chunks(runs):
                lost = update(t.run).where(t.run.c.id.in_(some)).values(lost=t.run.c.lost + 1)
                connection.execute(lost)
            connection.execute(delete(t.person).where(t.person.c.pseudonym == pseudonym))
        return len(runs)

    def rename(self, pairs: Mapping[str, str], *, at: str) -> tuple[int, int, int]:
        """Give people the pseudonyms that another key makes.

        Parameters
        ----------
        pairs : mapping
            Old pseudonym -> new. Doing it twice does nothing more.
        at : str
            When, as ISO text in UTC.

        Returns
        -------
        renamed : int
            People of the register who have a new pseudonym.
        kept : int
            People whose identity nobody gave: they keep the old one.
        unreachable : int
            People who must stay out and whose identity nobody gave: they stay out under the old key only.
        """
        from sqlalchemy import bindparam, select, update

        t = self._t
        with self.writing() as connection:
            marks = set(connection.execute(select(t.refused.c.mark)).scalars())
            both = {mark_of(old, self._key): mark_of(new, self._key) for old, new in pairs.items()}
            out = {old: new for old, new in both.items() if old in marks}
            new_marks = sorted(set(out.values()) - marks)
            for rows in chunks([{"mark": mark, "at": at} for mark in new_marks]):
                connection.execute(t.refused.insert(), rows)
            people = set(connection.execute(select(t.person.c.pseudonym)).scalars())
            # Whoever already stands under the new name (a table read with the new key) keeps that commitment.
            moved = [{"old": o, "new": n} for o, n in pairs.items() if o in people and n not in people]
            change = update(t.person).where(t.person.c.pseudonym == bindparam("old"))
            for rows in chunks(moved):
                connection.execute(change.values(pseudonym=bindparam("new")), rows)
        done = people & set(pairs.values())
        return len(moved), len(people - set(pairs) - done), len(marks - set(both) - set(both.values()))
