"""Tables with one column a period become panels; named filters keep some rows."""

from __future__ import annotations

import numpy as np
import pandas as pd

from scs_ml.core import Bools
from scs_ml.data.values import as_number
from scs_ml.exceptions import SchemeError, TableError
from scs_ml.schemes import Scheme
from scs_ml.storage import column_text

PERIOD = "period"  # name of the column that a wide table gains, where the scheme names none


def period_column(scheme: Scheme) -> str | None:
    """Name the column that holds the period; None where the table is of one period."""
    return PERIOD if scheme.wide and not scheme.roles.period else scheme.roles.period


def wide_to_long(frame: pd.DataFrame, scheme: Scheme, name: str) -> pd.DataFrame:
    """Turn a table (n, d) with a column per period into one (n * periods, d + new columns), period by period.

    Parameters
    ----------
    frame : DataFrame (n, d)
    scheme : Scheme
        With its `wide` part; without one the table is given back as it is.
    name : str
        What messages call the table.

    Returns
    -------
    DataFrame
        Rows keep the row numbers of the file.

    Raises
    ------
    TableError
        If a column that the scheme lists is missing.
    """
    if scheme.wide is None:
        return frame
    listed = [column for columns in scheme.wide.columns.values() for column in columns]
    absent = sorted(set(listed) - set(frame.columns))
    if absent:
        raise TableError(
            f"columns that the scheme's `wide` lists are missing: {', '.join(absent)}",
            where=name,
            remedy="correct the names in the scheme, or the header of the table",
        )
    period = str(period_column(scheme))
    parts = []
    for at, label in enumerate(scheme.wide.periods):
        part = frame.copy(deep=False)
        for new, columns in scheme.wide.columns.items():
            part[new] = frame[columns[at]]
        part[period] = label
        parts.append(part)
    return pd.concat(parts)


def filter_rows(frame: pd.DataFrame, scheme: Scheme, row_filter: str | None, name: str) -> Bools:
    """Tell which rows (n,) a named filter of the scheme keeps; all of them without a filter.

    A missing value lies in no range and in no list.

    Raises
    ------
    SchemeError
        If the scheme has no filter of that name.
    TableError
        If the table lacks a column that the filter asks.
    """
    kept = np.ones(len(frame), dtype=np.bool_)
    if row_filter is None:
        return kept
    if row_filter not in scheme.row_filters:
        known = ", ".join(scheme.row_filters) or "none"
        raise SchemeError(
            f"the scheme has no row filter {row_filter!r}", where=scheme.name, remedy=f"its filters: {known}"
        )
    for condition in scheme.row_filters[row_filter]:
        if condition.column not in frame:
            raise TableError(
                f"row filter {row_filter!r} asks column {condition.column!r}, which is missing",
                where=name,
                remedy="correct the filter in the scheme, or the header of the table",
            )
        column = frame[condition.column]
        if condition.minimum is not None:
            kept &= as_number(column) >= condition.minimum
        if condition.maximum is not None:
            kept &= as_number(column) <= condition.maximum
        if condition.any_of is not None:
            kept &= column_text(column).isin(condition.any_of).to_numpy()
        if condition.none_of is not None:
            kept &= ~column_text(column).isin(condition.none_of).to_numpy()
    return kept
