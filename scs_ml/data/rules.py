"""What is asked of the cells of a table, one rule a column, checked by pandera."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from scs_ml.core import LARGEST, Bools
from scs_ml.data.problems import Problem, problem_at
from scs_ml.data.roles import category_labels
from scs_ml.data.values import any_number, as_flag, as_number, codes_of
from scs_ml.data.wide import period_column
from scs_ml.schemes import Indicator, Scheme
from scs_ml.storage import column_text

if TYPE_CHECKING:
    import pandera.pandas as pa

_LISTED = 10  # levels named in a message
Test = tuple[Callable[["pd.Series[Any]"], Bools], str]  # which cells are good, and what a bad one does


@dataclass(frozen=True)
class ColumnRule:
    """What is asked of one column: that it is there, whether every cell must hold a value, and which."""

    column: str
    required: bool = False
    tests: tuple[Test, ...] = ()


def cell_problems(frame: pd.DataFrame, rules: Iterable[ColumnRule], hidden: Container[str]) -> list[Problem]:
    """Find missing columns and cells that break a rule.

    Parameters
    ----------
    frame : DataFrame (n, d)
        Values as read; the index holds row numbers.
    rules : iterable of ColumnRule
        A column that plays several parts (an age that is an indicator and a sensitive attribute) has several.
    hidden : container of str
        Columns whose values no message may show, because they name people.

    Returns
    -------
    list of Problem
        Missing columns first.
    """
    from pandera.errors import SchemaErrors

    try:
        pandera_schema(rules).validate(frame, lazy=True)
    except SchemaErrors as errors:
        found = [_from_pandera(error, frame, hidden) for error in errors.schema_errors]
        return sorted(found, key=lambda problem: problem.n_rows > 0)
    return []


def pandera_schema(rules: Iterable[ColumnRule]) -> pa.DataFrameSchema:
    """Build a pandera schema; a missing cell breaks no rule but the one against missing cells."""
    import pandera.pandas as pa

    tests: dict[str, list[Test]] = {}
    required: set[str] = set()
    for rule in rules:
        tests.setdefault(rule.column, []).extend(rule.tests)
        required |= {rule.column} if rule.required else set()
    return pa.DataFrameSchema(
        {
            column: pa.Column(
                checks=[
                    pa.Check(_if_there(good), error=what, ignore_na=False)
                    for good, what in dict.fromkeys(listed)
                ],
                nullable=column not in required,
            )
            for column, listed in tests.items()
        }
    )


def _if_there(good: Callable[[pd.Series[Any]], Bools]) -> Callable[[pd.Series[Any]], pd.Series[bool]]:
    return lambda cells: pd.Series(good(cells), index=cells.index) | cells.isna()


def _from_pandera(error: Any, frame: pd.DataFrame, hidden: Container[str]) -> Problem:
    reason = error.reason_code.name
    if reason == "COLUMN_NOT_IN_DATAFRAME":
        return Problem(str(error.failure_cases), "is missing from the table")
    column = error.schema.name
    if reason == "SERIES_CONTAINS_NULLS":
        bad, what = frame[column].isna().to_numpy(), "has missing cells"
    else:
        bad, what = ~error.check_output.to_numpy(dtype=np.bool_), error.check.error
    return problem_at(column, what, bad, frame[column], show=column not in hidden)[0]


def table_rules(scheme: Scheme) -> Iterator[ColumnRule]:
    """Give what a scheme asks of the columns it names."""
    roles, scale = scheme.roles, scheme.scale
    for indicator in scheme.indicators:
        yield ColumnRule(indicator.table_column, not indicator.missing, _indicator_tests(indicator))
        if indicator.informants_column:
            yield ColumnRule(indicator.informants_column, tests=(*NUMBER, *_range_test(0, None)))
    for needed in filter(None, (roles.subject, period_column(scheme))):
        yield ColumnRule(needed, required=True)
    if roles.score:
        yield ColumnRule(roles.score, tests=(*NUMBER, *_range_test(scale.minimum, scale.maximum)))
    if roles.category:
        yield ColumnRule(roles.category, tests=(_category_test(scheme),))
    for attribute in scheme.sensitive:
        yield ColumnRule(attribute.table_column, tests=NUMBER if attribute.bins else ())
    for situation in scheme.situations:
        yield ColumnRule(situation.table_column, tests=(FLAG,))
    outcome = scheme.outcome.column if scheme.outcome else None
    for free in filter(None, (roles.family, roles.area, outcome)):
        yield ColumnRule(free)


def _indicator_tests(indicator: Indicator) -> tuple[Test, ...]:
    if indicator.dtype == "number":
        return (*NUMBER, *_range_test(*(indicator.range or (None, None))))
    if indicator.dtype == "flag":
        return (FLAG,)
    levels = indicator.levels or ()
    listed = ", ".join(levels[:_LISTED]) + ", ..." * (len(levels) > _LISTED)
    what = f"holds no level of the scheme ({listed})"
    return ((lambda cells: codes_of(column_text(cells), levels) >= 0, what),)


def _category_test(scheme: Scheme) -> Test:
    categories = scheme.scale.categories
    what = f"holds no category of the scale ({', '.join(categories)})"
    return lambda cells: category_labels(cells, scheme).isin(categories).to_numpy(), what


def _is_number(cells: pd.Series[Any]) -> Bools:
    return ~np.isnan(any_number(cells))


def _is_sized(cells: pd.Series[Any]) -> Bools:
    return ~(np.abs(any_number(cells)) > LARGEST)  # a cell without a number breaks another rule


def _is_flag(cells: pd.Series[Any]) -> Bools:
    return ~np.isnan(as_flag(cells))


NUMBER: tuple[Test, ...] = (
    (_is_number, "holds no number"),
    (_is_sized, f"holds a number beyond {LARGEST:g}: correct it or empty the cell"),
)
FLAG: Test = (_is_flag, "is neither true, yes, 1 nor false, no, 0")


def _range_test(minimum: float | None, maximum: float | None) -> tuple[Test, ...]:
    if minimum is None and maximum is None:
        return ()
    low, high = -np.inf if minimum is None else minimum, np.inf if maximum is None else maximum

    def within(cells: pd.Series[Any]) -> Bools:
        values = as_number(cells)  # a cell without a number, or with one too large, breaks another rule
        return np.isnan(values) | ((values >= low) & (values <= high))

    if maximum is None:
        return ((within, f"lies below {low:.15g}"),)
    if minimum is None:
        return ((within, f"lies above {high:.15g}"),)
    return ((within, f"lies outside {low:.15g} to {high:.15g}"),)
