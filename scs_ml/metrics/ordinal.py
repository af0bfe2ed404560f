"""Scores for forecasts of ordered categories. Categories are codes 0..K-1; 0 is the worst.

Forecast probabilities are checked, never mended: a row that is negative or does not sum to one is
an error, so no score here can rest on a negative probability.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from scs_ml.core import Floats, Ints
from scs_ml.metrics._arrays import category_codes, probability_matrix, same_length

# Half a probability is reached up to the rounding of a sum of K float64 terms.
_ROUNDING = 1e-12


def cumulative(probabilities: npt.ArrayLike) -> Floats:
    """Probability of exceeding each boundary, P(y > k).

    Parameters
    ----------
    probabilities : array of shape (n, K)
        Category probabilities; rows sum to 1.

    Returns
    -------
    array of shape (n, K-1)
        Column k is P(y > k), within [0, 1] and non-increasing in k.

    Raises
    ------
    ScsError
        If a row is not a probability distribution.

    Examples
    --------
    >>> cumulative([[0.25, 0.25, 0.5]])
    array([[0.75, 0.5 ]])
    """
    matrix = probability_matrix(probabilities)
    return np.minimum(np.cumsum(matrix[:, :0:-1], axis=1)[:, ::-1], 1.0)


def median_category(probabilities: npt.ArrayLike) -> Ints:
    """Median of each forecast distribution: the smallest k with P(y <= k) >= 1/2.

    Where the mass splits exactly in half the worse of the two middle categories is returned.

    Parameters
    ----------
    probabilities : array of shape (n, K)

    Returns
    -------
    array of int, shape (n,)

    Examples
    --------
    >>> median_category([[0.2, 0.4, 0.4], [0.5, 0.0, 0.5]])
    array([1, 0])
    """
    matrix = probability_matrix(probabilities)
    reached = np.cumsum(matrix, axis=1) >= 0.5 - _ROUNDING
    return np.asarray(np.argmax(reached, axis=1), dtype=np.int64)


def ranked_probability_score(y: npt.ArrayLike, probabilities: npt.ArrayLike) -> Floats:
    r"""Ranked probability score of each row, normalised to [0, 1]; lower is better.

    .. math:: \mathrm{RPS}_i = \frac{1}{K-1}\sum_{k=0}^{K-2}\bigl(P_i(y>k)-\mathbf 1[y_i>k]\bigr)^2

    Parameters
    ----------
    y : array of int, shape (n,)
        Category that came true.
    probabilities : array of shape (n, K)

    Returns
    -------
    array of shape (n,)

    References
    ----------
    Epstein (1969), "A scoring system for probability forecasts of ranked categories", J. Appl.
    Meteorol. 8, 985-987. Murphy (1971), ibid. 10, 155-156.

    Examples
    --------
    >>> ranked_probability_score([2], [[0.2, 0.3, 0.5]])
    array([0.145])
    """
    above = cumulative(probabilities)
    codes = category_codes(y, above.shape[1] + 1)
    same_length(y=codes, probabilities=above)
    outcome = codes[:, None] > np.arange(above.shape[1])
    return np.asarray(np.mean((above - outcome) ** 2, axis=1))


def rps_skill(rps: npt.ArrayLike, rps_reference: npt.ArrayLike) -> float:
    """Skill of a forecast against a reference forecast of the same rows, 1 - mean/mean.

    Parameters
    ----------
    rps, rps_reference : arrays of shape (n,)
        Row scores of the forecast and of the reference.

    Returns
    -------
    float
        1 is perfect, 0 no better than the reference, negative worse; NaN where the reference is
        itself perfect (or there are no rows), since skill is then undefined.
    """
    scores = np.asarray(rps, dtype=np.float64)
    reference = np.asarray(rps_reference, dtype=np.float64)
    same_length(rps=scores, rps_reference=reference)
    if len(reference) == 0 or reference.mean() == 0:
        return float("nan")
    return float(1 - scores.mean() / reference.mean())


def brier_rows(y: npt.ArrayLike, probabilities: npt.ArrayLike) -> Floats:
    r"""Brier score of each row over all categories, halved so that it lies in [0, 1]; lower is better.

    .. math:: \mathrm{BS}_i = \frac12\sum_{k=0}^{K-1}\bigl(P_i(y=k)-\mathbf 1[y_i=k]\bigr)^2

    With two categories it is the usual Brier score of one event, and equals the ranked probability score.
    It does not see how far off a category is. Brier's own normalisation is twice this.

    Parameters
    ----------
    y : array of int, shape (n,)
        Category that came true.
    probabilities : array of shape (n, K)

    Returns
    -------
    array of shape (n,)

    References
    ----------
    Brier (1950), "Verification of forecasts expressed in terms of probability", Mon. Weather Rev. 78, 1-3.

    Examples
    --------
    >>> print(brier_rows([2, 0], [[0.2, 0.3, 0.5], [0.0, 1.0, 0.0]]))
    [0.19 1.  ]
    """
    matrix = probability_matrix(probabilities)
    codes = category_codes(y, matrix.shape[1])
    same_length(y=codes, probabilities=matrix)
    came_true = codes[:, None] == np.arange(matrix.shape[1])
    return np.asarray(np.sum((matrix - came_true) ** 2, axis=1) / 2)


def log_loss_rows(y: npt.ArrayLike, probabilities: npt.ArrayLike) -> Floats:
    """Negative log-likelihood of the category that came true, in nats.

    A probability of exactly 0 counts as the float64 epsilon (a loss of 36.04), as in scikit-learn,
    so that one impossible event does not make every mean infinite.

    Parameters
    ----------
    y : array of int, shape (n,)
    probabilities : array of shape (n, K)

    Returns
    -------
    array of shape (n,)
    """
    matrix = probability_matrix(probabilities)
    codes = category_codes(y, matrix.shape[1])
    same_length(y=codes, probabilities=matrix)
    hit = matrix[np.arange(len(codes)), codes]
    return -np.log(np.clip(hit, np.finfo(np.float64).eps, 1.0))


def macro_mae(y: npt.ArrayLike, predicted: npt.ArrayLike, n_categories: int) -> float:
    """Macro-averaged mean absolute error: the mean over true categories of their mean |error|.

    Categories that do not occur in `y` are left out of the average. Unlike the plain mean it
    cannot be won by always forecasting the commonest category.

    Parameters
    ----------
    y, predicted : arrays of int, shape (n,)
    n_categories : int
        K.

    Returns
    -------
    float
        In categories; NaN without rows.

    References
    ----------
    Baccianella, Esuli & Sebastiani (2009), "Evaluation measures for ordinal regression", ISDA.
    """
    truth = category_codes(y, n_categories)
    guess = category_codes(predicted, n_categories, "predicted")
    same_length(y=truth, predicted=guess)
    if len(truth) == 0:
        return float("nan")
    count = np.bincount(truth, minlength=n_categories)
    error = np.bincount(truth, weights=np.abs(truth - guess), minlength=n_categories)
    present = count > 0
    return float(np.mean(error[present] / count[present]))


def quadratic_weighted_kappa(y: npt.ArrayLike, predicted: npt.ArrayLike, n_categories: int) -> float:
    r"""Cohen's kappa with quadratic weights.

    .. math:: \kappa = 1 - \frac{\sum_{ij} (i-j)^2 O_{ij}}{\sum_{ij} (i-j)^2 E_{ij}}

    Kept for comparison with the literature only: on a panel it can rank plain persistence first.

    Parameters
    ----------
    y, predicted : arrays of int, shape (n,)
    n_categories : int
        K.

    Returns
    -------
    float
        NaN where both are constant at the same category, or without rows.

    References
    ----------
    Cohen (1968), "Weighted kappa", Psychol. Bull. 70, 213-220.
    """
    truth = category_codes(y, n_categories)
    guess = category_codes(predicted, n_categories, "predicted")
    same_length(y=truth, predicted=guess)
    if len(truth) == 0:
        return float("nan")
    # E[(a - b)^2] under independence needs only the first two moments of the margins.
    expected = np.var(truth) + np.var(guess) + (np.mean(truth) - np.mean(guess)) ** 2
    if expected == 0:
        return float("nan")
    return float(1 - np.mean((truth - guess) ** 2.0) / expected)
