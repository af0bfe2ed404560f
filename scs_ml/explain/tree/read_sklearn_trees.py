"""Read scikit-learn's decision trees, forests and gradient boosting."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from scs_ml.core import Floats, Ints
from scs_ml.exceptions import ExplanationError
from scs_ml.explain.tree.covers import settle
from scs_ml.explain.tree.ensemble import TreeEnsemble
from scs_ml.explain.tree.reading import TreeModel, is_of
from scs_ml.explain.tree.sklearn_inputs import feature_names, maker, require_fitted


def read(model: Any) -> TreeModel:
    """Read a fitted decision tree, random forest, extra trees or gradient boosting.

    A node's cover is the weight of its training rows. Trees compare inputs that are rounded to float32.

    Parameters
    ----------
    model : fitted estimator

    Returns
    -------
    TreeModel
        Probabilities of each class (also of two), predictions, or a boosting's raw margins.

    Raises
    ------
    ExplanationError
        If it is not fitted, has more than one target, or boosts from an estimator that is not constant.
    """
    require_fitted(model)
    boosts = is_of("sklearn.BaseGradientBoosting")(model)
    target, raw = _boosted(model) if boosts else _averaged(model)
    return TreeModel(
        _boosting(model) if boosts else _average(model),
        # Gradient boosting forecasts no row with a missing value.
        lambda X: _rounded(model, X, missing=not boosts),
        raw,
        feature_names(model),
        target,
        tolerance=1e-8,
        maker=maker(),
    )


def _rounded(model: Any, X: Any, *, missing: bool) -> Floats:
    from sklearn.utils.validation import validate_data

    finite = "allow-nan" if missing else True
    X = validate_data(model, X, dtype=np.float32, order="C", ensure_all_finite=finite, reset=False)
    return np.asarray(X, dtype=np.float64)


def _averaged(model: Any) -> tuple[str, Callable[[Any], Floats]]:
    if hasattr(model, "classes_"):
        return "probability of each class", model.predict_proba
    return "prediction", lambda X: np.asarray(model.predict(X), dtype=np.float64)[:, None]


def _average(model: Any) -> TreeEnsemble:
    trees = [each.tree_ for each in getattr(model, "estimators_", [model])]
    if model.n_outputs_ > 1:
        raise ExplanationError(
            f"{type(model).__name__} was fitted on {model.n_outputs_} targets at once",
            remedy="fit and explain one model for each target",
        )
    value = np.concatenate([tree.value[:, 0, :] for tree in trees]) / len(trees)
    outputs = value.shape[1]
    return _ensemble(
        trees,
        value,
        np.tile(np.arange(outputs), (len(trees), 1)),
        np.zeros(outputs),
        model.n_features_in_,
    )


def _boosted(model: Any) -> tuple[str, Callable[[Any], Floats]]:
    if not hasattr(model, "classes_"):
        return "prediction", lambda X: np.asarray(model.predict(X), dtype=np.float64)[:, None]
    if len(model.classes_) > 2:
        return "margin of each class", model.decision_function
    # Exponential loss learns half the log-odds (Friedman, Hastie & Tibshirani 2000, lemma 1).
    target = "half the log-odds" if model.loss == "exponential" else "log-odds"
    return target, lambda X: np.asarray(model.decision_function(X), dtype=np.float64)[:, None]


def _boosting(model: Any) -> TreeEnsemble:
    start = model.init_
    constant = (
        isinstance(start, str)
        or is_of("sklearn.DummyRegressor")(start)
        or (is_of("sklearn.DummyClassifier")(start) and start.strategy != "stratified")
    )
    if not constant:
        raise ExplanationError(
            f"{type(model).__name__} starts from the predictions of {type(start).__name__}, which its "
            "trees do not say",
            remedy="fit it with init=None or init='zero'",
        )
    stages = model.estimators_
    trees = [each.tree_ for each in stages.ravel()]
    value = np.concatenate([tree.value[:, 0, :] for tree in trees]) * model.learning_rate
    base = model._raw_predict_init(np.zeros((1, model.n_features_in_)))[0]  # noqa: SLF001 - no public name
    return _ensemble(
        trees,
        value,
        np.tile(np.arange(stages.shape[1]), len(stages))[:, None],
        np.asarray(base, dtype=np.float64),
        model.n_features_in_,
    )


def _ensemble(
    trees: Sequence[Any], value: Floats, output: Ints, base: Floats, n_features: int
) -> TreeEnsemble:
    """Concatenate trees as scikit-learn keeps them."""
    sizes = np.array([tree.node_count for tree in trees])
    first_node = np.concatenate([[0], np.cumsum(sizes)])
    start = np.repeat(first_node[:-1], sizes)
    left = np.concatenate([tree.children_left for tree in trees])
    right = np.concatenate([tree.children_right for tree in trees])
    leaf = left < 0
    left = np.where(leaf, -1, left + start)
    right = np.where(leaf, -1, right + start)
    cover = np.concatenate([tree.weighted_n_node_samples for tree in trees])
    return TreeEnsemble(
        first_node=first_node,
        column=np.where(leaf, -1, np.concatenate([tree.feature for tree in trees])),
        left=left,
        right=right,
        threshold=np.where(leaf, np.nan, np.concatenate([tree.threshold for tree in trees])),
        missing_left=np.concatenate([tree.missing_go_to_left for tree in trees]).astype(np.bool_),
        unlisted_left=np.zeros(len(leaf), dtype=np.bool_),
        left_codes={},
        codes={},
        cover=settle(first_node, left, right, cover),
        value=value,
        output=output,
        base=base,
        feature=np.arange(n_features),
        n_features=n_features,
    )
