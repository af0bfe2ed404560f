"""The one place where the metrics check the arrays they are given."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from scs_ml.core import Bools, Floats, Ints
from scs_ml.exceptions import ScsError

_SUM_TOLERANCE = 1e-6


def probability_matrix(probabilities: npt.ArrayLike) -> Floats:
    """Return an (n, K) matrix of category probabilities, refusing what is none.

    Rows must be non-negative and sum to 1 within 1e-6. They are used as they come: nothing is
    renormalised or clipped behind the caller's back.
    """
    matrix = np.asarray(probabilities, dtype=np.float64)
    if matrix.ndim != 2 or matrix.shape[1] < 2:
        raise ScsError(
            f"Probabilities have shape {matrix.shape}, not (rows, categories) with at least 2 categories."
        )
    bad = ~(matrix >= 0).all(axis=1) | ~(np.abs(matrix.sum(axis=1) - 1) <= _SUM_TOLERANCE)
    if bad.any():
        raise ScsError(
            "Some rows are not probabilities: negative, missing, or not summing to 1.",
            where=offending(bad),
        )
    return matrix


def category_codes(codes: npt.ArrayLike, n_categories: int, name: str = "y") -> Ints:
    """Return an (n,) array of category codes 0..K-1, refusing anything else."""
    raw = np.asarray(codes)
    if raw.ndim != 1 or raw.dtype.kind not in "iubf":
        raise ScsError(
            f"{name} must be a one-dimensional array of category codes; got {raw.dtype} {raw.shape}."
        )
    bad = ~((raw >= 0) & (raw < n_categories) & (raw == np.floor(raw)))
    if bad.any():
        raise ScsError(
            f"{name} holds values other than category codes 0..{n_categories - 1}: {raw[bad][:5].tolist()}.",
            where=offending(bad),
            remedy="Leave out the rows whose category is not known.",
        )
    return raw.astype(np.int64)


def same_length(**arrays: npt.NDArray[np.generic]) -> None:
    """Refuse arrays whose first dimensions differ."""
    lengths = {name: len(array) for name, array in arrays.items()}
    if len(set(lengths.values())) > 1:
        listed = ", ".join(f"{name} {length}" for name, length in lengths.items())
        raise ScsError(f"Arrays differ in their number of rows: {listed}.")


def offending(bad: Bools) -> str:
    """Say how many rows are bad, and which come first."""
    return f"{int(bad.sum())} of {len(bad)} rows; first rows: {np.flatnonzero(bad)[:5].tolist()}"
