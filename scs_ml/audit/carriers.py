"""What may carry points beyond the rules: groups, places and forbidden indicators, as columns of a line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from scs_ml.audit.checks._predictability import levels
from scs_ml.audit.groups import Contrast, contrasts
from scs_ml.core import AuditCase, Bools, Floats, Ints
from scs_ml.schemes import Indicator, event_weights

FEWEST = 5  # rows of a level that stands alone; rarer ones are taken together

_SLUGS_BY_NATURE = {
    "psychological": "state_of_mind",
    "health": "illness_misread",
    "protected": "direct_use",
    "location": "postcode_proxy",
}
_SLUGS_BY_CONCERN = {"relatives": "family_spillover", "friends": "friends_conduct"}
_SLUGS_BY_SOURCE = {
    "organization": "organization_to_leaders",
    "webspace": "purchases_misread",
    "business": "purchases_misread",
}


@dataclass(frozen=True)
class Carrier:
    """A forbidden indicator that the table holds, as columns (n, k) whose zero means nothing to count."""

    indicator: Indicator
    columns: Floats

    @property
    def slug(self) -> str:
        """Mechanism that reliance on it belongs to."""
        return slug_of(self.indicator)


def slug_of(indicator: Indicator) -> str:
    """Name the mechanism that reliance on a forbidden indicator belongs to: whom it concerns comes first."""
    return (
        _SLUGS_BY_CONCERN.get(indicator.concerns)
        or _SLUGS_BY_NATURE.get(indicator.nature)
        or _SLUGS_BY_SOURCE.get(indicator.source)
        or "unknown"
    )


def indicator_values(case: AuditCase, name: str) -> pd.Series | None:
    """Values (n,) of an indicator, also where it is withheld from models; None where there are none."""
    for frame in (case.dataset.X, case.dataset.withheld):
        if name in frame:
            return frame[name]
    return None


def forbidden_carriers(case: AuditCase) -> tuple[Carrier, ...]:
    """Give every forbidden indicator that the table holds and that varies, locations apart.

    Parameters
    ----------
    case : AuditCase

    Returns
    -------
    tuple of Carrier
        Numbers and flags as they are (missing values at zero), categories as one column per level but the
        most frequent. A flag's second column counts the earlier periods in which it was set, where the case
        has a history: points taken then stay away for as many periods as the card says.
    """
    found = []
    for indicator in case.scheme.indicators:
        values = indicator_values(case, indicator.name)
        if indicator.forbidden_reason is None or indicator.nature == "location" or values is None:
            continue
        if indicator.dtype == "category":
            columns = level_columns(levels(values))
        else:
            number = np.asarray(values.astype(np.float64).fillna(0.0), dtype=np.float64)
            before = _set_before(case, indicator)
            columns = np.column_stack([number] if before is None else [number, before])
        columns = np.asarray(columns, dtype=np.float64)
        if columns.size and np.ptp(columns, axis=0).max() > 0:
            found.append(Carrier(indicator, columns))
    return tuple(found)


def _set_before(case: AuditCase, indicator: Indicator) -> Floats | None:
    """In how many earlier periods, as the card looks back and weighs them, a flag was set (n,)."""
    past = case.history
    if past is None or indicator.dtype != "flag":
        return None
    frames = (past.X, past.withheld)
    values = next((frame[indicator.name] for frame in frames if indicator.name in frame), None)
    if values is None:
        return None
    people = pd.Index(pd.unique(case.dataset.subject.astype(object)))
    person = people.get_indexer(past.subject.astype(object))
    table = np.zeros((len(people), len(past.periods)))
    seen = person >= 0
    table[person[seen], past.period[seen]] = values.astype(np.float64).fillna(0.0).to_numpy()[seen]
    who = people.get_indexer(case.dataset.subject.astype(object))
    age = case.dataset.period[:, None] - np.arange(len(past.periods))
    left = np.where(age > 0, event_weights(case.scheme.card, age), 0.0)
    return np.asarray((table[who] * left).sum(axis=1), dtype=np.float64)


def history_indicators(case: AuditCase) -> dict[str, Floats]:
    """Values (n,) of the indicators that say how long or how much somebody is on record."""
    found = {}
    for indicator in case.scheme.indicators:
        values = indicator_values(case, indicator.name)
        if str(indicator.nature) == "history" and indicator.dtype != "category" and values is not None:
            found[indicator.name] = np.asarray(values.astype(np.float64).fillna(0.0), dtype=np.float64)
    return found


def level_columns(codes: Ints) -> Floats:
    """One 0/1 column (n, k) per level but the most frequent; rare levels are taken together."""
    size = np.bincount(codes)
    merged = np.where(size[codes] < FEWEST, len(size), codes)
    named, counts = np.unique(merged, return_counts=True)
    kept = np.delete(named, int(counts.argmax()))
    return np.asarray(merged[:, None] == kept, dtype=np.float64)


def place_columns(case: AuditCase) -> dict[str, Floats]:
    """Columns (n, k) of every location among the indicators, by its name (a number is cut into tenths)."""
    found = {}
    for indicator in case.scheme.indicators:
        values = indicator_values(case, indicator.name)
        if indicator.nature == "location" and values is not None:
            found[indicator.name] = level_columns(levels(values))
    return found


def borne_by_persons(case: AuditCase) -> tuple[Contrast, ...]:
    """Give the comparisons of single attributes and of illness.

    A disaster strikes places: what its people lose and what their place loses cannot be parted.
    """
    illnesses = {s.name for s in case.scheme.situations if s.kind == "illness"}
    asked = {*map(str, case.dataset.sensitive), *illnesses}
    return tuple(c for c in contrasts(case) if len(c.group) == 1 and c.group[0][0] in asked)


def group_columns(compared: Sequence[Contrast], n: int) -> tuple[Floats, dict[tuple[str, str], int]]:
    """Write an intercept and one column per group and situation, people of unknown membership apart.

    Parameters
    ----------
    compared : sequence of Contrast
        Intersections among them are passed over.
    n : int
        Rows that their masks speak of.

    Returns
    -------
    columns : ndarray (n, k)
    position : dict of (attribute, value) to int
        Column of each group.
    """
    columns: list[npt.NDArray[np.float64]] = [np.ones(n)]
    position: dict[tuple[str, str], int] = {}
    known: dict[str, Bools] = {}
    for contrast in compared:
        if len(contrast.group) == 1:
            attribute = contrast.group[0][0]
            position[contrast.group[0]] = len(columns)
            columns.append(contrast.members.astype(np.float64))
            known[attribute] = known.get(attribute, contrast.others) | contrast.members
    columns += [(~mask).astype(np.float64) for mask in known.values() if not mask.all()]
    return np.column_stack(columns), position
