"""Ask a model: what it answers on rows, on mixtures of rows, and with one input changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from scs_ml.core import AuditCase, Floats, Ints
from scs_ml.metrics.scales import PROBABILITY, from_log_odds, from_probability

_FINEST = 1e-9  # probabilities nearer to 0 or 1 have no log-odds to speak of


@dataclass(frozen=True)
class Model:
    """A forecaster as a check may ask it.

    Attributes
    ----------
    inputs : DataFrame (n, d)
        Its inputs, of every row of the dataset.
    exceed : callable
        From inputs (m, d) to the probability of exceeding each boundary (m, K-1).
    answer : callable
        From inputs (m, d) to the mean over boundaries, on the explanation's scale (m,).
    """

    inputs: pd.DataFrame
    exceed: Callable[[pd.DataFrame], Floats]
    answer: Callable[[pd.DataFrame], Floats]


def read_model(case: AuditCase) -> Model | None:
    """Give the forecaster's inputs and answers.

    Parameters
    ----------
    case : AuditCase

    Returns
    -------
    Model or None
        None without a forecaster over category codes, or where the table lacks an input.
    """
    forecaster, n_categories = case.forecaster, case.scheme.scale.n_categories
    if forecaster is None or not hasattr(forecaster, "predict_proba") or not hasattr(forecaster, "classes_"):
        return None
    table = pd.concat([case.dataset.X, case.dataset.withheld], axis=1)
    names = [str(name) for name in getattr(forecaster, "feature_names_in_", case.dataset.X.columns)]
    classes = np.asarray(forecaster.classes_)
    codes = classes.dtype.kind in "iu" and len(classes) and 0 <= classes.min() <= classes.max() < n_categories
    if not set(names) <= set(table.columns) or not codes:
        return None

    def exceed(frame: pd.DataFrame) -> Floats:
        probabilities = np.zeros((len(frame), n_categories))
        probabilities[:, classes] = np.asarray(forecaster.predict_proba(frame), dtype=np.float64)
        above: Floats = np.cumsum(probabilities[:, :0:-1], axis=1)[:, ::-1]
        return above

    scale = PROBABILITY if case.explanation is None else case.explanation.target

    def answer(frame: pd.DataFrame) -> Floats:
        if scale != PROBABILITY and hasattr(forecaster, "boundary_log_odds"):
            given: Floats = np.asarray(forecaster.boundary_log_odds(frame), dtype=np.float64)
            return np.asarray(from_log_odds(given, scale).mean(axis=1), dtype=np.float64)
        above = exceed(frame)
        told = above if scale == PROBABILITY else from_probability(above.clip(_FINEST, 1 - _FINEST), scale)
        return np.asarray(told.mean(axis=1), dtype=np.float64)

    return Model(table[names], exceed, answer)


def raw_margin(forecaster: Any, frame: pd.DataFrame) -> Floats | None:
    """Log-odds of exceeding each boundary (m, K-1), where the forecaster has them."""
    if not hasattr(forecaster, "boundary_log_odds"):
        return None
    return np.asarray(forecaster.boundary_log_odds(frame), dtype=np.float64)


def shapley_by_queries(model: Model, rows: Ints, name: str, *, seed: int) -> Floats:
    """Estimate the interventional Shapley value of one input for every row, without bias.

    Each row is mixed with a row drawn at random: the inputs that come before `name` in a random order are
    the row's own, those behind it the drawn row's. The model's answer with the row's own value of `name` less
    that with the drawn row's has the Shapley value as its mean. One row's estimate is rough; a mean over rows
    is not.

    Parameters
    ----------
    model : Model
    rows : ndarray of int (m,)
        Positions in the dataset; rows are drawn from these too.
    name : str
        The input.
    seed : int

    Returns
    -------
    ndarray (m,)

    References
    ----------
    Strumbelj & Kononenko (2014), "Explaining prediction models and individual predictions with feature
    contributions", Knowledge and Information Systems 41, algorithm 2.
    """
    rng = np.random.default_rng(seed)
    drawn = rng.choice(rows, len(rows))
    turn = rng.random(len(rows))  # how far along its order the row's `name` stands
    own = {each: rng.random(len(rows)) < turn for each in model.inputs.columns}
    with_own = mixture(model.inputs, rows, drawn, own | {name: np.ones(len(rows), dtype=bool)})
    without = mixture(model.inputs, rows, drawn, own | {name: np.zeros(len(rows), dtype=bool)})
    both = model.answer(pd.concat([with_own, without], ignore_index=True))
    return both[: len(rows)] - both[len(rows) :]


def mixture(inputs: pd.DataFrame, rows: Ints, others: Ints, own: dict[str, np.ndarray]) -> pd.DataFrame:
    """Rows (m, d) that take each column from `rows` where `own` says so, and from `others` elsewhere."""
    mixed = {
        name: column.array.take(np.where(own[str(name)], rows, others)) for name, column in inputs.items()
    }
    return pd.DataFrame(mixed)


def with_value(inputs: pd.DataFrame, name: str, value: Any) -> pd.DataFrame:
    """The same rows, all with one value of one input."""
    column = pd.Series([value] * len(inputs), index=inputs.index).astype(inputs[name].dtype)
    return inputs.assign(**{name: column})
