"""What a scheme asks of the cells of its table, as a pandera schema."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from scs_ml.core import Bools
from scs_ml.data.problems import Problem, problem_at
from scs_ml.data.roles import category_labels
from scs_ml.data.values import as_category, as_flag, as_number
from scs_ml.data.wide import period_column
from scs_ml.schemes import Indicator, Scheme

if TYPE_CHECKING:
    import pandera.pandas as pa

_LISTED = 10  # levels named in a message
Test = tuple[Callable[["pd.Series[Any]"], Bools], str]  # which cells are good, and what a bad one is


def cell_problems(frame: pd.DataFrame, scheme: Scheme) -> list[Problem]:
    """Find missing columns and cells that break a rule.

    Parameters
    ----------
    frame : DataFrame (n, d)
        Values as read; the index holds row numbers.
    scheme : Scheme

    Returns
    -------
    list of Problem
        Missing columns first.
    """
    from pandera.errors import SchemaErrors

    try:
        table_schema(scheme).validate(frame, lazy=True)
    except SchemaErrors as errors:
        hidden = {scheme.roles.subject, scheme.roles.family}
        found = [_from_pandera(error, frame, hidden) for error in errors.schema_errors]
        return sorted(found, key=lambda problem: problem.n_rows > 0)
    return []


def _from_pandera(error: Any, frame: pd.DataFrame, hidden: set[str | None]) -> Problem:
    reason = error.reason_code.name
    if reason == "COLUMN_NOT_IN_DATAFRAME":
        return Problem(str(error.failure_cases), "is missing from the table")
    column = error.schema.name
    if reason == "SERIES_CONTAINS_NULLS":
        bad, what = frame[column].isna().to_numpy(), "has missing cells"
    else:
        bad, what = ~error.check_output.to_numpy(dtype=np.bool_), error.check.error
    return problem_at(column, what, bad, frame[column], show=column not in hidden)[0]


def table_schema(scheme: Scheme) -> pa.DataFrameSchema:
    """Build the pandera schema of the columns that a scheme names.

    A column that plays several parts (an age that is an indicator and a sensitive attribute) carries the rules of
    all. Missing cells break no other rule than the one against missing cells.
    """
    import pandera.pandas as pa

    tests: dict[str, list[Test]] = {}
    required: set[str] = set()
    for column, must_hold, more in _column_rules(scheme):
        tests.setdefault(column, []).extend(more)
        required |= {column} if must_hold else set()
    return pa.DataFrameSchema(
        {
            column: pa.Column(
                checks=[pa.Check(_as_series(good), error=what) for good, what in dict.fromkeys(listed)],
                nullable=column not in required,
            )
            for column, listed in tests.items()
        }
    )


def _as_series(good: Callable[[pd.Series[Any]], Bools]) -> Callable[[pd.Series[Any]], pd.Series[bool]]:
    return lambda cells: pd.Series(good(cells), index=cells.index)


def _column_rules(scheme: Scheme) -> Iterable[tuple[str, bool, list[Test]]]:
    """Give every column with whether each cell must hold a value, and its tests."""
    roles, scale = scheme.roles, scheme.scale
    for indicator in scheme.indicators:
        yield indicator.table_column, not indicator.missing, _indicator_tests(indicator)
    for needed in filter(None, (roles.subject, period_column(scheme))):
        yield needed, True, []
    if roles.score:
        yield roles.score, False, [_NUMBER, *_range_test(scale.minimum, scale.maximum)]
    if roles.category:
        listed = ", ".join(scale.categories)
        yield (
            roles.category,
            False,
            [
                (
                    lambda cells: category_labels(cells, scheme).isin(scale.categories).to_numpy(),
                    f"holds no category of the scale ({listed})",
                )
            ],
        )
    for attribute in scheme.sensitive:
        yield attribute.table_column, False, [_NUMBER] if attribute.bins else []
    for situation in scheme.situations:
        yield situation.table_column, False, [_FLAG]
    outcome = scheme.outcome.column if scheme.outcome else None
    for free in filter(None, (roles.family, roles.area, outcome)):
        yield free, False, []


def _indicator_tests(indicator: Indicator) -> list[Test]:
    if indicator.dtype == "number":
        return [_NUMBER, *_range_test(*(indicator.range or (None, None)))]
    if indicator.dtype == "flag":
        return [_FLAG]
    levels = indicator.levels or ()
    listed = ", ".join(levels[:_LISTED]) + ", ..." * (len(levels) > _LISTED)
    return [(lambda cells: as_category(cells, levels).codes >= 0, f"holds no level of the scheme ({listed})")]


def _is_number(cells: pd.Series[Any]) -> Bools:
    return ~np.isnan(as_number(cells))


def _is_flag(cells: pd.Series[Any]) -> Bools:
    return ~np.isnan(as_flag(cells))


_NUMBER: Test = (_is_number, "holds no number")
_FLAG: Test = (_is_flag, "is neither true, yes, 1 nor false, no, 0")


def _range_test(minimum: float | None, maximum: float | None) -> list[Test]:
    if minimum is None and maximum is None:
        return []
    low, high = -np.inf if minimum is None else minimum, np.inf if maximum is None else maximum

    def within(cells: pd.Series[Any]) -> Bools:
        values = as_number(cells)  # a cell without a number breaks another rule
        return np.isnan(values) | ((values >= low) & (values <= high))

    return [(within, f"lies outside {low:.15g} to {high:.15g}")]
