"""Read a fitted model of any supported library into a tree ensemble, or say why it cannot be explained."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from scs_ml.core import Floats
from scs_ml.exceptions import ExplanationError
from scs_ml.explain.tree.ensemble import TreeEnsemble


@dataclass(frozen=True)
class TreeModel:
    """A fitted model as the engine sees it.

    Attributes
    ----------
    ensemble : TreeEnsemble
    prepare : callable, X -> ndarray (n, columns)
        Inputs as the model takes them, in the ensemble's columns: float64, C order, NaN where missing,
        categories as their codes, rounded to float32 and back where the library compares in float32.
    raw : callable, X -> ndarray (n, outputs)
        The model's own output, which base and SHAP values add up to.
    names : tuple of str (n_features,)
    target : str
        What the output is: ``"log-odds"``, ``"margin of each class"``, ``"probability of each class"``,
        ``"prediction"``, ``"log of the prediction"``, ...
    tolerance : float
        How far sums may be from `raw`, relative to ``max(1, |raw|)``: 1e-8, or 1e-5 for libraries that add
        up in float32.
    maker : str
        Library and version.
    """

    ensemble: TreeEnsemble
    prepare: Callable[[Any], Floats]
    raw: Callable[[Any], Floats]
    names: tuple[str, ...]
    target: str
    tolerance: float
    maker: str


def read_model(model: Any) -> TreeModel:
    """Read a fitted model's trees.

    Parameters
    ----------
    model : fitted estimator
        A tree, forest or boosted trees of scikit-learn, LightGBM or XGBoost, or an ordinal forecaster whose
        boundaries (``encoder_``, ``estimators_``, ``boundary_log_odds``) are boosted trees.

    Returns
    -------
    TreeModel

    Raises
    ------
    ExplanationError
        If it is no tree model, is not fitted, or does something that its trees do not say.
    """
    for recognises, reader in _READERS:
        if recognises(model):
            read: Callable[[Any], TreeModel] = import_module(f"scs_ml.explain.tree.{reader}").read
            return read(model)
    raise _unreadable(model)


def is_of(*names: str) -> Callable[[Any], bool]:
    """Recognise instances of classes by name, given as ``package.Class``, without importing the package."""

    def recognises(model: Any) -> bool:
        lineage = {f"{each.__module__.partition('.')[0]}.{each.__qualname__}" for each in type(model).__mro__}
        return not lineage.isdisjoint(names)

    return recognises


def _is_ordinal(model: Any) -> bool:
    """Whether a model has what an ordinal forecaster consists of, fitted or not."""
    return hasattr(type(model), "boundary_log_odds") or all(
        hasattr(model, each) for each in ("encoder_", "estimators_", "boundary_log_odds")
    )


# What recognises a model, and the module whose `read` reads it; the first that recognises it is asked.
_READERS: tuple[tuple[Callable[[Any], bool], str], ...] = (
    (_is_ordinal, "read_ordinal"),
    (is_of("sklearn.BaseHistGradientBoosting"), "read_hist_boosting"),
    (
        is_of(
            "sklearn.BaseDecisionTree",
            "sklearn.ForestClassifier",
            "sklearn.ForestRegressor",
            "sklearn.BaseGradientBoosting",
        ),
        "read_sklearn_trees",
    ),
    (is_of("lightgbm.LGBMModel", "lightgbm.Booster"), "read_lightgbm"),
    (is_of("xgboost.XGBModel", "xgboost.Booster"), "read_xgboost"),
)

_WRAPPERS = (
    (is_of("sklearn.BaseSearchCV"), "explain its best_estimator_"),
    (
        is_of("sklearn.Pipeline"),
        "explain its last step on transformed inputs: TreeShap(pipeline[-1]), pipeline[:-1].transform(X)",
    ),
    (
        is_of("sklearn.CalibratedClassifierCV"),
        "explain the estimator that was calibrated; calibration comes after its trees",
    ),
)


def _unreadable(model: Any) -> ExplanationError:
    name = type(model).__name__
    if isinstance(model, type):
        return ExplanationError(
            f"{model.__name__} is a class, not a fitted model", remedy="make one, fit it, and pass it"
        )
    for recognises, remedy in _WRAPPERS:
        if recognises(model):
            return ExplanationError(f"{name} wraps a model and is no tree ensemble itself", remedy=remedy)
    return ExplanationError(
        f"{name} is not a tree ensemble that can be read",
        remedy="pass a decision tree, forest or gradient boosting of scikit-learn, LightGBM or XGBoost; "
        "scs_ml.explain.explain explains any forecaster, by sampling where it has to",
    )
