"""Entries of people of one area who are no relatives."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from scs_ml.audit.coincidences.check import Plan
from scs_ml.audit.coincidences.entries import Entries, Reading, joined
from scs_ml.audit.coincidences.pairs import Coincidence, Partition
from scs_ml.core import AuditCase, Bools, Ints


def neighbours(case: AuditCase, reading: Reading, kept: Bools) -> Plan | str:
    """Pair entries (`kept`, a mask (e,)) of people of one area, by one rule, relatives left out.

    An area and period is one independent unit: whatever strikes both, strikes all who live there.
    """
    area = _areas(case, reading)
    if area is None:
        return "nothing says where people live: declare roles.area"
    entries = reading.entries.take(kept & (area[reading.entries.at] >= 0))
    if not len(entries):
        return "no such entry is booked where the area is known"
    place, rules = area[entries.at], int(entries.rule.max()) + 1
    family = reading.book.dataset.cluster[entries.at]
    unit = joined(place, entries.period - entries.period.min())
    pairs = Coincidence(
        wide=Partition.of(place * rules + entries.rule, entries.period),
        narrow=Partition.of(joined(family, place * rules + entries.rule), entries.period),
        unit=unit,
        n_units=int(unit.max()) + 1,
        stratum=entries.rule,
        n_strata=rules,
    )
    return Plan(entries, pairs)


def _areas(case: AuditCase, reading: Reading) -> Ints | None:
    """Codes of where the book's people (s,) live: the area, else a place among the indicators."""
    dataset = reading.book.dataset
    if dataset.area is not None:
        return pd.factorize(dataset.area.astype(object))[0].astype(np.int64)
    for indicator in case.scheme.indicators:
        if indicator.nature == "location" and indicator.dtype == "category":
            for frame in (dataset.X, dataset.withheld):
                if indicator.name in frame:
                    return pd.factorize(frame[indicator.name].astype(object))[0].astype(np.int64)
    return None


def of_indicators(entries: Entries, names: set[str]) -> npt.NDArray[np.bool_]:
    """Which entries (e,) are by some indicators."""
    chosen = np.array([name in names for name in entries.names], dtype=bool)
    return np.asarray(chosen[entries.indicator])
