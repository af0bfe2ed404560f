"""The entries that can be copies: whose they are, when, by which rule, and what they cost."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from scs_ml.audit.groups import Contrast, contrasts
from scs_ml.audit.points import Booked, booked
from scs_ml.audit.remembering import remembered
from scs_ml.core import AuditCase, Bools, Dataset, Floats, Ints
from scs_ml.schemes import Scheme


@dataclass(frozen=True)
class Entries:
    """Entries that take points, by indicators that may count, outside the situations recorded.

    Attributes
    ----------
    position : ndarray of int (e,)
        Positions among the book's events.
    at : ndarray of int (e,)
        Whose, as a position among the book's rows.
    period, rule, informant, indicator, context : ndarray of int (e,)
        The period, and codes of the others; `informant` is -1 where none signed.
    weight : ndarray (e,)
        Points taken, positive.
    left : ndarray (e,)
        Share of the points that still counts.
    names : tuple of str
        Indicators, by code.
    """

    position: Ints
    at: Ints
    period: Ints
    rule: Ints
    informant: Ints
    indicator: Ints
    context: Ints
    weight: Floats
    left: Floats
    names: tuple[str, ...]

    def __len__(self) -> int:
        """Count the entries."""
        return len(self.at)

    def take(self, rows: Bools) -> Entries:
        """Keep some of the entries."""
        arrays = {k: v[rows] for k, v in vars(self).items() if k != "names"}
        return Entries(**arrays, names=self.names)


@dataclass(frozen=True)
class Reading:
    """A case read once for all checks of coincidences: the book, its entries, and who is compared.

    `in_force` (s,) holds all points in force that could be copies, those of situations with them.
    `compared` holds the contrasts of attributes over the book's rows. People come into and out of situations,
    so that these are no lasting groups whose entries could be copied.
    """

    book: Booked
    entries: Entries
    in_force: Floats
    compared: tuple[Contrast, ...]


def joined(*codes: Ints) -> Ints:
    """Give one code (e,), from 0 up, to every combination of codes that occurs."""
    key = np.zeros(len(codes[0]), dtype=np.int64)
    for each in codes:
        key = np.unique(key, return_inverse=True)[1] * (int(each.max(initial=0)) + 1) + each
    return np.unique(key, return_inverse=True)[1].astype(np.int64)


@remembered
def read(case: AuditCase) -> Reading | None:
    """Read a case; None without a ledger."""
    book = booked(case)
    if book is None:
        return None
    situations = {s.name for s in case.scheme.situations}
    compared = tuple(
        c if len(book.rows) == len(case.dataset) else c.take(book.rows, case.dataset.cluster)
        for c in contrasts(case)
        if not situations & {name for name, _ in c.group}
    )
    whole = _entries(case, book)
    outside = ~_in_situation(case, book)[whole.position]
    in_force = np.bincount(whole.at, weights=whole.weight * whole.left, minlength=len(book.rows))
    return Reading(book, whole.take(outside), in_force.astype(np.float64), compared)


def _entries(case: AuditCase, book: Booked) -> Entries:
    events = book.events
    indicator, names = pd.factorize(events["indicator"], sort=True)
    contexts, allowed = _declared(case.scheme, [str(name) for name in names])
    weight = -events["points"].to_numpy(dtype=np.float64)
    # The last entry of each is for events that name no indicator: code -1.
    kept = np.append(allowed, False)[indicator] & (weight > 0)
    position = np.flatnonzero(kept).astype(np.int64)
    indicator = indicator[position].astype(np.int64)
    return Entries(
        position=position,
        at=events["at"].to_numpy(dtype=np.int64)[position],
        period=events["period"].to_numpy(dtype=np.int64)[position],
        rule=pd.factorize(events["rule"].to_numpy()[position])[0].astype(np.int64),
        informant=pd.factorize(events["informant"].to_numpy()[position])[0].astype(np.int64),
        indicator=indicator,
        context=contexts[indicator],
        weight=weight[position],
        left=events["left"].to_numpy(dtype=np.float64)[position],
        names=tuple(str(name) for name in names),
    )


def _declared(scheme: Scheme, names: list[str]) -> tuple[Ints, Bools]:
    """Codes of the contexts of indicators, and whether each may count against its subject.

    Where somebody lives, and what no indicator may be made of, is not entered event by event.
    """
    known = {i.name: i for i in scheme.indicators}
    allowed = [
        name in known and known[name].forbidden_reason is None and known[name].nature != "location"
        for name in names
    ]
    contexts = [known[name].context if name in known else "" for name in names]
    return pd.factorize(np.array(contexts, dtype=object))[0].astype(np.int64), np.array(allowed, dtype=bool)


def _in_situation(case: AuditCase, book: Booked) -> Bools:
    """Tell which events (e,) fell into a situation: by the ledger, or by the row of their period.

    Spells bring entries together in time; what they do is for the checks of situations.
    """
    inside = book.events["situation"].notna().to_numpy(dtype=bool)
    history = case.dataset if case.history is None else case.history
    if len(inside) and not inside.any() and len(history.situations.columns):
        inside = inside | _by_rows(history, book)
    return inside


def _by_rows(history: Dataset, book: Booked) -> Bools:
    at = pd.Index(book.dataset.subject).get_indexer(pd.Index(history.subject)).astype(np.int64)
    struck = history.situations.to_numpy(dtype=bool).any(axis=1) & (at >= 0)
    events = book.events
    first = min(int(history.period.min()), int(events["period"].min()))
    span = max(int(history.period.max()), int(events["period"].max())) - first + 1
    keys = np.unique(at[struck] * span + history.period[struck] - first)
    of_event = (
        events["at"].to_numpy(dtype=np.int64) * span + events["period"].to_numpy(dtype=np.int64) - first
    )
    found = np.searchsorted(keys, of_event)
    return np.asarray(np.append(keys, -1)[found] == of_event)
