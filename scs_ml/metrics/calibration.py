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
