"""What any forecaster must beat: no change, the overall shares, and the transition table."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted

from scs_ml.core import Floats, Ints
from scs_ml.forecast._input import class_codes, input_frame, target
from scs_ml.forecast.states import SMOOTHING, as_states, current_categories
from scs_ml.schemes import Scheme


class Baseline(ClassifierMixin, BaseEstimator):
    """Base: forecasts that depend on the current state alone.

    The state is ``current_category``, else ``current_score`` categorised by the scheme's scale. An array
    without column names has its state in its last column, rounded. Where there is no state, climatology
    is forecast.

    Parameters
    ----------
    scheme : Scheme, optional
        Gives the number of categories and the scale.
    """

    def __init__(self, scheme: Scheme | None = None) -> None:
        self.scheme = scheme

    @abstractmethod
    def _table(self, states: Ints, codes: Ints) -> Floats:
        """Forecast (K, K) from each state, given states (n,), -1 for none, and categories (n,) of the fit."""

    def fit(self, X: Any, y: Any) -> Self:
        """Learn shares and transitions.

        Parameters
        ----------
        X : DataFrame or array of shape (n, d)
            Indicators.
        y : array of shape (n,)
            Category codes.
        """
        frame = input_frame(self, X, reset=True)
        n_categories = None if self.scheme is None else self.scheme.scale.n_categories
        self.classes_, codes = class_codes(target(self, frame, y), n_categories)
        self.climatology_ = np.bincount(codes, minlength=len(self.classes_)) / len(codes)
        self.transitions_ = self._table(self._states(frame), codes)
        return self

    def predict_proba(self, X: Any) -> Floats:
        """Forecast probabilities (n, K) from the state of each row."""
        check_is_fitted(self)
        states = self._states(input_frame(self, X, reset=False))
        return np.where(states[:, None] >= 0, self.transitions_[states], self.climatology_)

    def predict(self, X: Any) -> npt.NDArray[Any]:
        """Give the most probable class (n,)."""
        most = np.argmax(self.predict_proba(X), axis=1)
        return np.asarray(self.classes_[most])

    def __sklearn_tags__(self) -> Any:
        """Baselines forecast poorly on purpose."""
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.categorical = True
        tags.classifier_tags.poor_score = True
        return tags

    def _states(self, frame: pd.DataFrame) -> Ints:
        """Position (n,) of each row's current category among the classes, -1 where there is none."""
        if hasattr(self, "feature_names_in_"):
            categories = current_categories(frame, self.scheme)
        else:
            categories = np.rint(frame.iloc[:, -1].to_numpy(np.float64))
        return as_states(categories, len(self.classes_))


class PersistenceClassifier(Baseline):
    """Forecast that the category stays what it is, with probability one.

    Parameters
    ----------
    scheme : Scheme, optional
        Gives the number of categories and the scale.
    """

    def _table(self, states: Ints, codes: Ints) -> Floats:
        return np.eye(len(self.classes_))


class ClimatologyClassifier(Baseline):
    """Forecast everyone the shares of the categories in the fit, whatever their state.

    Parameters
    ----------
    scheme : Scheme, optional
        Gives the number of categories and the scale.
    """

    def _table(self, states: Ints, codes: Ints) -> Floats:
        return np.tile(self.climatology_, (len(self.classes_), 1))


class MarkovClassifier(Baseline):
    """Forecast from the transition table: shares of the next category among those in the same state.

    Each state's counts get one row of climatology added, so that a state with few rows is not taken for
    certain; a state that was not seen forecasts climatology.

    Parameters
    ----------
    scheme : Scheme, optional
        Gives the number of categories and the scale.

    References
    ----------
    Anderson & Goodman (1957), "Statistical inference about Markov chains", Ann. Math. Stat. 28, 89-110.
    """

    def _table(self, states: Ints, codes: Ints) -> Floats:
        counts = np.zeros((len(self.classes_), len(self.classes_)))
        known = states >= 0
        np.add.at(counts, (states[known], codes[known]), 1.0)
        smoothed = counts + SMOOTHING * self.climatology_
        return np.asarray(smoothed / smoothed.sum(axis=1, keepdims=True))
