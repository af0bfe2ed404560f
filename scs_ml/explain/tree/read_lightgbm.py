"""Read LightGBM's models from their text form, which holds every digit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from scs_ml.core import Floats, Ints
from scs_ml.exceptions import ExplanationError
from scs_ml.explain.tree.covers import settle
from scs_ml.explain.tree.ensemble import TreeEnsemble
from scs_ml.explain.tree.reading import TreeModel

# The library takes anything this close to zero for zero (``kZeroThreshold``, a float32).
_ZERO = float(np.float32(1e-35))

# Bits of a node's ``decision_type``, and what the third and fourth say of missing values.
_CATEGORICAL, _DEFAULT_LEFT = 1, 2
_MISSING_IS_ZERO, _ZERO_TOO, _ONLY_NAN = 0, 1, 2

_TARGETS = {
    **dict.fromkeys(("multiclass", "multiclassova"), "margin of each class"),
    **dict.fromkeys(("poisson", "gamma", "tweedie"), "log of the prediction"),
    **dict.fromkeys(
        ("regression", "regression_l1", "huber", "fair", "quantile", "mape"),
        "prediction",
    ),
    **dict.fromkeys(("binary", "cross_entropy"), "log-odds"),
}


def read(model: Any) -> TreeModel:
    """Read a fitted Booster, LGBMClassifier, LGBMRegressor or LGBMRanker, up to its best iteration.

    A node's cover is its number of training rows, as in the library's own SHAP values. Random forest mode
    gives the average over iterations, from which the library makes its probabilities.

    Parameters
    ----------
    model : fitted estimator or Booster

    Returns
    -------
    TreeModel

    Raises
    ------
    ExplanationError
        If it is not fitted, has linear trees, or was continued on columns of another kind.
    """
    booster = _booster(model)
    text = booster.model_to_string()
    header, trees = _parse(text)
    if not trees:
        raise ExplanationError(f"{type(model).__name__} has no trees", remedy="fit it first")
    if any(tree.get("is_linear", "0") == "1" for tree in trees):
        raise ExplanationError(
            f"{type(model).__name__} has linear models in its leaves", remedy="fit it with linear_tree=False"
        )
    outputs = int(header["num_tree_per_iteration"])
    share = len(trees) // outputs if "average_output" in header else 1
    columns = int(header["max_feature_idx"]) + 1
    # Ranges of numbers are in brackets, and codes are not.
    infos = header["feature_infos"].split()
    coded = [at for at, info in enumerate(infos) if info[0] != "[" and info != "none"]
    zero_is_missing = "\n[zero_as_missing: 1]" in text

    def raw(X: Any) -> Floats:
        said = np.asarray(model.predict(X, raw_score=True), dtype=np.float64)
        return said.reshape(len(said), outputs) / share

    return TreeModel(
        _ensemble(trees, columns, outputs, share=share, coded=coded, zero_is_missing=zero_is_missing),
        _prepare(booster.pandas_categorical or [], coded, zero_is_missing=zero_is_missing),
        raw,
        tuple(booster.feature_name()),
        _target(header.get("objective", "")),
        tolerance=1e-8,
        maker=_maker(),
    )


def _booster(model: Any) -> Any:
    if not hasattr(model, "model_to_string"):
        from sklearn.exceptions import NotFittedError

        try:
            return model.booster_
        except NotFittedError:
            raise ExplanationError(
                f"{type(model).__name__} is not fitted", remedy="call its fit first"
            ) from None
    return model


def _maker() -> str:
    from lightgbm import __version__

    return f"lightgbm {__version__}"


def _target(objective: str) -> str:
    name, *settings = objective.split()
    # A slope other than one in the sigmoid makes the margin a multiple of the log-odds.
    plain = all(each.startswith("num_class") or each == "sigmoid:1" for each in settings)
    return _TARGETS.get(name, "raw score") if plain else "raw score"


def _parse(text: str) -> tuple[dict[str, str], list[dict[str, str]]]:
    """Split the text form into its header and trees, each a mapping of names to lists of numbers."""
    sections = text.partition("\nend of trees")[0].split("\nTree=")
    header, *trees = (
        dict(line.partition("=")[::2] for line in section.splitlines() if line) for section in sections
    )
    return header, trees


def _ensemble(
    trees: list[dict[str, str]],
    columns: int,
    outputs: int,
    *,
    share: int,
    coded: list[int],
    zero_is_missing: bool,
) -> TreeEnsemble:
    """Lay out each tree as its inner nodes, then its leaves."""

    def numbers(key: str) -> Floats:
        return np.array(" ".join(tree.get(key, "") for tree in trees).split(), dtype=np.float64)

    leaves = np.array([int(tree["num_leaves"]) for tree in trees])
    sizes = 2 * leaves - 1
    first_node = np.concatenate([[0], np.cumsum(sizes)])
    place = np.arange(first_node[-1]) - np.repeat(first_node[:-1], sizes)
    inner = np.flatnonzero(place < np.repeat(leaves - 1, sizes))
    leaf = np.flatnonzero(place >= np.repeat(leaves - 1, sizes))
    root, n_inner = (np.repeat(each, leaves - 1) for each in (first_node[:-1], leaves - 1))

    def children(key: str) -> Ints:
        child = numbers(key).astype(np.int64)
        found: Ints = _scatter(inner, np.where(child >= 0, child, n_inner + ~child) + root, -1, len(place))
        return found

    decision = numbers("decision_type").astype(np.int64)
    split_on = numbers("split_feature").astype(np.int64)
    threshold = numbers("threshold")
    categorical = (decision & _CATEGORICAL) > 0
    default_left = (decision & _DEFAULT_LEFT) > 0
    missing_left = np.where(decision >> 2 == _MISSING_IS_ZERO, threshold >= 0, default_left) & ~categorical
    first_bitset = np.cumsum([0, *(int(tree["num_cat"]) for tree in trees)])[:-1]
    bitset = (np.repeat(first_bitset, leaves - 1) + threshold)[categorical].astype(np.int64)
    left_codes, codes = _categories(trees, inner[categorical], split_on[categorical], bitset)
    _refuse_mixed(decision, split_on, coded, zero_is_missing=zero_is_missing)
    left, right = children("left_child"), children("right_child")
    cover = _scatter(leaf, numbers("leaf_count"), 0.0, len(place))
    return TreeEnsemble(
        first_node=first_node,
        column=_scatter(inner, split_on, -1, len(place)),
        left=left,
        right=right,
        threshold=_scatter(inner, np.where(categorical, np.nan, threshold), np.nan, len(place)),
        missing_left=_scatter(inner, missing_left, fill=False, n=len(place)),
        unlisted_left=np.zeros(len(place), dtype=np.bool_),
        left_codes=left_codes,
        codes=codes,
        cover=settle(first_node, left, right, cover),
        value=_scatter(leaf, numbers("leaf_value") / share, 0.0, len(place))[:, None],
        output=np.arange(len(trees))[:, None] % outputs,
        base=np.zeros(outputs),
        feature=np.arange(columns),
        n_features=columns,
    )


def _scatter(at: Ints, values: Any, fill: Any, n: int) -> Any:
    """Put values at some of n nodes, and `fill` at the others."""
    everywhere = np.full(n, fill, dtype=values.dtype)
    everywhere[at] = values
    return everywhere


def _refuse_mixed(decision: Ints, split_on: Ints, coded: list[int], *, zero_is_missing: bool) -> None:
    """Refuse trees, trained one after another, that disagree on what their columns hold."""
    categorical = (decision & _CATEGORICAL) > 0
    both = np.setdiff1d(split_on[categorical], coded), np.intersect1d(split_on[~categorical], coded)
    if any(map(len, both)):
        raise ExplanationError(
            "some trees take a column for categories and others for a number",
            where=f"columns {np.concatenate(both)[:5].tolist()}",
            remedy="train all trees with the same categorical_feature",
        )
    kinds = set((decision[~categorical] >> 2).tolist())
    if (zero_is_missing and _ONLY_NAN in kinds) or (not zero_is_missing and _ZERO_TOO in kinds):
        raise ExplanationError(
            "some trees take zero for missing and others do not",
            remedy="train all trees with the same zero_as_missing",
        )


def _categories(
    trees: list[dict[str, str]], nodes: Ints, split_on: Ints, bitset: Ints
) -> tuple[dict[int, Ints], dict[int, Ints]]:
    """Codes that go left at each node that splits on categories, and those that each column ever sends there.

    Whatever a bitset does not hold goes right, so that no other code needs to be listed.
    """
    bitsets = [each for tree in trees for each in _bitsets(tree)]
    left_codes: dict[int, Ints] = {}
    of_column: dict[int, list[Ints]] = {}
    for node, column, at in zip(nodes.tolist(), split_on.tolist(), bitset.tolist(), strict=True):
        bits = np.unpackbits(bitsets[at].view(np.uint8), bitorder="little")
        left_codes[node] = np.flatnonzero(bits)
        of_column.setdefault(column, []).append(left_codes[node])
    return left_codes, {column: np.unique(np.concatenate(each)) for column, each in of_column.items()}


def _bitsets(tree: dict[str, str]) -> list[Any]:
    """Bitsets of a tree, one for each of its splits on categories."""
    if tree["num_cat"] == "0":
        return []
    words = np.array(tree["cat_threshold"].split(), dtype="<u4")
    return np.split(words, [int(each) for each in tree["cat_boundaries"].split()[1:-1]])


def _prepare(levels: list[list[Any]], coded: list[int], *, zero_is_missing: bool) -> Callable[[Any], Floats]:
    """Turn inputs into what the library's trees see."""

    def prepare(X: Any) -> Floats:
        if isinstance(X, pd.DataFrame):
            prepared = _frame_values(X, levels)
        else:
            values = np.asarray(X)
            # Neither float32 nor float64: the library goes through float32.
            prepared = np.array(
                values if values.dtype == np.float64 else values.astype(np.float32), dtype=np.float64
            )
        prepared[np.abs(prepared) <= _ZERO] = 0.0
        codes = np.trunc(prepared[:, coded])
        if zero_is_missing:
            prepared[prepared == 0] = np.nan
        prepared[:, coded] = codes
        return np.ascontiguousarray(prepared)

    return prepare


def _frame_values(X: pd.DataFrame, levels: list[list[Any]]) -> Floats:
    """Values (n, d) of a frame; categories as their places among the levels of the fit, NaN where unknown."""
    categorical = [isinstance(dtype, pd.CategoricalDtype) for dtype in X.dtypes]
    if sum(categorical) != len(levels):
        raise ExplanationError(
            f"{sum(categorical)} columns are categories, and the model was fitted on {len(levels)}",
            remedy="give the columns the dtypes that they had in the fit",
        )
    columns = []
    known = iter(levels)
    for (_, column), coded in zip(X.items(), categorical, strict=True):
        if coded:
            codes = column.cat.set_categories(next(known)).cat.codes.to_numpy()
            columns.append(np.where(codes >= 0, codes, np.nan))
        else:
            columns.append(column.to_numpy(dtype=np.float64, na_value=np.nan))
    return np.column_stack(columns)
