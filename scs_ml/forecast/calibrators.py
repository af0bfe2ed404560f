"""How log-odds become probabilities that come true: a line, or a curve that never falls."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit
from sklearn.base import BaseEstimator
from sklearn.isotonic import IsotonicRegression

from scs_ml.core import Bools, Floats


class LogisticCalibrator(BaseEstimator):
    r"""Logistic recalibration, :math:`P(y > k) = 1 / (1 + e^{-(a + b x)})` with a slope that is not negative.

    Targets are Platt's: with p and q rows on either side they are :math:`(p + 1)/(p + 2)` and
    :math:`1/(q + 2)`, so that a few rows that are perfectly told apart do not make a forecast certain.
    Log-odds count only as far as n rows can tell (:math:`\pm\log 2n`): a forecaster that says "never" where
    a tree found nobody must not decide the slope for all others.

    Attributes
    ----------
    intercept_, slope_ : float
    limit_ : float
        Where log-odds are cut.

    References
    ----------
    Platt (1999), "Probabilistic outputs for support vector machines". Cox (1958), "Two further applications
    of a model for binary regression", Biometrika 45, 562-565: intercept and slope as a test of calibration.
    """

    def fit(self, log_odds: Floats, exceeds: Bools) -> Self:
        """Learn intercept and slope from log-odds (n,) and what came true (n,), both sides among it."""
        n, above = len(exceeds), int(exceeds.sum())
        self.limit_ = float(np.log(2 * n))
        x = np.clip(log_odds, -self.limit_, self.limit_)
        targets = np.where(exceeds, (above + 1) / (above + 2), 1 / (n - above + 2))

        def loss(at: Floats) -> tuple[float, Floats]:
            line = at[0] + at[1] * x
            wrong = expit(line) - targets
            return float(np.mean(np.logaddexp(0, line) - targets * line)), np.array(
                [wrong.mean(), (wrong * x).mean()]
            )

        found: Any = minimize(
            loss,
            np.array([0.0, 1.0]),
            jac=True,
            method="L-BFGS-B",
            bounds=[(None, None), (0.0, None)],
            options={"ftol": 1e-14, "gtol": 1e-9},
        )
        self.intercept_, self.slope_ = map(float, found.x)
        return self

    def predict(self, log_odds: Floats) -> Floats:
        """Give probabilities (n,) for log-odds (n,)."""
        clipped = np.clip(log_odds, -self.limit_, self.limit_)
        return np.asarray(expit(self.intercept_ + self.slope_ * clipped))


class IsotonicCalibrator(BaseEstimator):
    """Isotonic recalibration: the curve that never falls and is nearest to what came true.

    Attributes
    ----------
    log_odds_, probabilities_ : arrays of shape (knots,)
        Straight lines in between, level beyond.
    """

    def fit(self, log_odds: Floats, exceeds: Bools) -> Self:
        """Learn the curve from log-odds (n,) and what came true (n,)."""
        found = IsotonicRegression(y_min=0, y_max=1).fit(log_odds, exceeds.astype(np.float64))
        self.log_odds_ = np.asarray(found.X_thresholds_, dtype=np.float64)
        self.probabilities_ = np.asarray(found.y_thresholds_, dtype=np.float64)
        return self

    def predict(self, log_odds: Floats) -> Floats:
        """Give probabilities (n,) for log-odds (n,)."""
        return np.interp(log_odds, self.log_odds_, self.probabilities_)
