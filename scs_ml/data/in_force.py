"""Events of a ledger beside the rows of a table in which they still count."""

from __future__ import annotations

import numpy as np
import pandas as pd

from scs_ml.core import Bools, Dataset, Floats
from scs_ml.schemes import Scheme, event_weights


def events_in_force(dataset: Dataset, events: pd.DataFrame, scheme: Scheme) -> pd.DataFrame:
    """Lay events beside every row of their subject in whose period they still count.

    Parameters
    ----------
    dataset : Dataset (n rows)
    events : DataFrame (e, ...)
        As in `core.Ledger`.
    scheme : Scheme
        Its card says how long, and how much, an event counts.

    Returns
    -------
    DataFrame (k, ...)
        The events' columns, and ``row`` (position in the dataset), ``at`` (position of the event) and
        ``units``: what of the event's units still counts there.
    """
    rows = pd.DataFrame({"subject": dataset.subject.astype(object), "now": dataset.period})
    rows["row"] = np.arange(len(rows))
    given = events.assign(
        subject=events["subject"].astype(object), at=np.arange(len(events)), units=units_of(events, scheme)
    )
    laid = given.merge(rows, on="subject")
    left = event_weights(scheme.card, (laid["now"] - laid["period"]).to_numpy(np.float64))
    laid["left"] = left
    laid["units"] *= left
    return laid[left > 0].drop(columns="now").reset_index(drop=True)


def units_of(events: pd.DataFrame, scheme: Scheme) -> Floats:
    """Units (e,) of its indicator that each event gives.

    Its points by those of one unit, where it was booked by the card's rule for that indicator; one unit where
    it was booked by any other rule, or for no points.
    """
    rules = scheme.card.rules if scheme.card else ()
    prices = {(rule.name, rule.indicator): rule.points for rule in rules if rule.points}
    booked = zip(events["rule"].astype(object), events["indicator"].astype(object), strict=True)
    price = np.array([prices.get(pair, np.nan) for pair in booked], dtype=np.float64)
    units = events["points"].to_numpy(np.float64) / price
    return np.where(np.isfinite(units) & (units != 0), units, 1.0)


def summed(laid: pd.DataFrame, chosen: Bools, column: str, n_rows: int) -> Floats:
    """Sum a column of the laid events that are chosen, by row (n,)."""
    picked = laid[chosen]
    return np.bincount(
        picked["row"].to_numpy(np.int64), weights=picked[column].to_numpy(np.float64), minlength=n_rows
    ).astype(np.float64)
