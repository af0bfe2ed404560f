"""Read scikit-learn's histogram gradient boosting."""

from __future__ import annotations

from typing import Any

import numpy as np

from scs_ml.core import Bools, Floats, Ints
from scs_ml.explain.tree.ensemble import TreeEnsemble
from scs_ml.explain.tree.reading import TreeModel
from scs_ml.explain.tree.sklearn_inputs import feature_names, maker, require_fitted


def read(model: Any) -> TreeModel:
    """Read a fitted HistGradientBoostingClassifier or -Regressor, of any loss.

    A node's cover is its number of training rows: the library keeps no weight of them, also where it was
    fitted with sample weights. Inputs that the model takes as categories become the library's own codes; one
    that it does not know counts as missing, for the model and so here.

    Parameters
    ----------
    model : fitted estimator

    Returns
    -------
    TreeModel
        A regressor's raw output is on the scale of its loss's link.
    """
    require_fitted(model)
    order = _input_order(model)

    def prepare(X: Any) -> Floats:
        encoded = np.asarray(model._preprocess_X(X, reset=False), dtype=np.float64)  # noqa: SLF001 - its own codes
        if model.is_categorical_ is None:
            return np.ascontiguousarray(encoded)
        prepared = np.empty(encoded.shape)
        prepared[:, order] = encoded
        return prepared

    def raw(X: Any) -> Floats:
        return np.ascontiguousarray(model._raw_predict(X))  # noqa: SLF001 - no public name before the link

    return TreeModel(
        _ensemble(model, order),
        prepare,
        raw,
        feature_names(model),
        _target(model),
        tolerance=1e-8,
        maker=maker(),
    )


def _input_order(model: Any) -> Ints:
    """Input column behind each column that the trees split on: the library puts categories first."""
    if model.is_categorical_ is None:
        return np.arange(model.n_features_in_)
    categorical = np.asarray(model.is_categorical_)
    return np.concatenate([np.flatnonzero(categorical), np.flatnonzero(~categorical)])


def _ensemble(model: Any, order: Ints) -> TreeEnsemble:
    trees = [tree for iteration in model._predictors for tree in iteration]  # noqa: SLF001 - no public name
    base = np.ravel(model._baseline_prediction).astype(np.float64)  # noqa: SLF001 - no public name
    nodes = np.concatenate([tree.nodes for tree in trees])
    sizes = np.array([len(tree.nodes) for tree in trees])
    first_node = np.concatenate([[0], np.cumsum(sizes)])
    start = np.repeat(first_node[:-1], sizes)
    leaf = nodes["is_leaf"].astype(np.bool_)
    categorical = nodes["is_categorical"].astype(np.bool_) & ~leaf
    missing_left = nodes["missing_go_to_left"].astype(np.bool_)
    return TreeEnsemble(
        first_node=first_node,
        column=np.where(leaf, -1, order[nodes["feature_idx"]]),
        left=np.where(leaf, -1, nodes["left"] + start),
        right=np.where(leaf, -1, nodes["right"] + start),
        threshold=np.where(leaf | categorical, np.nan, nodes["num_threshold"]),
        missing_left=missing_left,
        unlisted_left=missing_left,
        left_codes=_left_codes(trees, nodes["bitset_idx"], categorical, start),
        codes=_codes(model, order),
        cover=nodes["count"].astype(np.float64),
        value=nodes["value"].astype(np.float64)[:, None],
        output=np.arange(len(trees))[:, None] % len(base),
        base=base,
        feature=np.arange(len(order)),
        n_features=len(order),
    )


def _left_codes(trees: list[Any], bitset: Ints, categorical: Bools, start: Ints) -> dict[int, Ints]:
    """Unpack the bitsets of the nodes that split on categories."""
    at = np.flatnonzero(categorical)
    if not len(at):
        return {}
    counts = [len(tree.raw_left_cat_bitsets) for tree in trees]
    first_bitset = np.cumsum([0, *counts])[:-1]
    first_of_tree = dict(zip(np.unique(start).tolist(), first_bitset.tolist(), strict=True))
    rows = bitset[at] + np.array([first_of_tree[each] for each in start[at].tolist()])
    words = np.concatenate([tree.raw_left_cat_bitsets for tree in trees])[rows]
    bits = np.unpackbits(words.astype("<u4").view(np.uint8), axis=1, bitorder="little")
    return {node: np.flatnonzero(each) for node, each in zip(at.tolist(), bits, strict=True)}


def _codes(model: Any, order: Ints) -> dict[int, Ints]:
    """Codes that the bin mapper knows, by input column."""
    mapper = model._bin_mapper  # noqa: SLF001 - no public name
    return {
        int(order[column]): np.sort(mapper.bin_thresholds_[column].astype(np.int64))
        for column in np.flatnonzero(mapper.is_categorical_).tolist()
    }


def _target(model: Any) -> str:
    if hasattr(model, "classes_"):
        return "log-odds" if len(model.classes_) == 2 else "margin of each class"
    logarithmic = type(model._loss.link).__name__ == "LogLink"  # noqa: SLF001 - no public name
    return "log of the prediction" if logarithmic else "prediction"
