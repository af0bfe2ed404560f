"""Classifiers over category codes, and their probabilities of exceeding each boundary."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from scs_ml.core import Floats, Ints
from scs_ml.exceptions import ExplanationError
from scs_ml.explain.additivity import exceedance


def category_codes(classifier: Any) -> Ints:
    """Category code behind each column of ``predict_proba``.

    Raises
    ------
    ExplanationError
        If the classes are no category codes in ascending order.
    """
    classes = np.asarray(classifier.classes_)
    ordered = classes.dtype.kind in "iu" and classes.min() >= 0 and classes.max() >= 1
    if not ordered or (np.diff(classes) <= 0).any():
        shown = ", ".join(repr(label) for label in classes.tolist()[:5])
        raise ExplanationError(
            f"this {type(classifier).__name__} does not forecast category codes 0..K-1 in order:"
            f" its classes are {shown}",
            remedy="fit it on codes, the worst category being 0",
        )
    return classes.astype(np.int64)


def forecast_exceedance(classifier: Any, codes: Ints, frame: pd.DataFrame) -> Floats:
    """Probability P(y > k) of exceeding each boundary (n, K-1), as a classifier forecasts it."""
    given = np.asarray(classifier.predict_proba(frame), dtype=np.float64)
    probabilities = np.zeros((len(given), codes[-1] + 1))
    probabilities[:, codes] = given
    return exceedance(probabilities)
