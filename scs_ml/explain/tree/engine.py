"""`TreeShap`: exact SHAP values of a fitted tree model."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from scs_ml.core import Floats, Ints
from scs_ml.exceptions import ExplanationError
from scs_ml.explain.tree.blocks import N_BLOCKS, block_of
from scs_ml.explain.tree.compiled import CompiledTrees
from scs_ml.explain.tree.groups import GroupMeans, GroupSums, sum_blocks
from scs_ml.explain.tree.reading import TreeModel, read_model

# Rows of which group sums hold bins and labels at a time, so that memory does not grow with the table.
_BATCH = 1 << 18
_COMPARED = 20  # rows of every call whose values are held against the model's output


class TreeShap:
    """Exact SHAP values of a tree ensemble, per row and per group.

    Parameters
    ----------
    model : fitted estimator
        As `read_model` takes it; or a `TreeModel`.
    background : array or DataFrame (b, d), optional
        Rows that stand for "not known": interventional values, averaged over all of them. Without it values
        are path-dependent: where an indicator is not known, rows go both ways in the shares of the training
        rows.
    sample_weight : array (b,), optional
        Weights of the background's rows.
    n_jobs : int, optional
        Threads; all processors when None. Values do not depend on it.

    Raises
    ------
    ExplanationError
        If the model or the background cannot be used.

    References
    ----------
    Lundberg et al. (2020), From local explanations to global understanding with explainable AI for trees,
    Nature Machine Intelligence 2. Jethani et al. (2021) and Owen (1972) on the Shapley value as an integral.
    """

    def __init__(
        self,
        model: Any,
        background: Any = None,
        *,
        sample_weight: npt.ArrayLike | None = None,
        n_jobs: int | None = None,
    ) -> None:
        self.model = model if isinstance(model, TreeModel) else read_model(model)
        self.n_jobs = _threads(n_jobs)
        rows = None if background is None else self._prepared(background)
        if rows is not None and not len(rows):
            raise ExplanationError(
                "the background has no rows", remedy="leave it out, or give at least one row"
            )
        if rows is None and sample_weight is not None:
            raise ExplanationError(
                "sample_weight weighs the rows of a background, and none was given",
                remedy="give a background; path-dependent values follow the weights of the fit",
            )
        weights = None if rows is None else _weights(sample_weight, len(rows))
        self._sums: GroupSums | None = None
        self._trees = CompiledTrees(self.model.ensemble, rows, weights, self.n_jobs)
        if background is None:
            self.expected_value: Floats = self._trees.expected()
        else:
            self.expected_value = np.average(self.model.raw(background), axis=0, weights=weights)

    def shap_values(self, X: Any) -> Floats:
        """SHAP values of rows.

        Parameters
        ----------
        X : array or DataFrame (n, d)
            As the model takes it.

        Returns
        -------
        ndarray (n, d, outputs)
            In the unit of ``model.target``; with `expected_value` they add up to the model's output.

        Raises
        ------
        ExplanationError
            If the model does not take `X`, or its values do not add up to its output: the first rows of every
            call are compared, and `explain` compares all.
        """
        return self._trees.shap(self._trees.bin(self._checked(X))).transpose(2, 1, 0)

    def interaction_values(self, X: Any, features: Sequence[str | int]) -> Floats:
        """SHAP interaction values of a few features with all.

        Parameters
        ----------
        X : array or DataFrame (n, d)
        features : sequence of str or int
            Names or positions.

        Returns
        -------
        ndarray (n, len(features), d, outputs)
            Half the interaction of each pair, and the main effect where a feature meets itself: summed over d
            they give the feature's SHAP value.

        Raises
        ------
        ExplanationError
            If the model does not take `X`, or has no such feature.

        References
        ----------
        Fujimoto, Kojadinovic & Marichal (2006), Axiomatic characterizations of probabilistic and
        cardinal-probabilistic interaction indices, Games and Economic Behavior 55.
        """
        bins = self._trees.bin(self._checked(X))
        chosen = [self._feature(each) for each in features]
        n, d, outputs = bins.n, self.model.ensemble.n_features, len(self.expected_value)
        values = np.empty((n, len(chosen), d, outputs))
        for i, feature in enumerate(chosen):
            tables = self._trees.make_tables(focus=feature)
            values[:, i] = self._trees.shap(bins, focus=feature, tables=tables).transpose(2, 1, 0)
        return values

    def group_means(
        self,
        X: Any = None,
        groups: npt.ArrayLike | None = None,
        *,
        clusters: npt.ArrayLike | None = None,
        sample_weight: npt.ArrayLike | None = None,
        errors: bool = True,
    ) -> GroupMeans:
        """Mean SHAP values of groups, without a matrix of rows.

        Parameters
        ----------
        X : array or DataFrame (n, d), optional
            When None, the means of all rows that were accumulated.
        groups : array (n,), optional
            Label of each row; compared as text. Rows without one are the group "missing".
        clusters : array (n,), optional
            Labels of clusters whose rows are not independent (families); each row stands alone when None.
            Rows without a label are one cluster.
        sample_weight : array (n,), optional
        errors : bool
            Whether to work out standard errors and what gaps need. Without them every code of a cluster is
            counted and its values looked up once for all rows that share it, which is several times quicker.

        Returns
        -------
        GroupMeans

        Raises
        ------
        ExplanationError
            If the model does not take `X`, labels do not fit the rows, or nothing was accumulated.
        """
        if X is None:
            if self._sums is None:
                raise ExplanationError(
                    "nothing was accumulated", remedy="give X and groups, or accumulate first"
                )
            return self._sums.means(self.model.names)
        sums = self._group_sums(X, groups, clusters, sample_weight, errors=errors, first=0)
        return sums.means(self.model.names)

    def accumulate(
        self,
        X: Any,
        groups: npt.ArrayLike,
        *,
        clusters: npt.ArrayLike | None = None,
        sample_weight: npt.ArrayLike | None = None,
        errors: bool = True,
    ) -> None:
        """Add a batch of rows to those accumulated so far; `group_means` without arguments gives their means.

        Parameters
        ----------
        X : array or DataFrame (n, d)
        groups, clusters, sample_weight, errors
            As `group_means` takes them. A cluster may have rows in several batches.

        Raises
        ------
        ExplanationError
            If labels do not fit the rows; what was accumulated before is unchanged.
        """
        first = 0 if self._sums is None else int(self._sums.n.sum())
        sums = self._group_sums(X, groups, clusters, sample_weight, errors=errors, first=first)
        self._sums = sums if self._sums is None else self._sums.merge(sums)

    def merge(self, other: TreeShap) -> None:
        """Add what another engine of the same model has accumulated.

        Parameters
        ----------
        other : TreeShap

        Raises
        ------
        ExplanationError
            If the models or the backgrounds differ, or one accumulated without errors.
        """
        if other._sums is None:
            return
        same_trees = other.model.names == self.model.names and other.model.ensemble.equals(
            self.model.ensemble
        )
        # The expected value tells backgrounds apart.
        if not same_trees or not np.allclose(
            other.expected_value, self.expected_value, rtol=1e-9, atol=1e-12
        ):
            raise ExplanationError("the engines explain different models or have different backgrounds")
        self._sums = other._sums if self._sums is None else self._sums.merge(other._sums)

    def _group_sums(
        self,
        X: Any,
        groups: npt.ArrayLike | None,
        clusters: npt.ArrayLike | None,
        sample_weight: npt.ArrayLike | None,
        *,
        errors: bool,
        first: int,
    ) -> GroupSums:
        n = _n_rows(X)
        if not n:
            raise ExplanationError("X has no rows", remedy="leave empty batches out")
        labels = _labels([] if groups is None else groups, n, "group labels")
        families = None if clusters is None else _labels(clusters, n, "clusters")
        weights = _weights(sample_weight, n)
        sums: GroupSums | None = None
        for begin in range(0, n, _BATCH):
            rows = slice(begin, begin + _BATCH)
            batch = self._batch_sums(
                X.iloc[rows] if hasattr(X, "iloc") else X[rows],
                labels[rows],
                block_of(None if families is None else families[rows], len(labels[rows]), first + begin)
                if errors
                else None,
                None if weights is None else weights[rows],
            )
            sums = batch if sums is None else sums.merge(batch)
        assert sums is not None  # noqa: S101 - there is a row, and so a batch
        return sums

    def _batch_sums(
        self, X: Any, labels: npt.NDArray[Any], block: Ints | None, weights: Floats | None
    ) -> GroupSums:
        """Sums of a batch of rows; by block where blocks are given."""
        prepared = self._checked(X)
        codes, names = _grouped(labels)
        count = np.bincount(codes, minlength=len(names))
        if block is not None:
            segment = codes * N_BLOCKS + block
            order = np.argsort(segment, kind="stable")
            ordered = None if weights is None else weights[order]
            parts = self._trees.segment_sums(self._trees.bin(prepared, order), segment[order], ordered)
            return sum_blocks(parts, names, count)
        order = np.argsort(codes, kind="stable")
        total = self._trees.group_sums(
            self._trees.bin(prepared, order),
            np.append(0, np.cumsum(count)),
            None if weights is None else weights[order],
        )
        shape = len(names), len(self.expected_value), self.model.ensemble.n_features
        weight = np.bincount(codes, weights, minlength=len(names)).astype(np.float64)
        return GroupSums(names, count, weight, total.reshape(shape).transpose(0, 2, 1), None, None)

    def _checked(self, X: Any) -> Floats:
        """Prepare rows, and hold the values of the first few against the model's own output."""
        rows = self._prepared(X)
        if len(rows):
            few = X.iloc[:_COMPARED] if hasattr(X, "iloc") else X[:_COMPARED]
            raw = self.model.raw(few)
            found = self.expected_value + self._trees.shap(self._trees.bin(rows[:_COMPARED])).sum(axis=1).T
            wrong = np.abs(found - raw) > self.model.tolerance * np.maximum(1.0, np.abs(raw).max(axis=0))
            if wrong.any() or not np.isfinite(found).all():
                raise ExplanationError(
                    f"SHAP values are up to {np.abs(found - raw).max():.3g} off the model's output",
                    where=f"{int(wrong.any(axis=1).sum())} of the first {len(raw)} rows",
                    remedy="do not use them; the model does something that its trees do not say",
                )
        return rows

    def _prepared(self, X: Any) -> Floats:
        expected = len(self.model.ensemble.feature)
        if not _n_rows(X):  # which some libraries refuse
            return np.empty((0, expected))
        try:
            rows = np.ascontiguousarray(self.model.prepare(X), dtype=np.float64)
        except (IndexError, KeyError, TypeError, ValueError) as error:
            raise ExplanationError(
                f"the model does not take X: {error}",
                where=f"a {type(X).__name__} of {len(X)} rows",
                remedy="give rows with the columns that it was fitted on",
            ) from error
        if rows.ndim != 2 or rows.shape[1] != expected:
            raise ExplanationError(f"X has the shape {rows.shape}; the model takes {expected} columns")
        return rows

    def _feature(self, name: str | int) -> int:
        names = self.model.names
        if isinstance(name, str):
            if name in names:
                return names.index(name)
        elif 0 <= int(name) < len(names):
            return int(name)
        raise ExplanationError(
            f"the model has no feature {name!r}", remedy=f"choose among {', '.join(names[:20])}"
        )


def _grouped(labels: npt.NDArray[Any]) -> tuple[Ints, tuple[str, ...]]:
    """Code of each label (n,), and the labels as text, sorted; missing ones are a group of that name."""
    codes, found = pd.factorize(labels, use_na_sentinel=False)
    texts = ["missing" if pd.isna(each) else str(each) for each in found]
    names = sorted(set(texts))
    place = {name: at for at, name in enumerate(names)}
    return np.array([place[text] for text in texts], dtype=np.int64)[codes], tuple(names)


def _n_rows(X: Any) -> int:
    try:
        return len(X)
    except TypeError:
        raise ExplanationError(
            f"X is a {type(X).__name__}, and no table of rows",
            remedy="give a DataFrame or an array of two dimensions",
        ) from None


def _labels(given: npt.ArrayLike, n: int, what: str) -> npt.NDArray[Any]:
    """Labels of n rows, checked. As objects where NumPy would make text of missing ones in a list."""
    labels = np.asarray(given, dtype=None if hasattr(given, "dtype") else object)
    if labels.shape != (n,):
        raise ExplanationError(
            f"{labels.size} {what} were given for {n} rows",
            where=f"an array of shape {labels.shape}",
            remedy="give one for each row",
        )
    return labels


def _threads(n_jobs: int | None) -> int:
    """Number of threads."""
    if n_jobs is None or n_jobs < 0:
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if n_jobs == 0:
        raise ExplanationError("n_jobs is 0", remedy="give a number of threads, or None for all processors")
    return n_jobs


def _weights(sample_weight: npt.ArrayLike | None, n: int) -> Floats | None:
    """Weights of n rows, checked."""
    if sample_weight is None:
        return None
    weights = np.asarray(sample_weight, dtype=np.float64)
    with np.errstate(over="ignore"):
        total = weights.sum()
    if (
        weights.shape != (n,)
        or not np.isfinite(weights).all()
        or (weights < 0).any()
        or not 0 < total < np.inf
    ):
        raise ExplanationError(
            f"sample_weight must hold {n} finite numbers, none negative and not all zero",
            where=f"an array of shape {weights.shape}",
        )
    return weights
