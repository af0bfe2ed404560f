"""Guesses at what the columns of an unknown table are, from their names and their values."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from scs_ml.data.periods import order_periods
from scs_ml.data.values import as_flag, as_number
from scs_ml.safeguards import protected_word
from scs_ml.storage import column_text

MOST_LEVELS = 30  # distinct texts that may be a category's levels; more are names or prose
_MOST_CATEGORIES = 12
_ROWS_A_LEVEL = 2  # on average: texts that hardly repeat are names, and a draft must not spell them out

_SUBJECT = r"id|person|subject|client|customer|applicant|citizen|member|borrower|student|pupil|user"
_PERIOD = r"period|quarter|month|year|date|week|semester|term|wave|round"
_SCORE = r"score|points|rating|grade"
_CATEGORY = r"category|class|grade|band|level|rating|risk|tier|letter"
_OUTCOME = r"outcome|default|recid|recidivism|dropout|arrested|bankrupt|label|target"
_FAMILY = r"family|household"
_AREA = r"district|area|region|county|city|postcode|zip|province|state|municipality|neighbourhood"
_AGREEMENT = r"agreed|agreement|consent|notice"
_SITUATION = r"illness|ill|sick|disaster|flood|accident|emergency"
_SITUATIONS = {"ill": "illness", "sick": "illness", "flood": "disaster"}


@dataclass(frozen=True)
class Column:
    """A column and what its values look like: numbers, flags, categories, or text of many values."""

    name: str
    dtype: Literal["number", "flag", "category", "text"]
    distinct: tuple[str, ...]  # in order of size or alphabet; empty for numbers of many values and for text
    n_distinct: int
    missing: int
    span: tuple[float, float] | None = None  # smallest and largest number


@dataclass(frozen=True)
class Guess:
    """What the columns of a table may be."""

    roles: Mapping[str, Column]
    sensitive: tuple[Column, ...]
    situations: Mapping[str, Column]  # kind -> column
    indicators: tuple[Column, ...]
    left_out: tuple[Column, ...]


def guess_columns(frame: pd.DataFrame) -> Guess:
    """Guess what each column of a table is for.

    Parameters
    ----------
    frame : DataFrame (n, d)
        As `load_frame` gives it.

    Returns
    -------
    Guess
        Every column in one place.
    """
    columns = {str(name): _describe(frame[name]) for name in frame.columns}
    sensitive = tuple(
        c for c in columns.values() if protected_word(c.name) and c.n_distinct > 1 and c.dtype != "text"
    )
    free = {name: column for name, column in columns.items() if column not in sensitive}
    roles: dict[str, Column] = {}
    for role, names, fits in _signs(frame):
        found = next((c for c in free.values() if _word(names, c.name) and fits(c)), None)
        if found is not None and role not in roles:
            roles[role] = free.pop(found.name)
    if "subject" in roles and not _identifies(frame, roles):
        subject = roles.pop("subject")
        free[subject.name] = subject
    if "period" in roles and "subject" not in roles:
        followed = next((c for c in free.values() if _is_followed(frame, roles, c)), None)
        if followed is not None:
            roles["subject"] = free.pop(followed.name)
    situations: dict[str, Column] = {}
    for each in [c for c in free.values() if c.dtype == "flag"]:
        word = _word(_SITUATION, each.name)
        kind = _SITUATIONS.get(word, word)
        if kind and kind not in situations:
            situations[kind] = free.pop(each.name)
    rest = [c for c in columns.values() if c.name in free]
    left_out = tuple(c for c in rest if c.dtype == "text" or c.n_distinct < 2)
    return Guess(roles, sensitive, situations, tuple(c for c in rest if c not in left_out), left_out)


def looks_like_an_answer(column: Column) -> bool:
    """Tell whether a column is named like a score, category or outcome: one more, to keep from models."""
    return bool(_word(f"{_SCORE}|{_CATEGORY}|{_OUTCOME}", column.name))


def _describe(cells: pd.Series[Any]) -> Column:
    known = cells.dropna()
    name, missing, n_distinct = str(cells.name), len(cells) - len(known), int(known.nunique())
    few = n_distinct <= MOST_LEVELS
    levels = tuple(sorted(column_text(known).unique())) if few else ()
    if n_distinct == 2 and not np.isnan(as_flag(known)).any():
        return Column(name, "flag", levels, n_distinct, missing)
    numbers = as_number(known)
    if len(known) and not np.isnan(numbers).any():
        ranked = tuple(sorted(levels, key=float)) if n_distinct <= _MOST_CATEGORIES else ()
        return Column(
            name, "number", ranked, n_distinct, missing, (float(numbers.min()), float(numbers.max()))
        )
    if few and _ROWS_A_LEVEL * n_distinct <= len(known):
        return Column(name, "category", levels, n_distinct, missing)
    return Column(name, "text", (), n_distinct, missing)


def _word(names: str, column: str) -> str:
    """Give the word of a column's name that is one of some names; an empty text where none is."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", column).lower()
    found = re.search(rf"(?<![a-z])({names})s?(?![a-z])", words)
    return found.group(1) if found else ""


def _signs(frame: pd.DataFrame) -> list[tuple[str, str, Callable[[Column], bool]]]:
    """Give (role, names, what its values look like); the first sign that a column fits takes it."""
    many = _many(frame)

    def in_order(column: Column) -> bool:
        return order_periods(column_text(frame[column.name])) is not None

    return [
        ("outcome", _OUTCOME, lambda c: c.n_distinct == 2),
        (
            "period",
            _PERIOD,
            lambda c: c.dtype != "flag" and 1 < c.n_distinct <= len(frame) / 2 and in_order(c),
        ),
        ("subject", _SUBJECT, lambda c: c.n_distinct > many and (c.span is None or _whole(frame[c.name]))),
        ("family", _FAMILY, lambda c: c.n_distinct > many),
        ("agreement", _AGREEMENT, lambda c: c.dtype == "flag"),
        (
            "category",
            f"{_CATEGORY}|{_SCORE}",
            lambda c: c.dtype == "category" and c.n_distinct <= _MOST_CATEGORIES,
        ),
        ("score", _SCORE, lambda c: c.dtype == "number" and c.n_distinct > 2),
        ("category", _CATEGORY, lambda c: c.dtype == "number" and bool(c.distinct)),
        ("area", _AREA, lambda c: c.n_distinct > 1 and c.dtype in {"category", "text"}),
    ]


def _many(frame: pd.DataFrame) -> int:
    """Give the number of distinct values that a column of names has more than."""
    return max(_MOST_CATEGORIES, len(frame) // 1000)


def _is_followed(frame: pd.DataFrame, roles: Mapping[str, Column], column: Column) -> bool:
    """Tell whether a column, whatever its name, is like a subject's: once a period, and in most of them."""
    names = column.n_distinct > _many(frame) and not column.missing
    written = column.span is None or _whole(frame[column.name])
    again = 2 * column.n_distinct <= len(frame)
    return names and written and again and _identifies(frame, {**roles, "subject": column})


def _whole(cells: pd.Series[Any]) -> bool:
    return bool((as_number(cells.dropna()) % 1 == 0).all())


def _identifies(frame: pd.DataFrame, roles: Mapping[str, Column]) -> bool:
    """Tell whether a subject (with its period) names each row once."""
    names = [roles[role].name for role in ("subject", "period") if role in roles]
    return not frame[names].duplicated().any()
