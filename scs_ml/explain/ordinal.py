"""Explain an ordinal forecaster: K-1 binary estimators on encoded columns, each in log-odds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from scs_ml.core import Explanation, Floats, Ints, Progress
from scs_ml.explain import shap_library
from scs_ml.explain.additivity import exceedance_log_odds, reconcile
from scs_ml.explain.commitment import commitment
from scs_ml.explain.lags import Lag, regress_lag
from scs_ml.explain.pushing import share_by_slope

TARGET = "log-odds of exceeding the boundary"
# Rows from which slopes of derived columns are learned, spread evenly over the reference.
_CURVE_ROWS = 1000


def has_log_odds(forecaster: Any) -> bool:
    """Whether every boundary of a forecaster is a linear, boosted-tree or constant model of log-odds."""
    estimators = getattr(forecaster, "estimators_", None)
    if estimators is None or not hasattr(forecaster, "encoder_"):
        return False
    return all(_kind(estimator) is not None for estimator in estimators)


def explain_ordinal(
    forecaster: Any,
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
    X : DataFrame (n, d)
    background : DataFrame (b, d) or None
        Reference of linear models and of lag regressions; `X` itself when None.
    rows : ndarray of int (m,)
    through : sequence of str
    progress : Progress or None

    Returns
    -------
    Explanation
        On the log-odds scale.

    Raises
    ------
    ExplanationError
        If it does not add up to the forecaster's ``boundary_log_odds``.
    """
    inputs = _read(forecaster.encoder_, X, background)
    found = _lags(inputs, X, background, through)
    lags = [lag for lag in found.values() if lag is not None]
    kinds = [_kind(estimator) for estimator in forecaster.estimators_]
    raw = np.asarray(forecaster.boundary_log_odds(X.iloc[rows]), dtype=np.float64)
    values = np.zeros((len(rows), len(inputs.names), len(kinds)))
    base_values = raw[0].copy()  # what a constant boundary says of everyone
    for k, (estimator, kind) in enumerate(zip(forecaster.estimators_, kinds, strict=True)):
        if kind == "tree":
            values[:, :, k], base_values[k] = _explain_tree(estimator, inputs, rows, lags)
        elif kind == "linear":
            values[:, :, k], base_values[k] = _explain_linear(estimator, inputs, rows, lags)
        if progress is not None:
            progress("explain boundaries", k + 1, len(kinds))
    probabilities = np.asarray(forecaster.predict_proba(X.iloc[rows]), dtype=np.float64)
    reference = X if background is None else background
    # Trees bring their own background along; a reference they did not ask for is no part of the claim.
    sloped = "tree" in kinds and bool(inputs.derived)
    used = "linear" in kinds or (background is not None and (sloped or bool(lags)))
    return Explanation(
        values=values,
        base_values=base_values,
        raw=raw,
        residual=exceedance_log_odds(probabilities) - raw,
        rows=rows,
        feature_names=inputs.names,
        target=TARGET,
        engine=_engine(kinds, len(reference), found, sloped=sloped),
        additivity_error=reconcile(values, base_values, raw, rows),
        background=commitment(reference) if used else None,
    )


@dataclass(frozen=True)
class _Inputs:
    """Encoded columns of the rows and, behind them, of the background; `reference`: which to centre on."""

    names: tuple[str, ...]
    encoded: Floats  # (n + b, q)
    owner: Ints  # (q,) input behind each column, -1 for a derived one
    derived: dict[int, Floats]  # column -> (n + b, d)
    reference: slice

    def gather(self, columns: Floats) -> Floats:
        """Sum the attributions of encoded columns (m, q) into their inputs (m, d)."""
        own = self.owner >= 0
        summed = np.zeros((len(columns), len(self.names)))
        np.add.at(summed.T, self.owner[own], columns.T[own])
        return summed


def _read(encoder: Any, X: pd.DataFrame, background: pd.DataFrame | None) -> _Inputs:
    """Encode rows and background."""
    frames = [X] if background is None else [X, background]
    names = tuple(str(name) for name in X.columns)
    places = {name: i for i, name in enumerate(names)} | {"": -1}
    parts = [encoder.derived(frame) for frame in frames]
    return _Inputs(
        names,
        np.vstack([np.asarray(encoder.transform(frame), dtype=np.float64) for frame in frames]),
        np.array([places[name] for name in encoder.column_indicator_], dtype=np.int64),
        {int(j): np.vstack([part[j] for part in parts]).astype(np.float64) for j in parts[0]},
        slice(0, len(X)) if background is None else slice(len(X), None),
    )


def _lags(
    inputs: _Inputs, X: pd.DataFrame, background: pd.DataFrame | None, through: Sequence[str]
) -> dict[str, Lag | None]:
    """Regress every lag column among the inputs on the indicators; None where that is impossible."""
    names = [name for name in through if name in inputs.names]
    frame = X if background is None else pd.concat([X, background], ignore_index=True)
    return {name: regress_lag(frame, name, names, inputs.reference) for name in names}


def _explain_linear(estimator: Any, inputs: _Inputs, rows: Ints, lags: Sequence[Lag]) -> tuple[Floats, float]:
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


def _explain_tree(estimator: Any, inputs: _Inputs, rows: Ints, lags: Sequence[Lag]) -> tuple[Floats, float]:
    """Path-dependent tree SHAP; slopes of derived and lag columns are learned from the reference.

    Reference rows are explained along with the rows asked for, so that a row's values do not depend on which
    other rows are explained.
    """
    learned_from = np.empty(0, dtype=np.int64)
    if inputs.derived or lags:
        every = np.arange(len(inputs.encoded), dtype=np.int64)[inputs.reference]
        learned_from = every[:: -(-len(every) // _CURVE_ROWS)]
    at = np.concatenate([rows, learned_from])
    tail = slice(len(rows), None)
    columns, base = shap_library.tree_shap(estimator, inputs.encoded[at])
    values = inputs.gather(columns)
    for column, parts in inputs.derived.items():
        typical = np.abs(parts).mean(axis=0)
        typical = typical if typical.any() else np.ones_like(typical)
        values += share_by_slope(columns[:, column], parts[at], tail, typical)
    for lag in lags:
        values = lag.push_by_slope(values, at, tail)
    return values[: len(rows)], base


def _kind(estimator: Any) -> Literal["tree", "linear", "constant"] | None:
    """How a boundary's log-odds can be explained; None where only model-agnostically."""
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
    from sklearn.ensemble import GradientBoostingClassifier, HistGradientBoostingClassifier
    from sklearn.linear_model import LogisticRegression

    if isinstance(estimator, HistGradientBoostingClassifier) or (
        isinstance(estimator, GradientBoostingClassifier)
        and estimator.loss == "log_loss"
        and estimator.init is None
    ):
        return "tree"
    if isinstance(estimator, LogisticRegression | LinearDiscriminantAnalysis):
        return "linear"
    # A boundary that nobody in the fit crossed says so by this attribute.
    return "constant" if hasattr(estimator, "exceeds_") else None


def _engine(kinds: Sequence[str | None], n: int, lags: Mapping[str, Lag | None], *, sloped: bool) -> str:
    """Say what computed the values, and how."""
    said = []
    if "tree" in kinds:
        said.append(f"tree SHAP, path-dependent (shap {shap_library.version()}, no background)")
    if "linear" in kinds:
        said.append(f"linear SHAP, closed form (background of {n} rows)")
    if sloped:
        said.append(f"derived columns passed on to indicators (slopes over {n} rows)")
    if not said:
        said.append("constant boundaries")
    for name, lag in lags.items():
        if lag is None:
            said.append(f"{name} not explained through ({n} rows are too few to regress it)")
        else:
            said.append(f"{name} explained through to indicators (R² {lag.r2:.3f} over {n} rows)")
    return "; ".join(said)
