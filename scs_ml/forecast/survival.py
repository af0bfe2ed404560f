"""Time to the worst category as a forecaster: a proportional hazard, and a cumulative logit above it."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from scipy.special import log_expit
from sklearn.base import BaseEstimator

from scs_ml.core import Floats, Ints
from scs_ml.forecast._cumulative_likelihood import fit_cumulative
from scs_ml.forecast._links import ComplementaryLogLog, Logit
from scs_ml.forecast.cumulative import BoundaryClassifier
from scs_ml.forecast.cumulative_link import logistic_boundary
from scs_ml.forecast.states import StateEncoder
from scs_ml.schemes import Scheme

_LARGEST_LOG_HAZARD = 50.0
_TINY = float(np.finfo(np.float64).tiny)


class SurvivalBoundary(BaseEstimator):
    r"""One boundary: surviving the hazard of the worst category and, if so, exceeding a boundary above it.

    .. math:: P(y > k) = \exp(-\exp(x^\top\gamma + \alpha))\,\operatorname{expit}(x^\top\beta - \theta_k)

    At the first boundary the second factor is 1.

    Attributes
    ----------
    hazard_coef_, hazard_intercept_ : array of shape (q,), float
        Of the log cumulative hazard of one period.
    coef_, intercept_ : array of shape (q,), float; or None
        Of the log-odds among those who survive.
    classes_ : array of shape (2,)
    """

    @classmethod
    def of(cls, hazard: tuple[Floats, float], above: tuple[Floats, float] | None = None) -> Self:
        """Make the boundary from coefficients (q,) and intercepts that were estimated elsewhere."""
        boundary = cls()
        boundary.hazard_coef_, boundary.hazard_intercept_ = hazard
        boundary.coef_, boundary.intercept_ = (None, None) if above is None else above
        boundary.classes_ = np.arange(2)
        return boundary

    def _log_probability(self, X: Floats) -> Floats:
        log_hazard = X @ self.hazard_coef_ + self.hazard_intercept_
        survives = -np.exp(np.minimum(log_hazard, _LARGEST_LOG_HAZARD))
        exceeds = 0.0 if self.coef_ is None else log_expit(X @ self.coef_ + self.intercept_)
        return np.asarray(survives + exceeds, dtype=np.float64)

    def decision_function(self, X: Floats) -> Floats:
        """Give the log-odds (n,) of exceeding the boundary."""
        log_p = self._log_probability(X)
        return np.asarray(log_p - np.log(np.maximum(-np.expm1(log_p), _TINY)), dtype=np.float64)

    def predict_proba(self, X: Floats) -> Floats:
        """Give probabilities (n, 2)."""
        log_p = self._log_probability(X)
        return np.column_stack([-np.expm1(log_p), np.exp(log_p)])


class SurvivalClassifier(BoundaryClassifier):
    r"""Discrete-time hazard of the worst category, and a proportional odds model of those it spares.

    The hazard has a complementary log-log link: proportional hazards in continuous time that are observed
    period by period. Its baseline is the same in all periods, for a period to be forecast has no baseline of
    its own; the current category shifts it, so that those already in the worst category have their own
    intercept. Above, cut points are common to all states. Both factors of P(y > k) fall in k, so boundaries
    never cross.

    Parameters
    ----------
    scheme : Scheme, optional
        Gives the number of categories and the scale.
    C : float
        Inverse strength of the L2 penalty on the scaled covariates' slopes. States bear none; each gets one
        row of climatology instead.

    References
    ----------
    Prentice & Gloeckler (1978), "Regression analysis of grouped survival data with application to breast
    cancer data", Biometrics 34, 57-67. Shumway (2001), "Forecasting bankruptcy more accurately: a simple
    hazard model", J. Bus. 74, 101-124.
    """

    def __init__(self, scheme: Scheme | None = None, C: float = 1.0) -> None:
        self.scheme = scheme
        self.C = C

    def _input_encoder(self) -> Any:
        return StateEncoder(self.scheme)

    def _boundary_estimator(self, encoder: Any) -> Any:
        raise NotImplementedError("boundaries above the worst category are fitted together")

    def _fit_boundaries(self, encoded: Floats, codes: Ints, crossed: Ints) -> list[Any]:
        if not len(crossed):
            return []
        rows, known, weights = self.encoder_.with_climatology(encoded, codes, len(self.classes_))
        penalty = self.encoder_.penalty(self.C)
        falls = bool(crossed[0] == 0)
        spared, above = known > 0, crossed[int(falls) :]
        odds: list[tuple[Floats, float]] = []
        if len(above):
            fit = fit_cumulative(
                rows[spared], np.searchsorted(above, known[spared]), Logit(), penalty, weights[spared]
            )
            odds = [(fit.slopes, -float(cut)) for cut in fit.cuts]
        if not falls:  # nobody in the worst category: nothing to survive
            return [logistic_boundary(*each) for each in odds]
        fall = fit_cumulative(rows, spared.astype(np.int64), ComplementaryLogLog(), penalty, weights)
        hazard = (-fall.slopes, float(fall.cuts[0]))
        return [SurvivalBoundary.of(hazard), *[SurvivalBoundary.of(hazard, each) for each in odds]]

    def __sklearn_tags__(self) -> Any:
        """Above the worst category one index cannot part classes that have no order."""
        tags = super().__sklearn_tags__()
        tags.classifier_tags.poor_score = True
        return tags
