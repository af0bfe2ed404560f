"""Which attribute orders ages, told from its labels."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from scs_ml.core import UNKNOWN_GROUP, Ints
from scs_ml.schemes import Scheme

OLDEST = 120
BIRTH_YEARS = 1880, 2100
BELOW = re.compile(r"under|below|less|younger|up to|<|before", re.IGNORECASE)
ABOVE = re.compile(r"over|above|more|older|from|>|\+|after", re.IGNORECASE)
WORDS = (  # the first that a label holds places it
    (re.compile(r"\b(infant|baby|child|children|minor|minors|teen|teens|teenager)\b", re.IGNORECASE), 10.0),
    (re.compile(r"\b(young|youth|younger|student)\b", re.IGNORECASE), 22.0),
    (re.compile(r"\b(middle|middle-aged|adult|adults|working)\b", re.IGNORECASE), 45.0),
    (
        re.compile(r"\b(old|older|elders?|elderly|seniors?|retired|pensioners?)\b", re.IGNORECASE),
        70.0,
    ),
)


def age_ranks(scheme: Scheme, sensitive: pd.DataFrame) -> Ints | None:
    """Rank the ages of some rows.

    An attribute orders ages if every label of it names another age: by numbers (``under 30``, ``30 to 59``,
    ``1950-1969``) or by a word for an age.

    Parameters
    ----------
    scheme : Scheme
    sensitive : DataFrame of str (n, a)

    Returns
    -------
    ndarray of int (n,) or None
        0 the youngest, -1 where unknown; of the first attribute that orders ages, None where none does.
    """
    for attribute in scheme.sensitive:
        if attribute.name not in sensitive:
            continue
        column = sensitive[attribute.name].astype(object).fillna(UNKNOWN_GROUP).astype(str)
        labels = [label for label in pd.unique(column) if label != UNKNOWN_GROUP]
        ages = {label: age_of(label) for label in labels}
        found = sorted({age for age in ages.values() if age is not None})
        if len(labels) > 1 and len(found) == len(labels):
            rank = {label: found.index(age) for label, age in ages.items() if age is not None}
            return column.map(rank).fillna(-1).to_numpy(dtype=np.int64)
    return None


def age_of(label: str) -> float | None:
    """Give the age that a label names, roughly; None where it names none.

    Examples
    --------
    >>> age_of("under 30"), age_of("30 to 59"), age_of("60+"), age_of("born 1950-1969"), age_of("elderly")
    (29.0, 44.5, 61.0, 140.5, 70.0)
    >>> age_of("male") is None
    True
    """
    numbers = [float(text) for text in re.findall(r"\d+(?:\.\d+)?", label)]
    if not numbers:
        return next((age for word, age in WORDS if word.search(label)), None)
    first, last = BIRTH_YEARS
    born = all(first <= number <= last for number in numbers)
    if not born and max(numbers) > OLDEST:
        return None
    middle = sum(numbers) / len(numbers)
    if len(numbers) == 1:
        middle += bool(ABOVE.search(label)) - bool(BELOW.search(label))
    return last - middle if born else middle
