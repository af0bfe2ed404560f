"""Rows counted by group, true category and forecast category, and what each cluster of rows holds."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from scs_ml.core import Bools, Ints
from scs_ml.exceptions import ScsError


@dataclass(frozen=True)
class ClusterCells:
    """What clusters hold, each distinct vector of cell counts once.

    Attributes
    ----------
    frequency : array of int, shape (U,)
        Clusters that have the vector.
    start : array of int, shape (U + 1,)
        Entries of vector u run from `start[u]` to `start[u + 1]`.
    cell, amount : arrays of int, shape (nnz,)
        Flat index into (G, K, K), and the cluster's rows in that cell.
    n_crossing : int
        Clusters with rows in more than one group: they make the groups' metrics dependent.
    """

    frequency: Ints
    start: Ints
    cell: Ints
    amount: Ints
    n_crossing: int

    @property
    def n_clusters(self) -> int:
        """All clusters, M."""
        return int(self.frequency.sum())


@dataclass(frozen=True)
class ConfusionCells:
    """Rows counted by group, true category and forecast category.

    Attributes
    ----------
    groups : tuple (G,)
        Labels, sorted.
    counts : array of int, shape (G, K, K)
    clusters : ClusterCells or None
        None where every row stands alone.
    """

    groups: tuple[Hashable, ...]
    counts: Ints
    clusters: ClusterCells | None = None


def confusion_cells(
    true: npt.ArrayLike,
    forecast: npt.ArrayLike,
    groups: npt.ArrayLike,
    *,
    n_categories: int | None = None,
    cluster: npt.ArrayLike | None = None,
) -> ConfusionCells:
    """Count rows by group, true category and forecast category.

    Parameters
    ----------
    true, forecast : arrays of int, shape (n,)
        Category codes 0..K-1.
    groups : array of shape (n,)
        Label of each row's group.
    n_categories : int, optional
        K; one more than the largest code without it.
    cluster : array of shape (n,), optional
        Labels of clusters whose rows are not independent. They may hold rows of several groups.

    Returns
    -------
    ConfusionCells

    Raises
    ------
    ScsError
        If lengths differ, there are no rows, a category is unknown (-1) or no code, or a label is missing.

    Examples
    --------
    >>> cells = confusion_cells([0, 1, 1, 1], [0, 1, 0, 1], ["a", "a", "b", "b"])
    >>> cells.groups, cells.counts.tolist()
    (('a', 'b'), [[[1, 0], [0, 1]], [[0, 0], [1, 1]]])
    """
    truth, guess = _codes(true, "true", n_categories), _codes(forecast, "forecast", n_categories)
    n = len(truth)
    if len(guess) != n:
        raise ScsError(f"true has {n} rows, forecast {len(guess)}.")
    if n == 0:
        raise ScsError("There are no rows to count.")
    if n_categories is None:
        n_categories = int(max(truth.max(), guess.max(), 1)) + 1
    group, levels = _labels(groups, n, "groups")
    cell = (group * n_categories + truth) * n_categories + guess
    shape = (len(levels), n_categories, n_categories)
    counts = np.bincount(cell, minlength=int(np.prod(shape))).reshape(shape).astype(np.int64)
    clusters = None
    if cluster is not None:
        code, names = _labels(cluster, n, "cluster")
        clusters = _distinct(code, len(names), cell, n_categories**2, counts.size)
    return ConfusionCells(tuple(levels.tolist()), counts, clusters)


def _codes(values: npt.ArrayLike, name: str, n_categories: int | None) -> Ints:
    raw = np.asarray(values)
    if raw.ndim != 1 or raw.dtype.kind not in "iubf":
        raise ScsError(
            f"{name} must be a one-dimensional array of category codes; got {raw.dtype} {raw.shape}."
        )
    top = np.inf if n_categories is None else n_categories
    if raw.dtype.kind == "f":
        bad = ~((raw >= 0) & (raw < top) & (raw == np.floor(raw)))
    else:
        bad = (raw < 0) | (raw >= top)
    if bad.any():
        raise ScsError(
            f"{name} holds unknown categories (-1) or values that are no category code.",
            where=_offending(bad),
            remedy="Leave out the rows whose category is not known.",
        )
    return raw.astype(np.int64)


def _labels(values: npt.ArrayLike, n: int, name: str) -> tuple[Ints, npt.NDArray[Any]]:
    # As objects where NumPy would make text of missing labels in a list.
    array = np.asarray(values, dtype=None if hasattr(values, "dtype") else object)
    if array.shape != (n,):
        raise ScsError(f"{name} must have one label for each of the {n} rows; got shape {array.shape}.")
    codes, levels = pd.factorize(array, sort=True)
    if (codes < 0).any():
        raise ScsError(
            f"{name} has missing labels.",
            where=_offending(codes < 0),
            remedy="Give those rows a label, or leave them out.",
        )
    return codes.astype(np.int64), levels


def _offending(bad: Bools) -> str:
    return f"{int(bad.sum())} of {len(bad)} rows; first rows: {np.flatnonzero(bad)[:5].tolist()}"


def _distinct(code: Ints, n_clusters: int, cell: Ints, cells_of_group: int, n_cells: int) -> ClusterCells:
    """Count each cluster's rows by cell, and keep every distinct vector once."""
    rows = np.sort(code * n_cells + cell)
    first = np.flatnonzero(np.diff(rows, prepend=-1))
    amount = np.diff(first, append=len(rows))
    owner, entry = np.divmod(rows[first], n_cells)
    size = np.bincount(owner, minlength=n_clusters)
    start = np.cumsum(size) - size
    # Vectors are words over the alphabet of (cell, amount); a walk through their trie, a letter at a time,
    # names each node by the node before it and the letter. Sorted names: the order of rows does not matter.
    letter, alphabet = pd.factorize(entry * (amount.max() + 1) + amount, sort=True)
    node = np.zeros(n_clusters, dtype=np.int64)
    alive, nodes = np.arange(n_clusters), 1
    for depth in range(int(size.max())):
        alive = alive[size[alive] > depth]
        step, found = pd.factorize(
            node[alive] * len(alphabet) + letter[start[alive] + depth].astype(np.int64), sort=True
        )
        node[alive] = nodes + step
        nodes += len(found)
    _, sample, frequency = np.unique(node, return_index=True, return_counts=True)
    kept = size[sample]
    begin = np.concatenate([[0], np.cumsum(kept)])
    at = np.arange(begin[-1]) + np.repeat(start[sample] - begin[:-1], kept)
    group = entry // cells_of_group
    inside = np.ones(len(entry), dtype=bool)
    inside[start] = False
    inside[1:] &= group[1:] != group[:-1]
    crossing = np.bincount(owner[inside], minlength=n_clusters) > 0
    return ClusterCells(
        frequency.astype(np.int64), begin.astype(np.int64), entry[at], amount[at], int(crossing.sum())
    )
