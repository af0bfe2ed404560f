"""Cumulative link models: one slope per indicator, shared by all boundaries; proportional odds and probit."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, Self

import numpy as np
from scipy.special import log_ndtr, ndtr
from sklearn.base import BaseEstimator
from sklearn.linear_model import LogisticRegression

from scs_ml.core import Floats, Ints
from scs_ml.forecast._cumulative_likelihood import fit_cumulative
from scs_ml.forecast._links import Link, Logit, Probit
from scs_ml.forecast.cumulative import BoundaryClassifier
from scs_ml.forecast.encoder import IndicatorEncoder
from scs_ml.schemes import Scheme


class ProbitBoundary(BaseEstimator):
    """One boundary of an ordered probit: P(y > k) is the normal distribution function of a linear index.

    Attributes
    ----------
    coef_ : array of shape (1, q)
    intercept_ : array of shape (1,)
    classes_ : array of shape (2,)
    link_ : str
        ``"probit"``: what explanations recognise it by.
    """

    @classmethod
    def of(cls, slopes: Floats, intercept: float) -> Self:
        """Make the boundary from slopes (q,) and an intercept that were estimated elsewhere."""
        boundary = cls()
        boundary.coef_, boundary.intercept_ = slopes[None, :].copy(), np.array([intercept])
        boundary.classes_, boundary.link_ = np.arange(2), "probit"
        return boundary

    def index(self, X: Floats) -> Floats:
        """Give the linear index (n,), in standard deviations of the latent error."""
        return np.asarray(X @ self.coef_[0] + self.intercept_[0], dtype=np.float64)

    def decision_function(self, X: Floats) -> Floats:
        """Give the log-odds (n,) of exceeding the boundary."""
        index = self.index(X)
        return np.asarray(log_ndtr(index) - log_ndtr(-index), dtype=np.float64)

    def predict_proba(self, X: Floats) -> Floats:
        """Give probabilities (n, 2)."""
        index = self.index(X)
        return np.column_stack([ndtr(-index), ndtr(index)])


def logistic_boundary(slopes: Floats, intercept: float) -> LogisticRegression:
    """Make a fitted logistic regression from slopes (q,) and an intercept that were estimated elsewhere."""
    boundary = LogisticRegression()
    boundary.coef_, boundary.intercept_ = slopes[None, :].copy(), np.array([intercept])
    boundary.classes_, boundary.n_features_in_ = np.arange(2), len(slopes)
    return boundary


class _CumulativeLinkClassifier(BoundaryClassifier):
    """Base: all boundaries in one fit, with common slopes and cut points in order."""

    _link: Link

    def __init__(self, scheme: Scheme | None = None, C: float = 1.0) -> None:
        self.scheme = scheme
        self.C = C

    @abstractmethod
    def _boundary(self, slopes: Floats, intercept: float) -> Any:
        """Give the fitted binary classifier of one boundary."""

    def _boundary_estimator(self, encoder: Any) -> Any:
        raise NotImplementedError("boundaries share their slopes and are fitted together")

    def _fit_boundaries(self, encoded: Floats, codes: Ints, crossed: Ints) -> list[Any]:
        if not len(crossed):
            return []
        fit = fit_cumulative(encoded, np.searchsorted(crossed, codes), self._link, 1 / self.C)
        return [self._boundary(fit.slopes, -float(cut)) for cut in fit.cuts]

    def _input_encoder(self) -> Any:
        return IndicatorEncoder(scale=True, impute=True)

    def __sklearn_tags__(self) -> Any:
        """One index cannot part classes that have no order."""
        tags = super().__sklearn_tags__()
        tags.classifier_tags.poor_score = True
        return tags


class ProportionalOddsClassifier(_CumulativeLinkClassifier):
    r"""Cumulative logit with common slopes (proportional odds).

    .. math:: \operatorname{logit} P(y > k) = x^\top\beta - \theta_k,\quad \theta_0 < \theta_1 < \dots

    on scaled indicators. An indicator multiplies the odds of exceeding every boundary by the same factor,
    which costs one coefficient rather than K-1; boundaries never cross. The penalty is that of
    `sklearn.linear_model.LogisticRegression`, on the slopes alone.

    Parameters
    ----------
    scheme : Scheme, optional
        Gives the number of categories.
    C : float
        Inverse strength of the L2 penalty.

    References
    ----------
    McCullagh (1980), "Regression models for ordinal data", J. R. Stat. Soc. B 42, 109-142.
    """

    _link = Logit()

    def _boundary(self, slopes: Floats, intercept: float) -> Any:
        return logistic_boundary(slopes, intercept)


class OrderedProbitClassifier(_CumulativeLinkClassifier):
    r"""Ordered probit: a latent normal score with common slopes, cut at K-1 points.

    .. math:: P(y > k) = \Phi(x^\top\beta - \theta_k),\quad \theta_0 < \theta_1 < \dots

    on scaled indicators. Slopes are in standard deviations of the latent score's error, and tails are lighter
    than the logit's: a forecast far from a boundary is more certain.

    Parameters
    ----------
    scheme : Scheme, optional
        Gives the number of categories.
    C : float
        Inverse strength of the L2 penalty on the slopes.

    References
    ----------
    McKelvey & Zavoina (1975), "A statistical model for the analysis of ordinal level dependent variables", J.
    Math. Sociol. 4, 103-120.
    """

    _link = Probit()

    def _boundary(self, slopes: Floats, intercept: float) -> Any:
        return ProbitBoundary.of(slopes, intercept)
