"""Encoded columns of an ordinal forecaster, and the inputs behind them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from scs_ml.core import Floats, Ints
from scs_ml.explain.lags import reference_of


@dataclass(frozen=True)
class EncodedInputs:
    """Encoded columns of rows and, behind them, of the background.

    Attributes
    ----------
    names : tuple of str (d,)
        Inputs.
    encoded : ndarray (n + b, q)
    owner : ndarray of int (q,)
        Input behind each column, -1 for a derived one.
    derived : dict of int -> ndarray (n + b, d)
        What the inputs contribute to each derived column.
    reference : slice
        Rows to centre on and to learn slopes from.
    """

    names: tuple[str, ...]
    encoded: Floats
    owner: Ints
    derived: dict[int, Floats]
    reference: slice

    @property
    def players(self) -> Ints:
        """Player (q,) each column belongs to: its input or, behind the inputs, itself where it is derived."""
        return np.where(self.owner >= 0, self.owner, len(self.names) - 1 + np.cumsum(self.owner < 0))

    def gather(self, columns: Floats) -> Floats:
        """Sum the attributions of encoded columns (m, q) into their inputs (m, d)."""
        own = self.owner >= 0
        summed = np.zeros((len(columns), len(self.names)))
        np.add.at(summed.T, self.owner[own], columns.T[own])
        return summed


def encode_inputs(encoder: Any, X: pd.DataFrame, background: pd.DataFrame | None) -> EncodedInputs:
    """Encode rows and background.

    Parameters
    ----------
    encoder : fitted, with ``transform``, ``derived`` and ``column_indicator_``
    X : DataFrame (n, d)
    background : DataFrame (b, d) or None
        `X` is the reference when None.

    Returns
    -------
    EncodedInputs
    """
    frames = [X] if background is None else [X, background]
    names = tuple(str(name) for name in X.columns)
    places = {name: i for i, name in enumerate(names)} | {"": -1}
    parts = [encoder.derived(frame) for frame in frames]
    return EncodedInputs(
        names,
        np.vstack([np.asarray(encoder.transform(frame), dtype=np.float64) for frame in frames]),
        np.array([places[name] for name in encoder.column_indicator_], dtype=np.int64),
        {int(j): np.vstack([part[j] for part in parts]).astype(np.float64) for j in parts[0]},
        reference_of(X, background),
    )
