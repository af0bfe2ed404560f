"""The columns that say who, when, which score, which category and what came of it, read by a scheme."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from scs_ml.core import Floats, Ints
from scs_ml.data.periods import order_periods
from scs_ml.data.values import as_number, codes_of, relabel
from scs_ml.data.wide import period_column
from scs_ml.schemes import Scheme
from scs_ml.storage import column_text

ONE_PERIOD = "all"  # label of the period of a table that has only one


def read_subject(frame: pd.DataFrame, scheme: Scheme) -> pd.Series[str]:
    """Give the subject (n,) in clear; the row number of the file where the scheme names no column."""
    if scheme.roles.subject:
        return column_text(frame[scheme.roles.subject])
    return pd.Series(frame.index.astype("str"), index=frame.index, dtype="str")


def read_period(frame: pd.DataFrame, scheme: Scheme) -> tuple[pd.Series[str], tuple[str, ...] | None]:
    """Give the period labels (n,), and the distinct ones in time order (None where that is in doubt)."""
    column = period_column(scheme)
    if column is None:
        return pd.Series(ONE_PERIOD, index=frame.index, dtype="str"), (ONE_PERIOD,)
    labels = column_text(frame[column])
    return labels, scheme.wide.periods if scheme.wide else order_periods(labels)


def read_score(frame: pd.DataFrame, scheme: Scheme) -> Floats | None:
    """Give the score (n,), NaN where not recorded; None where the scheme names no column."""
    return as_number(frame[scheme.roles.score]) if scheme.roles.score else None


def category_labels(column: pd.Series[Any], scheme: Scheme) -> pd.Series[str]:
    """Give the labels (n,) that a column of categories stands for."""
    return relabel(column_text(column), scheme.roles.category_labels)


def read_category(frame: pd.DataFrame, scheme: Scheme) -> Ints:
    """Give category codes (n,), read from their column or computed from the score; -1 where not known."""
    if scheme.roles.category is None:
        return scheme.scale.categorise(as_number(frame[str(scheme.roles.score)]))
    return codes_of(category_labels(frame[scheme.roles.category], scheme), scheme.scale.categories)


def read_adverse(frame: pd.DataFrame, scheme: Scheme) -> Floats | None:
    """Give the outcome (n,): 1 adverse, 0 not, NaN not recorded; None where the scheme names none."""
    if scheme.outcome is None:
        return None
    text = column_text(frame[scheme.outcome.column])
    return np.where(text.isna(), np.nan, text.isin(scheme.outcome.adverse).astype(np.float64))
