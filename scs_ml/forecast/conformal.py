"""Split-conformal sets of neighbouring categories.

From the median category a set grows by one neighbour at a time, the more probable one first. The
conformity score of a category is the probability of the smallest of these sets that holds it; the
threshold is the calibration scores' quantile. If calibration and new rows are exchangeable, the set holds
the true category with at least the nominal probability, on average over both: it promises nothing for one
group or one person, and drift from the calibration period to the next weakens it.

References
----------
Vovk, Gammerman & Shafer (2005), "Algorithmic Learning in a Random World". Romano, Sesia & Candes (2020),
"Classification with valid and adaptive coverage", NeurIPS. Lu, Angelopoulos & Pomerantz (2022), "Improving
trustworthiness of AI disease severity rating in medical imaging with ordinal conformal prediction sets",
MICCAI (they grow from the mode).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from scs_ml.core import Floats, Ints
from scs_ml.exceptions import ScsError
from scs_ml.metrics import median_category

# Sums of probabilities that differ by rounding alone must not differ as scores.
_DECIMALS = 12


def conformity_scores(probabilities: npt.ArrayLike) -> Floats:
    """Probability of the smallest set, grown from the median, that holds each category.

    Parameters
    ----------
    probabilities : array of shape (n, K)

    Returns
    -------
    array of shape (n, K)
        Least at the median category, and never falling away from it.

    Examples
    --------
    >>> conformity_scores([[0.1, 0.2, 0.4, 0.3]])
    array([[1. , 0.9, 0.4, 0.7]])
    """
    matrix = np.asarray(probabilities, dtype=np.float64)
    low = median_category(matrix)
    high = low.copy()
    n, k = matrix.shape
    rows = np.arange(n)
    scores = np.empty((n, k))
    mass = matrix[rows, low]
    scores[rows, low] = mass
    # A border of -1 on both sides stops the growth at the ends of the scale.
    bordered = np.pad(matrix, ((0, 0), (1, 1)), constant_values=-1.0)
    for _ in range(k - 1):
        down, up = bordered[rows, low], bordered[rows, high + 2]
        upwards = up > down
        high = high + upwards
        low = low - ~upwards
        added = np.where(upwards, high, low)
        mass = mass + np.where(upwards, up, down)
        scores[rows, added] = mass
    return np.round(scores, _DECIMALS)


def conformal_threshold(probabilities: npt.ArrayLike, y: npt.ArrayLike, coverage: float = 0.9) -> float:
    """Calibrate: the score that the true category of a new row stays below with the nominal probability.

    Parameters
    ----------
    probabilities : array of shape (n, K)
        Forecasts of rows that the forecaster was not fitted to.
    y : array of int, shape (n,)
        Their true categories.
    coverage : float
        Nominal probability, between 0 and 1.

    Returns
    -------
    float
        Infinite where `n` is too small for the coverage: every set is then the whole scale.

    Raises
    ------
    ScsError
        If the coverage is not between 0 and 1.
    """
    if not 0 < coverage < 1:
        raise ScsError(f"coverage must lie between 0 and 1, got {coverage}")
    truth = np.asarray(y, dtype=np.int64)
    scores = np.sort(conformity_scores(probabilities)[np.arange(len(truth)), truth])
    # The (n + 1) * coverage rounded up, but not for what floating point adds to a whole number.
    rank = int(np.ceil((len(scores) + 1) * coverage - 1e-9))
    return float(scores[rank - 1]) if rank <= len(scores) else float("inf")


def conformal_sets(probabilities: npt.ArrayLike, threshold: float) -> Ints:
    """Give the lowest and the highest category of every row's set.

    Parameters
    ----------
    probabilities : array of shape (n, K)
    threshold : float
        From `conformal_threshold`.

    Returns
    -------
    array of int, shape (n, 2)
        Contiguous; the median category is always in it.
    """
    scores = conformity_scores(probabilities)
    inside = scores <= threshold
    inside[np.arange(len(scores)), median_category(probabilities)] = True
    low = np.argmax(inside, axis=1)
    high = inside.shape[1] - 1 - np.argmax(inside[:, ::-1], axis=1)
    return np.column_stack([low, high]).astype(np.int64)
