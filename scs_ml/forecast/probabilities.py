"""Probabilities over all categories of a scale, whatever classes a classifier was shown."""

from __future__ import annotations

from typing import Any

import numpy as np

from scs_ml.core import Floats
from scs_ml.exceptions import ScsError


def category_probabilities(forecaster: Any, X: Any, n_categories: int | None = None) -> Floats:
    """Forecast probabilities over the categories ``0..K-1``.

    Parameters
    ----------
    forecaster : fitted classifier over category codes
        Ours, or any of scikit-learn's conventions; classes it was not shown get probability 0.
    X : DataFrame (n, d)
    n_categories : int, optional
        K; the largest class plus one where not given.

    Returns
    -------
    array of shape (n, K)

    Raises
    ------
    ScsError
        If its classes are no category codes, or it gives a row no finite probabilities.
    """
    classes = np.asarray(forecaster.classes_)
    whole = classes.dtype.kind in "iuf" and bool((classes == np.floor(classes)).all())
    k = n_categories or (int(classes.max()) + 1 if whole else 0)
    if not whole or classes.min() < 0 or classes.max() >= k:
        raise ScsError(
            f"the classes of {type(forecaster).__name__} are not category codes 0..K-1",
            where=f"classes {classes[:5].tolist()}",
            remedy="fit it to codes, 0 the worst category",
        )
    given = np.asarray(forecaster.predict_proba(X), dtype=np.float64)
    if (bad := ~np.isfinite(given)).any():
        # A median of what is no number would be some category all the same.
        rows = np.flatnonzero(bad.any(axis=1))
        raise ScsError(
            f"{type(forecaster).__name__} gives probabilities that are no finite numbers",
            where=f"{len(rows):,} of {len(given):,} rows; first rows: {rows[:5].tolist()}",
            remedy="look at the inputs of these rows: one may be too large to be computed with",
        )
    probabilities = np.zeros((len(given), max(k, 2)))
    probabilities[:, classes.astype(np.int64)] = given
    return probabilities
