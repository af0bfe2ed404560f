"""Tables as they lie on disk: CSV (comma, semicolon, tab; gzipped or not), Parquet, or a frame in memory."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from scs_ml.data import csv_files, parquet_files
from scs_ml.data.problems import check_header, refuse
from scs_ml.exceptions import TableError
from scs_ml.storage import atomic_file
from scs_ml.storage.bounds import regular_file
from scs_ml.storage.spreadsheets import write_csv

_WRITTEN = (".csv", ".csv.gz", ".parquet")


def load_frame(source: str | Path | pd.DataFrame) -> tuple[pd.DataFrame, str]:
    """Load a table without changing any value: text stays text, only an empty cell is missing.

    What `write_frame` put before a text that a spreadsheet would take for a formula is taken off again.

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
        If there is no such file, it is no table, or unpacks to more than `scs_ml.storage.bounds` allows.
    """
    if isinstance(source, pd.DataFrame):
        name, first = "the table in memory", 1
        frame = source.reset_index(drop=True)
    else:
        path = Path(source)
        name = str(path)
        suffixes = [s.lower() for s in path.suffixes if s.lower() != ".gz"]
        suffix = suffixes[-1] if suffixes else ""
        regular_file(path, TableError)
        if suffix in parquet_files.SUFFIXES:
            frame, first = parquet_files.load_parquet(path), 1
        elif suffix in csv_files.SUFFIXES:
            frame, first = csv_files.load_csv(path), 2
        else:
            listed = ", ".join(csv_files.SUFFIXES + parquet_files.SUFFIXES)
            refuse(
                f"{suffix or 'a file without suffix'} is no format that can be read",
                name,
                f"give one of {listed}, or a pandas DataFrame",
            )
    check_header(list(frame.columns), name)
    if frame.empty:
        refuse("the table has no rows", name, "give a header line and at least one row")
    if first == 1:  # in a text file, an empty cell is a missing one already
        frame = pd.DataFrame({str(c): _cells(column, name) for c, column in frame.items()}, copy=False)
    frame.index = pd.RangeIndex(first, first + len(frame), name="row")
    return frame, name


def _cells(column: pd.Series[Any], name: str) -> pd.Series[Any]:
    """Give a column with empty texts as missing; refuse one that holds lists, bytes or complex numbers."""
    if pd.api.types.is_complex_dtype(column.dtype):
        refuse(f"column {column.name!r} holds complex numbers", name, "give one number a cell")
    if pd.api.types.is_object_dtype(column.dtype):
        try:
            _, distinct = pd.factorize(column)
        except TypeError:
            refuse(f"column {column.name!r} holds lists or records", name, "give one value a cell")
        if any(isinstance(each, bytes) for each in distinct):
            refuse(f"column {column.name!r} holds bytes", name, "give text, numbers or truth values")
    elif not pd.api.types.is_string_dtype(column.dtype):
        return column
    return column.mask(column == "")


def write_frame(frame: pd.DataFrame, path: str | Path) -> Path:
    """Write a frame as CSV or Parquet, by the suffix of the path, whole or not at all.

    In CSV a text that a spreadsheet would take for a formula stands behind an apostrophe; see
    `scs_ml.storage.spreadsheets`.

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
    target = Path(path)
    if not target.name.lower().endswith(_WRITTEN):
        refuse("no format that can be written", str(path), f"end the path in one of {', '.join(_WRITTEN)}")
    with atomic_file(target) as temporary:
        if target.suffix.lower() == ".parquet":
            frame.to_parquet(temporary, index=False)
        else:
            write_csv(frame, temporary)
    return target
