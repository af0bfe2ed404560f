"""From a fitted forecaster to the categories that people are forecast."""

from __future__ import annotations

from typing import Any

import numpy as np

from scs_ml.core import Dataset, Forecast, Progress
from scs_ml.exceptions import ScsError
from scs_ml.forecast.conformal import conformal_sets, conformal_threshold
from scs_ml.forecast.probabilities import category_probabilities
from scs_ml.forecast.remeasure import flip_risk
from scs_ml.metrics import median_category
from scs_ml.schemes import Scheme


def forecast_categories(
    forecaster: Any,
    dataset: Dataset,
    calibration: Dataset | None = None,
    *,
    scheme: Scheme | None = None,
    coverage: float = 0.9,
    name: str = "",
    seed: int = 0,
    draws: int = 200,
    progress: Progress | None = None,
) -> Forecast:
    """Forecast the category of every row, with its uncertainty.

    Parameters
    ----------
    forecaster : fitted classifier over category codes
    dataset : Dataset
        Rows to forecast.
    calibration : Dataset, optional
        Rows that the forecaster was not fitted to, for conformal sets; those with unknown `y` are left out.
    scheme : Scheme, optional
        Gives the number of categories, and the measurement models behind `flip_risk`.
    coverage : float
        Nominal coverage of the conformal sets.
    name : str
        What to call the forecast; the forecaster's class where not given.
    seed : int
        Seeds the repeated measurement.
    draws : int
        Measurements per row; see `flip_risk`.
    progress : Progress, optional
        Called while measuring again, the only part that may last.

    Returns
    -------
    Forecast
        Its category is the median category: the one at which half the probability is reached. Its score
        is the expected category. `sets` is None without calibration rows, `flip_risk` where no input is
        indirect.

    Raises
    ------
    ScsError
        If the forecaster's classes are no category codes, or no calibration row has a known category.
    """
    k = None if scheme is None else scheme.scale.n_categories
    probabilities = category_probabilities(forecaster, dataset.X, k)
    sets = None
    if calibration is not None:
        known = calibration.take(calibration.y >= 0)
        if not len(known):
            raise ScsError(
                "no calibration row has a known category",
                where=f"{len(calibration):,} rows",
                remedy="calibrate on a period whose next category is recorded, or leave calibration out",
            )
        calibrated = category_probabilities(forecaster, known.X, k)
        sets = conformal_sets(probabilities, conformal_threshold(calibrated, known.y, coverage))
    risk = None
    if scheme is not None:
        risk = flip_risk(
            forecaster,
            dataset.X,
            scheme,
            sensitive=dataset.sensitive,
            draws=draws,
            seed=seed,
            progress=progress,
        )
    return Forecast(
        categories=median_category(probabilities),
        score=probabilities @ np.arange(probabilities.shape[1], dtype=np.float64),
        origin="forecaster",
        name=name or type(forecaster).__name__,
        probabilities=probabilities,
        sets=sets,
        coverage=None if sets is None else coverage,
        flip_risk=risk,
    )
