"""Decay and expiry of a card's points, worked out by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scs_ml.exceptions import SchemeError, TableError
from scs_ml.schemes import (
    Card,
    Rule,
    dump_scheme,
    event_weights,
    in_force,
    ledger_points,
    load_scheme,
    rehabilitation_table,
)

DEBT = Rule(name="debt", indicator="unpaid_debts", points=-40)
HOME = Rule(name="home", indicator="district", levels={"d01": 8, "d02": -2})


def card(*rules, **fields):
    return Card(rules=rules or (DEBT,), **fields)


def suining(*rules, **fields):
    return load_scheme("suining").model_copy(update={"card": card(*rules, **fields)})


def test_weights_by_hand():
    age = [-2, 0, 1, 2, 3, 4]
    assert event_weights(card(), age).tolist() == [0, 1, 1, 1, 1, 1]
    assert event_weights(None, age).tolist() == [0, 1, 1, 1, 1, 1]
    assert event_weights(card(expiry=3), age).tolist() == [0, 1, 1, 1, 0, 0]
    assert event_weights(card(half_life=2), age) == pytest.approx([0, 1, 0.5**0.5, 0.5, 0.5**1.5, 0.25])
    assert event_weights(card(half_life=1, expiry=3), age).tolist() == [0, 1, 0.5, 0.25, 0, 0]


def test_a_half_life_is_positive():
    with pytest.raises(ValueError, match="half_life"):
        card(half_life=0)


@given(st.floats(0.1, 100), st.integers(1, 50), st.lists(st.integers(-60, 60), min_size=2))
def test_an_event_never_counts_more_with_time(half_life, expiry, ages):
    weights = event_weights(card(half_life=half_life, expiry=expiry), ages)
    happened = np.asarray(ages) >= 0
    order = np.argsort(np.asarray(ages)[happened])
    assert (np.diff(weights[happened][order]) <= 0).all()
    assert ((weights >= 0) & (weights <= 1)).all()
    assert (weights[~happened] == 0).all()


def test_points_in_force_per_period():
    per_period = np.array([[-8.0, 0, -4, 0, 0]])
    assert in_force(card(), per_period).tolist() == [[-8, -8, -12, -12, -12]]
    assert in_force(card(expiry=2), per_period).tolist() == [[-8, -8, -4, -4, 0]]
    assert in_force(card(half_life=1), per_period).tolist() == [[-8, -4, -6, -3, -1.5]]
    assert in_force(card(half_life=1, expiry=2), per_period).tolist() == [[-8, -4, -4, -2, 0]]


EVENTS = pd.DataFrame(
    [
        ("a", 0, "debt", -40.0),
        ("a", 2, "debt", -40.0),
        ("a", 3, "home", 8.0),
        ("a", 4, "debt", -40.0),  # not yet
        ("b", -1, "debt", -40.0),
        ("b", 3, "shadow", -99.0),  # no rule of the card
        ("z", 3, "debt", -40.0),  # nobody asked for
    ],
    columns=["subject", "period", "rule", "points"],
)


def test_points_from_a_ledger_by_hand():
    found = ledger_points(suining(DEBT, HOME), EVENTS, ["b", "a", "c"], 3)
    assert found.index.tolist() == ["b", "a", "c"]
    assert found.to_dict("list") == {"debt": [-40, -80, 0], "home": [0, 8, 0]}
    # With a half-life of one period: a's debts are 3 and 1 periods old, 40 / 8 + 40 / 2; b's is 4 old.
    faded = ledger_points(suining(DEBT, HOME, half_life=1), EVENTS, ["b", "a", "c"], 3)
    assert faded.to_dict("list") == {"debt": [-2.5, -25, 0], "home": [0, 8, 0]}
    lapsed = ledger_points(suining(DEBT, HOME, expiry=3), EVENTS, ["b", "a", "c"], 3)
    assert lapsed["debt"].tolist() == [0, -40, 0]


def test_a_cap_holds_for_what_is_left():
    capped = DEBT.model_copy(update={"cap": 50.0})
    assert ledger_points(suining(capped), EVENTS, ["a"], 2)["debt"].tolist() == [-50]
    # Uncapped 40 / 4 + 40 = 50 after two periods, and 25 one period later.
    faded = suining(capped, half_life=1)
    assert [ledger_points(faded, EVENTS, ["a"], t)["debt"].item() for t in (2, 3)] == [-50, -25]


def test_a_ledger_that_cannot_be_read_says_why():
    with pytest.raises(TableError, match="columns") as caught:
        ledger_points(suining(), EVENTS.drop(columns="points"), ["a"], 1)
    assert caught.value.where == "columns points"
    with pytest.raises(TableError, match="asked for twice"):
        ledger_points(suining(), EVENTS, ["a", "a"], 1)
    with pytest.raises(SchemeError, match="has no card"):
        ledger_points(load_scheme("compas"), EVENTS, ["a"], 1)
    with pytest.raises(SchemeError, match="has no card"):
        rehabilitation_table(load_scheme("compas"))


def test_the_rehabilitation_table_by_hand():
    table = rehabilitation_table(suining(DEBT, HOME, half_life=1, expiry=4))
    assert table.columns.tolist() == ["rule", "value", "0", "1", "2", "3", "4", "gone after"]
    assert table.to_numpy().tolist() == [
        ["debt", "per unit", -40, -20, -10, -5, 0, 4],
        ["home", "d01", 8, 4, 2, 1, 0, 4],  # 8 halved four times is half a point: gone
        ["home", "d02", -2, -1, -0.5, -0.25, 0, 2],
    ]


def test_what_never_lapses_stays_and_a_cap_is_what_one_event_costs_at_most():
    capped = DEBT.model_copy(update={"cap": 30.0})
    table = rehabilitation_table(suining(capped))
    assert table.columns.tolist() == ["rule", "value", *map(str, range(9)), "gone after"]
    assert table["8"].tolist() == [-30]
    assert table["gone after"].isna().all()
    shipped = rehabilitation_table(load_scheme("suining"), periods=7)
    assert (shipped["7"] == shipped["0"]).all()
    assert (shipped["gone after"] == 8).all()
    assert rehabilitation_table(suining(half_life=4))["1"].tolist() == [-33.64]  # 40 / 2 ** 0.25
    # 40 points with a half-life of two periods: 40 / 2 ** (age / 2) = 1 / 2 at age 12.6.
    assert rehabilitation_table(suining(half_life=2.0))["gone after"].tolist() == [13]


def test_a_scheme_with_a_half_life_is_read_and_written(tmp_path):
    scheme = suining(half_life=4)
    path = tmp_path / "fading.yaml"
    path.write_text(dump_scheme(scheme), encoding="utf-8")
    assert load_scheme(path) == scheme
    assert load_scheme(path).card.half_life == 4
