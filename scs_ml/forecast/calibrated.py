"""Calibration: a forecaster whose probabilities are corrected, boundary by boundary, by what came true."""

from __future__ import annotations

from typing import Any, Literal, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.utils.validation import check_is_fitted, has_fit_parameter

from scs_ml.core import Floats
from scs_ml.exceptions import ScsError
from scs_ml.forecast._input import checked, in_blocks, input_frame, target
from scs_ml.forecast.calibrators import IsotonicCalibrator, LogisticCalibrator
from scs_ml.forecast.fitting import Folds
from scs_ml.forecast.logit import OrdinalLogitClassifier
from scs_ml.forecast.out_of_fold import out_of_fold, usable_folds

_CALIBRATORS: dict[str, type[LogisticCalibrator | IsotonicCalibrator]] = {
    "logistic": LogisticCalibrator,
    "isotonic": IsotonicCalibrator,
}
_FINEST = float(np.finfo(np.float64).eps)


class CalibratedForecaster(ClassifierMixin, BaseEstimator):
    """Calibrate any forecaster: the probability of exceeding each boundary becomes how often it was exceeded.

    What the forecaster says of rows it has not learned from is held against what came true, at each boundary
    by itself; then it is fitted to all rows, and what it says is corrected in the same way. Corrected
    boundaries may cross: they are rearranged as in `BoundaryClassifier`. A category that was not seen in the
    fit keeps probability 0.

    Where the inner forecaster has boundaries (``encoder_``, ``estimators_``, ``boundary_log_odds``) so has
    this one, the same ones: an explanation explains them, and shows calibration as its residual.

    Parameters
    ----------
    estimator : classifier, optional
        Unfitted; ours, or any of scikit-learn's conventions over ordered labels. An ordinal logit where not
        given.
    method : {"logistic", "isotonic"}
        A line in log-odds that never falls, for any number of rows; or any curve that never falls, for
        thousands.

    Attributes
    ----------
    classes_ : array of shape (K,)
        Those of the inner forecaster.
    forecaster_ : classifier
        Fitted to all rows.
    calibrators_ : list of length K-1
        Per boundary, with ``predict(log_odds) -> P(y > k)``; None where there was nothing to learn from, so
        that the forecast stays as it is.

    References
    ----------
    Platt (1999), "Probabilistic outputs for support vector machines", Advances in Large Margin Classifiers.
    Zadrozny & Elkan (2002), "Transforming classifier scores into accurate multiclass probability estimates",
    KDD, on isotonic regression.
    """

    def __init__(self, estimator: Any = None, method: Literal["logistic", "isotonic"] = "logistic") -> None:
        self.estimator = estimator
        self.method = method

    def fit(self, X: Any, y: Any, folds: Folds | None = None) -> Self:
        """Learn the calibration out of fold, and the forecaster from all rows.

        Parameters
        ----------
        X : DataFrame or array of shape (n, d)
        y : array of shape (n,)
            Category codes, or labels whose sorted order is theirs.
        folds : sequence of (train, test), optional
            Positions of rows to fit to and of rows to forecast: `fit_to` gives those of later periods; at
            random where not given.

        Raises
        ------
        ScsError
            If there is no such method.
        """
        if self.method not in _CALIBRATORS:
            raise ScsError(
                f"no calibration is called {self.method!r}", remedy=f"choose from {', '.join(_CALIBRATORS)}"
            )
        frame = input_frame(self, X, reset=True)
        labels, inputs = target(self, frame, y), checked(X, frame)
        inner = OrdinalLogitClassifier() if self.estimator is None else self.estimator
        final: Any = clone(inner)
        learned_out_of_sample = {"folds": folds} if has_fit_parameter(final, "folds") else {}
        self.forecaster_ = final.fit(inputs, labels, **learned_out_of_sample)
        self.classes_ = np.asarray(final.classes_)
        codes = np.searchsorted(self.classes_, labels)
        self._seen = np.unique(codes)
        self.calibrators_: list[LogisticCalibrator | IsotonicCalibrator | None]
        self.calibrators_ = [None] * (len(self.classes_) - 1)
        usable = usable_folds(labels, folds)
        if usable:
            rows, probabilities = out_of_fold(inner, inputs, labels, self.classes_, usable)
            log_odds = exceedance_log_odds(probabilities)
            for k in self._seen[:-1]:
                exceeds = codes[rows] > k
                if 0 < exceeds.sum() < len(exceeds):
                    self.calibrators_[k] = _CALIBRATORS[self.method]().fit(log_odds[:, k], exceeds)
        return self

    def predict_proba(self, X: Any) -> Floats:
        """Forecast the probability of each category (n, K); never negative, rows sum to 1."""
        check_is_fitted(self)
        return in_blocks(self, X, self._probabilities, len(self.classes_))

    def predict(self, X: Any) -> npt.NDArray[Any]:
        """Give the most probable class (n,)."""
        most = np.argmax(self.predict_proba(X), axis=1)
        return np.asarray(self.classes_[most])

    @property
    def encoder_(self) -> Any:
        """Encoder of the inner forecaster, where it has boundaries."""
        return self._of_boundaries("encoder_")

    @property
    def estimators_(self) -> Any:
        """Boundary estimators of the inner forecaster, where it has boundaries."""
        return self._of_boundaries("estimators_")

    @property
    def boundary_log_odds(self) -> Any:
        """Log-odds of exceeding each boundary, before calibration; called with X (n, d), gives (n, K-1)."""
        return self._of_boundaries("boundary_log_odds")

    def __sklearn_tags__(self) -> Any:
        """Welcome what the inner forecaster welcomes."""
        tags = super().__sklearn_tags__()
        inner = OrdinalLogitClassifier() if self.estimator is None else self.estimator
        tags.input_tags.allow_nan = inner.__sklearn_tags__().input_tags.allow_nan
        tags.input_tags.categorical = inner.__sklearn_tags__().input_tags.categorical
        return tags

    def _probabilities(self, inputs: Any) -> Floats:
        given = np.asarray(self.forecaster_.predict_proba(inputs), dtype=np.float64)
        log_odds = exceedance_log_odds(given)
        above = np.cumsum(given[:, :0:-1], axis=1)[:, ::-1]
        for k, calibrator in enumerate(self.calibrators_):
            if calibrator is not None:
                above[:, k] = calibrator.predict(log_odds[:, k])
        # Categories that were not seen keep nothing: only boundaries between seen ones are told apart.
        falling = np.sort(above[:, self._seen[:-1]], axis=1)[:, ::-1]
        edge = np.ones((len(given), 1))
        falling = np.hstack([edge, np.minimum(falling, 1.0), 0 * edge])
        probabilities = np.zeros_like(given)
        probabilities[:, self._seen] = falling[:, :-1] - falling[:, 1:]
        return probabilities

    def _of_boundaries(self, name: str) -> Any:
        inner = self.forecaster_
        if not all(hasattr(inner, each) for each in ("encoder_", "estimators_", "boundary_log_odds")):
            raise AttributeError(f"{type(inner).__name__} has no boundaries, and so no {name}")
        return getattr(inner, name)


def exceedance_log_odds(probabilities: Floats) -> Floats:
    """Log-odds (n, K-1) of exceeding each boundary; each tail counts as float64's epsilon at least."""
    below = np.cumsum(probabilities, axis=1)[:, :-1]
    above = np.cumsum(probabilities[:, :0:-1], axis=1)[:, ::-1]
    odds = np.maximum(above, _FINEST) / np.maximum(below, _FINEST)
    return np.asarray(np.log(odds), dtype=np.float64)
