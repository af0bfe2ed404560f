"""A tree ensemble made ready: binned columns, clusters and tables, and the two ways of adding them up."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, TypeVar

import numpy as np

from scs_ml.core import Floats, Ints
from scs_ml.exceptions import ExplanationError
from scs_ml.explain.tree.blocks import SegmentSums, sum_segments
from scs_ml.explain.tree.clusters import Clusters, cluster_leaves
from scs_ml.explain.tree.columns import BinnedColumns, Bytes, bin_rows, binned_columns
from scs_ml.explain.tree.ensemble import TreeEnsemble
from scs_ml.explain.tree.tables import Layout, fill_tables, first_pattern, lay_out, quadrature

# Most bits of a cluster of several leaves, and of one leaf alone; the first pair whose tables fit is taken.
_BITS = ((11, 14), (11, 12), (10, 12), (10, 10), (8, 8), (6, 6), (4, 4), (0, 0))
_ROOM = 1 << 29  # bytes of all tables
# Rows that one call of the kernel takes through all trees: enough to use what it brings into cache.
CHUNK = 32_768

Part = TypeVar("Part")
Done = TypeVar("Done")


@dataclass(frozen=True)
class Bins:
    """Binned rows, column after column of `width` bytes."""

    values: Bytes  # (columns * width,)
    width: int
    n: int


@dataclass(frozen=True)
class Background:
    """Rows that stand for "not known", with weights that sum to one."""

    bins: Bins
    weights: Floats


class CompiledTrees:
    """Clusters, bins and tables of an ensemble, path-dependent or with a background.

    Parameters
    ----------
    ensemble : TreeEnsemble
    background : ndarray (b, columns) or None
        Prepared rows.
    weights : ndarray (b,) or None
        Of the background's rows; equal when None.
    n_jobs : int
        Threads.
    """

    def __init__(
        self, ensemble: TreeEnsemble, background: Floats | None, weights: Floats | None, n_jobs: int
    ) -> None:
        self.ensemble = ensemble
        self.n_jobs = n_jobs
        self.columns: BinnedColumns = binned_columns(ensemble)
        self.clusters: Clusters
        self.layout: Layout
        self.clusters, self.layout, self.deepest = _choose_bits(ensemble)
        self.n_targets = len(ensemble.base) * ensemble.n_features
        # Trees of one output after another, so that their sums stay in cache.
        self._trees = np.argsort(ensemble.output[:, 0], kind="stable").astype(np.int64)
        is_deep = np.append(False, np.cumsum(self.clusters.n_bits > self.deepest))
        n_deep = np.diff(is_deep[self.clusters.tree_cluster])
        self._deep_trees = self._trees[n_deep[self._trees] > 0]
        self._most_asked = int(np.diff(self.clusters.leaf_entry).max(initial=1))
        self._beta = np.zeros((0, 0))
        self.background: Background | None = None
        self._patterns: tuple[Floats, Ints] | None = None
        if background is not None:
            if len(self._deep_trees):
                self._beta = _beta(self._most_asked)
            share = (
                np.full(len(background), 1 / len(background)) if weights is None else weights / weights.sum()
            )
            self.background = Background(self.bin(background), share)
            self._patterns = self._background_patterns(self.background)
        self.tables = self.make_tables(focus=-1)

    # --- rows ---

    def bin(self, prepared: Floats, order: Ints | None = None) -> Bins:
        """Bin rows (n, columns), in another order if one is given."""
        order = np.arange(len(prepared)) if order is None else order
        n, width = len(order), _padded(len(order))
        bins = np.zeros((len(self.columns.source), width), dtype=np.uint8)
        edges = np.linspace(0, n, self.n_jobs + 1).astype(int).tolist()
        parts = [slice(begin, end) for begin, end in pairwise(edges)]
        self.each(lambda rows: bin_rows(self.columns, prepared, order, rows, bins), parts)
        return Bins(bins.ravel(), width, n)

    def _add_shap(
        self, bins: Bins, rows: slice, tables: Floats, focus: int, *, sums: Floats, width: int
    ) -> None:
        """Add values of rows to ``sums[target * width + row - rows.start]``; the last target is padding."""
        from scs_ml.explain.tree.kernels.rows import add_shap

        layout = self.layout
        add_shap(
            bins.values, rows.start, rows.stop, self._trees, self.deepest,
            *self._questions(self.columns.node_column * bins.width), *self._codes(),
            layout.tree_panel, layout.panel_unit, layout.unit_cluster, layout.unit_start, layout.panel_target,
            tables, *self._room(), np.empty(8, dtype=np.int64), sums, width, rows.start,
        )  # fmt: skip
        self._add_deep(bins, rows, focus, sums=sums, width=width)

    def _add_deep(
        self,
        bins: Bins,
        rows: slice,
        focus: int,
        *,
        sums: Floats,
        width: int,
        weights: Floats | None = None,
    ) -> None:
        """Add the part of clusters without tables; given weights, pooled over the rows to each target."""
        if not len(self._deep_trees):
            return
        from scs_ml.explain.tree.kernels.rows import BLOCK

        clusters, layout, other = self.clusters, self.layout, self.background
        node_start = self.columns.node_column * bins.width
        what = (
            bins.values, rows.start, rows.stop, self._deep_trees, self.deepest,
            *self._questions(node_start), *self._codes(),
            clusters.cluster_leaf, clusters.leaf_entry, clusters.entry_feature, clusters.entry_share,
            self.ensemble.value[clusters.leaf_node], clusters.tree_feature, clusters.features,
            layout.tree_panel, layout.panel_target,
        )  # fmt: skip
        room = BLOCK * self._most_asked
        met, gains = np.empty(room, dtype=np.uint8), np.empty(room)
        where = sums, width, rows.start, np.empty(0) if weights is None else weights
        if other is None:
            from scs_ml.explain.tree.kernels import deep

            known, product = np.empty(room), np.empty(BLOCK)
            deep.add_deep(*what, *quadrature(self._most_asked), focus, met, known, product, gains, *where)
        else:
            from scs_ml.explain.tree.kernels import deep_background

            patterns = np.empty(other.bins.n + BLOCK, dtype=np.int64)
            other_start = self.columns.node_column * other.bins.width
            deep_background.add_deep(
                *what,
                other.bins.values,
                other_start,
                other.weights,
                self._beta,
                focus,
                met,
                patterns,
                gains,
                *where,
            )

    def shap(self, bins: Bins, *, focus: int = -1, tables: Floats | None = None) -> Floats:
        """Values of all rows (outputs, d, n)."""
        from scs_ml.explain.tree.kernels.rows import BLOCK

        tables = self.tables if tables is None else tables
        width = _padded(bins.n)
        sums = np.zeros((self.n_targets + 1) * width)

        def work(begin: int) -> None:
            end = min(begin + chunk, bins.n)
            part = sums[begin:]  # each target's row, from this chunk on
            self._add_shap(bins, slice(begin, end), tables, focus, sums=part, width=width)

        # As many chunks for every thread; they end where blocks do: a kernel writes up to 7 rows too many.
        rounds = -(-bins.n // (CHUNK * self.n_jobs))
        chunk = max(1, -(-bins.n // max(1, rounds * self.n_jobs * BLOCK))) * BLOCK
        self.each(work, range(0, bins.n, chunk))
        values = sums[: self.n_targets * width].reshape(
            len(self.ensemble.base), self.ensemble.n_features, width
        )
        return values[:, :, : bins.n]

    # --- groups ---

    def group_sums(self, bins: Bins, group_first: Ints, weights: Floats | None) -> Floats:
        """Weighted sums of values over groups (G, outputs * d) of rows that lie group after group."""
        from scs_ml.explain.tree.kernels.rows import add_group_sums

        layout, clusters = self.layout, self.clusters
        n_groups, n_panels = len(group_first) - 1, int(layout.tree_panel[-1])
        node_start = self.columns.node_column * bins.width
        sums = np.zeros(n_groups * n_panels * 8)
        most = int(np.diff(clusters.tree_cluster).max(initial=0))
        n_codes = np.where(
            clusters.n_bits <= self.deepest, np.maximum(8, 1 << np.minimum(clusters.n_bits, 16)), 0
        )
        ends = np.append(0, np.cumsum(n_codes))[clusters.tree_cluster]
        room = int(np.diff(ends).max(initial=0))
        kind: type = np.uint32 if weights is None else np.float64

        def work(trees: Ints) -> None:
            add_group_sums(
                bins.values, group_first, np.empty(0) if weights is None else weights, trees, self.deepest,
                *self._questions(node_start), *self._codes(),
                layout.tree_panel, layout.panel_unit, layout.unit_cluster, layout.unit_start, self.tables,
                *self._room(), np.empty(most, dtype=np.int64), np.empty(most, dtype=np.int64),
                np.empty(room, dtype=kind), n_panels, sums,
            )  # fmt: skip

        self.each(work, self._shares(self._trees))
        columns = sums.reshape(n_groups, n_panels * 8)
        found = np.zeros((n_groups, self.n_targets + 1))
        for g in range(n_groups):
            found[g] = np.bincount(layout.panel_target, columns[g], minlength=self.n_targets + 1)
        return found[:, :-1] + self._deep_group_sums(bins, group_first, weights)

    def _deep_group_sums(self, bins: Bins, group_first: Ints, weights: Floats | None) -> Floats:
        """The part of clusters without tables in `group_sums`."""
        pooled = np.zeros((len(group_first) - 1, self.n_targets + 1))
        weights = np.ones(bins.n) if weights is None else weights
        for g, (first, last) in enumerate(pairwise(group_first.tolist())):
            self._add_deep(bins, slice(first, last), -1, sums=pooled[g], width=0, weights=weights)
        return pooled[:, :-1]

    def segment_sums(self, bins: Bins, segment: Ints, weights: Floats | None) -> list[SegmentSums]:
        """Sums of values over the rows of each segment; a chunk of rows at a time, each with its own sums."""
        from scs_ml.explain.tree.kernels.rows import BLOCK

        outputs, d = len(self.ensemble.base), self.ensemble.n_features
        # A quarter of few rows, so that there is work for several threads; never by their number, which would
        # decide how sums are rounded.
        chunk = min(CHUNK, -(-bins.n // (4 * BLOCK)) * BLOCK)

        def work(begin: int) -> SegmentSums:
            rows = slice(begin, min(begin + chunk, bins.n))
            n = rows.stop - rows.start
            width = _padded(n)
            sums = np.zeros((self.n_targets + 1) * width)
            self._add_shap(bins, rows, self.tables, -1, sums=sums, width=width)
            values = sums[: self.n_targets * width].reshape(outputs, d, width)[:, :, :n]
            return sum_segments(values, segment[rows], None if weights is None else weights[rows])

        return self.each(work, range(0, bins.n, chunk))

    # --- tables ---

    def make_tables(self, *, focus: int) -> Floats:
        """Fill the tables of SHAP values, or of the interaction values of one feature."""
        # Lines of cache begin at multiples of 64 bytes; weighted sums read up to eight lines beyond a short
        # table.
        room = np.empty(self.layout.size + 72)
        skip = (-room.ctypes.data // 8) % 8
        tables = room[skip : skip + self.layout.size + 64]
        tables[self.layout.size :] = 0
        self.each(
            lambda trees: fill_tables(
                self.ensemble, self.clusters, self.layout, trees, tables, patterns=self._patterns, focus=focus
            ),
            self._shares(np.arange(self.ensemble.n_trees)),
        )
        return tables

    def expected(self) -> Floats:
        """Mean output over the training rows, as the covers have it (outputs,)."""
        ensemble, clusters = self.ensemble, self.clusters
        first = clusters.leaf_entry[:-1]
        reach = np.multiply.reduceat(np.append(clusters.entry_share, 1.0), first)
        reach[np.diff(clusters.leaf_entry) == 0] = 1.0  # a tree of one leaf
        tree = np.searchsorted(ensemble.first_node, clusters.leaf_node, side="right") - 1
        weighted = ensemble.value[clusters.leaf_node] * reach[:, None]
        outputs = ensemble.output[tree].ravel()
        return ensemble.base + np.bincount(outputs, weighted.ravel(), minlength=len(ensemble.base))

    def _background_patterns(self, background: Background) -> tuple[Floats, Ints]:
        """Share of the background's rows that has each code, cluster after cluster, and where each begins."""
        from scs_ml.explain.tree.kernels.rows import weigh_codes

        first = first_pattern(self.clusters, self.deepest)
        patterns = np.zeros(int(first[-1]))
        node_start = self.columns.node_column * background.bins.width
        self.each(
            lambda trees: weigh_codes(
                background.bins.values, background.weights, trees, self.deepest,
                *self._questions(node_start), *self._codes(), *self._room(), first, patterns,
            ),
            self._shares(self._trees),
        )  # fmt: skip
        return patterns, first

    # --- how the kernels are called ---

    def _questions(self, node_start: Ints) -> tuple[Any, ...]:
        """What the nodes ask."""
        columns, clusters = self.columns, self.clusters
        return (
            clusters.tree_inner,
            clusters.inner,
            node_start,
            columns.bound,
            columns.add,
            columns.table,
            columns.tables,
        )

    def _codes(self) -> tuple[Any, ...]:
        """What the codes of clusters are made of."""
        clusters = self.clusters
        return (
            clusters.tree_cluster,
            clusters.cluster_bit,
            clusters.bit_literal,
            clusters.literal_node,
            clusters.literal_flip,
        )

    def _room(self) -> tuple[Bytes, Any]:
        """Room for one tree's answers and codes of a block of rows."""
        from scs_ml.explain.tree.kernels.rows import BLOCK

        nodes = int(np.diff(self.clusters.tree_inner).max(initial=1))
        clusters = int(np.diff(self.clusters.tree_cluster).max(initial=1))
        return np.empty(BLOCK * nodes, dtype=np.uint8), np.zeros(BLOCK * clusters, dtype=np.uint16)

    def _shares(self, trees: Ints) -> list[Ints]:
        """Trees in several parts for each thread, because some have more to do than others."""
        return [trees] if self.n_jobs == 1 else np.array_split(trees, 8 * self.n_jobs)

    def each(self, work: Callable[[Part], Done], parts: Iterable[Part]) -> list[Done]:
        """Do all parts of some work, on threads if there are several; give what came of them, in order."""
        if self.n_jobs == 1:
            return [work(part) for part in parts]
        with ThreadPoolExecutor(self.n_jobs) as pool:
            return list(pool.map(work, parts))


def _choose_bits(ensemble: TreeEnsemble) -> tuple[Clusters, Layout, int]:
    """Give the largest clusters whose tables fit, and the most bits of a table."""
    for n_bits, deepest in _BITS:
        clusters = cluster_leaves(ensemble, n_bits)
        layout = lay_out(ensemble, clusters, deepest)
        if layout.size * 8 <= _ROOM:
            break
    return clusters, layout, deepest


def _padded(n: int) -> int:
    """Width of a column of n rows: room for what vectors read beyond, and an odd number of cache lines.

    Columns that lie a power of two apart would compete for the same places in the cache.
    """
    return (((n + 191) // 64) | 1) * 64


def _beta(most: int) -> Floats:
    """A! b! / (a + b + 1)! for all a, b <= most."""
    from scs_ml.explain.tree.kernels.deep_background import MOST_FEATURES

    if most > MOST_FEATURES:
        raise ExplanationError(
            f"a path of these trees asks for {most} features; with a background {MOST_FEATURES} are the most",
            remedy="leave the background out, or limit the depth of the trees",
        )
    factorial = [math.factorial(i) for i in range(2 * most + 2)]
    return np.array(
        [
            [factorial[a] * factorial[b] / factorial[a + b + 1] for b in range(most + 1)]
            for a in range(most + 1)
        ]
    )
