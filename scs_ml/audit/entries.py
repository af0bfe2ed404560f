"""Entries against people, by subject and period: from the ledger, else from the table's counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from scs_ml.audit.judge import standard_deviation
from scs_ml.audit.points import booked, latest_rows
from scs_ml.audit.remembering import remembered
from scs_ml.core import AuditCase, Bools, Dataset, Floats, Ints
from scs_ml.schemes import Card, Indicator, event_weights

OTHER = -1  # an entry of no indicator of misconduct: it tells who was at risk


@dataclass(frozen=True)
class Entries:
    """What was entered, against whom, when.

    Attributes
    ----------
    rows : ndarray of int (s,)
        Positions in the case's dataset of each subject's latest row.
    dataset : Dataset
        Those rows.
    cluster : ndarray of int (s,)
        Families, else subjects.
    seen : ndarray of int (s, T)
        Position of the row of the panel, -1 where a subject has none in that period.
    panel : Dataset
    indicators : tuple of Indicator
        Those of misconduct: their entries cost points.
    who, period, what : ndarray of int (e,)
        Subject, period (below zero: before the panel), position in `indicators` or `OTHER`.
    points : ndarray (e,)
        Points that one of them costs, not negative.
    weight : ndarray (e,)
        Entries that each stands for.
    situation : ndarray of object (e,)
        What the ledger says of the circumstances.
    signed : ndarray of bool (e,)
        Whether an informant signed.
    event : ndarray of object (e,) or None
        Ids; None where no ledger is given.
    card : Card or None
        Says for how many periods an entry counts, and how much.
    score_sd : float
    """

    rows: Ints
    dataset: Dataset
    cluster: Ints
    seen: Ints
    panel: Dataset
    indicators: tuple[Indicator, ...]
    who: Ints
    period: Ints
    what: Ints
    points: Floats
    weight: Floats
    situation: npt.NDArray[np.object_]
    signed: Bools
    event: npt.NDArray[np.object_] | None
    card: Card | None
    score_sd: float

    @property
    def n_clusters(self) -> int:
        """Count the clusters."""
        return int(self.cluster.max(initial=-1)) + 1

    @property
    def first(self) -> int:
        """Earliest period of an entry or of the panel."""
        return int(min(self.period.min(initial=0), 0))

    @property
    def left(self) -> Floats:
        """Share (e,) of each entry's points that still counts in the subject's latest row."""
        return event_weights(self.card, self.dataset.period[self.who] - self.period)

    def position(self, indicator: str) -> int:
        """Position of an indicator of misconduct."""
        return [i.name for i in self.indicators].index(indicator)


@remembered
def read_entries(case: AuditCase, *, dated: bool = True) -> Entries | None:
    """Lay the entries beside the panel.

    Parameters
    ----------
    case : AuditCase
        With a ledger; or with a card and the table's counts.
    dated : bool
        What to make of counts. If so, an entry is a rise of a count from one period to the next (or the
        whole count where an entry expires after one period), and what the first period counts is laid before
        it, in no known period. A rise hides what expired meanwhile; if not dated, entries are the counts of
        the latest period, and those of the first where few entries are in both.

    Returns
    -------
    Entries or None
        None where neither shows an entry that costs points, or scores do not vary. Counts show none where
        the card has a half-life.
    """
    rows = latest_rows(case.dataset)
    dataset = case.dataset.take(rows)
    panel = case.dataset
    past = case.history
    if past is not None and past.periods == panel.periods and {*panel.situations} <= {*past.situations}:
        panel = past
    index = pd.Index(dataset.subject.astype(object))
    seen = np.full((len(rows), len(panel.periods)), -1, dtype=np.int64)
    at = index.get_indexer(pd.Index(panel.subject.astype(object)))
    known = (at >= 0) & (panel.period <= dataset.period[at])
    seen[at[known], panel.period[known]] = np.flatnonzero(known)
    seen = seen[:, : int(dataset.period.max(initial=0)) + 1]
    found = _from_ledger(case) if case.ledger is not None else _from_counts(case, panel, seen, dated=dated)
    if found is None:
        return None
    indicators, columns, score_sd = found
    if not indicators or not score_sd > 0:
        return None
    return Entries(
        rows=rows,
        dataset=dataset,
        cluster=dataset.cluster,
        seen=seen,
        panel=panel,
        indicators=indicators,
        card=case.scheme.card,
        score_sd=score_sd,
        **columns,
    )


_Columns = dict[str, Any]
_Found = tuple[tuple[Indicator, ...], _Columns, float]


def _own(indicator: Indicator) -> bool:
    """Whether an indicator counts what the subject does."""
    return (
        indicator.dtype != "category"
        and indicator.concerns == "subject"
        and indicator.nature in ("conduct", "finance", "rating", "other")
        and indicator.forbidden is None
    )


def _from_ledger(case: AuditCase) -> _Found | None:
    book = booked(case)
    if book is None or not len(book.events):
        return None
    events = book.events
    points = events["points"].to_numpy(dtype=np.float64)
    code, names = pd.factorize(events["indicator"].to_numpy(dtype=object))
    known = code >= 0
    total = np.bincount(code[known], weights=points[known], minlength=len(names))
    costly = {str(name): sum_ for name, sum_ in zip(names, total, strict=True) if sum_ < 0}
    indicators = tuple(i for i in case.scheme.indicators if _own(i) and i.name in costly)
    place = {i.name: p for p, i in enumerate(indicators)}
    # The last place stands for events without an indicator.
    what = np.array([place.get(str(name), OTHER) for name in names] + [OTHER], dtype=np.int64)[code]
    columns: _Columns = {
        "who": events["at"].to_numpy(dtype=np.int64),
        "period": events["period"].to_numpy(dtype=np.int64),
        "what": what,
        "points": np.maximum(-points, 0.0),
        "weight": np.ones(len(events)),
        "situation": events["situation"].to_numpy(dtype=object),
        "signed": events["informant"].notna().to_numpy(dtype=bool),
        "event": events["event"].to_numpy(dtype=object),
    }
    return indicators, columns, book.score_sd


def _from_counts(case: AuditCase, panel: Dataset, seen: Ints, *, dated: bool) -> _Found | None:
    card = case.scheme.card
    # Sums that fade are no counts: from them nobody can tell how many entries there were, or when.
    if card is None or card.half_life is not None or case.dataset.score is None:
        return None
    price: dict[str, float] = {}
    for rule in card.rules:
        price[rule.indicator] = price.get(rule.indicator, 0.0) + (rule.points or 0.0)
    indicators = tuple(i for i in case.scheme.indicators if _own(i) and price.get(i.name, 0.0) < 0)
    others = tuple(i for i in case.scheme.indicators if _own(i) and price.get(i.name, 0.0) > 0)
    windowed = card.expiry != 1 and seen.shape[1] > 1
    parts: list[tuple[Ints, Ints, Ints, Floats]] = []
    for what, indicator in [*enumerate(indicators), *((OTHER, i) for i in others)]:
        new = _new(panel, seen, indicator.name, dated=dated, expiry=card.expiry)
        who, period = (at.astype(np.int64) for at in np.nonzero(new))
        before = np.where((period == 0) & windowed, -1, period)
        parts.append((who, before, np.full(len(who), what, dtype=np.int64), new[who, period]))
    if not any(len(who) for who, _, what, _ in parts if (what != OTHER).all()):
        return None
    who, period, what_of, weight = (np.concatenate(column) for column in zip(*parts, strict=True))
    columns: _Columns = {
        "who": who,
        "period": period,
        "what": what_of,
        "points": np.array([-price[i.name] for i in indicators] + [0.0])[what_of],
        "weight": weight,
        "situation": np.full(len(who), None, dtype=object),
        "signed": np.zeros(len(who), dtype=bool),
        "event": None,
    }
    score = case.dataset.score[latest_rows(case.dataset)]
    return indicators, columns, standard_deviation(score[np.isfinite(score)])


def _new(panel: Dataset, seen: Ints, name: str, *, dated: bool, expiry: int | None) -> Floats:
    """Entries (s, T) that a count shows to be new; those of the first period are all it counts."""
    for frame in (panel.X, panel.withheld):
        if name in frame and pd.api.types.is_numeric_dtype(frame[name].dtype):
            values = frame[name].to_numpy(dtype=np.float64, na_value=np.nan)
            counts = np.where(seen >= 0, values[seen], np.nan)
            apart = expiry is not None and counts.shape[1] >= expiry
            if dated and expiry != 1:
                counts[:, 1:] = np.diff(counts, axis=1)
            elif expiry != 1:
                counts[:, (0 if not apart else 1) : -1] = 0.0
            return np.asarray(np.maximum(np.nan_to_num(counts), 0.0), dtype=np.float64)
    return np.zeros(seen.shape)
