"""Commit to a background: whoever holds the same rows can check which ones an explanation rests on."""

from __future__ import annotations

import hashlib

import numpy as np
import pandas as pd

_MISSING = b"\x00"
_PRESENT = b"\x01"


def commitment(background: pd.DataFrame) -> str:
    """SHA-256 over the columns and rows of a background, as read by eye: names, order and values.

    Numbers count as float64 whatever their width and text by its UTF-8 bytes whatever its dtype, so a table
    read back from CSV and from Parquet has one commitment. The index does not count.

    Parameters
    ----------
    background : DataFrame (b, d)
        Model inputs.

    Returns
    -------
    str
        64 hexadecimal digits.

    Examples
    --------
    >>> rows = pd.DataFrame({"debts": [0, 2]})
    >>> commitment(rows) == commitment(rows.astype(float)) != commitment(rows[::-1])
    True
    """
    digest = hashlib.sha256(f"{len(background)} rows".encode())
    for position, name in enumerate(background.columns):
        column = background.iloc[:, position]
        digest.update(_framed(str(name)))
        if pd.api.types.is_numeric_dtype(column.dtype):
            numbers = column.to_numpy(dtype=np.float64, na_value=np.nan)
            # One NaN and one zero, whatever their sign and payload bits.
            numbers = np.where(np.isnan(numbers), np.nan, numbers + 0.0)
            digest.update(b"numbers" + numbers.astype("<f8").tobytes())
        else:
            missing = column.isna().to_numpy()
            digest.update(b"text")
            for value, absent in zip(column.astype(object), missing, strict=True):
                digest.update(_MISSING if absent else _PRESENT + _framed(str(value)))
    return digest.hexdigest()


def _framed(text: str) -> bytes:
    """Text behind its length, so that no two lists of texts give the same bytes."""
    encoded = text.encode()
    return len(encoded).to_bytes(8, "little") + encoded
