"""A search for someone through every stored byte: the proof that nothing is left, or where something is."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import mmap
import os
import sqlite3
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scs_ml.records.forms import byte_forms

_DEEPEST = 5  # archives within archives
MOST_UNPACKED = 1 << 30  # bytes of one archive: more is no file of ours


@dataclass(frozen=True)
class Place:
    """Where a name was found: the file, what within it, and how it is written there."""

    path: Path
    inside: str
    form: str

    def __str__(self) -> str:
        """Say it in one line; the name itself is not in it, unless the path holds it."""
        return f"{self.path}{f' ({self.inside})' if self.inside else ''}: {self.form}"


@dataclass(frozen=True)
class Searched:
    """What a search went through, and what it found."""

    places: tuple[Place, ...]
    files: int
    size: int
    unread: tuple[str, ...]  # files or parts of files that could not be looked into


class _Search:
    def __init__(self, names: Sequence[str]) -> None:
        self.forms = {form: how for name in names for form, how in byte_forms(name).items()}
        self.unread: list[str] = []

    def look(self, data: Any, path: Path, inside: str, depth: int = 0) -> Iterator[Place]:
        """Look through bytes as they are, then as what they hold."""
        for form, how in self.forms.items():
            if data.find(form) >= 0:
                yield Place(path, inside, how)
        if depth > _DEEPEST:
            self.unread.append(f"{path} ({inside}): archives within archives")
            return
        try:
            for part, content in _contents(data, path):
                within = f"{inside}, {part}" if inside else part
                yield from self.look(content, path, within, depth + 1)
        except Exception as error:  # noqa: BLE001 - whatever a damaged file makes its library raise
            self.unread.append(f"{path}{f' ({inside})' if inside else ''}: {type(error).__name__}")

    def name(self, path: Path, shown: str) -> Iterator[Place]:
        for form, how in self.forms.items():
            if form in os.fsencode(shown):
                yield Place(path.parent, "a name in it", how)


def search(names: Sequence[str], where: Iterable[str | Path]) -> Searched:
    """Search files and folders for people.

    Parameters
    ----------
    names : sequence of str
        Pseudonyms, and identifiers in clear where they are known.
    where : iterable of path
        Files and folders; links to folders are not followed.

    Returns
    -------
    Searched
        Every place, once for each way of writing: in the bytes as they lie, and decoded: gzip, bzip2, xz,
        zip (hence models and arrays), Parquet and SQLite (also where a value is spread over pages).
    """
    work = _Search(names)
    places: list[Place] = []
    files = size = 0
    for path, shown in _walk(where):
        places += work.name(path, shown)
        if not path.is_file():
            continue
        files += 1
        try:
            size += path.stat().st_size
            places += _look_into(work, path)
        except OSError as error:
            work.unread.append(f"{path}: {error.strerror}")
    return Searched(tuple(dict.fromkeys(places)), files, size, tuple(work.unread))


def _walk(where: Iterable[str | Path]) -> Iterator[tuple[Path, str]]:
    """Give every file and folder once, with the name that is looked at."""
    seen: set[Path] = set()
    for start in map(Path, where):
        if start.is_dir():
            for folder, folders, names in os.walk(start):
                for name in (*folders, *names):
                    path = Path(folder) / name
                    if path not in seen:
                        seen.add(path)
                        yield path, name
        elif start.exists() and start not in seen:
            seen.add(start)
            yield start, start.name


def _look_into(work: _Search, path: Path) -> Iterator[Place]:
    with path.open("rb") as file:
        if not path.stat().st_size:
            return
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            yield from work.look(data, path, "")


def _contents(data: Any, path: Path) -> Iterator[tuple[str, bytes]]:
    """Give the parts of what bytes hold, by their first bytes."""
    head = bytes(data[:16])
    for magic, unpack in _FORMATS:
        if head.startswith(magic):
            yield from unpack(data, path)


def _stream(opener: Any, part: str) -> Any:
    def unpack(data: Any, _path: Path) -> Iterator[tuple[str, bytes]]:
        with opener(io.BytesIO(data)) as stream:
            yield part, _bounded(stream)

    return unpack


def _zip(data: Any, _path: Path) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for each in archive.infolist():
            yield "names in the archive", each.filename.encode() + b"\0" + each.comment
            with archive.open(each) as stream:
                yield each.filename, _bounded(stream)


def _parquet(data: Any, _path: Path) -> Iterator[tuple[str, bytes]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    file = pq.ParquetFile(pa.BufferReader(bytes(data)))
    for group in range(file.num_row_groups):
        for name in file.schema_arrow.names:
            column = file.read_row_group(group, columns=[name]).column(0)
            values = column.to_pylist() if pa.types.is_nested(column.type) else column.unique().to_pylist()
            yield f"column {name}", _text(values)


def _sqlite(data: Any, _path: Path) -> Iterator[tuple[str, bytes]]:
    with closing(sqlite3.connect(":memory:")) as connection:
        content = bytearray(data)
        content[18:20] = b"\1\1"  # as if it had no write-ahead log: that is a file of its own
        connection.deserialize(bytes(content))
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        for (table,) in tables:
            quoted = table.replace('"', '""')
            rows = connection.execute(f'SELECT * FROM "{quoted}"')  # noqa: S608 - a table's own name, quoted
            while some := rows.fetchmany(10_000):
                yield f"table {table}", _text([value for row in some for value in row])


def _text(values: list[Any]) -> bytes:
    parts = []
    for value in values:
        if isinstance(value, bytes):
            parts.append(value)
        elif isinstance(value, list | dict):
            parts.append(json.dumps(value, ensure_ascii=False, default=str).encode())
        elif value is not None:
            parts.append(str(value).encode("utf-8", "surrogatepass"))
    return b"\n".join(parts)


def _bounded(stream: Any) -> bytes:
    data: bytes = stream.read(MOST_UNPACKED + 1)
    if len(data) > MOST_UNPACKED:
        raise zlib.error("more than any file of ours holds")
    return data


_FORMATS: tuple[tuple[bytes, Any], ...] = (
    (b"\x1f\x8b", _stream(gzip.open, "unzipped")),
    (b"BZh", _stream(bz2.open, "unpacked")),
    (b"\xfd7zXZ\0", _stream(lzma.open, "unpacked")),
    (b"PK", _zip),
    (b"PAR1", _parquet),
    (b"SQLite format 3\0", _sqlite),
)
