"""One logistic regression for all boundaries, with slopes in common that may be held to a direction."""

from __future__ import annotations

import numpy as np
from scipy.optimize import Bounds, minimize
from scipy.special import logit

from scs_ml.core import Floats, Ints

# Points: 20 more double the odds, and 500 stand for even odds at the middle boundary (Siddiqi 2006 scales
# scorecards so). Rounding to whole points moves the log-odds by 0.017 per indicator at most.
POINTS_TO_DOUBLE_ODDS = 20
EVEN_ODDS = 500
POINTS_PER_LOG_ODDS = POINTS_TO_DOUBLE_ODDS / float(np.log(2))


def common_slopes(design: Floats, codes: Ints, lower: Floats, upper: Floats) -> tuple[Floats, Floats]:
    r"""Fit slopes and an intercept per boundary to all boundaries at once.

    Minimises :math:`\sum_{k,i}\log(1+e^{-s_{ik}(\alpha_k+x_i\beta)})+\tfrac12\lVert\beta\rVert^2` with
    :math:`s_{ik}=\pm1` as row i exceeds boundary k or not: binary regressions of "y > k" that share their
    slopes, with scikit-learn's default penalty on slopes and none on intercepts. Convex, bounds included.

    Parameters
    ----------
    design : array of shape (n, q)
        Columns of the order of one.
    codes : array of int, shape (n,)
        Categories, two at least.
    lower, upper : array of shape (q,)
        Bounds of the slopes; infinite where there is none.

    Returns
    -------
    slopes : array of shape (q,)
    intercepts : array of shape (boundaries,)
        One for each category seen but the highest.
    """
    exceeds = codes[:, None] > np.unique(codes)[:-1]
    sign = np.where(exceeds, 1.0, -1.0)
    q = design.shape[1]

    def loss(parameters: Floats) -> tuple[float, Floats]:
        slopes, intercepts = parameters[:q], parameters[q:]
        margins = sign * ((design @ slopes)[:, None] + intercepts)
        # One exponential for loss and gradient: this is where the time goes.
        small = np.exp(-np.abs(margins))
        value = (np.log1p(small) - np.minimum(margins, 0.0)).sum() + slopes @ slopes / 2
        wrong = -sign * np.where(margins >= 0, small, 1.0) / (1.0 + small)
        return float(value), np.concatenate([design.T @ wrong.sum(axis=1) + slopes, wrong.sum(axis=0)])

    free = np.full(exceeds.shape[1], np.inf)
    bounds = Bounds(np.concatenate([lower, -free]), np.concatenate([upper, free]))
    start = np.concatenate([np.zeros(q), logit(exceeds.mean(axis=0))])
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 1000})
    return found.x[:q], found.x[q:]
