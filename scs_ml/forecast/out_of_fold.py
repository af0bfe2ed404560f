"""Forecasts of rows from fits that have not seen them: what stacking and calibration learn from."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import clone

from scs_ml.core import Floats, Ints
from scs_ml.forecast.fitting import Folds, random_folds


def usable_folds(labels: npt.NDArray[Any], folds: Folds | None) -> list[tuple[Ints, Ints]]:
    """Give the folds that a forecaster can be learned and judged on.

    Parameters
    ----------
    labels : array of shape (n,)
    folds : sequence of (rows to fit to, rows to forecast), optional
        Those of `random_folds` where not given.

    Returns
    -------
    list of (train, test)
        Those with two classes or more to learn from and a row to forecast; none where there are too few
        rows.
    """
    if folds is None:
        folds = random_folds(len(labels)) if len(labels) > 1 else []
    return [(a, b) for a, b in folds if len(b) and len(np.unique(labels[a])) > 1]


def out_of_fold(
    estimator: Any, inputs: Any, labels: npt.NDArray[Any], classes: npt.NDArray[Any], folds: Folds
) -> tuple[Ints, Floats]:
    """Fit a classifier to each fold's first part and forecast its second.

    Parameters
    ----------
    estimator : unfitted classifier
        Stays unfitted; every fold gets a clone.
    inputs : DataFrame or array of shape (n, d)
    labels : array of shape (n,)
    classes : array of shape (K,)
        Sorted; a fold may lack some, whose probability is 0 then.
    folds : sequence of (train, test)
        From `usable_folds`, one at the least.

    Returns
    -------
    rows : array of int, shape (m,)
        Positions of the rows that were forecast, fold after fold.
    probabilities : array of shape (m, K)
    """
    parts = []
    for train, test in folds:
        fitted = clone(estimator).fit(rows_of(inputs, train), labels[train])
        probabilities = np.zeros((len(test), len(classes)))
        probabilities[:, np.searchsorted(classes, fitted.classes_)] = fitted.predict_proba(
            rows_of(inputs, test)
        )
        parts.append(probabilities)
    return np.concatenate([test for _, test in folds]), np.concatenate(parts)


def rows_of(inputs: Any, at: Ints) -> Any:
    """Give some rows of a table, as the kind of table it is."""
    return inputs.iloc[at] if isinstance(inputs, pd.DataFrame) else inputs[at]
