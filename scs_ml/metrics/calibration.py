"""Calibration of probabilities for one yes/no event, in bins of equal mass.

Only counts are returned; intervals for the observed shares are the caller's (`inference.wilson`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from scs_ml.core import Floats, Ints
from scs_ml.exceptions import ScsError
from scs_ml.metrics._arrays import offending, same_length


@dataclass(frozen=True)
class ReliabilityCurve:
    """Forecast against outcome, bin by bin, in order of the forecast.

    Attributes
    ----------
    forecast : array of shape (b,)
        Mean forecast probability in the bin.
    positive : array of int, shape (b,)
        Rows of the bin in which the event happened.
    count : array of int, shape (b,)
        Rows in the bin; never 0.
    """

    forecast: Floats
    positive: Ints
    count: Ints

    @property
    def observed(self) -> Floats:
        """Share of the bin in which the event happened, shape (b,)."""
        return self.positive / self.count


def reliability_curve(p: npt.ArrayLike, outcome: npt.ArrayLike, bins: int = 10) -> ReliabilityCurve:
    """Group forecasts into at most `bins` bins of equal mass and count outcomes in each.

    Equal forecasts always share a bin, so a forecast with few distinct values gives fewer bins.

    Parameters
    ----------
    p : array of shape (n,)
        Forecast probability of the event.
    outcome : array of bool, shape (n,)
        Whether it happened.
    bins : int
        Number of quantile bins.

    Returns
    -------
    ReliabilityCurve

    Raises
    ------
    ScsError
        If a forecast is missing or outside [0, 1], or `bins` < 1.
    """
    forecast = np.asarray(p, dtype=np.float64)
    event = np.asarray(outcome)
    same_length(p=forecast, outcome=event)
    bad = ~((forecast >= 0) & (forecast <= 1))
    if bad.any():
        raise ScsError("Some forecasts are missing or outside [0, 1].", where=offending(bad))
    if not np.isin(event, (0, 1)).all():
        raise ScsError("The outcome must be true/false (or 0/1) in every row.")
    if bins < 1:
        raise ScsError(f"The number of bins must be at least 1; got {bins}.")
    if len(forecast) == 0:
        return ReliabilityCurve(np.empty(0), np.empty(0, np.int64), np.empty(0, np.int64))
    inner = np.quantile(forecast, np.arange(1, bins) / bins)
    index = np.searchsorted(np.unique(inner), forecast, side="right")
    count = np.bincount(index)
    kept = count > 0
    total = np.bincount(index, weights=forecast)[kept]
    positive = np.bincount(index, weights=event)[kept].astype(np.int64)
    return ReliabilityCurve(total / count[kept], positive, count[kept].astype(np.int64))


def calibration_error(p: npt.ArrayLike, outcome: npt.ArrayLike, bins: int = 10) -> float:
    r"""Expected calibration error over bins of equal mass.

    .. math:: \mathrm{ECE} = \sum_b \frac{n_b}{n}\,\lvert \bar p_b - \bar y_b \rvert

    It is biased upwards in small samples (a perfect forecast does not score 0), so compare it
    only between samples of like size.

    Parameters
    ----------
    p : array of shape (n,)
    outcome : array of bool, shape (n,)
    bins : int

    Returns
    -------
    float
        In probability; NaN without rows.

    References
    ----------
    Naeini, Cooper & Hauskrecht (2015), "Obtaining well calibrated probabilities using Bayesian
    binning", AAAI. Nixon et al. (2019), "Measuring calibration in deep learning" (equal mass).
    """
    curve = reliability_curve(p, outcome, bins)
    if len(curve.count) == 0:
        return float("nan")
    return float(np.average(np.abs(curve.forecast - curve.observed), weights=curve.count))
