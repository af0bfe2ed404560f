"""Calibration of probabilities, of one yes/no event or at every boundary, in bins of equal mass.

Only counts and errors are returned; intervals are the caller's.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from scs_ml.core import Floats, Ints
from scs_ml.exceptions import ScsError
from scs_ml.metrics._arrays import category_codes, offending, same_length
from scs_ml.metrics.ordinal import cumulative


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
    index = mass_bins(forecast, bins)
    count = np.bincount(index)
    total = np.bincount(index, weights=forecast)
    positive = np.bincount(index, weights=event).astype(np.int64)
    return ReliabilityCurve(total / count, positive, count.astype(np.int64))


def mass_bins(values: npt.ArrayLike, bins: int = 10) -> Ints:
    """Put values into at most `bins` bins of equal mass; equal values share a bin, and no bin is empty.

    Parameters
    ----------
    values : array of shape (n,)
        Finite.
    bins : int

    Returns
    -------
    array of int, shape (n,)
        Bins 0..b-1 in order of the values.

    Examples
    --------
    >>> mass_bins([0.1, 0.9, 0.1, 0.1], bins=4)
    array([0, 1, 0, 0])
    """
    given = np.asarray(values, dtype=np.float64)
    if not len(given):
        return np.empty(0, dtype=np.int64)
    inner = np.quantile(given, np.arange(1, bins) / bins)
    index = np.searchsorted(np.unique(inner), given, side="right")
    return np.unique(index, return_inverse=True)[1].astype(np.int64)


def expected_calibration_error(y: npt.ArrayLike, probabilities: npt.ArrayLike, bins: int = 10) -> Floats:
    r"""Expected calibration error of the forecast of exceeding each boundary, in bins of equal mass.

    .. math:: \mathrm{ECE}_k = \sum_b \frac{n_b}{n}\,\bigl|\bar o_b - \bar p_b\bigr|

    Finite bins make it larger than 0 for a forecast that is calibrated: compare it with its interval.

    Parameters
    ----------
    y : array of int, shape (n,)
        Category that came true.
    probabilities : array of shape (n, K)
    bins : int
        Number of quantile bins at each boundary.

    Returns
    -------
    array of shape (K-1,)
        NaN without rows.

    References
    ----------
    Naeini, Cooper & Hauskrecht (2015), "Obtaining well calibrated probabilities using Bayesian binning",
    AAAI. Nguyen & O'Connor (2015), "Posterior calibration and exploratory analysis", EMNLP (equal mass).

    Examples
    --------
    >>> print(expected_calibration_error([0, 1, 1, 1], [[0.5, 0.5]] * 2 + [[0.25, 0.75]] * 2, bins=2))
    [0.125]
    """
    above = cumulative(probabilities)
    codes = category_codes(y, above.shape[1] + 1)
    same_length(y=codes, probabilities=above)
    if not len(codes):
        return np.full(above.shape[1], np.nan)
    errors = []
    for k, p in enumerate(above.T):
        curve = reliability_curve(p, codes > k, bins)
        errors.append(curve.count @ np.abs(curve.observed - curve.forecast) / len(codes))
    return np.asarray(errors)
