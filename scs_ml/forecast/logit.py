"""Ordinal logit: the plain statistical forecaster."""

from __future__ import annotations

from typing import Any

from sklearn.linear_model import LogisticRegression

from scs_ml.forecast.cumulative import BoundaryClassifier
from scs_ml.forecast.encoder import IndicatorEncoder
from scs_ml.schemes import Scheme


class OrdinalLogitClassifier(BoundaryClassifier):
    """Logistic regression per boundary on scaled indicators (the cumulative logit without proportional odds).

    Coefficients may differ from boundary to boundary: what keeps people out of the worst category need not be
    what brings them into the best. Missing numbers get the median and a column that says so.

    Parameters
    ----------
    scheme : Scheme, optional
        Gives the number of categories.
    C : float
        Inverse strength of the L2 penalty, as in `sklearn.linear_model.LogisticRegression`.

    References
    ----------
    McCullagh (1980), "Regression models for ordinal data", J. R. Stat. Soc. B 42, 109-142. Peterson & Harrell
    (1990), "Partial proportional odds models for ordinal response variables", Appl. Stat. 39, 205-217.
    """

    _block_rows = 8_192  # what stays in the processor's cache: these models only multiply

    def __init__(self, scheme: Scheme | None = None, C: float = 1.0) -> None:
        self.scheme = scheme
        self.C = C

    def _boundary_estimator(self, encoder: Any) -> Any:
        return LogisticRegression(C=self.C, max_iter=1000)

    def _input_encoder(self) -> Any:
        return IndicatorEncoder(scale=True, impute=True)
