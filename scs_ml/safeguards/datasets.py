"""What may be an input, asked of the data: values, predictability, and whose they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from scs_ml.core import LAGS, Dataset, GateRecord, Ints
from scs_ml.exceptions import SafeguardError
from scs_ml.safeguards.breaches import (
    CONTEXT,
    HIDDEN,
    RELATIVES,
    SOURCE,
    STATE_OF_MIND,
    UNSAID,
    column_breach,
    is_refused,
)
from scs_ml.safeguards.predictable import FEWEST, Sameness, coded, halves, one_row_each, same_thing
from scs_ml.safeguards.relatives import relatives_data
from scs_ml.safeguards.values import MOST_VALUES, protected_values

if TYPE_CHECKING:
    from scs_ml.schemes import Scheme

_MOST_PEOPLE = 20_000


@dataclass(frozen=True)
class _Answer:
    """What one question found, and what to say where it found nothing."""

    rule: str
    found: Mapping[str, str]
    kept: str


def gate_dataset(
    scheme: Scheme, dataset: Dataset, *, existing: bool = False, surrogate: bool = False
) -> tuple[GateRecord, ...]:
    """Ask of the data what names and declarations cannot show; asked beside `gate_training`.

    Three questions of every model input: are its values words of a protected attribute, plain or coded; is
    it the same thing as a forbidden column that the table holds too (a sensitive attribute, an illness, a
    withheld indicator); is it the data of another member of the family.

    Parameters
    ----------
    scheme : Scheme
        The scheme the dataset was read with.
    dataset : Dataset
        With the inputs as a model would see them in `X`.
    existing : bool
        The model was made elsewhere and is being audited: what is found is recorded.
    surrogate : bool
        What is audited is a score that exists; the model that imitates it has to see what it was made of, and
        is kept nowhere: what is found is recorded.

    Returns
    -------
    tuple of GateRecord
        One for each question at least; where a question cannot be asked of this table, it says so.

    Raises
    ------
    SafeguardError
        Rule ``hidden_input``, ``state_of_mind``, ``relatives`` or ``other_context`` for real people, naming
        every such column and what it was found to be.
    """
    inputs = [str(column) for column in dataset.X if column not in LAGS]
    unknown = [c for c in inputs if (b := column_breach(scheme, c)) is None or b.rule in UNSAID]
    answers = [_values(dataset, unknown), *_predictable(scheme, dataset, unknown), _whose(dataset, unknown)]
    found = [answer for answer in answers if answer.found]
    if found and scheme.real_people and not (existing or surrogate):
        columns = {column: why for answer in reversed(found) for column, why in answer.found.items()}
        raise SafeguardError(
            f"{len(columns)} model input{'s hold' if len(columns) > 1 else ' holds'} what must not be an "
            "input where people are real",
            rule=found[0].rule,
            where="; ".join(f"{column}: {why}" for column, why in columns.items()),
            remedy=f"say in the scheme what {', '.join(columns)} {'are' if len(columns) > 1 else 'is'} "
            "(`nature`, `concerns`, `derived_from`) or keep it from models (`input: false`)",
        )
    return tuple(
        GateRecord(answer.rule, "recorded", f"the model sees {column}: {why}", (column,))
        if column
        else GateRecord(answer.rule, "kept", why)
        for answer in answers
        for column, why in (answer.found or {"": answer.kept}).items()
    )


def _values(dataset: Dataset, inputs: list[str]) -> _Answer:
    found = {name: why for name in inputs if (why := protected_values(_distinct(dataset.X[name])))}
    return _Answer(HIDDEN, found, f"the values of {len(inputs)} inputs are no words of a protected attribute")


def _distinct(values: pd.Series[Any]) -> list[object]:
    """Distinct values; of a number with more than an attribute has, none."""
    distinct = values.dropna().unique()
    return list(distinct) if len(distinct) <= MOST_VALUES else []


def _predictable(scheme: Scheme, dataset: Dataset, inputs: list[str]) -> list[_Answer]:
    """Ask every input about every forbidden column in the table; one answer for each rule."""
    rows = one_row_each(dataset.subject, dataset.period, _MOST_PEOPLE)
    half = halves(len(rows))
    against = _forbidden(scheme, dataset, rows)
    ready = {name: coded(dataset.X[name].iloc[rows]) for name in inputs} if against else {}
    answers = []
    for rule in (HIDDEN, STATE_OF_MIND, RELATIVES, CONTEXT):
        told: dict[tuple[str, str], Sameness] = {}
        asked = []
        for column, values in against.get(rule, {}).items():
            forbidden = coded(values)
            figures = {n: s for n, each in ready.items() if (s := same_thing(each, forbidden, half))}
            if figures:
                asked.append(column)
                told.update({(name, column): figure for name, figure in figures.items()})
        found: dict[str, str] = {}
        for (name, column), figure in told.items():
            if figure.found:
                found.setdefault(name, f"it is {column} under another name ({figure})")
        if told or rule != CONTEXT:
            answers.append(_Answer(rule, found, _nothing(rule, asked, len(inputs), told)))
    return answers


_KINDS = {
    HIDDEN: "protected column",
    STATE_OF_MIND: "column of health or a state of mind",
    RELATIVES: "column of relatives or friends",
    CONTEXT: "column withheld for its domain",
}


def _nothing(rule: str, asked: list[str], n: int, told: Mapping[tuple[str, str], Sameness]) -> str:
    """Say what was asked, and what came nearest; or that it could not be asked."""
    if not told:
        return (
            f"no {_KINDS[rule]} with values of {FEWEST} people or more is in the table, so it could not be "
            "asked whether an input predicts one"
        )
    (name, column), nearest = max(told.items(), key=lambda each: each[1].low)
    listed = ", ".join(asked)
    return f"none of {n} inputs is the same thing as {listed}; nearest is {name} to {column}: {nearest}"


def _forbidden(scheme: Scheme, dataset: Dataset, rows: Ints) -> dict[str, dict[str, pd.Series[Any]]]:
    """Forbidden columns of the table by the rule that an input breaks by being one of them."""
    sensitive = {str(column): values for column, values in dataset.sensitive.items()}
    by_rule: dict[str, dict[str, pd.Series[Any]]] = {HIDDEN: sensitive}
    ill = [s.name for s in scheme.situations if s.kind == "illness" and s.name in dataset.situations]
    by_rule[STATE_OF_MIND] = {name: dataset.situations[name] for name in ill}
    for frame in (dataset.withheld, dataset.X):
        for column in map(str, frame):
            breach = None if column in LAGS else column_breach(scheme, column)
            if breach is None or (breach.rule in UNSAID and not is_refused(scheme, breach)):
                continue
            rule = breach.rule if breach.rule in (STATE_OF_MIND, RELATIVES, CONTEXT) else HIDDEN
            if breach.rule != SOURCE:  # its data are like any other: only where they come from is not said
                by_rule.setdefault(rule, {})[column] = frame[column]
    return {
        rule: {name: values.iloc[rows].reset_index(drop=True) for name, values in columns.items()}
        for rule, columns in by_rule.items()
        if columns
    }


def _whose(dataset: Dataset, inputs: list[str]) -> _Answer:
    found = relatives_data(dataset, inputs)
    if found is None:
        return _Answer(
            RELATIVES,
            {},
            "the table tells of no two members of a family in the same period, so it could not be asked "
            "whether an input is a relative's",
        )
    return _Answer(RELATIVES, found, f"none of {len(inputs)} inputs is what another member of the family has")
