"""Fit a forecaster to a dataset; where it learns out of sample, its folds lie later in time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.model_selection import GroupKFold, KFold
from sklearn.utils.validation import has_fit_parameter

from scs_ml.core import UNKNOWN_CATEGORY, Dataset, Ints

Folds = Sequence[tuple[Ints, Ints]]  # (rows to fit to, rows to forecast), positions
N_FOLDS = 3


def fit_to(forecaster: Any, dataset: Dataset) -> Any:
    """Fit a forecaster to the rows of a dataset whose category is known.

    Parameters
    ----------
    forecaster : unfitted classifier
        Ours, or any of scikit-learn's conventions. One whose ``fit`` takes `folds` (stacking, calibration)
        gets those of `out_of_period_folds`; one with ``fit_dataset`` (a search) gets the dataset.
    dataset : Dataset

    Returns
    -------
    The forecaster, fitted.
    """
    known = dataset.take(dataset.y != UNKNOWN_CATEGORY)
    if hasattr(forecaster, "fit_dataset"):
        return forecaster.fit_dataset(known)
    if has_fit_parameter(forecaster, "folds"):
        return forecaster.fit(known.X, known.y, folds=out_of_period_folds(known))
    return forecaster.fit(known.X, known.y)


def out_of_period_folds(dataset: Dataset, n_folds: int = N_FOLDS) -> Folds:
    """Give folds in which every row is forecast from earlier periods alone.

    Parameters
    ----------
    dataset : Dataset (n rows)
        Every `y` known.
    n_folds : int
        The last so many periods are forecast, each from the rows whose outcomes were known by then
        (`dataset.horizon` periods earlier). Where there are too few periods for one fold, rows are split
        at random by cluster instead: a family is never on both sides.

    Returns
    -------
    list of (train, test)
        Positions; rows of the first periods are in no test part.
    """
    gap = max(dataset.horizon, 1)
    origins = np.unique(dataset.period)
    tests = [t for t in origins if t - gap >= origins[0]][-n_folds:]
    if tests:
        return [
            (np.flatnonzero(dataset.period <= t - gap), np.flatnonzero(dataset.period == t)) for t in tests
        ]
    cluster = dataset.cluster
    n_units = len(np.unique(cluster))
    if n_units < n_folds:
        return random_folds(len(dataset), n_folds)
    splitter = GroupKFold(n_folds, shuffle=True, random_state=0)
    return [(a.astype(np.int64), b.astype(np.int64)) for a, b in splitter.split(cluster, groups=cluster)]


def random_folds(n: int, n_folds: int = N_FOLDS) -> Folds:
    """Give folds of rows that nothing ties together; what forecasters use when they are given none."""
    splitter = KFold(min(n_folds, n), shuffle=True, random_state=0)
    return [(a.astype(np.int64), b.astype(np.int64)) for a, b in splitter.split(np.empty(n))]
