"""The seven conditions that the study ends with, the rules that ask for each, and what they answered.

References
----------
Alguliyev, R. M., & Alakbarova, I. Y. (2021), Social Credit System as a New Tool in the Management of
Citizens' Behavior, International Journal of Education and Management Engineering 11(5), 1-12.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from scs_ml.core import GateRecord, Table

SUGGESTIONS_TABLE = "seven_suggestions"
NOT_ASKED = "not asked"
# What is said of a suggestion whose rules answered differently: the gravest.
_GRAVEST = ("refused", "recorded", "left out", "kept")


@dataclass(frozen=True)
class Suggestion:
    """One of the seven: its place and name in the study, what it asks, and the rules that ask for it."""

    number: int
    name: str
    asks: str
    rules: tuple[str, ...]


SUGGESTIONS = (
    Suggestion(
        1,
        "Informative",
        "people can see which data made their score, from which database, and whom to contest it with",
        ("source_named",),
    ),
    Suggestion(
        2,
        "Objective",
        "no person's opinion decides: what informants say counts only where several agree, and only so much",
        ("hearsay",),
    ),
    Suggestion(
        3,
        "Rights",
        "a score is used where its data come from, and takes no right away elsewhere",
        ("other_context",),
    ),
    Suggestion(
        4,
        "Situational",
        "what happened in a disaster, accident or emergency counts against nobody",
        ("situation",),
    ),
    Suggestion(
        5,
        "Psychological",
        "health, fears and states of mind are no grounds for a score, nor is what stands for them",
        ("state_of_mind", "hidden_input", "forbidden_input"),
    ),
    Suggestion(
        6,
        "Children",
        "nobody is scored for relatives or friends, and minors are not scored",
        ("relatives", "minors"),
    ),
    Suggestion(
        7,
        "Prestige",
        "nobody is exposed: no lists, no small groups, nothing about a person without that person's consent",
        ("publication", "small_cells", "few_people"),
    ),
)


def suggestions_table(records: Sequence[GateRecord]) -> Table:
    """Say of each of the seven what its gates answered.

    Parameters
    ----------
    records : sequence of GateRecord
        All that were asked: of the scheme, the table, the model and the report.

    Returns
    -------
    Table
        Seven rows in the study's order: name, what it asks, the gravest answer (``refused``, ``recorded``,
        ``left out``, ``kept``, or ``not asked`` where no gate of it was), and the details of all records with
        that answer.
    """
    return Table(
        SUGGESTIONS_TABLE,
        "The study's seven suggestions, and what their gates answered",
        ("suggestion", "what it asks", "answer", "detail"),
        tuple(_row(each, [r for r in records if r.rule in each.rules]) for each in SUGGESTIONS),
    )


def _row(suggestion: Suggestion, records: Sequence[GateRecord]) -> tuple[str, str, str, str]:
    outcomes = {record.outcome for record in records}
    answer = next((outcome for outcome in _GRAVEST if outcome in outcomes), NOT_ASKED)
    details = dict.fromkeys(f"{r.rule}: {r.detail}" for r in records if r.outcome == answer)
    detail = "; ".join(details) or f"no gate of it was asked here ({', '.join(suggestion.rules)})"
    # The number is part of the name: a whole number in a table is taken for a count of people.
    return f"{suggestion.number}. {suggestion.name}", suggestion.asks, answer, detail
