"""Fingerprints: SHA-256 of what a table holds, whatever the file it came from."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import numpy as np
import pandas as pd

_NUMBER = r"-?\d+(\.\d+)?([eE][+-]?\d+)?"


def fingerprint_frame(frame: pd.DataFrame) -> str:
    """Hash what a table holds: column names, and the text of every value, in order.

    The index does not count, nor the file format or dtypes: a CSV read as text, the Parquet file of the same
    table and the frame both were written from have one fingerprint. Row and column order do count.

    Parameters
    ----------
    frame : DataFrame (n, d)

    Returns
    -------
    str
        SHA-256 in hex digits.
    """
    digest = hashlib.sha256(json.dumps([len(frame), list(map(str, frame.columns))]).encode())
    for at in range(frame.shape[1]):
        codes, texts = pd.factorize(column_text(frame.iloc[:, at]))
        digest.update(json.dumps(list(texts)).encode())
        digest.update(codes.astype("<i8").tobytes())
    return digest.hexdigest()


def column_text(column: pd.Series[Any]) -> pd.Series[str]:
    """Give a column's values as the text a CSV file would hold; an empty text is missing.

    Whole numbers lose a trailing ``.0`` (a column of integers gains one by a single missing value), in text
    only where every value of the column is a number.

    Parameters
    ----------
    column : Series (n,)
        Of any dtype.

    Returns
    -------
    Series of str (n,)
        With the same index and name.

    Examples
    --------
    >>> column_text(pd.Series([1.0, 2.5, None])).tolist()
    ['1', '2.5', nan]
    """
    codes, uniques = pd.factorize(column)
    texts = _texts(pd.Series(uniques))
    taken = texts.array.take(codes, allow_fill=True)
    return pd.Series(taken, index=column.index, name=column.name, dtype="str")


def _texts(values: pd.Series[Any]) -> pd.Series[str]:
    """Give distinct values, none of them missing, as text."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        values = pd.Series(values.to_numpy())
    if values.dtype == np.float64:
        texts = pd.Series(list(map(repr, values.tolist())), dtype="str")
    elif pd.api.types.is_float_dtype(values.dtype):
        texts = pd.Series(list(map(str, values.to_numpy())), dtype="str")
    else:
        texts = values.astype("str")
    if values.dtype == object:
        # Among texts, a number with a fraction of zero is still the number that a column of integers holds.
        numbers = values.map(lambda value: isinstance(value, float)).to_numpy(np.bool_)
        texts = texts.mask(numbers, texts.str.removesuffix(".0"))
    texts = texts.mask(texts == "")
    if texts.str.endswith(".0").any() and texts.dropna().str.fullmatch(_NUMBER).all():
        texts = texts.str.removesuffix(".0")
    return texts
