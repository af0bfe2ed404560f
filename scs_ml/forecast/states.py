"""The category people are in now: where it stands in a table, and as columns of its own."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from scs_ml.core import CURRENT_CATEGORY, CURRENT_SCORE, Floats, Ints
from scs_ml.forecast._input import input_frame, target
from scs_ml.forecast.encoder import IndicatorEncoder
from scs_ml.schemes import Scheme

SMOOTHING = 1.0  # rows of climatology that every state is given


def state_column(frame: pd.DataFrame, scheme: Scheme | None) -> str | None:
    """Name the column that tells the current category.

    Parameters
    ----------
    frame : DataFrame (n, d)
    scheme : Scheme or None

    Returns
    -------
    str or None
        ``current_category``, else ``current_score`` where the scheme has a scale of scores.
    """
    if CURRENT_CATEGORY in frame:
        return CURRENT_CATEGORY
    if CURRENT_SCORE in frame and scheme is not None and scheme.scale.lower_bounds is not None:
        return CURRENT_SCORE
    return None


def current_categories(frame: pd.DataFrame, scheme: Scheme | None) -> Floats:
    """Give the current category (n,) of each row, NaN where there is none.

    Parameters
    ----------
    frame : DataFrame (n, d)
    scheme : Scheme or None

    Returns
    -------
    array of float, shape (n,)
    """
    name = state_column(frame, scheme)
    if name is None:
        return np.full(len(frame), np.nan)
    if name == CURRENT_SCORE and scheme is not None:
        return scheme.scale.categorise(frame[name]).astype(np.float64)
    return frame[name].to_numpy(np.float64)


def as_states(categories: Floats, n_categories: int) -> Ints:
    """Turn categories (n,) into positions among the classes, -1 where there is none or it is no class."""
    known = (categories >= 0) & (categories < n_categories)  # False for NaN
    return np.where(known, np.nan_to_num(categories), -1).astype(np.int64)


class StateEncoder(TransformerMixin, BaseEstimator):
    """One 0/1 column for each current category and one for none, then the covariates, scaled and imputed.

    ``current_category`` is no covariate besides; ``current_score`` is, for it tells more than its category.
    A table without a current category has covariates alone.

    Parameters
    ----------
    scheme : Scheme, optional
        Gives the number of categories and the scale.

    Attributes
    ----------
    column_indicator_ : tuple of str (q,)
        Input indicator behind each encoded column; the state's columns belong to the column that tells it.
    n_states_ : int
        Columns of the state: the number of categories and one, or 0.
    """

    def __init__(self, scheme: Scheme | None = None) -> None:
        self.scheme = scheme

    def fit(self, X: Any, y: Any) -> Self:
        """Learn the covariates' levels, centres and spreads.

        Parameters
        ----------
        X : DataFrame or array of shape (n, d)
        y : array of int, shape (n,)
            Category codes; tell the number of categories where no scheme does.
        """
        frame = input_frame(self, X, reset=True)
        codes = target(self, frame, y)
        n_categories = int(codes.max()) + 1 if self.scheme is None else self.scheme.scale.n_categories
        state = state_column(frame, self.scheme)
        self.n_states_ = 0 if state is None else n_categories + 1
        covariates = self._covariates(frame)
        self.covariates_ = (
            IndicatorEncoder(scale=True, impute=True).fit(covariates) if len(covariates.columns) else None
        )
        behind = () if self.covariates_ is None else self.covariates_.column_indicator_
        self.column_indicator_ = (*[str(state)] * self.n_states_, *behind)
        self._names = [f"{state} in category {k}" for k in range(self.n_states_ - 1)]
        self._names += [f"{state} in no category"] * (self.n_states_ > 0)
        self._names += [] if self.covariates_ is None else list(self.covariates_.get_feature_names_out())
        return self

    def transform(self, X: Any) -> Floats:
        """Encode rows (n, d) into columns (n, q)."""
        check_is_fitted(self)
        frame = input_frame(self, X, reset=False)
        states = np.zeros((len(frame), self.n_states_))
        if self.n_states_:
            of = as_states(current_categories(frame, self.scheme), self.n_states_ - 1)
            states[np.arange(len(frame)), of] = 1.0  # -1 is the last column: none
        if self.covariates_ is None:
            return states
        return np.hstack([states, self.covariates_.transform(self._covariates(frame))])

    def derived(self, X: Any) -> dict[int, Floats]:
        """Give the contributions behind derived columns: there are none here."""
        return {}

    def get_feature_names_out(self, input_features: Any = None) -> npt.NDArray[Any]:
        """Name the encoded columns."""
        check_is_fitted(self)
        return np.asarray(self._names, dtype=object)

    def penalty(self, C: float) -> Floats:
        """Give the L2 penalties (q,): 1/C on covariates, next to nothing on states, which are smoothed."""
        penalties = np.full(len(self.column_indicator_), 1 / C)
        penalties[: self.n_states_] = 1e-6  # their sum is one, as the intercept's: this picks one solution
        return penalties

    def with_climatology(
        self, encoded: Floats, codes: Ints, n_categories: int
    ) -> tuple[Floats, Ints, Floats]:
        """Add one row of climatology for each state, at the covariates' mean, as the Markov table does.

        Parameters
        ----------
        encoded : array of shape (n, q)
        codes : array of int, shape (n,)
        n_categories : int

        Returns
        -------
        encoded (n + m, q), codes (n + m,), weights (n + m,)
        """
        weights = np.ones(len(codes))
        if not self.n_states_:
            return encoded, codes, weights
        climatology = np.bincount(codes, minlength=n_categories) / len(codes)
        seen = np.flatnonzero(climatology)
        rows = np.repeat(self.at_mean(encoded), len(seen), axis=0)
        return (
            np.vstack([encoded, rows]),
            np.concatenate([codes, np.tile(seen, self.n_states_)]),
            np.concatenate([weights, SMOOTHING * np.tile(climatology[seen], self.n_states_)]),
        )

    def at_mean(self, encoded: Floats) -> Floats:
        """Give one encoded row for each state (states, q), its covariates at the mean of encoded rows."""
        rows = np.tile(encoded.mean(axis=0), (self.n_states_, 1))
        rows[:, : self.n_states_] = np.eye(self.n_states_)
        return rows

    def __sklearn_tags__(self) -> Any:
        """Missing numbers and categories are welcome; the categories are counted in the target."""
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.categorical = True
        tags.target_tags.required = True
        return tags

    def _covariates(self, frame: pd.DataFrame) -> pd.DataFrame:
        return frame.drop(columns=CURRENT_CATEGORY, errors="ignore")
