"""What must hold between the cells and rows of a table: order, uniqueness, agreement, and no leakage."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from scs_ml.core import UNKNOWN_CATEGORY, Bools, Floats, Ints
from scs_ml.data.leakage import gives_away
from scs_ml.data.panel import later_rows
from scs_ml.data.periods import ORDERED_FORMS, last_days
from scs_ml.data.problems import SHOWN, Problem, problem_at
from scs_ml.data.roles import read_adverse, read_category, read_period, read_score, read_subject
from scs_ml.data.values import as_group, as_number, codes_of
from scs_ml.data.wide import period_column
from scs_ml.schemes import Scheme
from scs_ml.storage import column_text

_FEW_GROUPS = 10  # up to so many, a group of one is a rare value, not a name


def row_problems(frame: pd.DataFrame, scheme: Scheme, permitted: Sequence[str]) -> list[Problem]:
    """Find repeated rows, groups that name people, periods without an order, contradictions, and leakage.

    A contradiction is a category that is not the one its score lies in.

    Parameters
    ----------
    frame : DataFrame (n, d)
        Values as read; the index holds row numbers. Where a column that says who, when or which category is
        missing, nothing is looked for.
    scheme : Scheme
    permitted : sequence of str
        Indicators that models may see: only these can leak.

    Returns
    -------
    list of Problem
    """
    roles, period_name = scheme.roles, period_column(scheme)
    if not {each for each in (period_name, roles.subject, roles.score, roles.category) if each} <= set(frame):
        return []
    labels, periods = read_period(frame, scheme)
    if periods is None:
        some = ", ".join(map(repr, labels.dropna().unique()[:SHOWN]))
        return [Problem(str(period_name), f"cannot be put in time order ({some}): write {ORDERED_FORMS}")]
    subject = read_subject(frame, scheme)
    twice = pd.DataFrame({"subject": subject, "period": labels}).duplicated(keep=False)
    repeated = (twice & subject.notna()).to_numpy()
    category, score = read_category(frame, scheme), read_score(frame, scheme)
    problems = [
        *_naming_people(frame, scheme, subject),
        *problem_at(
            str(roles.subject or period_name),
            "repeats a subject" if period_name is None else "repeats a subject within a period",
            repeated,
            subject,
            show=False,
        ),
        *_contradictions(frame, scheme, category, score),
    ]
    rows = _answer_rows(subject, codes_of(labels, periods), scheme.horizon, repeated)
    answers = _answers(frame, scheme, category, score, rows)
    return (
        problems + list(_leaks(frame, scheme, permitted, answers)) + _late(frame, scheme, permitted, labels)
    )


def _naming_people(frame: pd.DataFrame, scheme: Scheme, subject: pd.Series[str]) -> Iterator[Problem]:
    """Find sensitive attributes whose groups are mostly single persons: reports would list people by them."""
    for attribute in scheme.sensitive:
        if attribute.table_column not in frame:
            continue
        group = as_group(frame[attribute.table_column], attribute)
        sizes = pd.DataFrame({"group": group, "subject": subject}).drop_duplicates()["group"].value_counts()
        if len(sizes) > _FEW_GROUPS and (sizes == 1).sum() > len(sizes) / 2:
            yield Problem(
                attribute.table_column,
                f"says who people are: most of its {len(sizes):,} groups hold one person; give it bins or "
                "labels, or leave it out",
            )


def _contradictions(
    frame: pd.DataFrame, scheme: Scheme, category: Ints, score: Floats | None
) -> list[Problem]:
    column = scheme.roles.category
    if column is None or score is None or scheme.scale.lower_bounds is None:
        return []
    computed = scheme.scale.categorise(score)
    known = (category != UNKNOWN_CATEGORY) & (computed != UNKNOWN_CATEGORY)
    what = f"contradicts the category that lower_bounds give for {scheme.roles.score!r}"
    return problem_at(column, what, known & (category != computed), frame[column])


def _answer_rows(subject: pd.Series[str], period: Ints, horizon: int, repeated: Bools) -> Ints:
    """Find the row (n,) that holds what is to be forecast from each row; -1 where there is none."""
    if horizon == 0:
        return np.arange(len(subject))
    found = np.full(len(subject), -1)
    once = np.flatnonzero(~repeated & (period >= 0))
    if len(once):
        later = later_rows(pd.factorize(subject.iloc[once])[0].astype(np.int64), period[once], horizon)
        found[once] = np.where(later < 0, -1, once[later])
    return found


def _answers(
    frame: pd.DataFrame, scheme: Scheme, category: Ints, score: Floats | None, rows: Ints
) -> dict[str, pd.Series[float]]:
    """Give what no indicator may give away, by name, aligned with the rows (n,) it is to be forecast from."""
    known = np.where(category == UNKNOWN_CATEGORY, np.nan, category.astype(np.float64))
    ahead = f" {scheme.horizon} period{'s' * (scheme.horizon != 1)} later" if scheme.horizon else ""
    answers = {
        f"the {what}{ahead}": pd.Series(np.where(rows < 0, np.nan, values[rows]), index=frame.index)
        for what, values in (("score", score), ("category", known))
        if values is not None
    }
    if scheme.outcome and scheme.outcome.column in frame:
        answers["the outcome"] = pd.Series(read_adverse(frame, scheme), index=frame.index)
    return answers


def _leaks(
    frame: pd.DataFrame, scheme: Scheme, permitted: Sequence[str], answers: Mapping[str, pd.Series[float]]
) -> Iterator[Problem]:
    for indicator in (scheme.indicator(name) for name in permitted):
        column = indicator.table_column
        if column not in frame:
            continue
        values: pd.Series[Any] = column_text(frame[column])
        if indicator.dtype == "number":
            values = pd.Series(as_number(frame[column]), index=frame.index)
        found = ((name, gives_away(values, answer)) for name, answer in answers.items())
        for name, how in found:
            if how:
                yield Problem(column, f"leaks: it {how} {name}; set `input: false` for {indicator.name!r}")
                break


def _late(
    frame: pd.DataFrame, scheme: Scheme, permitted: Sequence[str], labels: pd.Series[str]
) -> list[Problem]:
    """Find indicators whose levels are dates, dated after the period of their row."""
    problems = []
    for indicator in (scheme.indicator(name) for name in permitted):
        column = indicator.table_column
        if indicator.dtype == "category" and column in frame:
            after = (last_days(column_text(frame[column])) > last_days(labels)).to_numpy()
            problems += problem_at(column, "leaks: it is dated after the row's period", after, frame[column])
    return problems
