"""How long and how much somebody is on record: what a short file or a recent arrival can be seen by."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from scs_ml.audit.carriers import history_indicators
from scs_ml.audit.checks._predictability import levels
from scs_ml.audit.points import booked
from scs_ml.audit.remainder import NOTHING, Remainder
from scs_ml.core import AuditCase, Bools, Floats, Ints

LEAST, CHANCE = 0.1, 1e-4  # share of a group's spread that a record must explain, and the chance it does not
STEADY = 0.9  # share of changes that must be a step of one, where a record tells time
HALF = 0.5  # rank correlation from which a record goes with the number of entries
FEW_LATE = 0.05  # share of people who must have come during the history, for the date to be looked at


@dataclass(frozen=True)
class Record:
    """One reading of the record (r,), over the remainder's rows, and the mechanism it would show."""

    name: str
    slug: str
    indicator: str | None
    values: Floats


def records(case: AuditCase, held: Remainder) -> tuple[Record, ...]:
    """Give every reading of the record that the case allows.

    Parameters
    ----------
    case : AuditCase
    held : Remainder

    Returns
    -------
    tuple of Record
        Indicators of nature ``history``: one that rises by one from period to period says when somebody came,
        any other how much is on file (without a history the one that goes with the number of entries).
        The ledger's entries in force, else the sum of the card's counts. The first period in which somebody
        is seen.
    """
    length = _length(case, held.rows)
    found = []
    for name, values in history_indicators(case).items():
        slug = "recent_mover" if _tells_time(case, name, values[held.rows], length) else "thin_file"
        found.append(Record(name, slug, name, values[held.rows]))
    if length is not None and np.ptp(length) > 0:
        found.append(Record("the number of entries", "thin_file", None, length))
    if held.panel is not None:
        first = np.isfinite(held.panel).argmax(axis=1).astype(np.float64)
        if (first > 0).mean() >= FEW_LATE:
            found.append(Record("the first period on record", "recent_mover", None, first))
    return tuple(found)


def explains(record: Record, value: Floats, members: Bools) -> float:
    """Share of the members' spread (r,) that the levels of a record explain; 0 where it may be chance."""
    codes = levels(pd.Series(record.values[members]))
    y = value[members]
    total = float(np.sum((y - y.mean()) ** 2))
    k, n = int(codes.max()) + 1, len(y)
    size = np.bincount(codes, minlength=k)
    k = int((size > 0).sum())
    if k < 2 or n <= k or not total > n * NOTHING**2:
        return 0.0
    mean = np.bincount(codes, weights=y) / np.maximum(np.bincount(codes), 1)
    rest = float(np.sum((y - mean[codes]) ** 2))
    share = 1 - (rest / (n - k)) / (total / (n - 1))
    if rest > 0 and float(stats.f.sf((total - rest) / (k - 1) / (rest / (n - k)), k - 1, n - k)) > CHANCE:
        return 0.0
    return share


def _length(case: AuditCase, rows: Ints) -> Floats | None:
    """Entries in force (r,) by the ledger, else by the card's counts."""
    book = booked(case)
    if book is not None:
        forbidden = [i.name for i in case.scheme.indicators if i.forbidden_reason is not None]
        counted = book.events["in_force"] & ~book.events["indicator"].isin(forbidden)
        entries = np.bincount(book.events["at"], weights=counted, minlength=len(book.rows))
        return np.asarray(entries[np.isin(book.rows, rows)], dtype=np.float64)
    if case.scheme.card is None:
        return None
    names = {rule.indicator for rule in case.scheme.card.rules}
    counts = [
        frame[name].astype(np.float64).fillna(0.0)
        for frame in (case.dataset.X, case.dataset.withheld)
        for name in frame
        if name in names and case.scheme.indicator(str(name)).dtype == "number"
    ]
    return np.asarray(sum(counts).to_numpy(dtype=np.float64)[rows]) if counts else None  # type: ignore[union-attr]


def _tells_time(case: AuditCase, name: str, values: Floats, length: Floats | None) -> bool:
    past = case.history
    frames = () if past is None else (past.X, past.withheld)
    column = next((frame[name] for frame in frames if name in frame), None)
    if past is not None and column is not None:
        order = np.lexsort((past.period, pd.factorize(past.subject)[0]))
        then, who, when = column.to_numpy(dtype=np.float64)[order], past.subject[order], past.period[order]
        follows = (who[1:] == who[:-1]) & (when[1:] == when[:-1] + 1)
        if follows.any():
            steps = np.diff(then)[follows]
            moving = steps[steps != 0]  # a record may be counted up to a limit
            return bool(len(moving)) and bool(np.mean(moving == 1) > STEADY)
    if length is None or not np.ptp(length) > 0 or not np.ptp(values) > 0:
        return True
    return abs(float(stats.spearmanr(values, length).statistic)) < HALF
