"""From a fitted forecaster to the categories that people are forecast."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from scs_ml.core import Dataset, Floats, Forecast, Progress
from scs_ml.exceptions import ScsError
from scs_ml.forecast.abstention import abstention_reasons
from scs_ml.forecast.adaptive import adaptive_level
from scs_ml.forecast.conformal import SetRule, fit_sets
from scs_ml.forecast.probabilities import category_probabilities
from scs_ml.forecast.remeasure import flip_risk
from scs_ml.forecast.strata import strata
from scs_ml.metrics import median_category
from scs_ml.schemes import Scheme


def forecast_categories(
    forecaster: Any,
    dataset: Dataset,
    calibration: Dataset | None = None,
    *,
    scheme: Scheme | None = None,
    coverage: float = 0.9,
    randomised: bool = False,
    indirect_share: Floats | None = None,
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
        Several periods before the one forecast adapt the sets to drift (`adaptive_level`).
    scheme : Scheme, optional
        Gives the number of categories, the measurement models behind `flip_risk`, what the sets are
        conditioned on (`strata`), and when a person must decide.
    coverage : float
        Nominal coverage of the conformal sets.
    randomised : bool
        Sets that hold exactly the nominal share, by a draw for each row, and may be empty: for measuring. Two
        people with the same record would get different sets.
    indirect_share : array of shape (n,), optional
        Share of each row's absolute SHAP values that rests on indirect indicators, NaN where it was not
        explained; counts among the reasons to abstain.
    name : str
        What to call the forecast; the forecaster's class where not given.
    seed : int
        Seeds the repeated measurement and the randomised sets.
    draws : int
        Measurements per row; see `flip_risk`.
    progress : Progress, optional
        Called while measuring again, the only part that may last.

    Returns
    -------
    Forecast
        Its category is the median category: the one at which half the probability is reached. Its score
        is the expected category. `sets` is None without calibration rows, `flip_risk` where no input is
        indirect, `abstains` where the scheme sets no threshold.

    Raises
    ------
    ScsError
        If the forecaster's classes are no category codes, or no calibration row has a known category.
    """
    k = None if scheme is None else scheme.scale.n_categories
    probabilities = category_probabilities(forecaster, dataset.X, k)
    rule, labels = None, None
    if calibration is not None:
        known = calibration.take(calibration.y >= 0)
        if not len(known):
            raise ScsError(
                "no calibration row has a known category",
                where=f"{len(calibration):,} rows",
                remedy="calibrate on a period whose next category is recorded, or leave calibration out",
            )
        known_labels = None
        if scheme is not None:
            known_labels, labels = strata(known, scheme), strata(dataset, scheme, known)
        calibrated = category_probabilities(forecaster, known.X, k)
        rule = _fitted(calibrated, known, known_labels, dataset, coverage, randomised=randomised, seed=seed)
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
    forecast = Forecast(
        categories=median_category(probabilities),
        score=probabilities @ np.arange(probabilities.shape[1], dtype=np.float64),
        origin="forecaster",
        name=name or type(forecaster).__name__,
        probabilities=probabilities,
        sets=None if rule is None else rule.sets(probabilities, labels),
        coverage=None if rule is None else coverage,
        set_rule=rule,
        strata=labels,
        flip_risk=risk,
        indirect_share=indirect_share,
    )
    reasons = None if scheme is None else abstention_reasons(forecast, scheme)
    return forecast if reasons is None else replace(forecast, abstains=reasons != "")


def _fitted(
    probabilities: Floats,
    known: Dataset,
    labels: npt.NDArray[np.str_] | None,
    dataset: Dataset,
    coverage: float,
    *,
    randomised: bool,
    seed: int,
) -> SetRule:
    """Calibrate; where the rows lie in several periods before the one forecast, adapt the level to drift."""
    rule = fit_sets(probabilities, known.y, labels, coverage=coverage, randomised=randomised, seed=seed)
    # Other people of the very period that is forecast say how it is, and leave nothing to adapt to.
    earlier = len(dataset) and known.periods == dataset.periods and known.period.max() < dataset.period.min()
    if not earlier:
        return rule
    level = adaptive_level(
        probabilities,
        known.y,
        known.period,
        labels,
        coverage=coverage,
        gap=max(known.horizon, 1),
        randomised=randomised,
        seed=seed,
    )
    return rule.at(level)
