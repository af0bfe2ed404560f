"""Periods in time order: only where their order is beyond doubt."""

from __future__ import annotations

from typing import Any

import pandas as pd

# Texts of one form sort in time order; integers sort as numbers.
_FORMS = {
    "integers": r"-?\d+",
    "quarters": r"\d{4}-?Q[1-4]",
    "half-years": r"\d{4}-?H[12]",
    "months": r"\d{4}-(0[1-9]|1[0-2])",
    "weeks": r"\d{4}-W[0-5]\d",
    "dates": r"\d{4}-(0[1-9]|1[0-2])-([0-2]\d|3[01])",
    "times": r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?",
}
ORDERED_FORMS = "integers, 2014Q1, 2014H1, 2014-01, 2014-W05 or 2014-01-31, one form for all rows"


def order_periods(labels: pd.Series[str]) -> tuple[str, ...] | None:
    """Put the distinct period labels in time order; None where their order is in doubt.

    Parameters
    ----------
    labels : Series of str
        Missing ones are passed over.

    Returns
    -------
    tuple of str or None

    Examples
    --------
    >>> order_periods(pd.Series(["10", "9", "10"]))
    ('9', '10')
    >>> order_periods(pd.Series(["spring", "autumn"])) is None
    True
    """
    distinct = pd.Series(labels.dropna().unique(), dtype="str")
    if len(distinct) < 2:
        return tuple(distinct)
    for form, pattern in _FORMS.items():
        if distinct.str.fullmatch(pattern).all():
            if form in {"quarters", "half-years"} and len(set(distinct.str.len())) > 1:
                return None  # 2014Q1 beside 2014-Q2
            return tuple(sorted(distinct, key=int if form == "integers" else None))
    return None


def last_days(labels: pd.Series[str]) -> pd.Series[Any]:
    """Give the last day (n,) of each period: of a year, quarter, month or date; NaT for any other label."""
    distinct = pd.Series(labels.dropna().unique(), dtype="str")
    ends = {}
    for label in distinct[distinct.str.fullmatch(r"\d{4}(-?Q[1-4]|-\d\d(-\d\d)?)?")]:
        try:
            ends[label] = pd.Period(label.replace("-Q", "Q")).end_time.normalize()
        except ValueError:
            continue
    return pd.to_datetime(labels.map(ends))
