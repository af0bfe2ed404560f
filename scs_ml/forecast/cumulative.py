"""Any binary classifier as an ordinal forecaster: one fit per boundary, then monotone rearrangement."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from scipy.special import expit, logit
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.linear_model import LogisticRegression
from sklearn.linear_model._base import LinearClassifierMixin
from sklearn.utils.validation import check_is_fitted

from scs_ml.core import Floats, Ints
from scs_ml.forecast._input import checked, checked_inputs, class_codes, in_blocks, input_frame, target
from scs_ml.forecast.encoder import IndicatorEncoder

_EPS = float(np.finfo(np.float64).eps)
# Largest log-odds that a float64 probability below one can stand for: +-36.04.
_LARGEST_LOG_ODDS = float(logit(1 - _EPS))


class ConstantClassifier(ClassifierMixin, BaseEstimator):
    """The boundary that everyone in the fit lies on one side of: probability 0 or 1 for all.

    Its log-odds are those of float64's epsilon (+-36.04) rather than infinite, so that sums stay finite.
    """

    def fit(self, X: Any, y: Any) -> Self:
        """Learn the one value, 0 or 1, that `y` (n,) holds."""
        self.classes_ = np.arange(2)
        self.exceeds_ = bool(np.asarray(y)[0])
        return self

    def decision_function(self, X: Any) -> Floats:
        """Give the log-odds (n,) of exceeding the boundary."""
        return np.full(len(X), _LARGEST_LOG_ODDS if self.exceeds_ else -_LARGEST_LOG_ODDS)

    def predict_proba(self, X: Any) -> Floats:
        """Give probabilities (n, 2), exactly 0 and 1."""
        probabilities = np.zeros((len(X), 2))
        probabilities[:, int(self.exceeds_)] = 1.0
        return probabilities

    def predict(self, X: Any) -> Ints:
        """Give the one value, n times."""
        return np.full(len(X), int(self.exceeds_), dtype=np.int64)


class BoundaryClassifier(ClassifierMixin, BaseEstimator):
    r"""Base of the forecasters: K-1 binary fits of "y > k" on encoded indicators.

    The K-1 probabilities of a row need not fall from boundary to boundary. They are sorted in descending
    order, the monotone rearrangement, which is never further from the true curve than the raw estimates
    are; then

    .. math:: P(y = k) = P(y > k - 1) - P(y > k),

    so no probability is negative. Categories that were not seen in the fit are left out of the
    rearrangement and get probability 0.

    Attributes
    ----------
    classes_ : array of shape (K,)
        Labels seen, in sorted order, or ``0..K-1`` where the number of categories is given.
    encoder_ : transformer
        Fitted; turns X into the columns that the estimators learn from.
    estimators_ : list of length K-1
        Fitted binary classifiers: ``estimators_[k].predict_proba(encoder_.transform(X))[:, 1]`` is P(y > k)
        before rearrangement. Boundaries with no seen category between them share one estimator.

    References
    ----------
    Frank & Hall (2001), "A simple approach to ordinal classification", ECML. Chernozhukov, Fernandez-Val &
    Galichon (2010), "Quantile and probability curves without crossing", Econometrica 78, 1093-1125.
    """

    @abstractmethod
    def _boundary_estimator(self, encoder: Any) -> Any:
        """Give an unfitted binary classifier for the columns of a fitted encoder."""

    @abstractmethod
    def _input_encoder(self) -> Any:
        """Give an unfitted encoder."""

    def _number_of_categories(self) -> int | None:
        scheme = getattr(self, "scheme", None)
        return None if scheme is None else int(scheme.scale.n_categories)

    def _encode_rows_of_fit(self, inputs: Any, codes: Ints) -> Floats:
        """Encode (n, q) the rows of the fit for the boundaries; the encoder is fitted to them."""
        return self._encoded(inputs)

    def _fit_boundaries(self, encoded: Floats, codes: Ints, crossed: Ints) -> list[Any]:
        """Fit a binary classifier of "y > k" for every k in `crossed`; a family may fit all at once."""
        return [
            self._boundary_estimator(self.encoder_).fit(encoded, (codes > k).astype(np.int64))
            for k in crossed
        ]

    def _encoded(self, inputs: Any) -> Floats:
        """Encode checked inputs; an encoder that would only check them again need not."""
        encode = getattr(self.encoder_, "transform_checked", self.encoder_.transform)
        encoded: Floats = encode(inputs)
        return encoded

    def _log_odds(self, encoded: Floats) -> Floats:
        """Log-odds (n, K-1) of encoded rows, before rearrangement."""
        if all(self._speaks_log_odds) and _are_linear(self.estimators_):
            slopes = np.vstack([each.coef_ for each in self.estimators_])
            intercepts = np.concatenate([each.intercept_ for each in self.estimators_])
            together: Floats = encoded @ slopes.T + intercepts
            if not np.isnan(together).any():  # else the estimators say themselves what they cannot read
                return together
        margins = np.empty((len(encoded), len(self.estimators_)))
        for k, (estimator, direct) in enumerate(zip(self.estimators_, self._speaks_log_odds, strict=True)):
            if k and estimator is self.estimators_[k - 1]:
                margins[:, k] = margins[:, k - 1]
            elif direct:
                margins[:, k] = estimator.decision_function(encoded)
            else:
                margins[:, k] = logit(np.clip(estimator.predict_proba(encoded)[:, 1], _EPS, 1 - _EPS))
        return margins

    def fit(self, X: Any, y: Any) -> Self:
        """Learn every boundary.

        Parameters
        ----------
        X : DataFrame or array of shape (n, d)
            Indicators.
        y : array of shape (n,)
            Category codes (or labels whose sorted order is theirs, where the number of categories is not
            given).

        Returns
        -------
        self

        Raises
        ------
        ScsError
            If the number of categories is given and `y` holds anything but codes ``0..K-1``.
        """
        frame = input_frame(self, X, reset=True)
        self.classes_, codes = class_codes(target(self, frame, y), self._number_of_categories())
        inputs = checked(X, frame)
        self.encoder_ = self._input_encoder().fit(inputs, codes)
        encoded = self._encode_rows_of_fit(inputs, codes)
        self._seen = np.unique(codes)
        crossed = self._fit_boundaries(encoded, codes, self._seen[:-1])
        # How many seen categories lie at or below each boundary says which fit it shares.
        below = np.searchsorted(self._seen, np.arange(len(self.classes_) - 1), side="right")
        self.estimators_ = [
            crossed[b - 1]
            if 0 < b < len(self._seen)
            else ConstantClassifier().fit(encoded[:1], np.array([int(b == 0)]))
            for b in below
        ]
        of_kind = {type(each): each for each in self.estimators_}
        speaks = {kind: _speaks_log_odds(each, encoded[:100]) for kind, each in of_kind.items()}
        self._speaks_log_odds = [speaks[type(each)] for each in self.estimators_]
        return self

    def boundary_log_odds(self, X: Any) -> Floats:
        """Log-odds of exceeding each boundary, before rearrangement: what explanations explain.

        Where an estimator's ``decision_function`` is the log-odds of its ``predict_proba`` (found out during
        the fit) it is used as it is; else the log-odds of the probability, kept within +-36.04.

        Parameters
        ----------
        X : DataFrame or array of shape (n, d)

        Returns
        -------
        array of shape (n, K-1)
        """
        check_is_fitted(self)
        return self._log_odds(self._encoded(checked_inputs(self, X)))

    def predict_proba(self, X: Any) -> Floats:
        """Forecast the probability of each category.

        Parameters
        ----------
        X : DataFrame or array of shape (n, d)

        Returns
        -------
        array of shape (n, K)
            Never negative; rows sum to 1.
        """
        check_is_fitted(self)
        return in_blocks(self, X, self._probabilities, len(self.classes_))

    def _probabilities(self, inputs: Any) -> Floats:
        """Probabilities (n, K) of checked rows, few enough that copies do not matter."""
        return self._rearranged(self._log_odds(self._encoded(inputs)))

    def _rearranged(self, margins: Floats) -> Floats:
        """Probabilities (n, K) from the log-odds (n, K-1) of exceeding each boundary."""
        # A seen category's upper boundary carries its own fit; the last one has none.
        exceeding = expit(margins if len(self._seen) == len(self.classes_) else margins[:, self._seen[:-1]])
        if (exceeding[:, 1:] > exceeding[:, :-1]).any():
            exceeding = np.sort(exceeding, axis=1)[:, ::-1]
        of_seen = np.empty((len(margins), len(self._seen)))
        of_seen[:, 0] = 1.0
        of_seen[:, 1:] = exceeding
        of_seen[:, :-1] -= exceeding
        if len(self._seen) == len(self.classes_):
            return of_seen
        probabilities = np.zeros((len(margins), len(self.classes_)))
        probabilities[:, self._seen] = of_seen
        return probabilities

    def predict(self, X: Any) -> npt.NDArray[Any]:
        """Give the most probable class (n,), as scikit-learn does; `forecast_categories` gives the median."""
        most = np.argmax(self.predict_proba(X), axis=1)
        return np.asarray(self.classes_[most])

    def __sklearn_tags__(self) -> Any:
        """Missing numbers and categories are welcome: encoders take care of them."""
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.categorical = True
        return tags


class CumulativeClassifier(BoundaryClassifier):
    """Turn any binary scikit-learn classifier into an ordinal forecaster.

    Parameters
    ----------
    estimator : classifier, optional
        Binary, with ``predict_proba``; a logistic regression where not given.
    encoder : transformer, optional
        As `IndicatorEncoder`, which scales and imputes where none is given.
    n_categories : int, optional
        K; categories are then ``0..K-1`` and those not seen get probability 0. Else the classes are those
        seen.

    Examples
    --------
    >>> X = np.array([[0.0], [1.0], [2.0], [3.0], [4.0], [5.0]])
    >>> model = CumulativeClassifier(n_categories=4).fit(X, [0, 0, 1, 1, 2, 2])
    >>> model.predict(X)
    array([0, 0, 1, 1, 2, 2])
    >>> model.predict_proba(X)[:, 3].max()
    np.float64(0.0)
    """

    def __init__(self, estimator: Any = None, encoder: Any = None, n_categories: int | None = None) -> None:
        self.estimator = estimator
        self.encoder = encoder
        self.n_categories = n_categories

    def _boundary_estimator(self, encoder: Any) -> Any:
        return LogisticRegression(max_iter=1000) if self.estimator is None else clone(self.estimator)

    def _input_encoder(self) -> Any:
        return IndicatorEncoder(scale=True, impute=True) if self.encoder is None else clone(self.encoder)

    def _number_of_categories(self) -> int | None:
        return self.n_categories


def _are_linear(estimators: list[Any]) -> bool:
    """Whether one product of matrices serves all boundaries."""
    return bool(estimators) and all(isinstance(each, LinearClassifierMixin) for each in estimators)


def _speaks_log_odds(estimator: Any, encoded: Floats) -> bool:
    """Whether an estimator's decision function is the log-odds of its probability."""
    if not hasattr(estimator, "decision_function"):
        return False
    margin = np.asarray(estimator.decision_function(encoded))
    return bool(np.allclose(expit(margin), estimator.predict_proba(encoded)[:, 1], rtol=0, atol=1e-9))
