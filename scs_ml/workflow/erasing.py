"""Erase a person everywhere, finish what was begun, and prove it by a search."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scs_ml.core import Progress
from scs_ml.exceptions import ScsError
from scs_ml.records import Records, Searched, search
from scs_ml.records.databases import erase_in, rename_in, rows_in
from scs_ml.records.erasure import Removed, erase_from
from scs_ml.records.errands import Errand
from scs_ml.records.renaming import rename_from
from scs_ml.records.retention import delete
from scs_ml.records.rows import Person, by_event, rows_of, take_out
from scs_ml.report import rewrite_report
from scs_ml.storage import column_text
from scs_ml.workflow.holdings import Holdings

Note = Callable[..., None]
_SHORTEST = 6  # characters of an identifier that is searched for: shorter ones stand anywhere by chance


@dataclass(frozen=True)
class Erasure:
    """What an erasure did, and the proof.

    `runs` counts the runs that lost the person, and `bundles` the models that learned from them, which no
    erasure makes unlearn; `places` says where rows of theirs are still found in named tables and databases,
    and `searched` where the bytes of any file hold them: both empty once they are gone.
    """

    removed: Removed
    runs: int
    bundles: int
    searched: Searched
    places: tuple[str, ...]

    @property
    def complete(self) -> bool:
        """Whether nothing was found, and everything could be looked into."""
        return not (self.searched.places or self.places or self.searched.unread)


def erase_person(
    records: Records,
    person: Person,
    holdings: Holdings,
    *,
    at: str,
    note: Note,
    identity: str | None = None,
    progress: Progress | None = None,
) -> Erasure:
    """Take a person out of every registered artefact and all that is named besides, and search for them.

    The register remembers the errand before the first file is touched: `finish_errands` can finish it.

    Parameters
    ----------
    records : Records
    person : Person
    holdings : Holdings
        What there is besides what the register lists.
    at : str
        When, as ISO text in UTC.
    note : callable
        Adds the entry to the log: ``note(action, **facts)``.
    identity : str, optional
        Who it is in clear: searched for at the end, and kept nowhere.
    progress : Progress, optional

    Returns
    -------
    Erasure

    Raises
    ------
    ScsError
        If a file cannot be edited; the errand stays, and the next command goes on with it.
    """
    _require_readable(person, holdings)
    facts = {"subject": person.subject, "informant": person.informant, "holdings": holdings.as_record()}
    errand = records.register.begin("erase", facts, at=at)
    return _erase(records, errand, note, identity, progress)


def rename_people(
    records: Records,
    pairs: Mapping[str, str],
    databases: tuple[str, ...] = (),
    *,
    at: str,
    note: Note,
    progress: Progress | None = None,
) -> tuple[int, int, int]:
    """Give everybody the pseudonym of another key, in the register and in everything that it lists.

    Parameters
    ----------
    records : Records
    pairs : mapping
        Old pseudonym -> new.
    databases : tuple of str
        URLs of databases to rewrite as well.
    at, note, progress
        As for `erase_person`.

    Returns
    -------
    tuple of int
        As `scs_ml.records.register.Register.rename` gives it.
    """
    errand = records.register.begin("rotate", {"pairs": dict(pairs), "databases": list(databases)}, at=at)
    return _rename(records, errand, note, progress)


def finish_errands(records: Records, note: Note, progress: Progress | None = None) -> int:
    """Finish what an earlier process began and could not finish.

    Parameters
    ----------
    records : Records
    note : callable
        As for `erase_person`.
    progress : Progress, optional

    Returns
    -------
    int
        How many errands there were.
    """
    pending = records.register.pending()
    for errand in pending:
        if errand.action == "erase":
            _erase(records, errand, note, None, progress)
        else:
            _rename(records, errand, note, progress)
    return len(pending)


def _erase(
    records: Records, errand: Errand, note: Note, identity: str | None, progress: Progress | None
) -> Erasure:
    register, facts = records.register, errand.facts
    person = Person(facts["subject"], facts["informant"])
    holdings = Holdings.of_record(facts["holdings"])
    register.withdraw(person.names, at=errand.at)
    artefacts = [each for each in register.artefacts() if each.kind != "bundle"]
    done = Removed()
    for at, each in enumerate(artefacts):
        if progress is not None:
            progress("erase", at, len(artefacts))
        if each.kind == "export":
            # It is about one person, named in clear in places: it goes as a whole.
            if (search(person.names, [each.path]).places or not each.path.exists()) and delete(each):
                done += Removed(deleted=(each.path,))
        else:
            done += erase_from(each.path, person, rewrite_report, ours=True)
        if not each.path.exists():
            register.forget(each.path)
    done += _erase_named(person, holdings, records.folder.resolve())
    theirs = set(register.runs_of(person.subject))
    bundles = sum(each.kind == "bundle" and each.run in theirs for each in register.artefacts())
    runs = sum(register.erase(name, at=errand.at) for name in person.names)
    if records.log.latest("erase", errand=errand.id) is None:
        files = len(done.rewritten) + len(done.deleted)
        note("erase", errand=errand.id, people={"count": 1}, rows=done.rows, files=files, runs=runs)
    register.finish(errand)
    if progress is not None:
        progress("erase", len(artefacts), len(artefacts))
    return Erasure(done, runs, bundles, *_proof(records, person, holdings, identity))


def _erase_named(person: Person, holdings: Holdings, spare: Path) -> Removed:
    """Take a person out of what the command names: the answers first, because only the ledger says which."""
    done = Removed()
    judges = holdings.judges(person)
    events: list[str] = []
    for ledger in holdings.ledgers:
        events += column_text(rows_of(ledger, judges.ledger)["event"]).dropna().tolist()
    for paths, judge in (
        (holdings.answers, by_event(events)),
        (holdings.tables, judges.table),
        (holdings.ledgers, judges.ledger),
    ):
        for path in paths:
            if rows := take_out(path, judge):
                done += Removed(rows, (path,))
    for folder in holdings.folders:
        done += erase_from(folder, person, rewrite_report, ours=False, spare=spare)
    return done + Removed(sum(erase_in(url, person) for url in holdings.databases))


def _proof(
    records: Records, person: Person, holdings: Holdings, identity: str | None
) -> tuple[Searched, tuple[str, ...]]:
    names = [*person.names, *([identity] if identity and len(identity) >= _SHORTEST else [])]
    where = [records.folder, *(each.path for each in records.register.artefacts()), *holdings.paths]
    judges = holdings.judges(person)
    places = [f"{path}: rows" for path in holdings.tables if len(rows_of(path, judges.table))]
    places += [f"{path}: rows" for path in holdings.ledgers if len(rows_of(path, judges.ledger))]
    for url in holdings.databases:
        places += [f"database, table {name}: {len(rows)} rows" for name, rows in rows_in(url, person).items()]
    return search(names, where), tuple(places)


def _require_readable(person: Person, holdings: Holdings) -> None:
    """Find out before anything is touched that every named file can be read, and holds what it should."""
    if missing := [str(path) for path in holdings.paths if not path.exists()]:
        raise ScsError("there is no such file", where=", ".join(missing), remedy="check the paths")
    judges = holdings.judges(person)
    for path in holdings.tables:
        rows_of(path, judges.table)
    for path in holdings.ledgers:
        rows_of(path, judges.ledger)
    for path in holdings.answers:
        rows_of(path, by_event(()))
    for url in holdings.databases:
        rows_in(url, person)


def _rename(records: Records, errand: Errand, note: Note, progress: Progress | None) -> tuple[int, int, int]:
    register, pairs = records.register, dict[str, str](errand.facts["pairs"])
    artefacts = [each for each in register.artefacts() if each.kind != "bundle"]
    files = 0
    for at, each in enumerate(artefacts):
        if progress is not None:
            progress("rotate", at, len(artefacts))
        files += rename_from(each.path, pairs)
    cells = sum(rename_in(url, pairs) for url in errand.facts["databases"])
    counts = register.rename(pairs, at=errand.at)
    facts: dict[str, Any] = dict(zip(("renamed", "kept", "unreachable"), counts, strict=True))
    if records.log.latest("rotate", errand=errand.id) is None:
        note("rotate", errand=errand.id, people={"count": counts[0]}, files=files, cells=cells, **facts)
    register.finish(errand)
    return counts
