"""How a card forgets: what an event's points still count for after some periods, by decay and by expiry."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from scs_ml.exceptions import SchemeError, TableError
from scs_ml.schemes.indicators import Card, Rule
from scs_ml.schemes.model import Scheme

_GONE = 0.5  # what is left rounds to no point
_SHOWN = 8  # periods, where the card does not say when points lapse


def event_weights(card: Card | None, age: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Shares of an event's points that still count when it is so many periods old.

    Parameters
    ----------
    card : Card or None
        Its half-life and expiry; without a card nothing fades.
    age : array
        Periods since the event; below 0 it has not happened yet.

    Returns
    -------
    ndarray, as `age`
        0 before the event, 1 in its own period, then ``0.5 ** (age / half_life)``; 0 from the expiry on.

    Examples
    --------
    >>> card = Card(rules=(Rule(name="debt", indicator="debts", points=-10),), half_life=2, expiry=5)
    >>> event_weights(card, [-1, 0, 2, 4, 5])
    array([0.  , 1.  , 0.5 , 0.25, 0.  ])
    """
    age = np.asarray(age, dtype=np.float64)
    weights = np.where(age >= 0, 1.0, 0.0)
    if card is not None and card.half_life is not None:
        weights *= 0.5 ** (np.maximum(age, 0.0) / card.half_life)
    if card is not None and card.expiry is not None:
        weights[age >= card.expiry] = 0.0
    return weights


def in_force(card: Card | None, per_period: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """Points in force in every period, from the points of the events of every period.

    Parameters
    ----------
    card : Card or None
    per_period : ndarray (n, T)
        Points of the events of consecutive periods.

    Returns
    -------
    ndarray (n, T)
        Each period's sum of what its own events and the earlier ones still count for.
    """
    periods = per_period.shape[1]
    total = np.zeros(per_period.shape)
    for age, weight in enumerate(event_weights(card, np.arange(periods))):
        if weight:
            total[:, age:] += weight * per_period[:, : periods - age]
    return total


def ledger_points(
    scheme: Scheme, events: pd.DataFrame, subjects: Sequence[Any] | npt.NDArray[Any], period: int
) -> pd.DataFrame:
    """Points that every rule of the card gives to every subject, from dated events.

    Parameters
    ----------
    scheme : Scheme
        A scheme with a card.
    events : DataFrame (e, ...)
        Columns ``subject``, ``period`` (code), ``rule`` and ``points``, as in `core.Ledger`. Events of rules
        that the card does not have, and of subjects not asked for, give nothing.
    subjects : sequence (n,)
        Each once.
    period : int
        Code of the period whose points are asked for: later events do not count yet.

    Returns
    -------
    DataFrame (n, rules)
        Index `subjects`. Points fade and lapse as the card says, and what is left of a rule's points is kept
        within its cap.

    Raises
    ------
    SchemeError
        If the scheme has no card.
    TableError
        If `events` lacks a column, or `subjects` names somebody twice.
    """
    card = _card(scheme)
    if lacking := [name for name in ("subject", "period", "rule", "points") if name not in events]:
        raise TableError(
            "the events lack columns",
            where=f"columns {', '.join(lacking)}",
            remedy="give one row per event, as in a ledger",
        )
    who = pd.Index(subjects)
    if who.has_duplicates:
        twice = who[who.duplicated()].unique()
        raise TableError(
            "a subject is asked for twice",
            where=f"{len(twice)} of {len(who)} subjects, first: {', '.join(map(str, twice[:5]))}",
            remedy="give each subject once",
        )
    row = who.get_indexer(pd.Index(events["subject"]))
    rules = pd.Index([rule.name for rule in card.rules])
    column = rules.get_indexer(pd.Index(events["rule"]))
    left = event_weights(card, period - events["period"].to_numpy(np.int64))
    left = left * events["points"].to_numpy(np.float64)
    known = (row >= 0) & (column >= 0)
    points = np.zeros((len(who), len(rules)))
    np.add.at(points, (row[known], column[known]), left[known])
    caps = np.array([np.inf if rule.cap is None else rule.cap for rule in card.rules])
    return pd.DataFrame(np.clip(points, -caps, caps), index=who, columns=rules)


def rehabilitation_table(scheme: Scheme, periods: int | None = None) -> pd.DataFrame:
    """Say how long one event of every rule costs, or gives, how many points.

    Parameters
    ----------
    scheme : Scheme
        A scheme with a card.
    periods : int, optional
        Last age shown; where not given, that at which points lapse, or 8 where they never do.

    Returns
    -------
    DataFrame
        One line per rule and level: ``rule``, ``value`` (``per unit`` or the level), the points left
        after 0, 1, 2, ... periods (columns named by the number; to the hundredth), and ``gone after``: the
        periods after which nothing counts any more, or half a point at most where points only fade;
        missing where they stay for ever.

    Raises
    ------
    SchemeError
        If the scheme has no card.
    """
    card = _card(scheme)
    ages = range((card.expiry or _SHOWN) + 1 if periods is None else periods + 1)
    weights = event_weights(card, list(ages))
    lines = [
        {"rule": rule.name, "value": value}
        | {str(age): round(points * weight, 2) + 0.0 for age, weight in zip(ages, weights, strict=True)}
        | {"gone after": _gone_after(card, points)}
        for rule in card.rules
        for value, points in _prices(rule)
    ]
    return pd.DataFrame(lines).astype({"gone after": "Int64"})


def _card(scheme: Scheme) -> Card:
    if scheme.card is None:
        raise SchemeError(f"the scheme {scheme.name!r} has no card", remedy="add `card:` with its rules")
    return scheme.card


def _prices(rule: Rule) -> Iterable[tuple[str, float]]:
    """Points of one event of a rule, or of each of its levels; no event costs more than the cap."""
    cap = np.inf if rule.cap is None else rule.cap
    priced = {"per unit": rule.points or 0.0} if rule.levels is None else rule.levels
    return [(value, float(np.clip(points, -cap, cap))) for value, points in priced.items()]


def _gone_after(card: Card, points: float) -> int | None:
    if card.half_life is None:
        return card.expiry
    halvings = np.log2(max(abs(points), _GONE) / _GONE)
    # Exactly half a point still rounds to nothing: the first whole period at which no more is left.
    faded = int(np.ceil(halvings * card.half_life - 1e-9))
    return faded if card.expiry is None else min(faded, card.expiry)
