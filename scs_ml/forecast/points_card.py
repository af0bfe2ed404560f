"""What cards of points have in common: one column that inputs add up to, and a forecast linear in it."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, Self

import numpy as np
import pandas as pd
from scipy.special import logit
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.linear_model import LogisticRegression
from sklearn.utils.validation import check_is_fitted

from scs_ml.core import Floats, Ints
from scs_ml.forecast._input import input_frame
from scs_ml.forecast.cumulative import BoundaryClassifier


class PointsCard(TransformerMixin, BaseEstimator):
    """Base of the cards: every input gives points, whose sum is one column, in standard deviations.

    Attributes
    ----------
    column_indicator_ : tuple of str
        ``("",)``: the one column is derived.
    base_ : float
        Points that every row starts from.
    mean_, scale_ : float
        Mean and standard deviation of the points over the rows of the fit.
    """

    @abstractmethod
    def _learn(self, frame: pd.DataFrame, codes: Ints) -> None:
        """Learn the points from checked inputs (n, d) and category codes (n,), and set ``base_``."""

    @abstractmethod
    def _parts(self, frame: pd.DataFrame) -> Floats:
        """Give the points (n, d) of each input."""

    @abstractmethod
    def _lines(self) -> list[tuple[str, str, float]]:
        """List the lines of the printed card: indicator, value, points."""

    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn the points where they are learned, and their centre and spread.

        Parameters
        ----------
        X : DataFrame or array of shape (n, d)
        y : array of int, shape (n,)
            Category codes; only needed where points are learned: without, every row has the same.
        """
        frame = input_frame(self, X, reset=True)
        codes = np.zeros(len(frame), np.int64) if y is None else np.asarray(y, np.int64)
        self._learn(frame, codes)
        parts = self._parts(frame)
        total = parts.sum(axis=1)
        self._part_means = parts.mean(axis=0)
        self.mean_ = self.base_ + float(self._part_means.sum())
        spread = float(total.std())
        self.scale_ = spread if spread > 1e-12 * max(1.0, abs(self.mean_)) else 1.0
        self.column_indicator_ = ("",)
        return self

    def parts(self, X: Any) -> Floats:
        """Give the points (n, d) of each input; base points are not among them."""
        check_is_fitted(self)
        return self._parts(input_frame(self, X, reset=False))

    def points(self, X: Any) -> Floats:
        """Add up the points (n,) of each row, the printed table's base points among them."""
        return np.asarray(self.parts(X).sum(axis=1) + self.base_)

    def transform(self, X: Any) -> Floats:
        """Give the points (n, 1), centred and in standard deviations of the fit."""
        return np.asarray((self.points(X) - self.mean_) / self.scale_)[:, None]

    def derived(self, X: Any) -> dict[int, Floats]:
        """Give what each input indicator contributes to the column.

        Parameters
        ----------
        X : DataFrame or array of shape (n, d)

        Returns
        -------
        dict
            ``{0: array (n, d)}``, centred on the rows of the fit: rows sum to the column, whose mean
            there is 0.
        """
        return {0: (self.parts(X) - self._part_means) / self.scale_}

    def points_table(self) -> pd.DataFrame:
        """Print the card: columns ``indicator``, ``value`` and ``points``."""
        check_is_fitted(self)
        return pd.DataFrame(self._lines(), columns=["indicator", "value", "points"])

    def get_feature_names_out(self, input_features: Any = None) -> Any:
        """Name the one column."""
        return np.asarray(["card points"], dtype=object)

    def __sklearn_tags__(self) -> Any:
        """Missing numbers and categories are welcome: they give no points, or points of their own."""
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.categorical = True
        return tags


class PointsCardClassifier(BoundaryClassifier):
    """Base of the forecasters from points: per boundary, the log-odds are linear in the sum of points."""

    def _boundary_estimator(self, encoder: Any) -> Any:
        return LogisticRegression(max_iter=1000)

    def __sklearn_tags__(self) -> Any:
        """One sum of points cannot part classes that have no order."""
        tags = super().__sklearn_tags__()
        tags.classifier_tags.poor_score = True
        return tags


class LearnedCardClassifier(PointsCardClassifier):
    """Base of the forecasters whose points are learned: more points never lower a forecast."""

    def _fit_boundaries(self, encoded: Floats, codes: Ints, crossed: Ints) -> list[Any]:
        fitted = super()._fit_boundaries(encoded, codes, crossed)
        for k, estimator in zip(crossed, fitted, strict=True):
            # Points rise with the categories as a whole; at one boundary few rows may say otherwise.
            if estimator.coef_[0, 0] < 0:
                estimator.coef_ = np.zeros((1, 1))
                estimator.intercept_ = np.array([logit((codes > k).mean())])
        return fitted
