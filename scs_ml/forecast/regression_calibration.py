"""Regression calibration: forecast from what indirect indicators are expected to be, not as recorded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from scs_ml.forecast._true_values import Regression, design_of, inputs_of, numbers
from scs_ml.forecast.verified import VerifiedSample


class RegressionCalibration(TransformerMixin, BaseEstimator):
    """Replace recorded values by E[true value | recorded ones], learned from a verified sample.

    Goes in front of any forecaster: ``make_pipeline(RegressionCalibration(sample), forecaster)``. Recorded
    with error, an indicator's slope is too small, and those of indicators that go with it are wrong too.
    Replaced by its expectation it has the true slope, in linear models; in logistic ones nearly so unless
    the error or the slope is large. Standard errors of what is fitted afterwards leave out that the
    sample is small: use `multiple_imputation` for intervals.

    Parameters
    ----------
    verified : VerifiedSample, optional
        Without one nothing is replaced.
    given : sequence of str, optional
        Columns, beside the recorded values, that the true ones are told from: those that the forecaster uses,
        or they take what they share with the true ones. All numbers where not given; categories are not used.
        At least three verified rows per column are wanted.

    Attributes
    ----------
    regressions_ : dict of str to Regression
        One linear regression per indirect indicator.
    feature_names_in_ : array of str

    References
    ----------
    Carroll, Ruppert, Stefanski & Crainiceanu (2006), "Measurement Error in Nonlinear Models", 2nd ed., ch. 4.
    """

    def __init__(self, verified: VerifiedSample | None = None, given: Sequence[str] | None = None) -> None:
        self.verified = verified
        self.given = given

    def fit(self, X: pd.DataFrame, y: Any = None) -> Self:
        """Learn from the verified sample; `X` (n, d) gives the columns, and nothing is learned from `y`."""
        self.feature_names_in_ = np.asarray(X.columns, dtype=object)
        self.n_features_in_ = X.shape[1]
        self.regressions_: dict[str, Regression] = {}
        if self.verified is None:
            return self
        self._inputs = inputs_of(self.verified, self.given)
        recorded, self._centre = numbers(self.verified.X, self._inputs)
        design = design_of(recorded)
        for name in self.verified.true:
            true = self.verified.true[name].to_numpy(dtype=np.float64)
            known = ~np.isnan(true)
            self.regressions_[str(name)] = Regression.of(design[known], true[known], str(name))
        return self

    def transform(self, X: pd.DataFrame) -> pd.DataFrame:
        """Give the table (n, d) with the expectations in place; what is missing stays missing."""
        check_is_fitted(self)
        if not self.regressions_:
            return X
        design = design_of(numbers(X, self._inputs, self._centre)[0])
        expected = {
            name: np.where(X[name].isna().to_numpy(), np.nan, regression.mean(design))
            for name, regression in self.regressions_.items()
        }
        return X.assign(**expected)

    def get_feature_names_out(self, input_features: Any = None) -> npt.NDArray[Any]:
        """Give the names of the columns, which stay as they are."""
        check_is_fitted(self)
        return self.feature_names_in_
