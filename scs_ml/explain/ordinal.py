"""Explain an ordinal forecaster: K-1 binary estimators on encoded columns, each on one scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal

import numpy as np
import pandas as pd

from scs_ml.core import Explanation, Floats, Ints, Progress
from scs_ml.exceptions import ExplanationError
from scs_ml.explain.additivity import TOLERANCE, exceedance, exceedance_log_odds, reconcile, require_same
from scs_ml.explain.commitment import commitment
from scs_ml.explain.encoded import EncodedInputs, encode_inputs
from scs_ml.explain.lags import Lag, regress_lags
from scs_ml.explain.pushing import curve_rows, share_by_slope
from scs_ml.explain.quadratic import quadratic_shap, read_quadratic
from scs_ml.explain.tree.engine import TreeShap
from scs_ml.explain.tree.ensemble import side_by_side
from scs_ml.explain.tree.exceedance import exceedance_model
from scs_ml.explain.tree.reading import TreeModel, read_model
from scs_ml.explain.wording import say_lags, say_trees
from scs_ml.metrics.scales import LOG_ODDS, PROBABILITY, PROBIT_INDEX, from_log_odds, to_probability

# How a boundary's output can be explained.
Form = Literal["linear", "probit", "quadratic", "constant"]
Boundary = TreeModel | Form


def read_boundaries(forecaster: Any) -> list[Boundary] | None:
    """Read how each boundary of a forecaster makes its log-odds, probability or probit index.

    Returns
    -------
    list of Boundary, or None
        None where a boundary is neither linear or quadratic, nor a tree model, nor constant, and where some
        speak in log-odds and others in probabilities: there is no one scale for all.
    """
    estimators = getattr(forecaster, "estimators_", None)
    if estimators is None or not hasattr(forecaster, "encoder_"):
        return None
    boundaries: list[Boundary] = []
    for estimator in estimators:
        boundary = _read_boundary(estimator)
        if boundary is None:
            return None
        boundaries.append(boundary)
    scales = {_scale(each) for each in boundaries if each != "constant"}
    return boundaries if len(scales) <= 1 else None


def explain_ordinal(
    forecaster: Any,
    boundaries: Sequence[Boundary],
    X: pd.DataFrame,
    background: pd.DataFrame | None,
    rows: Ints,
    *,
    through: Sequence[str],
    progress: Progress | None,
) -> Explanation:
    """SHAP values of an ordinal forecaster's boundaries, pushed through to its input indicators.

    Parameters
    ----------
    forecaster : fitted, with ``encoder_``, ``estimators_``, ``boundary_log_odds`` and ``predict_proba``
    boundaries : sequence of Boundary (K-1)
        From `read_boundaries`.
    X : DataFrame (n, d)
    background : DataFrame (b, d) or None
        Rows that stand for "not known", and reference of lag regressions. When None, trees are explained
        path-dependently, and `X` serves for the rest.
    rows : ndarray of int (m,)
    through : sequence of str
    progress : Progress or None

    Returns
    -------
    Explanation
        On the log-odds scale; on that of probabilities where trees are averaged, of the index of a probit.

    Raises
    ------
    ExplanationError
        If it does not add up to the forecaster's ``boundary_log_odds``, or their probabilities.
    """
    target = next((_scale(each) for each in boundaries if each != "constant"), LOG_ODDS)
    inputs = encode_inputs(forecaster.encoder_, X, background)
    found = regress_lags(X, background, through)
    lags = [lag for lag in found.values() if lag is not None]
    log_odds = np.asarray(forecaster.boundary_log_odds(X.iloc[rows]), dtype=np.float64)
    raw = _on_scale(target, forecaster.estimators_, log_odds)
    base_values = raw[0].copy()  # of a constant boundary that is all
    values = np.zeros((len(rows), len(inputs.names), len(boundaries)))
    at = rows
    if inputs.derived or lags:
        at = np.concatenate([rows, curve_rows(len(inputs.encoded), inputs.reference)])
    of_trees = _explain_trees(
        forecaster.estimators_, boundaries, inputs, rows, at, interventional=background is not None
    )
    for k, (estimator, boundary) in enumerate(zip(forecaster.estimators_, boundaries, strict=True)):
        if isinstance(boundary, TreeModel):
            raw[:, k], base_values[k], players = of_trees[k]
            values[:, :, k] = _push(players, inputs, at, slice(len(rows), None), lags)[: len(rows)]
        elif boundary == "quadratic":
            form, reference_rows = read_quadratic(estimator), inputs.encoded[inputs.reference]
            players, base_values[k] = quadratic_shap(form, inputs.encoded[at], reference_rows, inputs.players)
            values[:, :, k] = _push(players, inputs, at, slice(len(rows), None), lags)[: len(rows)]
        elif boundary in {"linear", "probit"}:
            values[:, :, k], base_values[k] = _explain_linear(estimator, inputs, rows, lags)
        if progress is not None:
            progress("explain boundaries", k + 1, len(boundaries))
    tolerance = max((each.tolerance for each in boundaries if isinstance(each, TreeModel)), default=TOLERANCE)
    require_same(to_probability(raw, target), to_probability(log_odds, LOG_ODDS), rows, tolerance=tolerance)
    probabilities = np.asarray(forecaster.predict_proba(X.iloc[rows]), dtype=np.float64)
    # Probabilities need not go through log-odds, which are cut near 0 and 1.
    averaged = target == PROBABILITY
    forecast = (
        exceedance(probabilities) if averaged else from_log_odds(exceedance_log_odds(probabilities), target)
    )
    reference = X if background is None else background
    n = len(reference)
    said = [say_trees(background)] if of_trees else []
    closed = {"linear": "linear", "probit": "linear", "quadratic": "quadratic"}
    forms = dict.fromkeys(closed[each] for each in boundaries if isinstance(each, str) and each in closed)
    said += [f"{form} SHAP, closed form (background of {n} rows)" for form in forms]
    said = said or ["constant boundaries"]
    if (of_trees or "quadratic" in forms) and inputs.derived:
        said.append(f"derived columns passed on to indicators (slopes over {n} rows)")
    said += say_lags(found, n)
    # Without a background trees follow their own training counts: then only closed forms rest on rows of X.
    used = bool(forms) or (background is not None and bool(of_trees or lags))
    return Explanation(
        values=values,
        base_values=base_values,
        raw=raw,
        residual=forecast - raw,
        rows=rows,
        feature_names=inputs.names,
        target=target,
        engine="; ".join(said),
        additivity_error=reconcile(values, base_values, raw, rows, tolerance=tolerance),
        background=commitment(reference) if used else None,
    )


def _explain_linear(
    estimator: Any, inputs: EncodedInputs, rows: Ints, lags: Sequence[Lag]
) -> tuple[Floats, float]:
    """Closed form: coefficient × (value - mean of the background); exact under interventional SHAP."""
    coefficients = np.asarray(estimator.coef_, dtype=np.float64).reshape(-1)
    mean = inputs.encoded[inputs.reference].mean(axis=0)
    base = float(np.ravel(estimator.intercept_)[0] + coefficients @ mean)
    values = inputs.gather(coefficients * (inputs.encoded - mean))
    for column, parts in inputs.derived.items():
        values += coefficients[column] * (parts - parts[inputs.reference].mean(axis=0))
    for lag in lags:
        values = lag.push_linear(values)
    return values[rows], base


def _explain_trees(
    estimators: Sequence[Any],
    boundaries: Sequence[Boundary],
    inputs: EncodedInputs,
    rows: Ints,
    at: Ints,
    *,
    interventional: bool,
) -> dict[int, tuple[Floats, float, Floats]]:
    """Explain all boundaries of a kind in one pass.

    Returns
    -------
    dict of int -> (raw (rows,), base value, values (at, players))
        For each boundary with trees; `at` holds the rows, and those that slopes are learned from.
    """
    explained: dict[int, tuple[Floats, float, Floats]] = {}
    models = {k: each for k, each in enumerate(boundaries) if isinstance(each, TreeModel)}
    # Every library, and every kind within it, has its own way to read inputs.
    for kind in dict.fromkeys(type(estimators[k]) for k in models):
        alike = [k for k in models if type(estimators[k]) is kind]
        together = _together([models[k] for k in alike], inputs)
        engine = TreeShap(together, inputs.encoded[inputs.reference] if interventional else None)
        raw, values = together.raw(inputs.encoded[rows]), engine.shap_values(inputs.encoded[at])
        for j, k in enumerate(alike):
            explained[k] = raw[:, j], float(engine.expected_value[j]), values[:, :, j]
    return explained


def _together(models: Sequence[TreeModel], inputs: EncodedInputs) -> TreeModel:
    """Put boundaries side by side, as one model of encoded columns in which each input is one player."""
    derived = tuple(f"column {column}" for column in np.flatnonzero(inputs.owner < 0))
    names = inputs.names + derived
    ensemble = side_by_side([each.ensemble for each in models])

    def raw(encoded: Any) -> Floats:
        return np.column_stack([each.raw(encoded)[:, 0] for each in models])

    return replace(
        models[0],
        ensemble=replace(ensemble, feature=inputs.players, n_features=len(names)),
        raw=raw,
        names=names,
    )


def _push(
    players: Floats, inputs: EncodedInputs, at: Ints, learned_from: slice, lags: Sequence[Lag]
) -> Floats:
    """Pass what derived and lag columns were given on to the inputs (m, d) behind them.

    Slopes are learned from reference rows behind those asked for, so that a row's values do not depend on
    which other rows are explained.
    """
    values = players[:, : len(inputs.names)].copy()
    for column, parts in inputs.derived.items():
        typical = np.abs(parts).mean(axis=0)
        typical = typical if typical.any() else np.ones_like(typical)
        given = players[:, inputs.players[column]]
        values += share_by_slope(given, parts[at], learned_from, typical)
    for lag in lags:
        values = lag.push_by_slope(values, at, learned_from)
    return values


def _read_boundary(estimator: Any) -> Boundary | None:
    """How a boundary's output can be explained; None where only model-agnostically."""
    form = _closed_form(estimator)
    if form is not None:
        return form
    try:
        model = read_model(estimator)
    except ExplanationError:
        return None
    if model.target == "probability of each class":
        return exceedance_model(model, np.arange(2))
    return model if model.target == "log-odds" else None


def _closed_form(estimator: Any) -> Form | None:
    """Form of a boundary that needs no trees."""
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis, QuadraticDiscriminantAnalysis
    from sklearn.linear_model import LogisticRegression

    if isinstance(estimator, LogisticRegression | LinearDiscriminantAnalysis):
        return "linear"
    if isinstance(estimator, QuadraticDiscriminantAnalysis):
        return "quadratic"
    # Two say so by an attribute: what is linear in the index of a link, and what nobody in the fit crossed.
    if getattr(estimator, "link_", None) == "probit":
        return "probit"
    return "constant" if hasattr(estimator, "exceeds_") else None


def _scale(boundary: Boundary) -> str:
    """Scale on which a boundary is explained."""
    if boundary == "probit":
        return PROBIT_INDEX
    averaged = isinstance(boundary, TreeModel) and boundary.target == PROBABILITY
    return PROBABILITY if averaged else LOG_ODDS


def _on_scale(target: str, estimators: Sequence[Any], log_odds: Floats) -> Floats:
    """What each boundary says (m, K-1); a probability is exactly 0 or 1 where it is constant."""
    raw = from_log_odds(log_odds, target).copy()
    if target == PROBABILITY:
        for k, estimator in enumerate(estimators):
            if hasattr(estimator, "exceeds_"):
                raw[:, k] = float(estimator.exceeds_)
    return raw
