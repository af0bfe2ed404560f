"""What is held about one person, for that person: rows, forecasts, views, sheets, and entries of the log."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from scs_ml.records import Records, search
from scs_ml.records.artefacts import Artefact
from scs_ml.records.databases import rows_in
from scs_ml.records.erasure import SQLITE, files_of, items_about
from scs_ml.records.rows import Judge, Person, by_pseudonym, is_table, rows_of
from scs_ml.storage import atomic_folder
from scs_ml.storage.spreadsheets import write_csv
from scs_ml.workflow.holdings import Holdings

PERSON = "person.json"


@dataclass(frozen=True)
class Exported:
    """What was exported: the folder, and how many rows, views and sheets are in it."""

    folder: Path
    rows: int
    views: int
    sheets: int


@dataclass
class _Parcel:
    """The folder while it is filled."""

    folder: Path
    rows: int = 0
    sheets: int = 0

    def add_rows(self, source: str, frame: pd.DataFrame) -> dict[str, Any] | None:
        if frame.empty:
            return None
        name = f"rows-{len(list(self.folder.glob('rows-*'))) + 1:02d}.csv"
        write_csv(frame, self.folder / name)
        self.rows += len(frame)
        return {"from": source, "rows": len(frame), "file": name}

    def add_sheet(self, path: Path) -> dict[str, Any]:
        self.sheets += 1
        name = f"sheet-{self.sheets:02d}{path.suffix}"
        shutil.copyfile(path, self.folder / name)
        return {"from": path.name, "file": name}


def export_person(
    records: Records, person: Person, holdings: Holdings, out: Path, *, at: str, note: Callable[..., None]
) -> Exported:
    """Write everything that is held about a person into a folder of their own.

    Parameters
    ----------
    records : Records
    person : Person
    holdings : Holdings
        What there is besides what the register lists.
    out : Path
        Folder to write; an older export there is replaced as a whole.
    at : str
        When, as ISO text in UTC.
    note : callable
        Adds the entry to the log: ``note(action, **facts)``.

    Returns
    -------
    Exported

    Raises
    ------
    ScsError
        If a named file is no such table, or something else stands in the folder's place.
    """
    register, judges = records.register, holdings.judges(person)
    runs = set(register.runs_of(person.subject))
    with atomic_folder(out, PERSON) as temporary:
        register.artefact(out, "export", None, at)
        parcel = _Parcel(temporary)
        tables: list[dict[str, Any] | None] = []
        for judge, paths in ((judges.table, holdings.tables), (judges.ledger, holdings.ledgers)):
            tables += [parcel.add_rows(path.name, _shown(path, judge)) for path in paths]
        views: list[Any] = []
        sheets: list[dict[str, Any]] = []
        databases = {_named(url): rows_in(url, person) for url in holdings.databases}
        artefacts = [each for each in register.artefacts() if each.kind not in {"bundle", "export"}]
        held: list[tuple[Artefact | None, Path]] = [
            (each, path) for each in artefacts for path in files_of(each.path)
        ]
        held += [(None, path) for folder in holdings.folders for path in files_of(folder)]
        for artefact, path in _about(held, person):
            if is_table(path):
                tables.append(parcel.add_rows(path.name, rows_of(path, by_pseudonym(person))))
            elif path.suffix == ".json":
                views += [{"from": _from(path), **each} for each in items_about(path, person)]
            elif path.read_bytes()[: len(SQLITE)] == SQLITE:
                databases[path.name] = rows_in(f"sqlite:///{path}", person)
            elif artefact is not None and artefact.kind == "sheet":
                sheets.append(parcel.add_sheet(path))
        content = {
            "pseudonym": person.subject,
            "as informant": person.informant,
            "exported": at,
            "withdrawn since": register.withdrawn_at(person.subject),
            "proof of the commitment": register.receipt(person.subject),
            "tables": [each for each in tables if each],
            "views": views,
            "sheets": sheets,
            "databases": {name: rows for name, rows in databases.items() if rows},
            "log": [vars(each) for each in records.log.entries() if each.body.get("run") in runs],
        }
        text = json.dumps(content, ensure_ascii=False, indent=1, default=str)
        (temporary / PERSON).write_text(text + "\n", encoding="utf-8")
    note("export", people={"count": 1}, rows=parcel.rows, views=len(views), sheets=parcel.sheets)
    return Exported(out, parcel.rows, len(views), parcel.sheets)


def _shown(path: Path, judge: Judge) -> pd.DataFrame:
    """Give a person's own rows; whoever informed on them is numbered, and not named."""
    frame = rows_of(path, judge)
    if "informant" not in frame:
        return frame
    # Also a pseudonym would follow an informant through other people's files.
    codes = pd.Series(pd.factorize(frame["informant"])[0], index=frame.index)
    return frame.assign(informant=codes.map(lambda code: None if code < 0 else f"informant {code + 1}"))


def _about(
    held: list[tuple[Artefact | None, Path]], person: Person
) -> Iterator[tuple[Artefact | None, Path]]:
    return ((artefact, path) for artefact, path in held if search(person.names, [path]).places)


def _from(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


def _named(url: str) -> str:
    from sqlalchemy import make_url

    return str(make_url(url).database)
