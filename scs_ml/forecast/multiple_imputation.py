"""Multiple imputation of what indirect indicators truly were: effects and forecasts with its uncertainty."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.utils.validation import check_is_fitted

from scs_ml.core import Floats
from scs_ml.exceptions import ScsError
from scs_ml.forecast._true_values import Regression, design_of, inputs_of, numbers
from scs_ml.forecast.logit import OrdinalLogitClassifier
from scs_ml.forecast.verified import VerifiedSample

# What an analysis gives: estimates (p,) and their squared standard errors (p,).
Analysis = Callable[[pd.DataFrame, npt.NDArray[Any]], tuple[npt.ArrayLike, npt.ArrayLike]]


@dataclass(frozen=True)
class Pooled:
    """Estimates (p,) over imputed tables, with intervals that include what imputation does not know."""

    estimate: Floats
    standard_error: Floats
    df: Floats
    low: Floats
    high: Floats


def pool_estimates(estimates: npt.ArrayLike, variances: npt.ArrayLike, *, confidence: float = 0.95) -> Pooled:
    """Pool the analyses of imputed tables by Rubin's rules.

    The variance is the mean one within tables plus ``1 + 1/M`` times that between them.

    Parameters
    ----------
    estimates, variances : arrays of shape (M, p)
        Of M tables: estimates, and their squared standard errors.
    confidence : float
        Of the intervals, by Student's quantile at Rubin's degrees of freedom.

    Returns
    -------
    Pooled

    Raises
    ------
    ScsError
        If there are fewer than two tables.

    References
    ----------
    Rubin (1987), "Multiple Imputation for Nonresponse in Surveys", ch. 3.
    """
    each, within = np.atleast_2d(estimates).astype(np.float64), np.atleast_2d(variances).astype(np.float64)
    m = len(each)
    if m < 2 or each.shape != within.shape:
        raise ScsError(
            "pooling needs estimates and variances of two imputed tables or more, one row each",
            where=f"shapes {each.shape} and {within.shape}",
        )
    inside = within.mean(axis=0)
    between = (1 + 1 / m) * each.var(axis=0, ddof=1)
    total = inside + between
    ratio = np.divide(inside, between, out=np.full_like(inside, np.inf), where=between > 0)
    df = (m - 1) * (1 + ratio) ** 2  # infinite where the tables agree
    half = stats.t.isf((1 - confidence) / 2, df) * np.sqrt(total)
    mean = each.mean(axis=0)
    return Pooled(mean, np.sqrt(total), df, mean - half, mean + half)


def multiple_imputation(
    X: pd.DataFrame,
    y: npt.ArrayLike,
    verified: VerifiedSample,
    analysis: Analysis,
    *,
    given: Sequence[str] | None = None,
    draws: int = 20,
    confidence: float = 0.95,
    seed: int = 0,
) -> Pooled:
    """Estimate effects of what indicators truly were, from a table that records them with error.

    True values are drawn from their distribution given the recorded ones and the outcome, learned from the
    verified sample (normal, linear; parameters drawn anew for every table), and the analysis is made on each
    completed table. Without the outcome among what they are drawn from, effects would stay too small.

    Parameters
    ----------
    X : DataFrame (n, d)
        Rows that were not verified; the sample's own rows are added with their true values.
    y : array of shape (n,)
        Outcome, which enters the imputation as a number.
    verified : VerifiedSample
        Its rows in which every true value and `y` are known are used.
    analysis : callable
        Takes a completed table and its outcomes; gives estimates (p,) and squared standard errors (p,).
    given : sequence of str, optional
        As in `RegressionCalibration`; the columns of the analysis belong here.
    draws : int
        Tables.
    confidence : float
    seed : int

    Returns
    -------
    Pooled

    Raises
    ------
    ScsError
        If the sample has too few rows.

    References
    ----------
    Rubin (1987). Cole, Chu & Greenland (2006), "Multiple-imputation for measurement-error correction",
    Int. J. Epidemiology 35, 1074-1081.
    """
    outcome = np.asarray(y)
    model = _Imputer(verified, given, with_outcome=True)
    added = pd.concat([X, model.known], ignore_index=True)
    outcomes = np.concatenate([outcome, model.outcome])
    found = [
        analysis(_completed(added, drawn, model.known), outcomes)
        for drawn in model.tables(X, outcome, draws, np.random.default_rng(seed))
    ]
    estimates, variances = (np.stack([np.atleast_1d(one[part]) for one in found]) for part in (0, 1))
    return pool_estimates(estimates, variances, confidence=confidence)


class MultipleImputationClassifier(ClassifierMixin, BaseEstimator):
    """Any forecaster, fitted to and forecasting from M tables of imputed true values.

    Each of M copies learns from a table drawn as in `multiple_imputation` (with the verified rows added), and
    forecasts from true values drawn given the recorded ones alone; the forecast is their mean.

    Parameters
    ----------
    forecaster : classifier, optional
        An ordinal logit where not given.
    verified : VerifiedSample, optional
        Without one the forecaster is fitted once, to the recorded values.
    given : sequence of str, optional
        As in `RegressionCalibration`.
    draws : int
        M.
    random_state : int or None

    Attributes
    ----------
    classes_ : array of shape (K,)
    estimators_ : list of fitted forecasters
    """

    def __init__(
        self,
        forecaster: Any = None,
        verified: VerifiedSample | None = None,
        given: Sequence[str] | None = None,
        draws: int = 20,
        random_state: int | None = 0,
    ) -> None:
        self.forecaster = forecaster
        self.verified = verified
        self.given = given
        self.draws = draws
        self.random_state = random_state

    def fit(self, X: pd.DataFrame, y: npt.ArrayLike) -> Self:
        """Learn from the rows (n, d) that were not verified, and from the verified sample."""
        base = OrdinalLogitClassifier() if self.forecaster is None else self.forecaster
        outcome = np.asarray(y)
        self.feature_names_in_ = np.asarray(X.columns, dtype=object)
        self.n_features_in_ = X.shape[1]
        if self.verified is None:
            self.estimators_ = [clone(base).fit(X, outcome)]
        else:
            model = _Imputer(self.verified, self.given, with_outcome=True)
            added = pd.concat([X, model.known], ignore_index=True)
            outcomes = np.concatenate([outcome, model.outcome])
            tables = model.tables(X, outcome, self.draws, np.random.default_rng(self.random_state))
            self.estimators_ = [
                clone(base).fit(_completed(added, drawn, model.known), outcomes) for drawn in tables
            ]
        self.classes_ = self.estimators_[0].classes_
        return self

    def predict_proba(self, X: pd.DataFrame) -> Floats:
        """Forecast probabilities (n, K): the mean over the copies, each from values drawn anew.

        The draws belong to places in the table: a row forecast beside others differs by their noise.
        """
        check_is_fitted(self)
        if self.verified is None:
            return np.asarray(self.estimators_[0].predict_proba(X), dtype=np.float64)
        model = _Imputer(self.verified, self.given, with_outcome=False)
        tables = model.tables(X, None, len(self.estimators_), np.random.default_rng(self.random_state))
        forecasts = (
            each.predict_proba(_completed(X, drawn))
            for each, drawn in zip(self.estimators_, tables, strict=True)
        )
        return np.asarray(sum(forecasts) / len(self.estimators_), dtype=np.float64)

    def predict(self, X: pd.DataFrame) -> npt.NDArray[Any]:
        """Give the most probable class (n,)."""
        return np.asarray(self.classes_[np.argmax(self.predict_proba(X), axis=1)])


class _Imputer:
    """Draws true values of the indirect indicators, one after the other, each given those before it."""

    def __init__(self, verified: VerifiedSample, given: Sequence[str] | None, *, with_outcome: bool) -> None:
        complete = verified.true.notna().all(axis=1).to_numpy() & (verified.y >= 0)
        true = verified.true[complete].to_numpy(dtype=np.float64)
        self.names = [str(name) for name in verified.true]
        self.outcome = verified.y[complete]
        recorded = verified.X[complete]
        self.known = recorded.assign(**dict(zip(self.names, true.T, strict=True)))
        self.inputs = inputs_of(verified, given)
        values, self.centre = numbers(recorded, self.inputs)
        parts = [values, self.outcome.astype(np.float64)] if with_outcome else [values]
        self.regressions = []
        for at, name in enumerate(self.names):
            self.regressions.append(Regression.of(design_of(*parts, true[:, :at]), true[:, at], name))

    def tables(
        self, X: pd.DataFrame, y: npt.NDArray[Any] | None, draws: int, generator: np.random.Generator
    ) -> Iterator[dict[str, Floats]]:
        """Draw the true values of every row (n,) by indicator, `draws` times."""
        values = numbers(X, self.inputs, self.centre)[0]
        parts = [values] if y is None else [values, y.astype(np.float64)]
        for _ in range(draws):
            drawn: list[Floats] = []
            for regression in self.regressions:
                design = design_of(*parts, *drawn)
                drawn.append(regression.drawn(design, generator))
            yield dict(zip(self.names, drawn, strict=True))


def _completed(X: pd.DataFrame, drawn: dict[str, Floats], known: pd.DataFrame | None = None) -> pd.DataFrame:
    """Put drawn values into a table, before the known ones of the rows at its end."""
    if known is None:
        return X.assign(**drawn)
    return X.assign(**{name: np.concatenate([values, known[name]]) for name, values in drawn.items()})
