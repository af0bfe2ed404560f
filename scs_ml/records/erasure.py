"""Taking one person out of what was written: tables, JSON, databases, and pages drawn again or deleted."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scs_ml.records.databases import erase_in
from scs_ml.records.rows import Person, by_pseudonym, is_table, take_out
from scs_ml.records.searching import search
from scs_ml.storage import atomic_file, recover_folder
from scs_ml.storage.atomic import remove_left_behind

SQLITE = b"SQLite format 3\0"
AUDIT = "audit.json"


@dataclass(frozen=True)
class Removed:
    """What an erasure did: rows and entries that went, files written again, files deleted."""

    rows: int = 0
    rewritten: tuple[Path, ...] = ()
    deleted: tuple[Path, ...] = ()

    def __add__(self, other: Removed) -> Removed:
        """Join two."""
        return Removed(
            self.rows + other.rows,
            tuple(dict.fromkeys((*self.rewritten, *other.rewritten))),
            (*self.deleted, *other.deleted),
        )


def erase_from(
    path: Path,
    person: Person,
    redraw: Callable[[Path], object],
    *,
    ours: bool,
    spare: Path | None = None,
) -> Removed:
    """Take a person out of a file, or of every file of a folder.

    Each file is replaced whole or stays as it is; doing it twice does nothing more. What killed processes
    left of it, half written, is deleted.

    Parameters
    ----------
    path : Path
    person : Person
    redraw : callable
        Draws the pages of a run folder again, from its ``audit.json``.
    ours : bool
        This package wrote it: a page or file that names the person and can neither be edited nor drawn again
        is deleted. Of other files such a one stays, and the search names it.
    spare : Path, optional
        A folder within, whose files have an order of their own: the records.

    Returns
    -------
    Removed
    """
    recover_folder(path)
    remove_left_behind(path)
    inside = [each for each in files_of(path) if spare is None or spare not in each.resolve().parents]
    files = [each for each in inside if search(person.names, [each]).places]
    done = Removed()
    for each in files:
        rows = _edit(each, person)
        if rows:
            done += Removed(rows, (each,))
    for folder in sorted({each.parent for each in files if (each.parent / AUDIT).is_file()}):
        if search(person.names, [each for each in files if each.parent == folder and each.is_file()]).places:
            redraw(folder)
    if ours:
        for each in (*files, *_named_after(path, person)):
            if each.is_dir():
                shutil.rmtree(each)
            elif search(person.names, [each]).places:
                each.unlink()
            else:
                continue
            done += Removed(deleted=(each,))
    return done


def files_of(path: Path) -> Iterator[Path]:
    """Give a file, or those of a folder."""
    if path.is_file():
        yield path
    for folder, _, names in os.walk(path):
        yield from (Path(folder) / name for name in sorted(names))


def _named_after(path: Path, person: Person) -> list[Path]:
    """Give folders whose name holds a pseudonym, the outermost of each."""
    if any(name in path.name for name in person.names):
        return [path] if path.is_dir() else []
    found = []
    for folder, folders, _ in os.walk(path):
        theirs = [each for each in folders if any(name in each for name in person.names)]
        folders[:] = [each for each in folders if each not in theirs]
        found += [Path(folder) / each for each in theirs]
    return found


def _edit(path: Path, person: Person) -> int:
    """Rewrite a file that can be edited; how many rows or entries went."""
    if is_table(path):
        return take_out(path, by_pseudonym(person))
    if path.suffix == ".json":
        return _edit_json(path, person)
    with path.open("rb") as file:
        database = file.read(len(SQLITE)) == SQLITE
    return erase_in(f"sqlite:///{path}", person) if database else 0


def _edit_json(path: Path, person: Person) -> int:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError):
        return 0  # not JSON: the search names it
    gone = 0

    def without(value: Any) -> Any:
        nonlocal gone
        if isinstance(value, dict):
            return {name: without(each) for name, each in value.items()}
        if not isinstance(value, list):
            return value
        kept = [each for each in value if not _is_theirs(each, person.names)]
        gone += len(value) - len(kept)
        return [without(each) for each in kept]

    edited = without(content)
    if gone:
        with atomic_file(path) as temporary:
            text = json.dumps(edited, ensure_ascii=False, indent=1, allow_nan=False)
            temporary.write_text(text + "\n", encoding="utf-8")
            shutil.copymode(path, temporary)
    return gone


def items_about(path: Path, person: Person) -> list[dict[str, Any]]:
    """Give the entries of a JSON file's lists that are about a person.

    Parameters
    ----------
    path : Path
    person : Person

    Returns
    -------
    list of dict
        What an erasure takes out; an entry that is no object stands below ``entry``.
    """
    try:
        waiting: list[Any] = [[json.loads(path.read_text(encoding="utf-8"))]]
    except (ValueError, RecursionError):
        return []
    found = []
    while waiting:
        value = waiting.pop()
        inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        for each in inner:
            if isinstance(value, list) and _is_theirs(each, person.names):
                found.append(each if isinstance(each, dict) else {"entry": each})
            else:
                waiting.append(each)
    return found


def _is_theirs(value: Any, names: Collection[str]) -> bool:
    """Whether an item of a list is about the person: their pseudonym, or what has it as a value."""
    if isinstance(value, str):
        return value in names
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(isinstance(each, str) and each in names for each in inner)
