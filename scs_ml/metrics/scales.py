"""Scales on which explanations speak of a boundary, by the name in `Explanation.target`, and ways between."""

from __future__ import annotations

import numpy as np
from scipy.special import expit, log_expit, logit, ndtr, ndtri_exp

from scs_ml.core import Floats

LOG_ODDS = "log-odds of exceeding the boundary"
PROBABILITY = "probability of exceeding the boundary"
PROBIT_INDEX = "probit index of exceeding the boundary"


def to_probability(values: Floats, scale: str) -> Floats:
    """Give the probabilities of exceeding boundaries that values on a scale stand for.

    Parameters
    ----------
    values : array
    scale : str

    Returns
    -------
    array
    """
    if scale == LOG_ODDS:
        return np.asarray(expit(values), dtype=np.float64)
    return np.asarray(ndtr(values) if scale == PROBIT_INDEX else values, dtype=np.float64)


def from_log_odds(log_odds: Floats, scale: str) -> Floats:
    """Give values on a scale from log-odds of exceeding boundaries.

    Parameters
    ----------
    log_odds : array
    scale : str

    Returns
    -------
    array
        The probit index by way of the smaller tail, whose digits the larger one would lose.
    """
    if scale == PROBIT_INDEX:
        return np.asarray(-np.sign(log_odds) * ndtri_exp(log_expit(-np.abs(log_odds))), dtype=np.float64)
    return np.asarray(expit(log_odds) if scale == PROBABILITY else log_odds, dtype=np.float64)


def from_probability(probability: Floats, scale: str) -> Floats:
    """Give values on a scale from probabilities of exceeding boundaries, strictly between 0 and 1.

    Parameters
    ----------
    probability : array
    scale : str

    Returns
    -------
    array
    """
    return probability if scale == PROBABILITY else from_log_odds(np.asarray(logit(probability)), scale)


def even(scale: str) -> float:
    """Give the value of a boundary that is as likely exceeded as not.

    Parameters
    ----------
    scale : str

    Returns
    -------
    float
    """
    return 0.5 if scale == PROBABILITY else 0.0
