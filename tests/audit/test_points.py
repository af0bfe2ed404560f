from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from scs_ml.audit.points import booked, latest_rows
from tests.audit.cases import case, dataset, ledger, scheme


def panel():
    """a in periods 0 and 1, b in period 0 only, c in period 1 only."""
    return dataset(
        4,
        subject=np.array(["a", "b", "a", "c"], dtype=object),
        period=np.array([0, 0, 1, 1]),
        periods=("first", "second"),
        score=np.array([100.0, 90.0, 80.0, 60.0]),
    )


EVENTS = ledger(
    ("e1", "a", -1, "debts", -10.0, None),  # lapsed for a in period 1, as the card's expiry is 2
    ("e2", "a", 0, "debts", -20.0, None),
    ("e3", "a", 1, "reports", -5.0, None),
    ("e4", "a", 2, "debts", -40.0, None),  # later than the row
    ("e5", "b", -1, "debts", -1.0, None),  # still in force for b in period 0
    ("e6", "z", 0, "debts", -99.0, None),  # nobody of the table
)


def test_latest_row_of_each_subject():
    assert latest_rows(panel()).tolist() == [1, 2, 3]


def test_points_in_force_by_hand():
    book = booked(case(panel(), ledger=EVENTS))
    assert book.dataset.subject.tolist() == ["b", "a", "c"]
    assert set(book.events["event"]) == {"e1", "e2", "e3", "e5"}
    assert book.points(book.of_indicator("debts")).tolist() == [-1.0, -20.0, 0.0]
    assert book.points(np.ones(4, dtype=bool)).tolist() == [-1.0, -25.0, 0.0]
    assert book.score_sd == pytest.approx(np.std([90.0, 80.0, 60.0], ddof=1))


def test_without_an_expiry_points_last():
    rules = scheme(card={"rules": [{"name": "debt", "indicator": "debts", "points": -10}]})
    book = booked(case(panel(), rules, ledger=EVENTS))
    assert book.points(book.of_indicator("debts")).tolist() == [-1.0, -30.0, 0.0]


def test_with_a_half_life_points_fade():
    rules = {"rules": [{"name": "debt", "indicator": "debts", "points": -10}], "half_life": 1}
    book = booked(case(panel(), scheme(card=rules), ledger=EVENTS))
    # a in period 1: 10 / 4 and 20 / 2 of debts, 5 of reports; b in period 0: 1 / 2.
    assert book.points(book.of_indicator("debts")).tolist() == [-0.5, -12.5, 0.0]
    assert book.points(np.ones(4, dtype=bool)).tolist() == [-0.5, -17.5, 0.0]
    assert book.events["in_force"].all()
    lapsing = booked(case(panel(), scheme(card=rules | {"expiry": 2}), ledger=EVENTS))
    assert lapsing.points(lapsing.of_indicator("debts")).tolist() == [-0.5, -10.0, 0.0]
    assert lapsing.events.set_index("event")["in_force"].to_dict() == {
        "e1": False,
        "e2": True,
        "e3": True,
        "e5": True,
    }


def test_without_a_score_the_points_in_force_give_the_unit():
    book = booked(case(replace(panel(), score=None), ledger=EVENTS))
    assert book.score_sd == pytest.approx(np.std([-1.0, -25.0, 0.0], ddof=1))


def test_no_ledger_no_book():
    assert booked(case(panel())) is None
