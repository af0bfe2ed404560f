"""Measures that are functions of confusion cells, for many tables of counts at once.

Cells are counts (..., K, K), true category by forecast category; 0 is the worst category and a positive is
someone put at or below the boundary, as in `rates`. Every function sees each table by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import numpy.typing as npt

from scs_ml.core import Bools, Floats
from scs_ml.exceptions import ScsError


def cell_accuracy(counts: npt.ArrayLike) -> Floats:
    """Share of people whose category is forecast exactly.

    Parameters
    ----------
    counts : array of shape (..., K, K)
        People by true category (rows) and forecast category (columns).

    Returns
    -------
    array of shape (...)
        NaN where a table is empty.

    Examples
    --------
    >>> print(cell_accuracy([[8, 2], [1, 9]]))
    0.85
    """
    table = _tables(counts)
    return _share(table, np.eye(table.shape[-1], dtype=bool), np.ones(table.shape[-2:], dtype=bool))


def cell_macro_mae(counts: npt.ArrayLike) -> Floats:
    """Mean over true categories of their mean absolute error in categories; `macro_mae` of cells.

    Parameters
    ----------
    counts : array of shape (..., K, K)

    Returns
    -------
    array of shape (...)
        In categories. True categories without people are left out of the average; NaN where a table is empty.

    References
    ----------
    Baccianella, Esuli & Sebastiani (2009), "Evaluation measures for ordinal regression", ISDA.
    """
    table = _tables(counts)
    codes = np.arange(table.shape[-1])
    distance = np.abs(codes[:, None] - codes)
    weights = np.zeros((len(codes), len(codes), 2, len(codes)))
    weights[codes, :, 0, codes] = distance
    weights[codes, :, 1, codes] = 1.0
    sums = _weighted(table, weights)
    error, people = sums[..., 0, :], sums[..., 1, :]
    mean = np.divide(error, people, out=np.zeros_like(error), where=people > 0)
    return _ratio(mean.sum(axis=-1), (people > 0).sum(axis=-1).astype(np.float64))


def cell_selection_rate(counts: npt.ArrayLike, boundary: int) -> Floats:
    """Share of people put on the adverse side of a boundary.

    Parameters
    ----------
    counts : array of shape (..., K, K)
    boundary : int
        k, the cut between category k and k + 1.

    Returns
    -------
    array of shape (...)
        NaN where a table is empty.
    """
    table = _tables(counts)
    adverse = _adverse(table, boundary)
    whole = np.ones(table.shape[-2:], dtype=bool)
    return _share(table, whole & adverse, whole)


def cell_false_positive_rate(counts: npt.ArrayLike, boundary: int) -> Floats:
    """Share put on the adverse side of a boundary among those who belong above it.

    Parameters
    ----------
    counts : array of shape (..., K, K)
    boundary : int

    Returns
    -------
    array of shape (...)
        NaN where nobody belongs above.
    """
    table = _tables(counts)
    adverse = _adverse(table, boundary)
    return _share(table, ~adverse[:, None] & adverse, np.broadcast_to(~adverse[:, None], table.shape[-2:]))


def cell_false_negative_rate(counts: npt.ArrayLike, boundary: int) -> Floats:
    """Share put above a boundary among those who belong on its adverse side.

    Parameters
    ----------
    counts : array of shape (..., K, K)
    boundary : int

    Returns
    -------
    array of shape (...)
        NaN where nobody belongs on the adverse side.
    """
    table = _tables(counts)
    adverse = _adverse(table, boundary)
    return _share(table, adverse[:, None] & ~adverse, np.broadcast_to(adverse[:, None], table.shape[-2:]))


def cell_metrics(boundary: int) -> dict[str, Callable[[Floats], Floats]]:
    """Give the five measures of this module by name, those of a boundary at this one.

    Parameters
    ----------
    boundary : int

    Returns
    -------
    dict
        "accuracy", "macro_mae", "selection_rate", "false_positive_rate", "false_negative_rate".
    """
    return {
        "accuracy": cell_accuracy,
        "macro_mae": cell_macro_mae,
        "selection_rate": partial(cell_selection_rate, boundary=boundary),
        "false_positive_rate": partial(cell_false_positive_rate, boundary=boundary),
        "false_negative_rate": partial(cell_false_negative_rate, boundary=boundary),
    }


def _tables(counts: npt.ArrayLike) -> Floats:
    table = np.asarray(counts, dtype=np.float64)
    if table.ndim < 2 or table.shape[-1] != table.shape[-2] or table.shape[-1] < 2:
        raise ScsError(f"Cells must have shape (..., K, K) with K at least 2; got {table.shape}.")
    return table


def _adverse(table: Floats, boundary: int) -> Bools:
    n_categories = table.shape[-1]
    if not 0 <= boundary < n_categories - 1:
        raise ScsError(
            f"There is no boundary {boundary} between {n_categories} categories.",
            remedy=f"Use 0 to {n_categories - 2}.",
        )
    return np.asarray(np.arange(n_categories) <= boundary)


def _weighted(table: Floats, weights: Floats) -> Floats:
    """Sum cells (..., K, K) with weights (K, K, *shape), giving (..., *shape)."""
    cells = table.shape[-1] ** 2
    # One matrix product over all tables: sums over two short axes would take ten times as long.
    sums = table.reshape(-1, cells) @ weights.reshape(cells, -1)
    return np.asarray(sums.reshape(*table.shape[:-2], *weights.shape[2:]))


def _share(table: Floats, part: Bools, whole: Bools) -> Floats:
    sums = _weighted(table, np.stack([part, whole], axis=-1).astype(np.float64))
    return _ratio(sums[..., 0], sums[..., 1])


def _ratio(part: Floats, whole: Floats) -> Floats:
    return np.asarray(np.divide(part, whole, out=np.full(np.shape(whole), np.nan), where=whole > 0))
