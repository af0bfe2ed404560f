"""CSV files that a spreadsheet opens without running anything in them.

A spreadsheet takes a cell that starts with ``=``, ``+``, ``-`` or ``@`` for a formula, which can send the
table to a stranger. What the package writes holds such a text behind an apostrophe, and what it reads loses
that apostrophe again: a table that was written and read back is the same table. Numbers, in number columns or
as text, are no formulas and stay as they are.

References
----------
OWASP, CSV Injection: https://owasp.org/www-community/attacks/CSV_Injection
"""

from __future__ import annotations

import csv
import gzip
import re
from pathlib import Path
from typing import Any

import pandas as pd

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
# Also the wide forms of East Asian keyboards, which spreadsheets fold; apostrophes, so that undoing is exact.
_FORMULA = re.compile("'*[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")


def neutral(text: str) -> str:
    """Put an apostrophe before a text that a spreadsheet would take for a formula.

    Parameters
    ----------
    text : str

    Returns
    -------
    str

    Examples
    --------
    >>> neutral("=1+1"), neutral("-5"), neutral("A-D")
    ("'=1+1", '-5', 'A-D')
    """
    return f"'{text}" if _is_formula(text) else text


def restored(text: str) -> str:
    """Undo `neutral`.

    Parameters
    ----------
    text : str

    Returns
    -------
    str

    Examples
    --------
    >>> restored("'=1+1"), restored("'tis")
    ('=1+1', "'tis")
    """
    return text[1:] if text.startswith("'") and _is_formula(text[1:]) else text


def write_csv(frame: pd.DataFrame, path: str | Path) -> None:
    """Write a table as CSV (UTF-8, lines end in a line feed): the one way in which the package does.

    Parameters
    ----------
    frame : DataFrame (n, d)
        Its index is not written.
    path : path
        Gzipped where it ends in ``.gz``: the same bytes for the same table.
    """
    shown = _neutral_frame(frame)
    # Where lines end in a line feed, Python's csv module leaves a carriage return in a cell unquoted.
    text = shown.to_csv(index=False, lineterminator="\n", quoting=csv.QUOTE_MINIMAL)
    if "\r" in text:
        text = shown.to_csv(index=False, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)
    data = text.encode()
    zipped = str(path).lower().endswith(".gz")
    Path(path).write_bytes(gzip.compress(data, mtime=0) if zipped else data)


def _is_formula(text: str) -> bool:
    return _FORMULA.match(text) is not None and _NUMBER.fullmatch(text) is None


def _neutral_frame(frame: pd.DataFrame) -> pd.DataFrame:
    columns = [_neutral_column(frame.iloc[:, at]) for at in range(frame.shape[1])]
    shown = pd.concat(columns, axis=1) if columns else frame.copy()
    shown.columns = pd.Index([neutral(str(name)) for name in frame.columns])
    return shown


def _neutral_column(cells: pd.Series[Any]) -> pd.Series[Any]:
    if isinstance(cells.dtype, pd.CategoricalDtype):
        cells = pd.Series(cells.to_numpy(), index=cells.index)
    if not (pd.api.types.is_object_dtype(cells.dtype) or pd.api.types.is_string_dtype(cells.dtype)):
        return cells
    return cells.map(lambda cell: neutral(cell) if isinstance(cell, str) else cell).astype(cells.dtype)
