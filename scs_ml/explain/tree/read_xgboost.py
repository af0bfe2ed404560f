"""Read XGBoost's models from their JSON form."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np

from scs_ml.core import Floats, Ints
from scs_ml.exceptions import ExplanationError
from scs_ml.explain.tree.covers import levels, settle
from scs_ml.explain.tree.ensemble import TreeEnsemble
from scs_ml.explain.tree.reading import TreeModel
from scs_ml.explain.tree.xgboost_inputs import preparation

# The library keeps a start of a logistic model this far from 0 and 1.
_SURE = np.float32(1e-6)

_LOGISTIC = ("reg:logistic", "binary:logistic")
_LOG_ODDS = (*_LOGISTIC, "binary:logitraw")
_LOGARITHMIC = ("count:poisson", "reg:gamma", "reg:tweedie", "survival:cox", "survival:aft")
_IDENTITY = (
    "reg:squarederror",
    "reg:squaredlogerror",
    "reg:pseudohubererror",
    "reg:absoluteerror",
    "reg:quantileerror",
)


def read(model: Any) -> TreeModel:
    """Read a fitted Booster, XGBClassifier, XGBRegressor, XGBRanker or one of their forests.

    A Booster is read with all of its trees; the others up to their best iteration, as each of them predicts.
    A node's cover is the sum of its training rows' second derivatives, as in the library's own SHAP values.

    Parameters
    ----------
    model : fitted estimator or Booster

    Returns
    -------
    TreeModel
        Exact up to the float32 in which the library adds up.

    Raises
    ------
    ExplanationError
        If it is not fitted, is linear, or has more than one target.
    """
    booster = _booster(model)
    learner = json.loads(bytes(booster.save_raw("json")))["learner"]
    boosting = learner["gradient_booster"]
    boosted = boosting.get("gbtree", boosting)["model"]
    _refuse(type(model).__name__, boosting["name"], learner, boosted)
    wrapped = model is not booster
    best = booster.attr("best_iteration") if wrapped else None
    n_trees = boosted["iteration_indptr"][-1 if best is None else int(best) + 1]
    if not n_trees:
        raise ExplanationError(f"{type(model).__name__} has no trees", remedy="fit it first")
    # Dropout leaves weights, up to version 3.2 beside what holds the trees and in 3.4 within it.
    weight = np.array((boosting | boosted).get("weight_drop", np.ones(n_trees)), dtype=np.float64)
    settings = learner["learner_model_param"]
    objective = learner["objective"]["name"]
    outputs = max(int(settings["num_class"]), 1)
    columns = booster.num_features()
    return TreeModel(
        _ensemble(
            boosted["trees"][:n_trees],
            weight[:n_trees],
            np.array(boosted["tree_info"][:n_trees]),
            _base(settings["base_score"], objective, outputs),
            columns,
        ),
        preparation(booster, boosted.get("cats"), model.missing if wrapped else np.nan),
        _raw(model, booster, outputs),
        tuple(booster.feature_names or (f"x{at}" for at in range(columns))),
        _target(objective, outputs),
        tolerance=1e-5,
        maker=_maker(),
    )


def _refuse(name: str, kind: str, learner: dict[str, Any], boosted: dict[str, Any]) -> None:
    if kind == "gblinear":
        raise ExplanationError(
            f"{name} boosts linear models", remedy="read its coefficients, or fit it with booster='gbtree'"
        )
    targets = learner["learner_model_param"].get("num_target", "1")
    if targets != "1":
        raise ExplanationError(
            f"{name} was fitted on {targets} targets at once",
            remedy="fit and explain one model for each target",
        )
    if any(int(tree["tree_param"]["size_leaf_vector"]) > 1 for tree in boosted["trees"]):
        raise ExplanationError(
            f"{name} has several values in each leaf",
            remedy="fit it with multi_strategy='one_output_per_tree'",
        )


def _booster(model: Any) -> Any:
    if not hasattr(model, "get_booster"):
        return model
    from sklearn.exceptions import NotFittedError

    try:
        return model.get_booster()
    except NotFittedError:
        raise ExplanationError(f"{type(model).__name__} is not fitted", remedy="call its fit first") from None


def _maker() -> str:
    from xgboost import __version__

    return f"xgboost {__version__}"


def _target(objective: str, outputs: int) -> str:
    if outputs > 1:
        return "margin of each class"
    if objective in _LOG_ODDS:
        return "log-odds"
    if objective in _LOGARITHMIC:
        return "log of the prediction"
    return "prediction" if objective in _IDENTITY else "raw score"


def _raw(model: Any, booster: Any, outputs: int) -> Callable[[Any], Floats]:
    def raw(X: Any) -> Floats:
        if model is booster:
            from xgboost import DMatrix

            named = hasattr(X, "columns")
            data = DMatrix(
                X,
                feature_names=None if named else booster.feature_names,
                feature_types=None if named else booster.feature_types,
                enable_categorical=True,
            )
            said = booster.predict(data, output_margin=True)
        else:
            said = model.predict(X, output_margin=True)
        return np.asarray(said, dtype=np.float64).reshape(-1, outputs)

    return raw


def _base(text: str, objective: str, outputs: int) -> Floats:
    """Margin (outputs,) that the sums start from; the library keeps it as a prediction, in float32."""
    score = np.array(text.strip("[]").split(","), dtype=np.float32)
    if objective in _LOGISTIC:
        one = np.float32(1)
        score = -np.log(one / np.clip(score, _SURE, one - _SURE) - one)
    elif objective in _LOGARITHMIC:
        if not (score > 0).all():
            raise ExplanationError(
                f"a model of {objective} starts from minus infinity, as every outcome of its fit was zero",
                remedy="fit it on outcomes that vary",
            )
        score = np.log(score)
    return np.broadcast_to(score, (outputs,)).astype(np.float64)


def _ensemble(
    trees: list[dict[str, Any]], weight: Floats, output: Ints, base: Floats, columns: int
) -> TreeEnsemble:
    """Concatenate weighted trees, each in the order of depth."""

    def all_of(key: str, dtype: Any) -> Any:
        return np.concatenate([np.asarray(tree[key], dtype=dtype) for tree in trees])

    sizes = np.array([len(tree["left_children"]) for tree in trees])
    start = np.cumsum([0, *sizes])
    offset = np.repeat(start[:-1], sizes)
    left = all_of("left_children", np.int64)
    inner = left >= 0
    left = np.where(inner, left + offset, -1)
    right = np.where(inner, all_of("right_children", np.int64) + offset, -1)

    # Pruning leaves nodes behind that nothing leads to, and new ones in their places, before their parents.
    reached = np.concatenate(levels(start, left, right))
    tree_of = np.repeat(np.arange(len(trees)), sizes)
    kept = reached[np.argsort(tree_of[reached], kind="stable")]
    place = np.full(len(left), -1)
    place[kept] = np.arange(len(kept))
    first_node = np.concatenate([[0], np.cumsum(np.bincount(tree_of[kept], minlength=len(trees)))])
    inner = inner[kept]
    left, right = (np.where(inner, place[each[kept]], -1) for each in (left, right))

    condition = all_of("split_conditions", np.float32)
    column = np.where(inner, all_of("split_indices", np.int64)[kept], -1)
    categorical = (all_of("split_type", np.int64)[kept] == 1) & inner
    # The library goes left where value < condition, in float32.
    threshold = np.nextafter(condition, np.float32(-np.inf))[kept].astype(np.float64)
    value = condition.astype(np.float64)[kept] * weight[tree_of[kept]]
    left_codes, codes = _categories(_right_codes(trees, start, place), column)
    return TreeEnsemble(
        first_node=first_node,
        column=column,
        left=left,
        right=right,
        threshold=np.where(inner & ~categorical, threshold, np.nan),
        missing_left=all_of("default_left", np.bool_)[kept],
        unlisted_left=categorical,
        left_codes=left_codes,
        codes=codes,
        cover=settle(first_node, left, right, all_of("sum_hessian", np.float64)[kept]),
        value=np.where(inner, 0.0, value)[:, None],
        output=output[:, None],
        base=base,
        feature=np.arange(columns),
        n_features=columns,
    )


def _right_codes(trees: list[dict[str, Any]], start: Ints, place: Ints) -> dict[int, Ints]:
    """Codes that go right, for every node that splits on categories."""
    right: dict[int, Ints] = {}
    for tree, first in zip(trees, start.tolist(), strict=False):
        listed = np.asarray(tree["categories"], dtype=np.int64)
        for node, at, size in zip(
            tree["categories_nodes"], tree["categories_segments"], tree["categories_sizes"], strict=True
        ):
            if place[first + node] >= 0:
                right[int(place[first + node])] = np.sort(listed[at : at + size])
    return right


def _categories(right: dict[int, Ints], column: Ints) -> tuple[dict[int, Ints], dict[int, Ints]]:
    """Codes that go left, and those that each column ever sends right; any other goes left everywhere."""
    of_column: dict[int, list[Ints]] = {}
    for node, listed in right.items():
        of_column.setdefault(int(column[node]), []).append(listed)
    codes = {each: np.unique(np.concatenate(listed)) for each, listed in of_column.items()}
    left = {node: np.setdiff1d(codes[int(column[node])], listed) for node, listed in right.items()}
    return left, codes
