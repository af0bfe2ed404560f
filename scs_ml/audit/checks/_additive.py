"""What each column gives to an outcome when all of them add up, read off real rows alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from scs_ml.core import Floats, Ints

VALUES, BINS = 30, 8  # a number of at most so many distinct values has a level each, else so many bins
_PRIOR = 1.0  # rows of nothing that every level is given, so that a rare one is not believed


@dataclass(frozen=True)
class Coding:
    """How a column becomes codes: the levels of a text, the values or bins of a number.

    A missing value has the last code; what was not there to learn from has the code -1.
    """

    levels: pd.Index | None
    cuts: Floats | None

    @classmethod
    def of(cls, column: pd.Series) -> Coding:
        """Learn the coding of a column."""
        if not pd.api.types.is_numeric_dtype(column.dtype):
            return cls(pd.Index(column.dropna().astype(str).unique()), None)
        known = np.unique(_numbers(column))
        known = known[np.isfinite(known)]
        if len(known) <= VALUES:
            return cls(pd.Index(known), None)
        return cls(None, np.unique(np.nanquantile(_numbers(column), np.linspace(0, 1, BINS + 1)[1:-1])))

    @property
    def size(self) -> int:
        """How many codes there are."""
        known = 0 if self.levels is None else len(self.levels)
        return known + 1 if self.cuts is None else len(self.cuts) + 2

    def codes(self, column: pd.Series) -> Ints:
        """Code a column (n,), which may be of another dtype than the one learned from."""
        if self.levels is not None and not pd.api.types.is_numeric_dtype(self.levels.dtype):
            found, missing = self.levels.get_indexer(pd.Index(column.astype(str))), column.isna().to_numpy()
        else:
            numbers = _numbers(column)
            missing = np.isnan(numbers)
            if self.levels is not None:
                found = self.levels.get_indexer(pd.Index(numbers))
            else:
                found = np.searchsorted(np.asarray(self.cuts), numbers, side="right")
        return np.where(missing, self.size - 1, found).astype(np.int64)


def additive(
    codings: Mapping[str, Coding], codes: Mapping[str, Ints], outcome: Floats, lines: Floats | None = None
) -> dict[str, Floats]:
    """Fit an outcome by a sum of one curve per column.

    Parameters
    ----------
    codings : mapping of str to Coding
    codes : mapping of str to ndarray of int (n,)
        By column.
    outcome : ndarray (n,)
    lines : ndarray (n, l), optional
        Numbers that are held beside the curves: within a bin, a number goes on along its line.

    Returns
    -------
    dict of str to ndarray (levels,)
        What each level gives, centred over the rows.
    """
    n, sizes = len(outcome), [coding.size for coding in codings.values()]
    starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    design = np.zeros((n, int(starts[-1])))
    for start, name in zip(starts[:-1], codings, strict=True):
        design[np.arange(n), start + codes[name]] = 1.0
    if lines is not None:
        design = np.hstack([design, lines])
    gram = design.T @ design + _PRIOR * np.eye(design.shape[1])
    given = np.linalg.solve(gram, design.T @ (outcome - outcome.mean()))
    parts = {}
    for start, stop, name in zip(starts[:-1], starts[1:], codings, strict=True):
        curve = given[start:stop]
        parts[name] = curve - curve[codes[name]].mean()
    return parts


def lines_of(codings: Mapping[str, Coding], columns: pd.DataFrame) -> Floats:
    """Give the columns (n, l) that are numbers in bins, centred and in SD; a missing value is the mean."""
    binned = [str(name) for name, coding in codings.items() if coding.cuts is not None]
    numbers = np.column_stack([np.empty((len(columns), 0)), *(_numbers(columns[name]) for name in binned)])
    centred = numbers - np.nanmean(numbers, axis=0) if binned else numbers
    spread = np.nanstd(centred, axis=0)
    return np.nan_to_num(centred) / np.where(spread > 0, spread, 1.0)


def _numbers(column: pd.Series) -> Floats:
    return pd.to_numeric(column, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
