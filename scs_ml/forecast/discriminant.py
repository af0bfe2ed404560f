"""Linear and quadratic discriminants per boundary, with covariances that are never singular."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.covariance import ledoit_wolf
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis, QuadraticDiscriminantAnalysis

from scs_ml.core import Floats, Ints
from scs_ml.forecast.cumulative import BoundaryClassifier
from scs_ml.forecast.encoder import IndicatorEncoder
from scs_ml.schemes import Scheme


class ShrunkCovariance(BaseEstimator):
    r"""Covariance of one class: Ledoit and Wolf's, drawn towards that of scaled, unrelated indicators.

    .. math:: (1 - r)\,\hat\Sigma_{LW} + r I,\quad r = \max(\text{reg\_param},\ 1/(n + 1))

    so that a class of a single row, a constant column or the collinear columns of a category leave it
    invertible.

    Parameters
    ----------
    reg_param : float
        Least share of the identity.
    """

    def __init__(self, reg_param: float = 0.0) -> None:
        self.reg_param = reg_param

    def fit(self, X: Floats, y: Any = None) -> Self:
        """Estimate from rows (n, q) of one class."""
        n, q = X.shape
        own = ledoit_wolf(X)[0] if n > 1 else np.zeros((q, q))
        r = max(self.reg_param, 1 / (n + 1))
        self.covariance_ = (1 - r) * own + r * np.eye(q)
        return self


class _DiscriminantClassifier(BoundaryClassifier):
    """Base: normal indicators on either side of each boundary."""

    def _input_encoder(self) -> Any:
        return IndicatorEncoder(scale=True, impute=True)

    def _fit_boundaries(self, encoded: Floats, codes: Ints, crossed: Ints) -> list[Any]:
        fitted = []
        for k in crossed:
            rows, exceeds = encoded, (codes > k).astype(np.int64)
            if np.bincount(exceeds).min() == 1:
                # scikit-learn refuses a class of one row. Counted twice, all rows give the same means, shares
                # and covariances.
                rows, exceeds = np.repeat(rows, 2, axis=0), np.repeat(exceeds, 2)
            fitted.append(self._boundary_estimator(self.encoder_).fit(rows, exceeds))
        return fitted


class LinearDiscriminantClassifier(_DiscriminantClassifier):
    """Linear discriminant per boundary: scaled indicators are normal on both sides, with one covariance.

    Parameters
    ----------
    scheme : Scheme, optional
        Gives the number of categories.

    References
    ----------
    Altman (1968), "Financial ratios, discriminant analysis and the prediction of corporate bankruptcy", J.
    Finance 23, 589-609. Ledoit & Wolf (2004), "A well-conditioned estimator for large-dimensional covariance
    matrices", J. Multivar. Anal. 88, 365-411.
    """

    _block_rows = 8_192  # what stays in the processor's cache: these models only multiply

    def __init__(self, scheme: Scheme | None = None) -> None:
        self.scheme = scheme

    def _boundary_estimator(self, encoder: Any) -> Any:
        return LinearDiscriminantAnalysis(solver="lsqr", covariance_estimator=ShrunkCovariance())


class QuadraticDiscriminantClassifier(_DiscriminantClassifier):
    """Quadratic discriminant per boundary: scaled indicators are normal, with a covariance for either side.

    Parameters
    ----------
    scheme : Scheme, optional
        Gives the number of categories.
    reg_param : float
        Least share of the identity in either covariance, as in
        `sklearn.discriminant_analysis.QuadraticDiscriminantAnalysis`. A column that hardly varies on one side
        (a rare level of a category) would otherwise decide alone wherever it does vary.

    References
    ----------
    Friedman (1989), "Regularized discriminant analysis", J. Am. Stat. Assoc. 84, 165-175.
    """

    def __init__(self, scheme: Scheme | None = None, reg_param: float = 0.05) -> None:
        self.scheme = scheme
        self.reg_param = reg_param

    def _boundary_estimator(self, encoder: Any) -> Any:
        return QuadraticDiscriminantAnalysis(
            solver="eigen", covariance_estimator=ShrunkCovariance(self.reg_param), tol=0.0
        )
