"""What a scheme asks of its table: a pandera schema for the cells, and rules across cells and rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from scs_ml.core import UNKNOWN_CATEGORY, Bools, Floats, Ints
from scs_ml.data.leakage import later, same_information
from scs_ml.data.panel import later_rows
from scs_ml.data.periods import ORDERED_FORMS, last_days, order_periods
from scs_ml.data.values import as_category, as_flag, as_number, relabel
from scs_ml.data.wide import period_column
from scs_ml.exceptions import TableError
from scs_ml.schemes import Indicator, Scheme
from scs_ml.storage import column_text

if TYPE_CHECKING:
    import pandera.pandas as pa

_SHOWN = 5
Test = Callable[["pd.Series[Any]"], Bools]


@dataclass(frozen=True)
class Problem:
    """One rule that a table breaks, with the first rows that break it."""

    column: str
    what: str
    n_rows: int = 0
    rows: tuple[int, ...] = ()
    values: tuple[str, ...] = ()  # left empty where a value would name a person

    def __str__(self) -> str:
        """Give one line: column, rule, count, first rows and values."""
        shown = zip(self.rows, self.values or ("",) * len(self.rows), strict=True)
        cells = ", ".join(f"row {row} {value}".rstrip() for row, value in shown)
        count = f": {self.n_rows:,} row{'s' * (self.n_rows != 1)}, first: {cells}" if self.n_rows else ""
        return f"column {self.column!r} {self.what}{count}"


def raise_problems(problems: Sequence[Problem], scheme: Scheme, name: str) -> None:
    """Raise one TableError that lists every problem; pass where there is none."""
    if problems:
        raise TableError(
            f"the table breaks {len(problems)} rule{'s' * (len(problems) != 1)} of scheme {scheme.name!r}",
            where="\n  ".join([name, *map(str, problems)]),
            remedy="correct these cells, or the rules in the scheme if they are wrong",
        )


def problem_at(column: str, what: str, bad: Bools, cells: pd.Series[Any], *, show: bool = True) -> list[Problem]:
    """Give the problem of the rows where `bad`, with row numbers from the index of `cells`; none where all are good."""
    if not bad.any():
        return []
    first = cells[bad].iloc[:_SHOWN]
    values = tuple(repr(v) for v in column_text(first).fillna("")) if show else ()
    return [Problem(column, what, int(bad.sum()), tuple(int(r) for r in first.index), values)]


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
    """
    from pandera.errors import SchemaErrors

    try:
        table_schema(scheme).validate(frame, lazy=True)
    except SchemaErrors as errors:
        found = [_from_pandera(error, frame, hidden_columns(scheme)) for error in errors.schema_errors]
        return sorted(found, key=lambda p: p.n_rows > 0)
    return []


def _from_pandera(error: Any, frame: pd.DataFrame, hidden: frozenset[str]) -> Problem:
    if error.reason_code.name == "COLUMN_NOT_IN_DATAFRAME":
        return Problem(str(error.failure_cases), "is missing from the table")
    column = error.schema.name
    bad = frame[column].isna().to_numpy()
    what = "has missing cells"
    if error.reason_code.name != "SERIES_CONTAINS_NULLS":
        bad, what = ~error.check_output.to_numpy(dtype=np.bool_), error.check.error
    return problem_at(column, what, bad, frame[column], show=column not in hidden)[0]


def hidden_columns(scheme: Scheme) -> frozenset[str]:
    """Name the columns whose values no message may show: they name people."""
    roles = (scheme.roles.subject, scheme.roles.family)
    return frozenset(column for column in roles if column)


def table_schema(scheme: Scheme) -> pa.DataFrameSchema:
    """Build the pandera schema of the columns that a scheme names.

    A column that plays several parts (an age that is an indicator and a sensitive attribute) carries the rules of all.
    """
    import pandera.pandas as pa

    rules: dict[str, list[tuple[Test, str]]] = {}
    required: set[str] = set()
    for column, needs_value, tests in _column_rules(scheme):
        rules.setdefault(column, []).extend(tests)
        required |= {column} if needs_value else set()
    return pa.DataFrameSchema(
        {
            column: pa.Column(
                checks=[pa.Check(_as_series(test), error=what) for test, what in dict.fromkeys(tests)],
                nullable=column not in required,
            )
            for column, tests in rules.items()
        }
    )


def _as_series(test: Test) -> Callable[[pd.Series[Any]], pd.Series[bool]]:
    return lambda cells: pd.Series(test(cells), index=cells.index)


def _column_rules(scheme: Scheme) -> Iterable[tuple[str, bool, list[tuple[Test, str]]]]:
    """Give (column, must it hold a value, its tests with what their failure means)."""
    roles, scale = scheme.roles, scheme.scale
    for indicator in scheme.indicators:
        yield indicator.table_column, not indicator.missing, _indicator_tests(indicator)
    for column in (roles.subject, period_column(scheme)):
        if column:
            yield column, True, []
    for column in (roles.family, roles.area, scheme.basis.agreement_column, scheme.basis.birth_column):
        if column:
            yield column, False, []
    if roles.score:
        yield roles.score, False, [_NUMBER, *_range_test(scale.minimum, scale.maximum)]
    if roles.category:
        labels = roles.category_labels
        yield (
            roles.category,
            False,
            [
                (
                    lambda cells: relabel(column_text(cells), labels).isin(scale.categories).to_numpy(),
                    f"holds no category of the scale ({', '.join(scale.categories)})",
                )
            ],
        )
    if scheme.outcome:
        yield scheme.outcome.column, False, []
    for attribute in scheme.sensitive:
        yield attribute.table_column, False, [_NUMBER] if attribute.bins else []
    for situation in scheme.situations:
        yield situation.table_column, False, [_FLAG]


def _is_number(cells: pd.Series[Any]) -> Bools:
    return ~np.isnan(as_number(cells))


def _is_flag(cells: pd.Series[Any]) -> Bools:
    return ~np.isnan(as_flag(cells))


_NUMBER: tuple[Test, str] = (_is_number, "holds no number")
_FLAG: tuple[Test, str] = (_is_flag, "is neither true, yes, 1 nor false, no, 0")


def _range_test(low: float | None, high: float | None) -> list[tuple[Test, str]]:
    if low is None and high is None:
        return []
    bounds = (-np.inf if low is None else low, np.inf if high is None else high)

    def within(cells: pd.Series[Any]) -> Bools:
        values = as_number(cells)  # what is no number is the other rule's
        return np.isnan(values) | ((values >= bounds[0]) & (values <= bounds[1]))

    return [(within, f"lies outside {bounds[0]:.15g} to {bounds[1]:.15g}")]


def _indicator_tests(indicator: Indicator) -> list[tuple[Test, str]]:
    if indicator.dtype == "number":
        return [_NUMBER, *_range_test(*(indicator.range or (None, None)))]
    if indicator.dtype == "flag":
        return [_FLAG]
    levels = indicator.levels or ()
    listed = ", ".join(levels[:10]) + (", ..." if len(levels) > 10 else "")
    return [(lambda cells: as_category(cells, levels).codes >= 0, f"holds no level of the scheme ({listed})")]


def row_problems(frame: pd.DataFrame, scheme: Scheme, permitted: Sequence[str]) -> list[Problem]:
    """Find what is wrong between cells: repeated rows, periods out of order, contradictions and leakage.

    Parameters
    ----------
    frame : DataFrame (n, d)
        Values as read; a rule whose columns are missing is passed over.
    scheme : Scheme
    permitted : sequence of str
        Indicators that models may see: only these can leak.

    Returns
    -------
    list of Problem
    """
    problems: list[Problem] = []
    period_name, subject_name = period_column(scheme), scheme.roles.subject
    if not {c for c in (period_name, subject_name, scheme.roles.score, scheme.roles.category) if c} <= set(frame):
        return problems
    subject = read_subject(frame, scheme)
    labels = pd.Series("", index=frame.index) if period_name is None else column_text(frame[period_name])
    periods = scheme.wide.periods if scheme.wide else order_periods(labels)
    if periods is None:
        some = ", ".join(map(repr, labels.dropna().unique()[:_SHOWN]))
        what = f"cannot be put in time order ({some}): write {ORDERED_FORMS}"
        return [Problem(str(period_name), what)]
    what = "repeats a subject" if period_name is None else "repeats a subject within a period"
    twice = pd.DataFrame({"s": subject, "p": labels}).duplicated(keep=False).to_numpy()
    repeated = problem_at(str(subject_name or period_name), what, twice & subject.notna().to_numpy(), subject, show=False)
    category, score = read_category(frame, scheme), read_score(frame, scheme)
    problems += repeated + _contradictions(frame, scheme, category, score)
    codes = pd.Categorical(labels, categories=list(periods)).codes.astype(np.int64)
    rows = np.arange(len(frame))
    if scheme.horizon:
        rows = np.full(len(frame), -1) if repeated else later_rows(pd.factorize(subject)[0].astype(np.int64), codes, scheme.horizon)
    return problems + _leaks(frame, scheme, permitted, {"category": category, "score": score}, rows, labels)


def _contradictions(frame: pd.DataFrame, scheme: Scheme, category: Ints, score: Floats | None) -> list[Problem]:
    if scheme.roles.category is None or score is None or scheme.scale.lower_bounds is None:
        return []
    computed = scheme.scale.categorise(score)
    known = (category != UNKNOWN_CATEGORY) & (computed != UNKNOWN_CATEGORY)
    what = f"contradicts the category that {scheme.roles.score!r} gives by lower_bounds"
    column = scheme.roles.category
    return problem_at(column, what, known & (category != computed), frame[column])


def _leaks(
    frame: pd.DataFrame,
    scheme: Scheme,
    permitted: Sequence[str],
    own: dict[str, Any],
    rows: Ints,
    labels: pd.Series[str],
) -> list[Problem]:
    ahead = f" {scheme.horizon} period(s) later" if scheme.horizon else ""
    answers = {
        f"the {what}{ahead}": later(pd.Series(values).mask(pd.Series(values) == UNKNOWN_CATEGORY) if what == "category" else values, rows, frame.index)
        for what, values in own.items()
        if values is not None
    }
    if scheme.outcome and scheme.outcome.column in frame:
        answers["the outcome"] = pd.Series(read_adverse(frame, scheme), index=frame.index)
    problems = []
    for name in permitted:
        column = scheme.indicator(name).table_column
        if column not in frame:
            continue
        values = pd.Series(as_number(frame[column]), index=frame.index) if scheme.indicator(name).dtype == "number" else column_text(frame[column])
        for answer, target in answers.items():
            if how := same_information(values, target):
                problems.append(Problem(column, f"leaks: it {how} {answer}; set `input: false` for it"))
                break
        if scheme.indicator(name).dtype == "category":
            after = (last_days(values) > last_days(labels)).to_numpy()
            problems += problem_at(column, "leaks: it is dated after the row's period", after, frame[column])
    return problems


def read_subject(frame: pd.DataFrame, scheme: Scheme) -> pd.Series[str]:
    """Give the subject (n,) in clear; the row number of the file where the scheme names no column."""
    if scheme.roles.subject:
        return column_text(frame[scheme.roles.subject])
    return pd.Series(frame.index.astype("str"), index=frame.index, dtype="str")


def read_score(frame: pd.DataFrame, scheme: Scheme) -> Floats | None:
    """Give the score (n,), NaN where not recorded; None where the scheme names no column."""
    return as_number(frame[scheme.roles.score]) if scheme.roles.score else None


def read_category(frame: pd.DataFrame, scheme: Scheme) -> Ints:
    """Give category codes (n,), read from their column or else computed from the score."""
    if scheme.roles.category is None:
        return scheme.scale.categorise(as_number(frame[str(scheme.roles.score)]))
    text = relabel(column_text(frame[scheme.roles.category]), scheme.roles.category_labels)
    return pd.Categorical(text, categories=list(scheme.scale.categories)).codes.astype(np.int64)


def read_adverse(frame: pd.DataFrame, scheme: Scheme) -> Floats | None:
    """Give the outcome (n,): 1 adverse, 0 not, NaN not recorded; None where the scheme names none."""
    if scheme.outcome is None:
        return None
    text = column_text(frame[scheme.outcome.column])
    return np.where(text.isna(), np.nan, text.isin(scheme.outcome.adverse).astype(np.float64))
