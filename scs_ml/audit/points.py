"""Points that the ledger booked: whose they are, and which of them are in force."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from scs_ml.audit.judge import standard_deviation
from scs_ml.audit.remembering import remembered
from scs_ml.core import AuditCase, Bools, Dataset, Floats, Ints
from scs_ml.schemes import event_weights


@dataclass(frozen=True)
class Booked:
    """Events of the ledger, laid beside the latest row of each subject.

    Attributes
    ----------
    rows : ndarray of int (s,)
        Positions of the subjects' latest rows in the case's dataset.
    dataset : Dataset
        Those rows.
    events : DataFrame (e, ...)
        The ledger's columns, and ``at`` (position in `rows`), ``left`` (share of the event's points that
        still counts in that row) and ``in_force`` (whether any does). Events of subjects the dataset does
        not hold, and of later periods, are left out.
    score_sd : float
        Standard deviation of the score in points: the recorded score's, else that of the points in force.
    """

    rows: Ints
    dataset: Dataset
    events: pd.DataFrame
    score_sd: float

    def points(self, share: Bools | Floats) -> Floats:
        """Sum the points in force per row (s,), of every event (e,) as large a share as is given."""
        counted = share * self.events["left"].to_numpy(dtype=np.float64)
        weights = counted * self.events["points"].to_numpy(dtype=np.float64)
        at = self.events["at"].to_numpy(dtype=np.int64)
        return np.bincount(at, weights=weights, minlength=len(self.rows)).astype(np.float64)

    def of_indicator(self, indicator: str) -> Bools:
        """Which events (e,) are of one indicator."""
        return (self.events["indicator"] == indicator).fillna(False).to_numpy(dtype=bool)


def latest_rows(dataset: Dataset) -> Ints:
    """Positions of each subject's row of the latest period, in the dataset's order."""
    order = np.lexsort((dataset.period, pd.factorize(dataset.subject)[0]))
    subject = dataset.subject[order]
    last = np.append(subject[1:] != subject[:-1], True)[: len(subject)]
    return np.sort(order[last]).astype(np.int64)


@remembered
def booked(case: AuditCase) -> Booked | None:
    """Lay the ledger beside the dataset.

    An event's points count from its period on, for as many periods as the card's expiry says (for ever
    without one), and ever less where it has a half-life.

    Parameters
    ----------
    case : AuditCase

    Returns
    -------
    Booked or None
        None without a ledger.
    """
    if case.ledger is None:
        return None
    rows = latest_rows(case.dataset)
    dataset = case.dataset.take(rows)
    position = pd.Series(np.arange(len(rows)), index=pd.Index(dataset.subject.astype(object)))
    events = case.ledger.events
    at = position.reindex(events["subject"].astype(object)).to_numpy(dtype=np.float64)
    known = np.isfinite(at)
    events = events.loc[known].reset_index(drop=True).assign(at=at[known].astype(np.int64))
    age = dataset.period[events["at"].to_numpy()] - events["period"].to_numpy(dtype=np.int64)
    left = event_weights(case.scheme.card, age)
    events = events.assign(left=left, in_force=left > 0)
    events = events.loc[age >= 0].reset_index(drop=True)
    whole = Booked(rows, dataset, events, math.nan)
    score = dataset.score if dataset.score is not None else whole.points(np.ones(len(events), dtype=bool))
    return Booked(rows, dataset, events, standard_deviation(score[np.isfinite(score)]))
