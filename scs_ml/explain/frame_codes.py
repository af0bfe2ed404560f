"""Frames as matrices of numbers and back, for explainers that know numbers only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from scs_ml.core import Floats
from scs_ml.exceptions import ExplanationError


@dataclass(frozen=True)
class FrameCodes:
    """Numbers stay as they are; every other column becomes codes of the values seen in the frames given.

    Examples
    --------
    >>> frame = pd.DataFrame({"debts": [2, 0], "district": ["d02", "d01"]})
    >>> codes = FrameCodes.of(frame)
    >>> codes.encode(frame)
    array([[2., 0.],
           [0., 1.]])
    >>> codes.decode(np.array([[1.0, 1.0]]))
       debts district
    0      1      d01
    """

    dtypes: dict[str, Any]
    values: dict[str, Any]  # column -> array of its distinct values, for the columns that are coded

    @classmethod
    def of(cls, *frames: pd.DataFrame) -> FrameCodes:
        """Learn the distinct values of frames with the same columns.

        Raises
        ------
        ExplanationError
            If a column that is not numeric has two types.
        """
        dtypes: dict[str, Any] = {}
        values: dict[str, Any] = {}
        for name in map(str, frames[0].columns):
            kinds: set[Any] = {frame[name].dtype for frame in frames}
            numeric = all(isinstance(kind, np.dtype) and kind.kind in "biuf" for kind in kinds)
            if not numeric and len(kinds) > 1:
                raise ExplanationError(
                    f"column {name!r} has one type in X and another in the background",
                    where=", ".join(sorted(map(str, kinds))),
                    remedy="read both in the same way, with the same categories",
                )
            dtypes[name] = np.result_type(*kinds) if numeric else frames[0][name].dtype
            if not numeric:
                column = pd.concat([frame[name] for frame in frames], ignore_index=True)
                values[name] = column.drop_duplicates().dropna().array
        return cls(dtypes, values)

    def encode(self, frame: pd.DataFrame) -> Floats:
        """Matrix (n, d) of a frame; a missing category is coded -1."""
        matrix = np.empty(frame.shape)
        for i, name in enumerate(self.dtypes):
            if name in self.values:
                matrix[:, i] = pd.Index(self.values[name]).get_indexer(pd.Index(frame[name]))
            else:
                matrix[:, i] = frame[name].to_numpy(dtype=np.float64)
        return matrix

    def decode(self, matrix: Floats) -> pd.DataFrame:
        """Frame of a matrix (n, d), with the columns' own types."""
        columns = {}
        for i, (name, dtype) in enumerate(self.dtypes.items()):
            if name in self.values:
                codes = matrix[:, i].astype(np.intp)
                taken = pd.api.extensions.take(self.values[name], codes, allow_fill=True)
                columns[name] = pd.Series(taken, dtype=dtype)
            else:
                columns[name] = pd.Series(matrix[:, i].astype(dtype))
        return pd.DataFrame(columns)
