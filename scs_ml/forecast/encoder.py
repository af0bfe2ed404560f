"""Indicators as numbers: what every family but the expert card learns from."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from scs_ml.core import Floats, Ints
from scs_ml.exceptions import ScsError
from scs_ml.forecast._input import input_frame


class IndicatorEncoder(TransformerMixin, BaseEstimator):
    """Pass numbers through and turn every category into one 0/1 column per level, or into codes.

    Explanations take all columns of a category as one indicator. A missing category is 0 in all columns of
    its levels, and NaN among codes; a missing number stays NaN unless imputed.

    Parameters
    ----------
    scale : bool
        Centre numbers on their mean and divide them by their standard deviation (1 where it is 0).
    impute : bool
        Put the median in place of missing numbers, and add a 0/1 column for every indicator that was missing
        in some row of the fit.
    coded_levels : int
        A category of at most so many levels becomes one column of their places in order, for trees that split
        on categories by themselves; one of more levels becomes 0/1 columns.

    Attributes
    ----------
    column_indicator_ : tuple of str (q,)
        Input indicator behind each encoded column.
    levels_ : dict
        Levels of every category, by column name.
    coded_columns_ : list of int
        Encoded columns that hold codes.
    mean_, scale_, fill_ : dict of float
        Centre, spread and imputed value of every number, by column name.
    missing_ : list of str
        Numbers with a column that says they were missing.
    never_ : list of str
        Numbers that no row of the fit had: 0 for everyone.

    Examples
    --------
    >>> X = pd.DataFrame({"debts": [0.0, 2.0], "district": pd.Categorical(["d01", "d02"])})
    >>> encoder = IndicatorEncoder().fit(X)
    >>> encoder.column_indicator_
    ('debts', 'district', 'district')
    >>> encoder.transform(X)
    array([[0., 1., 0.],
           [2., 0., 1.]])
    """

    def __init__(self, *, scale: bool = False, impute: bool = False, coded_levels: int = 0) -> None:
        self.scale = scale
        self.impute = impute
        self.coded_levels = coded_levels

    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn levels, and centre, spread and median where they are asked for.

        Parameters
        ----------
        X : DataFrame or array of shape (n, d)
        y : ignored
        """
        frame = input_frame(self, X, reset=True)
        self.levels_: dict[str, list[Any]] = {}
        self.mean_: dict[str, float] = {}
        self.scale_: dict[str, float] = {}
        self.fill_: dict[str, float] = {}
        self.missing_: list[str] = []
        self.coded_columns_: list[int] = []
        self.never_: list[str] = []
        names: list[str] = []
        indicators: list[str] = []
        for name, column in frame.items():
            made = self._learn(str(name), column)
            if str(name) in self.levels_ and self._is_coded(str(name)):
                self.coded_columns_.append(len(names))
            names += made
            indicators += [str(name)] * len(made)
        self._names = names
        self.column_indicator_ = tuple(indicators)
        return self

    def transform(self, X: Any) -> Floats:
        """Encode indicators.

        Parameters
        ----------
        X : DataFrame or array of shape (n, d)

        Returns
        -------
        array of shape (n, q)

        Raises
        ------
        ScsError
            If a category has a level that the fit did not know.
        """
        check_is_fitted(self)
        return self.transform_checked(input_frame(self, X, reset=False))

    def transform_checked(self, X: Any) -> Floats:
        """Encode indicators (n, d) that `input_frame` has checked: a forecaster need not check them twice."""
        if not (self.levels_ or self.missing_ or self.never_):
            return self._numbers(np.asarray(X, dtype=np.float64))
        frame = X if isinstance(X, pd.DataFrame) else pd.DataFrame(X, columns=list(self.fill_))
        encoded = np.zeros((len(frame), len(self.column_indicator_)))
        at = 0
        for label, column in frame.items():
            name = str(label)
            if name in self.levels_:
                codes = level_codes(name, column, self.levels_[name])
                if self._is_coded(name):
                    encoded[:, at] = np.where(codes >= 0, codes, np.nan)
                    at += 1
                    continue
                rows = np.flatnonzero(codes >= 0)
                encoded[rows, at + codes[rows]] = 1.0
                at += len(self.levels_[name])
                continue
            values = column.to_numpy(dtype=np.float64)
            missing = np.isnan(values)
            if name in self.never_:
                # Trees refuse a column without a number, and it has nothing to say.
                values = np.zeros(len(values))
            elif self.impute and missing.any():
                values = np.where(missing, self.fill_[name], values)
            encoded[:, at] = (values - self.mean_[name]) / self.scale_[name] if self.scale else values
            at += 1
            if name in self.missing_:
                encoded[:, at] = missing
                at += 1
        return encoded

    def _numbers(self, values: Floats) -> Floats:
        """Encode a table of numbers alone, all columns at once; not copied where nothing has to be done."""
        if self.impute:
            missing = np.isnan(values)
            if missing.any():
                values = np.where(missing, list(self.fill_.values()), values)
        if self.scale:
            values = values - np.array(list(self.mean_.values()))
            values /= np.array(list(self.scale_.values()))
        return values

    def derived(self, X: Any) -> dict[int, Floats]:
        """Give the contributions behind derived columns: there are none here."""
        return {}

    def get_feature_names_out(self, input_features: Any = None) -> npt.NDArray[Any]:
        """Name the encoded columns: the indicator, ``indicator=level`` or ``indicator is missing``."""
        check_is_fitted(self)
        return np.asarray(self._names, dtype=object)

    def __sklearn_tags__(self) -> Any:
        """Missing numbers and categories are welcome."""
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.categorical = True
        return tags

    def _is_coded(self, name: str) -> bool:
        return 0 < len(self.levels_[name]) <= self.coded_levels

    def _learn(self, name: str, column: pd.Series[Any]) -> list[str]:
        if isinstance(column.dtype, pd.CategoricalDtype):
            self.levels_[name] = column.cat.categories.tolist()
            if self._is_coded(name):
                return [name]
            return [f"{name}={level}" for level in self.levels_[name]]
        values = column.to_numpy(dtype=np.float64)
        seen = values[~np.isnan(values)]
        if not len(seen):
            self.never_.append(name)
        self.fill_[name] = float(np.median(seen)) if len(seen) else 0.0
        self.mean_[name] = float(seen.mean()) if len(seen) else 0.0
        spread = float(seen.std()) if len(seen) else 0.0
        # Rounding can give a constant column a spread of the order of its last digit.
        self.scale_[name] = spread if spread > 1e-12 * max(1.0, abs(self.mean_[name])) else 1.0
        if self.impute and len(seen) < len(values):
            self.missing_.append(name)
            return [name, f"{name} is missing"]
        return [name]


def level_codes(name: str, column: pd.Series[Any], levels: list[Any]) -> Ints:
    """Position (n,) of each value among `levels`, -1 where missing; an unknown level is an error."""
    present = (
        column.cat.categories if isinstance(column.dtype, pd.CategoricalDtype) else pd.Index(column.unique())
    )
    place = pd.Index(levels).get_indexer(present)
    codes = column.cat.codes.to_numpy() if isinstance(column.dtype, pd.CategoricalDtype) else None
    if codes is None:
        raise ScsError(
            f"{name} was a category when the encoder was fitted and is {column.dtype} now",
            where=f"column {name}",
            remedy="give it category dtype with the scheme's levels",
        )
    found = np.append(place, -1)[codes]  # a missing value, -1, is last
    unknown = (codes >= 0) & (found < 0)
    if unknown.any():
        values = sorted({str(v) for v in column[unknown]})[:5]
        raise ScsError(
            f"{name} has levels that were not known when the encoder was fitted: {', '.join(values)}",
            where=f"column {name}, {int(unknown.sum())} of {len(column)} rows; "
            f"first rows: {np.flatnonzero(unknown)[:5].tolist()}",
            remedy="list the level in the scheme and fit again",
        )
    return found.astype(np.int64)
