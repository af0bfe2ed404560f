"""Rows of one person in tables on disk: shown, or taken out with every other byte left as it was."""

from __future__ import annotations

import csv
import gzip
import io
import shutil
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pandas as pd

from scs_ml.core import Bools
from scs_ml.exceptions import TableError
from scs_ml.safeguards import pseudonymise, pseudonymise_informants
from scs_ml.storage import atomic_file, column_text
from scs_ml.storage.spreadsheets import restored

TEXT, PARQUET = (".csv", ".csv.gz", ".tsv", ".tsv.gz", ".txt", ".txt.gz"), (".parquet", ".pq")


@dataclass(frozen=True)
class Person:
    """Who is looked for: the pseudonym as a subject and, where it is known, as an informant."""

    subject: str
    informant: str | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The pseudonyms."""
        return (self.subject,) if self.informant is None else (self.subject, self.informant)


@dataclass(frozen=True)
class Theirs:
    """What of a table is one person's: whole rows (n,), and by column cells (n,) of other people's rows."""

    rows: Bools
    cells: Mapping[str, Bools] = field(default_factory=dict)

    def __bool__(self) -> bool:
        """Whether anything is."""
        return bool(self.rows.any()) or any(mask.any() for mask in self.cells.values())

    @property
    def touched(self) -> int:
        """Rows that go or lose a cell."""
        return int(np.logical_or.reduce([self.rows, *self.cells.values()]).sum())


Judge = Callable[[pd.DataFrame], Theirs]


def by_pseudonym(person: Person) -> Judge:
    """Judge a table that names people by pseudonym, in whatever column.

    Parameters
    ----------
    person : Person

    Returns
    -------
    callable
        A row is theirs where they are its subject; where they are the informant, that cell is.
    """

    def judge(frame: pd.DataFrame) -> Theirs:
        texts = {
            str(name): column
            for name, column in frame.items()
            if not (pd.api.types.is_numeric_dtype(column) or pd.api.types.is_datetime64_any_dtype(column))
        }
        rows = np.zeros(len(frame), dtype=np.bool_)
        for column in texts.values():
            rows |= _equals(column, person.subject)
        if person.informant is None:
            return Theirs(rows)
        cells = {name: _equals(column, person.informant) & ~rows for name, column in texts.items()}
        return Theirs(rows, {name: mask for name, mask in cells.items() if mask.any()})

    return judge


def by_identity(person: Person, key: bytes, subject: Iterable[str], informant: Iterable[str] = ()) -> Judge:
    """Judge a table that names people in clear.

    Parameters
    ----------
    person : Person
    key : bytes (32,)
    subject, informant : iterable of str
        Columns that say whose a row is, and who informed.

    Returns
    -------
    callable
    """
    subjects, informants = tuple(subject), tuple(informant)

    def judge(frame: pd.DataFrame) -> Theirs:
        if lacking := [name for name in subjects if name not in frame]:
            _fail(f"a column that says who a row is of is missing: {', '.join(lacking)}", "a named table")
        rows = np.zeros(len(frame), dtype=np.bool_)
        for name in subjects:
            rows |= pseudonymise(column_text(frame[name]).to_numpy(dtype=object), key) == person.subject
        cells = {}
        for name in informants if person.informant else ():
            if name in frame:
                named = pseudonymise_informants(column_text(frame[name]), key)
                cells[name] = (named == person.informant) & ~rows
        return Theirs(rows, cells)

    return judge


def by_event(events: Iterable[str]) -> Judge:
    """Judge answers, which name nobody: by the ids of a person's events.

    Parameters
    ----------
    events : iterable of str

    Returns
    -------
    callable
    """
    theirs = set(events)
    return lambda frame: Theirs(column_text(frame["event"]).isin(theirs).to_numpy(np.bool_))


def rows_of(path: Path, judge: Judge) -> pd.DataFrame:
    """Give a person's rows of a table.

    Parameters
    ----------
    path : Path
        CSV (also gzipped) or Parquet.
    judge : callable

    Returns
    -------
    DataFrame
        Rows that are theirs; not those of others in which a cell is.
    """
    frame = _frame(path)
    return frame[judge(frame).rows]


def take_out(path: Path, judge: Judge) -> int:
    """Rewrite a table without a person's rows, and with their cells in other rows emptied.

    Parameters
    ----------
    path : Path
        Replaced as a whole, and only where something is theirs.
    judge : callable

    Returns
    -------
    int
        Rows that went or lost a cell.

    Raises
    ------
    TableError
        If the file is no such table; it stays as it is.
    """
    theirs = judge(_frame(path))
    if theirs:
        with atomic_file(path) as temporary:
            (_write_parquet if _is_parquet(path) else _write_text)(path, theirs, temporary)
            shutil.copymode(path, temporary)
    return theirs.touched


def is_table(path: Path) -> bool:
    """Whether the name says that it is a table that can be read here."""
    return path.name.lower().endswith((*TEXT, *PARQUET))


def _is_parquet(path: Path) -> bool:
    return path.name.lower().endswith(PARQUET)


def _equals(column: pd.Series[Any], name: str) -> Bools:
    values, texts = pd.factorize(column)
    same = np.array([str(text) == name for text in texts], dtype=np.bool_)
    return np.append(same, [False])[values]


def _frame(path: Path) -> pd.DataFrame:
    if _is_parquet(path):
        frame: pd.DataFrame = _parquet(path).read().to_pandas(ignore_metadata=True)
        return frame
    header, records = _Text(path).parsed()
    shown = [[restored(cell) for cell in cells] for _, cells in records]
    return pd.DataFrame(shown, columns=header, dtype="str").mask(lambda f: f == "")


class _Text:
    """A text file as it lies there: every record with the characters it is made of."""

    def __init__(self, path: Path) -> None:
        self.zipped = path.name.lower().endswith(".gz")
        try:
            data = path.read_bytes()
            self.text = (gzip.decompress(data) if self.zipped else data).decode()
        except (EOFError, zlib.error, UnicodeDecodeError, gzip.BadGzipFile):
            _fail("the file is no text in UTF-8", str(path))
        self.path = path
        first = self.text.removeprefix("\ufeff").lstrip("\r\n").split("\n", 1)[0]
        self.separator = max(",;\t", key=first.count)

    def parsed(self) -> tuple[list[str], list[tuple[str, list[str]]]]:
        """Give the names of the columns, and each record as it stands and in its cells."""
        lines = io.StringIO(self.text, newline="\n").readlines()
        reader = csv.reader(lines, delimiter=self.separator)
        header: list[str] | None = None
        records, start = [], 0
        self.head = ""
        try:
            for cells in reader:
                raw = "".join(lines[start : reader.line_num])
                start = reader.line_num
                if header is None:
                    self.head += raw
                    header = [cell.removeprefix("\ufeff") for cell in cells] or None
                elif cells:
                    records.append((raw, [*cells, *[""] * (len(header) - len(cells))][: len(header)]))
        except csv.Error:
            _fail("the file is no CSV table", str(self.path))
        return header or [], records

    def encoded(self, text: str) -> bytes:
        return gzip.compress(text.encode(), mtime=0) if self.zipped else text.encode()


def _write_text(path: Path, theirs: Theirs, temporary: Path) -> None:
    source = _Text(path)
    header, records = source.parsed()
    kept = [source.head]
    for at in np.flatnonzero(~theirs.rows):
        raw, cells = records[at]
        blank = [name for name, mask in theirs.cells.items() if mask[at]]
        if blank:
            line = io.StringIO()
            emptied = ["" if name in blank else cell for name, cell in zip(header, cells, strict=True)]
            csv.writer(line, delimiter=source.separator, lineterminator="\n").writerow(emptied)
            raw = line.getvalue()
        kept.append(raw)
    temporary.write_bytes(source.encoded("".join(kept)))


def _parquet(path: Path) -> Any:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return pq.ParquetFile(path)
    except (pa.ArrowException, OSError):
        _fail("the file is no complete Parquet file", str(path))


def _write_parquet(path: Path, theirs: Theirs, temporary: Path) -> None:
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    file = _parquet(path)
    table = file.read()
    for name, mask in theirs.cells.items():
        at = table.schema.get_field_index(name)
        emptied = pc.if_else(pa.array(mask), pa.scalar(None, table.schema.types[at]), table.column(at))
        table = table.set_column(at, table.schema.field(at), emptied)
    table = table.filter(pa.array(~theirs.rows))
    for at, kind in enumerate(table.schema.types):
        if pa.types.is_dictionary(kind):
            # A dictionary keeps the values of rows that are gone.
            fresh = table.column(at).cast(kind.value_type).dictionary_encode().cast(kind)
            table = table.set_column(at, table.schema.field(at), fresh)
    codec = file.metadata.row_group(0).column(0).compression if file.metadata.num_row_groups else "SNAPPY"
    pq.write_table(table, temporary, compression="NONE" if codec == "UNCOMPRESSED" else codec)


def _fail(what: str, where: str) -> NoReturn:
    raise TableError(
        what, where=where, remedy="nothing of it was changed; mend the file and ask again"
    ) from None
