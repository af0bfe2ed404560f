"""Tables as text: comma, semicolon or tab between the cells; gzipped or not."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import re
import zlib
from pathlib import Path
from typing import Any, BinaryIO, cast

import pandas as pd

from scs_ml.data.problems import SHOWN, check_header, refuse
from scs_ml.exceptions import TableError
from scs_ml.storage.bounds import MOST_BYTES, regular_file, too_large
from scs_ml.storage.spreadsheets import restored

SUFFIXES = (".csv", ".tsv", ".txt")
_STEP = 16 << 20  # bytes read at once
_LONGEST_ROW = 1 << 20  # bytes, or eight times the header's: anything longer is a quote left open
_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def load_csv(path: Path) -> pd.DataFrame:
    """Load a CSV file, every value as the text that stands there.

    Parameters
    ----------
    path : Path
        With a header line, in UTF-8.

    Returns
    -------
    DataFrame of str (n, d)
        Without the apostrophes that `scs_ml.storage.spreadsheets.neutral` puts before formulas.

    Raises
    ------
    TableError
        If it is no such file, or unpacks to more than `MOST_BYTES` or 500 times its size.
    """
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    data = _text_bytes(path)
    try:
        # One record, wherever its line ends: csv reads no further.
        first_line = data[: data.find(b"\n") + 1 or None].decode()
        # What stands between quotes parts no cells.
        separator = max(",;\t", key=re.sub(r'"[^"]*"?', "", first_line).count)
        with io.TextIOWrapper(io.BytesIO(data), encoding="utf-8", newline="") as text:
            columns = next(csv.reader(text, delimiter=separator))
    except csv.Error:
        refuse("the header cannot be read", str(path), "write it in one line; check its quotes")
    check_header(columns, str(path))
    longest = max(_LONGEST_ROW, 8 * len(first_line))
    ragged: list[Any] = []

    def note(row: Any) -> str:
        ragged.append(row)
        return "skip"

    try:
        table = arrow_csv.read_csv(
            io.BytesIO(data),
            # One thread: only then are rows of a wrong length numbered.
            read_options=arrow_csv.ReadOptions(use_threads=False, block_size=longest),
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
        refuse("the file is no CSV table", str(path), "check the quotes: one may be left open")
    if table.column_names != columns:
        refuse("the header cannot be read", str(path), "write it in one line, with every name in it once")
    if ragged:
        shown = ", ".join(f"row {r.number} has {r.actual_columns}" for r in ragged[:SHOWN])
        refuse(
            f"{len(ragged)} rows have another number of cells than the header's {len(columns)}: {shown}",
            str(path),
            "quote cells that hold the separator; give every row all its cells",
        )
    table = pa.table(list(map(_restored, table.columns)), names=list(map(restored, columns)))
    frame: pd.DataFrame = table.to_pandas()
    return frame


def _restored(cells: Any) -> Any:
    """Undo `neutral` in a column of text; missing cells stay missing."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not pc.any(pc.starts_with(cells, "'")).as_py():
        return cells
    return pa.array([None if cell is None else restored(cell) for cell in cells.to_pylist()], pa.string())


def _text_bytes(path: Path) -> bytes:
    """Read a text file's bytes, unzipped, without a byte-order mark, and proved to be UTF-8."""
    size = regular_file(path, TableError)
    zipped = path.suffix.lower() == ".gz"
    parts, n_bytes = [], 0
    try:
        with gzip.open(path) if zipped else path.open("rb") as file:
            while part := _text_part(cast("BinaryIO", file), path):
                parts.append(part)
                n_bytes += len(part)
                if why := too_large(n_bytes, size) if zipped else _too_long(n_bytes):
                    refuse(f"the file is no table that can be read: {why}", str(path), _SMALLER)
    except (EOFError, zlib.error, gzip.BadGzipFile):
        refuse("the file is no complete gzip file", str(path), "compress it again: it may be cut off")
    except OSError as error:
        refuse(f"the file cannot be read: {error.strerror}", str(path), "check who may read it")
    data = b"".join(parts).removeprefix(codecs.BOM_UTF8).lstrip(b"\r\n")
    if not data.strip():
        refuse("the file is empty", str(path), "give a header line and at least one row")
    try:
        codecs.lookup("utf-8").decode(data)
    except UnicodeDecodeError as error:
        row = data.count(b"\n", 0, error.start) + 1
        refuse("the file is not UTF-8", f"{path}, line {row}", "save it as CSV in UTF-8")
    return data


_SMALLER = "write it as Parquet, or with fewer rows or columns"


def _too_long(n_bytes: int) -> str:
    return f"it is longer than {MOST_BYTES:,} bytes" if n_bytes > MOST_BYTES else ""


def _text_part(file: BinaryIO, path: Path) -> bytes:
    """Read the next bytes; a file with holes, or of another kind, is refused where its first zero stands."""
    part = file.read(_STEP)
    if b"\0" in part:
        what = "the file is in UTF-16" if part.startswith(_MARKS) else "the file is not text"
        refuse(what, str(path), "save it as CSV in UTF-8")
    return part
