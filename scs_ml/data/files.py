"""Tables as they lie on disk: CSV (comma, semicolon, tab; gzipped or not), Parquet, or a frame in memory."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from pathlib import Path
from typing import Any, NoReturn

import pandas as pd

from scs_ml.exceptions import TableError

TEXT_SUFFIXES = (".csv", ".tsv", ".txt")
PARQUET_SUFFIXES = (".parquet", ".pq")
_SHOWN = 5


def load_frame(source: str | Path | pd.DataFrame) -> tuple[pd.DataFrame, str]:
    """Load a table without changing any value: text stays text, only an empty cell is missing.

    Parameters
    ----------
    source : path or DataFrame
        CSV with a header line (separator comma, semicolon or tab; UTF-8; also ``.gz``), Parquet, or a frame,
        whose index is ignored.

    Returns
    -------
    frame : DataFrame (n, d)
        The index holds the row numbers of the file: a CSV's header is row 1; Parquet and frames count from 1.
    name : str
        What messages call the table.

    Raises
    ------
    TableError
        If there is no such file, or it is no table.
    """
    if isinstance(source, pd.DataFrame):
        name, first = "the table in memory", 1
        frame = source.reset_index(drop=True)
    else:
        path = Path(source)
        name = str(path)
        suffixes = [s.lower() for s in path.suffixes if s.lower() != ".gz"]
        suffix = suffixes[-1] if suffixes else ""
        if not path.is_file():
            raise TableError("there is no such file", where=name, remedy="check the path")
        if suffix in PARQUET_SUFFIXES:
            frame, first = _load_parquet(path), 1
        elif suffix in TEXT_SUFFIXES:
            frame, first = _load_text(path), 2
        else:
            raise TableError(
                f"{suffix or 'a file without suffix'} is no format that can be read",
                where=name,
                remedy=f"give one of {', '.join(TEXT_SUFFIXES + PARQUET_SUFFIXES)}, or a pandas DataFrame",
            )
    _check_header(list(frame.columns), name)
    if frame.empty:
        _fail("the table has no rows", name, "give a header line and at least one row")
    frame = frame.assign(**{str(c): _cells(column, name) for c, column in frame.items()})
    frame.index = pd.RangeIndex(first, first + len(frame), name="row")
    return frame, name


def _cells(column: pd.Series[Any], name: str) -> pd.Series[Any]:
    """Give a column with empty texts as missing; refuse one that holds lists."""
    if pd.api.types.is_object_dtype(column.dtype):
        try:
            pd.factorize(column)
        except TypeError:
            _fail(f"column {column.name!r} holds lists or records", name, "give one value a cell")
    elif not pd.api.types.is_string_dtype(column.dtype):
        return column
    return column.mask(column == "")


def _load_parquet(path: Path) -> pd.DataFrame:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.ParquetFile(path).read()
    except (pa.ArrowException, OSError):
        _fail("the file is no complete Parquet file", str(path), "write it again: it may be cut off")
    index_columns = [name for name in table.column_names if name.startswith("__index_level_")]
    # pandas' own metadata would turn columns into an index and bring back dtypes that Parquet does not hold.
    frame: pd.DataFrame = table.drop_columns(index_columns).to_pandas(ignore_metadata=True)
    return frame


def _load_text(path: Path) -> pd.DataFrame:
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    data = _text_bytes(path)
    first_line = data.split(b"\n", 1)[0].decode()
    separator = max(",;\t", key=first_line.count)
    columns = next(csv.reader(io.StringIO(data.decode(), newline=""), delimiter=separator))
    _check_header(columns, str(path))
    ragged: list[Any] = []

    def note(row: Any) -> str:
        ragged.append(row)
        return "skip"

    try:
        table = arrow_csv.read_csv(
            io.BytesIO(data),
            # One thread: only then are rows of a wrong length numbered.
            read_options=arrow_csv.ReadOptions(use_threads=False),
            parse_options=arrow_csv.ParseOptions(
                delimiter=separator, newlines_in_values=True, invalid_row_handler=note
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(columns, pa.string()),
                null_values=[""],
                strings_can_be_null=True,
                quoted_strings_can_be_null=True,
            ),
        )
    except pa.ArrowException:
        _fail("the file is no CSV table", str(path), "check the quotes: one may be left open")
    if table.column_names != columns:
        _fail("the header cannot be read", str(path), "write it in one line, with every name in it once")
    if ragged:
        shown = ", ".join(f"row {r.number} has {r.actual_columns}" for r in ragged[:_SHOWN])
        _fail(
            f"{len(ragged)} rows have another number of cells than the header's {len(columns)}: {shown}",
            str(path),
            "quote cells that hold the separator; give every row all its cells",
        )
    frame: pd.DataFrame = table.to_pandas()
    return frame


def _text_bytes(path: Path) -> bytes:
    """Read a text file's bytes, unzipped, without a byte-order mark, and proved to be UTF-8."""
    try:
        data = gzip.decompress(path.read_bytes()) if path.suffix.lower() == ".gz" else path.read_bytes()
    except (OSError, EOFError, zlib.error):
        _fail("the file is no complete gzip file", str(path), "compress it again: it may be cut off")
    data = data.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n")
    if not data.strip():
        _fail("the file is empty", str(path), "give a header line and at least one row")
    if b"\0" in data:
        _fail("the file is not text", str(path), "save it as CSV in UTF-8")
    try:
        data.decode()
    except UnicodeDecodeError as error:
        row = data.count(b"\n", 0, error.start) + 1
        _fail("the file is not UTF-8", f"{path}, line {row}", "save it as CSV in UTF-8")
    return data


def _check_header(columns: list[Any], name: str) -> None:
    if not all(isinstance(column, str) and column.strip() for column in columns):
        _fail("a column has no name", name, "the first line must name every column")
    twice = sorted({column for column in columns if columns.count(column) > 1})
    if twice:
        _fail(f"columns share a name: {', '.join(twice[:_SHOWN])}", name, "rename them")


def _fail(what: str, where: str, remedy: str) -> NoReturn:
    # Without the library's own error: it quotes cells, which may be people's data.
    raise TableError(what, where=where, remedy=remedy) from None


def write_frame(frame: pd.DataFrame, path: str | Path) -> Path:
    """Write a frame as CSV or Parquet, by the suffix of the path, whole or not at all.

    Parameters
    ----------
    frame : DataFrame (n, d)
    path : path
        Ending in ``.csv``, ``.csv.gz`` or ``.parquet``.

    Returns
    -------
    Path
        The path.

    Raises
    ------
    TableError
        If the suffix names no format that can be written.
    """
    from scs_ml.storage import atomic_file

    target = Path(path)
    endings = (".csv", ".csv.gz", ".parquet")
    if not target.name.lower().endswith(endings):
        _fail("no format that can be written", str(path), f"end the path in one of {', '.join(endings)}")
    with atomic_file(target) as temporary:
        if target.suffix.lower() == ".parquet":
            frame.to_parquet(temporary, index=False)
        else:
            frame.to_csv(temporary, index=False)
    return target
