"""A tree ensemble in flat arrays: what every library's trees are read into, and all that the engine sees."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from scs_ml.core import Bools, Floats, Ints


@dataclass(frozen=True)
class TreeEnsemble:
    """T trees of N nodes in all, summed into one or more outputs.

    A numeric value goes left where ``value <= threshold``. A categorical value goes left where its code is
    among the node's left codes. Missing values (NaN), and codes that the column does not list, go where the
    node sends them. Children of a node are indices into the same arrays, and come after it.

    Attributes
    ----------
    first_node : ndarray of int (T + 1,)
        Root of each tree; the last entry is N.
    column : ndarray of int (N,)
        Column of the input that a node splits on; -1 at a leaf.
    left, right : ndarray of int (N,)
        Children; -1 at a leaf.
    threshold : ndarray (N,)
        Of numeric splits; NaN elsewhere.
    missing_left : ndarray of bool (N,)
    unlisted_left : ndarray of bool (N,)
        Where a code goes that is not among the column's `codes`; read at categorical splits alone.
    left_codes : dict of int -> ndarray of int
        Codes that go left, sorted, for each node that splits on categories.
    codes : dict of int -> ndarray of int
        Codes that each categorical column lists, sorted. Columns without an entry are numeric.
    cover : ndarray (N,)
        Training rows (or their weight) that reached each node; a node's children sum to it, and none is
        empty.
    value : ndarray (N, v)
        What a leaf adds to its tree's outputs; unread at inner nodes.
    output : ndarray of int (T, v)
        The outputs a tree adds to, in the order of its values.
    base : ndarray (outputs,)
        Where the sums start.
    feature : ndarray of int (columns,)
        The feature that each column of the input belongs to. Several columns may encode one feature (one-hot
        categories): they are known, or not known, together, so that a SHAP value is that of the feature.
    n_features : int
    """

    first_node: Ints
    column: Ints
    left: Ints
    right: Ints
    threshold: Floats
    missing_left: Bools
    unlisted_left: Bools
    left_codes: dict[int, Ints]
    codes: dict[int, Ints]
    cover: Floats
    value: Floats
    output: Ints
    base: Floats
    feature: Ints
    n_features: int

    @property
    def n_trees(self) -> int:
        """Number of trees."""
        return len(self.first_node) - 1

    def equals(self, other: TreeEnsemble) -> bool:
        """Whether two ensembles are the same, number for number."""
        mine, its = vars(self), vars(other)
        tables = "left_codes", "codes"
        return all(
            np.array_equal(value, its[name], equal_nan=True)
            for name, value in mine.items()
            if name not in tables
        ) and all(
            mine[name].keys() == its[name].keys()
            and all(np.array_equal(codes, its[name][at]) for at, codes in mine[name].items())
            for name in tables
        )


def side_by_side(ensembles: Sequence[TreeEnsemble]) -> TreeEnsemble:
    """Put ensembles over the same inputs next to one another, so that one pass serves all their outputs.

    Parameters
    ----------
    ensembles : sequence of TreeEnsemble
        Over the same columns and features, with as many values a leaf.

    Returns
    -------
    TreeEnsemble
        Its outputs are those of the first, then those of the second, and so on.
    """
    node = np.cumsum([0, *(len(each.column) for each in ensembles)])
    output = np.cumsum([0, *(len(each.base) for each in ensembles)])
    pairs = list(zip(ensembles, node[:-1].tolist(), strict=True))
    codes = _all_codes(ensembles)
    return TreeEnsemble(
        first_node=np.concatenate([*(each.first_node[:-1] + at for each, at in pairs), node[-1:]]),
        column=np.concatenate([each.column for each in ensembles]),
        left=np.concatenate([np.where(each.left >= 0, each.left + at, -1) for each, at in pairs]),
        right=np.concatenate([np.where(each.right >= 0, each.right + at, -1) for each, at in pairs]),
        threshold=np.concatenate([each.threshold for each in ensembles]),
        missing_left=np.concatenate([each.missing_left for each in ensembles]),
        unlisted_left=np.concatenate([each.unlisted_left for each in ensembles]),
        left_codes={n + at: left for each, at in pairs for n, left in _left_codes(each, codes).items()},
        codes=codes,
        cover=np.concatenate([each.cover for each in ensembles]),
        value=np.concatenate([each.value for each in ensembles]),
        output=np.concatenate([each.output + at for each, at in zip(ensembles, output, strict=False)]),
        base=np.concatenate([each.base for each in ensembles]),
        feature=ensembles[0].feature,
        n_features=ensembles[0].n_features,
    )


def _all_codes(ensembles: Sequence[TreeEnsemble]) -> dict[int, Ints]:
    """Every code that any of the ensembles lists, by column."""
    codes: dict[int, Ints] = {}
    for each in ensembles:
        for column, listed in each.codes.items():
            codes[column] = np.union1d(codes.get(column, listed), listed)
    return codes


def _left_codes(ensemble: TreeEnsemble, codes: dict[int, Ints]) -> dict[int, Ints]:
    """Left codes of every node once its column lists `codes`: those new to it go where unlisted ones went."""
    grown = dict(ensemble.left_codes)
    for node, left in ensemble.left_codes.items():
        column = int(ensemble.column[node])
        if ensemble.unlisted_left[node]:
            grown[node] = np.union1d(left, np.setdiff1d(codes[column], ensemble.codes[column]))
    return grown
