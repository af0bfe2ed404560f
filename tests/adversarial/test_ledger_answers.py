"""Crafted ledgers and answers: events that break rules, people who are not there, too many look-ups."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from scs_ml.data import read_answers, read_ledger
from scs_ml.exceptions import TableError
from tests.adversarial.attempts import KEY, NAME


def ledger(**columns):
    n = 6
    frame = pd.DataFrame(
        {
            "event": [f"e{at}" for at in range(n)],
            "subject": [f"{NAME} {at}" for at in range(n)],
            "period": "all",
            "rule": "debts",
            "indicator": "debts",
            "points": -2.0,
        }
    )
    return frame.assign(**columns)


LEDGERS = {
    "no events": ledger().iloc[:0],
    "no subject column": ledger().drop(columns="subject"),
    "an event twice": ledger(event="e1"),
    "an event without id": ledger(event=None),
    "points of nan": ledger(points=np.nan),
    "points without end": ledger(points=np.inf),
    "points of 1e308": ledger(points=1e308),
    "points as text": ledger(points="many"),
    "an unknown indicator": ledger(indicator="=cmd()"),
    "people who are not in the table": ledger(subject="nobody"),
    "people without name": ledger(subject=None),
    "lists as points": ledger(points=[[1]] * 6),
    "an answers file": pd.DataFrame({"event": ["e1"], "happened": [True]}),
}


@pytest.mark.parametrize("what", LEDGERS)
def test_a_crafted_ledger(attempt, lender, what):
    attempt.refused(
        lambda: read_ledger(LEDGERS[what], lender.scheme, lender.dataset, key=KEY), error=TableError
    )


def test_a_ledger_read_with_another_key_is_of_nobody(attempt, lender):
    attempt.refused(lambda: read_ledger(ledger(), lender.scheme, lender.dataset, key=bytes(32)))


ANSWERS = {
    "neither yes nor no": pd.DataFrame({"event": ["e1"], "happened": ["maybe"]}),
    "an event twice": pd.DataFrame({"event": ["e1", "e1"], "happened": [True, False]}),
    "no event": pd.DataFrame({"event": [None], "happened": [True]}),
    "nothing said": pd.DataFrame({"event": ["e1"], "happened": [None]}),
    "201 look-ups": pd.DataFrame({"event": [f"e{n}" for n in range(201)], "happened": True}),
    "a number over one": pd.DataFrame({"event": ["e1"], "happened": [2]}),
    "no column": pd.DataFrame({"event": ["e1"]}),
    "a ledger": ledger(),
}


@pytest.mark.parametrize("what", ANSWERS)
def test_crafted_answers(attempt, lender, what):
    attempt.refused(lambda: read_answers(ANSWERS[what], lender.scheme), error=TableError)
