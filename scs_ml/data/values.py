"""From what a table holds to numbers, truth values and categories; what cannot be read is never guessed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from scs_ml.core import LARGEST, UNKNOWN_GROUP, Floats, Ints
from scs_ml.schemes import Attribute
from scs_ml.storage import column_text

_TRUE = {"true", "1", "yes"}
_FALSE = {"false", "0", "no"}


def as_number(column: pd.Series[Any]) -> Floats:
    """Read numbers (n,); NaN where the cell is missing, or holds no number of a size up to `LARGEST`."""
    values = any_number(column)
    return np.where(np.abs(values) <= LARGEST, values, np.nan)


def any_number(column: pd.Series[Any]) -> Floats:
    """Read numbers (n,) of whatever size, infinite ones too; NaN where missing, or no number."""
    if pd.api.types.is_numeric_dtype(column.dtype):
        return column.to_numpy(dtype=np.float64, na_value=np.nan)
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        return np.full(len(column), np.nan)
    text = column if column.dtype == "str" else column_text(column)
    read: Floats = pd.to_numeric(text, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    return read


def as_flag(column: pd.Series[Any]) -> Floats:
    """Read truth values (n,) as 1 and 0; NaN where missing, or neither true/yes/1 nor false/no/0."""
    words = dict.fromkeys(_TRUE, 1.0) | dict.fromkeys(_FALSE, 0.0)
    flags = column_text(column).str.lower().map(words)
    return np.asarray(flags.to_numpy(dtype=np.float64, na_value=np.nan))


def as_category(column: pd.Series[Any], levels: Sequence[str]) -> pd.Categorical:
    """Read levels (n,); missing where the cell is, or holds no level."""
    codes = codes_of(column_text(column), levels)
    return pd.Categorical.from_codes(codes, categories=pd.Index(list(levels), dtype="str"))


def codes_of(text: pd.Series[str], labels: Sequence[str]) -> Ints:
    """Find the position (n,) of each text among distinct labels; -1 where it is none of them."""
    return pd.Index(list(labels), dtype="str").get_indexer(pd.Index(text)).astype(np.int64)


def relabel(text: pd.Series[str], labels: Mapping[str, str] | None) -> pd.Series[str]:
    """Put labels in the place of values; a value without a label stays."""
    if not labels:
        return text
    # Without a known value the mapping alone would make numbers of the texts.
    return text.map(lambda value: labels.get(value, value), na_action="ignore").astype("str")


def as_group(column: pd.Series[Any], attribute: Attribute) -> pd.Series[str]:
    """Read group labels (n,) of a sensitive attribute; `UNKNOWN_GROUP` where not recorded."""
    if attribute.bins is None:
        text = column_text(column)
    else:
        values = as_number(column)
        names = np.array([*attribute.bin_labels, ""], dtype=object)
        at = np.searchsorted(np.asarray(attribute.bins), values, side="left")
        text = pd.Series(names[np.where(np.isnan(values), -1, at)], index=column.index, dtype="str")
        text = text.mask(text == "")
    return relabel(text, attribute.labels).fillna(UNKNOWN_GROUP)
