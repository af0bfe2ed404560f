"""Explain a tree model that forecasts categories by itself, without boundaries fitted one by one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import expit

from scs_ml.core import Explanation, Ints, Progress
from scs_ml.exceptions import ExplanationError
from scs_ml.explain.additivity import reconcile, require_same
from scs_ml.explain.categories import category_codes, forecast_exceedance
from scs_ml.explain.commitment import commitment
from scs_ml.explain.lags import reference_of, regress_lags
from scs_ml.explain.pushing import curve_rows
from scs_ml.explain.tree.engine import TreeShap
from scs_ml.explain.tree.exceedance import exceedance_model
from scs_ml.explain.tree.reading import TreeModel, read_model
from scs_ml.explain.wording import say_lags, say_trees
from scs_ml.metrics.scales import LOG_ODDS, PROBABILITY


def read_classifier(classifier: Any) -> TreeModel | None:
    """Read a classifier over category codes whose trees add up to what boundaries need.

    Returns
    -------
    TreeModel, or None
        One output a boundary: for trees that are averaged the probability of exceeding it, for boosting over
        two categories its log-odds. None for all else, the margins of several classes among it: no sum of
        them is a log-odds or a probability.

    Raises
    ------
    ExplanationError
        If the trees can be read, and the classes are no category codes in order.
    """
    try:
        model = read_model(classifier)
    except ExplanationError:
        return None
    if model.target == "probability of each class":
        return exceedance_model(model, category_codes(classifier))
    if model.target == "log-odds" and category_codes(classifier).tolist() == [0, 1]:
        return replace(model, target=LOG_ODDS)
    return None


def explain_tree_classifier(
    classifier: Any,
    model: TreeModel,
    X: pd.DataFrame,
    background: pd.DataFrame | None,
    rows: Ints,
    *,
    through: Sequence[str],
    progress: Progress | None,
) -> Explanation:
    """Exact SHAP values of a classifier's trees, pushed through lag columns to the indicators behind them.

    Parameters
    ----------
    classifier : fitted
    model : TreeModel
        From `read_classifier`.
    X : DataFrame (n, d)
    background : DataFrame (b, d) or None
        Rows that stand for "not known", and reference of lag regressions. When None, trees are explained
        path-dependently, and `X` serves for the regressions.
    rows : ndarray of int (m,)
    through : sequence of str
    progress : Progress or None

    Returns
    -------
    Explanation
        On the scale of ``model.target``.

    Raises
    ------
    ExplanationError
        If it does not add up to the classifier's probabilities.
    """
    reference = X if background is None else background
    found = regress_lags(X, background, through)
    lags = [lag for lag in found.values() if lag is not None]
    engine = TreeShap(model, background)
    given, at = engine.shap_values(X.iloc[rows]), rows
    if lags:
        # Slopes are learned from reference rows behind those asked for.
        where = reference_of(X, background)
        learned_from = curve_rows(where.stop, where)
        at = np.concatenate([rows, learned_from])
        given = np.concatenate([given, engine.shap_values(reference.iloc[learned_from - where.start])])
    outputs = given.shape[2]
    values = np.zeros((len(rows), X.shape[1], outputs))
    for k in range(outputs):
        pushed = given[:, :, k]
        for lag in lags:
            pushed = lag.push_by_slope(pushed, at, slice(len(rows), None))
        values[:, :, k] = pushed[: len(rows)]
        if progress is not None:
            progress("explain boundaries", k + 1, outputs)
    raw = np.asarray(model.raw(X.iloc[rows]), dtype=np.float64)
    forecast = forecast_exceedance(classifier, category_codes(classifier), X.iloc[rows])
    own = raw if model.target == PROBABILITY else expit(raw)
    require_same(own, forecast, rows, tolerance=model.tolerance)
    return Explanation(
        values=values,
        base_values=engine.expected_value,
        raw=raw,
        residual=np.zeros_like(raw),
        rows=rows,
        feature_names=tuple(str(name) for name in X.columns),
        target=model.target,
        engine="; ".join([say_trees(background), *say_lags(found, len(reference))]),
        additivity_error=reconcile(values, engine.expected_value, raw, rows, tolerance=model.tolerance),
        background=None if background is None else commitment(background),
    )
