"""The one place where inference checks the arrays it is given."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from scs_ml.core import Bools, Floats, Ints
from scs_ml.exceptions import ScsError


def columns(values: npt.ArrayLike, name: str) -> Floats:
    """Return values as (n, v); a one-dimensional array becomes one column."""
    array = np.asarray(values, dtype=np.float64)
    if array.ndim == 1:
        array = array[:, None]
    if array.ndim != 2:
        raise ScsError(f"{name} must have one or two dimensions; got shape {array.shape}.")
    return array


def finite_rows(array: Floats, rows: Ints, name: str) -> None:
    """Refuse missing or infinite values in the rows that are used."""
    bad = rows[~np.isfinite(array[rows]).all(axis=1)]
    if len(bad):
        raise ScsError(
            f"{name} holds missing or infinite values.",
            where=f"{len(bad)} of {len(rows)} rows; first rows: {bad[:5].tolist()}",
            remedy="Leave those rows out of the group and the reference.",
        )


def row_mask(mask: npt.ArrayLike, n: int, name: str) -> Bools:
    """Return a boolean mask over n rows."""
    array = np.asarray(mask)
    if array.dtype != np.bool_ or array.shape != (n,):
        raise ScsError(f"{name} must be a boolean mask over the {n} rows; got {array.dtype} {array.shape}.")
    return array


def cluster_codes(cluster: npt.ArrayLike | None, n: int) -> tuple[Ints, int]:
    """Return codes 0..G-1 (n,) and G; every row is its own cluster where there are none."""
    if cluster is None:
        return np.arange(n, dtype=np.int64), n
    labels = np.asarray(cluster)
    if labels.shape != (n,):
        raise ScsError(f"cluster must have one label for each of the {n} rows; got shape {labels.shape}.")
    levels, codes = np.unique(labels, return_inverse=True)
    return codes.astype(np.int64), len(levels)


def sum_by_code(array: Floats, codes: Ints, n_codes: int) -> Floats:
    """Sum rows (n, m) that share a code, giving (G, m)."""
    sums = np.empty((n_codes, array.shape[1]))
    for column in range(array.shape[1]):
        sums[:, column] = np.bincount(codes, weights=array[:, column], minlength=n_codes)
    return sums
