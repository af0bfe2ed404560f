"""Bin inputs once, to a byte each: every condition of every node becomes a comparison of bytes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from scs_ml.core import Floats, Ints
from scs_ml.explain.tree.ensemble import TreeEnsemble

Bytes = npt.NDArray[np.uint8]

MISSING = 255  # the bin of NaN
_MOST_BINS = 255  # of one binned column, besides that of NaN


@dataclass(frozen=True)
class BinnedColumns:
    """How inputs are binned, and what each node asks of the bins.

    A column with more thresholds than a byte can tell apart becomes several binned columns. So does a
    categorical column with more codes than that: one for each node that splits on it.

    Attributes
    ----------
    source : ndarray of int (c,)
        Input column behind each binned column.
    edges : ndarray (c, 255)
        Thresholds, ascending, infinite beyond the last: a value's bin is the number of edges below it.
    codes : dict of int -> (ndarray of int (m,), ndarray of uint8 (m + 1,))
        For binned columns of categories: the codes, and the bin of each, then that of a code not listed.
    node_column : ndarray of int (N,)
        Binned column of each node; -1 at a leaf.
    bound, add : ndarray of uint8 (N,)
        A row goes left where ``bin + add <= bound``, in bytes that wrap around: with an `add` of 1 the bin
        of NaN becomes 0 and goes left.
    table : ndarray of int (N,)
        For splits on categories, the row of `tables` that says 255 at each bin that goes left; else -1.
    tables : ndarray of uint8 (t, 256)
    """

    source: Ints
    edges: Floats
    codes: dict[int, tuple[Ints, Bytes]]
    node_column: Ints
    bound: Bytes
    add: Bytes
    table: Ints
    tables: Bytes

    @cached_property
    def largest_step(self) -> Ints:
        """First step of the search among each column's edges: half of the least power of two above them."""
        n_edges = (self.edges < np.inf).sum(axis=1)  # minus infinity is a threshold like any other
        return np.asarray(1 << np.floor(np.log2(np.maximum(n_edges, 1))).astype(np.int64))


def binned_columns(ensemble: TreeEnsemble) -> BinnedColumns:
    """Choose the bins that an ensemble's thresholds and categories need, and no others.

    Parameters
    ----------
    ensemble : TreeEnsemble

    Returns
    -------
    BinnedColumns
    """
    return _Binning(ensemble).result()


class _Binning:
    """Binned columns as they are found."""

    def __init__(self, ensemble: TreeEnsemble) -> None:
        nodes = len(ensemble.column)
        self.ensemble = ensemble
        self.source: list[int] = []
        self.edges: list[Floats] = []
        self.codes: dict[int, tuple[Ints, Bytes]] = {}
        self.tables: list[Bytes] = []
        self.node_column = np.full(nodes, -1, dtype=np.int64)
        self.bound = np.zeros(nodes, dtype=np.uint8)
        self.table = np.full(nodes, -1, dtype=np.int64)

    def result(self) -> BinnedColumns:
        column = self.ensemble.column
        order = np.argsort(column, kind="stable")
        used, first = np.unique(column[order], return_index=True)
        for each, nodes in zip(used.tolist(), np.split(order, first)[1:], strict=True):
            if each < 0:
                continue
            if each not in self.ensemble.codes:
                self._numeric(each, nodes)
            elif len(self.ensemble.codes[each]) < _MOST_BINS:
                self._categorical(each, nodes)
            else:
                self._many_categories(each, nodes)
        add = self.ensemble.missing_left.astype(np.uint8)
        padded = np.full((len(self.source), _MOST_BINS), np.inf)
        for row, edges in zip(padded, self.edges, strict=True):
            row[: len(edges)] = edges
        return BinnedColumns(
            source=np.array(self.source, dtype=np.int64),
            edges=padded,
            codes=self.codes,
            node_column=self.node_column,
            bound=self.bound + add,
            add=add,
            table=self.table,
            tables=np.array(self.tables, dtype=np.uint8).reshape(-1, 256),
        )

    def _new(self, source: int, edges: Floats) -> int:
        self.source.append(source)
        self.edges.append(edges)
        return len(self.source) - 1

    def _numeric(self, column: int, nodes: Ints) -> None:
        edges, rank = np.unique(self.ensemble.threshold[nodes], return_inverse=True)
        share, bound = np.divmod(rank, _MOST_BINS - 1)
        first = len(self.source)
        for start in range(0, len(edges), _MOST_BINS - 1):
            self._new(column, edges[start : start + _MOST_BINS - 1])
        self.node_column[nodes] = first + share
        self.bound[nodes] = bound

    def _categorical(self, column: int, nodes: Ints) -> None:
        codes = self.ensemble.codes[column]
        at = self._new(column, np.empty(0))
        self.codes[at] = codes, np.arange(len(codes) + 1, dtype=np.uint8)
        self.node_column[nodes] = at
        for node in nodes.tolist():
            table = np.zeros(256, dtype=np.uint8)
            table[np.searchsorted(codes, self.ensemble.left_codes[node])] = 255
            table[len(codes)] = 255 * self.ensemble.unlisted_left[node]
            table[MISSING] = 255 * self.ensemble.missing_left[node]
            self.table[node] = len(self.tables)
            self.tables.append(table)

    def _many_categories(self, column: int, nodes: Ints) -> None:
        codes = self.ensemble.codes[column]
        for node in nodes.tolist():
            at = self._new(column, np.empty(0))
            right = ~np.isin(codes, self.ensemble.left_codes[node])
            unlisted = not self.ensemble.unlisted_left[node]
            self.codes[at] = codes, np.append(right, unlisted).astype(np.uint8)
            self.node_column[node] = at


def bin_rows(columns: BinnedColumns, prepared: Floats, order: Ints, rows: slice, bins: Bytes) -> None:
    """Bin some rows, column by column.

    Parameters
    ----------
    columns : BinnedColumns
    prepared : ndarray (n, columns)
        Contiguous; NaN where missing.
    order : ndarray of int (m,)
        The rows to bin, in the order that they get.
    rows : slice
        Part of `order`.
    bins : ndarray of uint8 (c, width)
        Filled in place, from ``rows.start`` to ``rows.stop``.
    """
    from scs_ml.explain.tree.kernels.rows import BLOCK, search

    numeric = np.setdiff1d(np.arange(len(columns.source)), list(columns.codes))
    search(
        prepared, order, rows.start, rows.stop, numeric, columns.source, columns.edges, columns.largest_step,
        np.empty(BLOCK), np.empty(BLOCK, dtype=np.int64), bins,
    )  # fmt: skip
    for c, (codes, bin_of) in columns.codes.items():
        values = prepared[order[rows], columns.source[c]]
        place = np.minimum(np.searchsorted(codes, values), len(codes) - 1)
        place[codes[place] != values] = len(codes)
        bins[c, rows] = np.where(np.isnan(values), MISSING, bin_of[place])
