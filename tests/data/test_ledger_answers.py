from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from scs_ml.data import read_answers, read_ledger, read_table, write_frame
from scs_ml.exceptions import TableError
from scs_ml.safeguards import PUBLIC_KEY, pseudonymise

KEY = b"k" * 32


@pytest.fixture
def events():
    return pd.DataFrame(
        [
            ("e1", "a", "2013Q3", "debts", "debts", -5, "business", None, None),
            ("e2", "a", "2014Q1", "debts", "debts", -5, "personal", "neighbour", "illness"),
            ("e3", "b", "2014Q3", "bonus", "job", 3.5, None, "a", None),
            ("e4", "stranger", "2014Q1", "debts", "debts", -5, None, None, None),
            ("e5", "c", "2014Q4", "not on the card", "owner", -1, None, None, None),
            ("e6", "c", "2013Q4", "debts", "debts", -5, None, None, None),
        ],
        columns=[
            "event",
            "subject",
            "period",
            "rule",
            "indicator",
            "points",
            "source",
            "informant",
            "situation",
        ],
    )


def problems(call):
    with pytest.raises(TableError) as caught:
        call()
    return caught.value.where.split("\n  ")[1:]


def test_a_ledger_by_hand(events, frame, make_scheme, tmp_path):
    scheme = make_scheme()
    dataset = read_table(frame, scheme)
    ledger = read_ledger(events, scheme, dataset)
    read = ledger.events
    assert read["event"].tolist() == ["e1", "e2", "e3", "e5", "e6"], "a stranger's events are left out"
    assert read["period"].tolist() == [-2, 0, 2, 3, -1]
    assert read["points"].tolist() == [-5, -5, 3.5, -1, -5]
    assert set(read["subject"]) <= set(dataset.subject)
    neighbour = pseudonymise(np.array(["neighbour"], dtype=object), PUBLIC_KEY, "informant")[0]
    assert read["informant"].fillna("-").tolist() == ["-", neighbour, read["informant"][2], "-", "-"]
    assert read["informant"][2] not in set(dataset.subject), "informants have pseudonyms of their own"
    assert read["situation"].fillna("-").tolist() == ["-", "illness", "-", "-", "-"]
    for name in ("t.csv", "t.parquet"):
        stored = read_ledger(write_frame(events, tmp_path / name), scheme, dataset)
        assert stored.fingerprint == ledger.fingerprint
        pd.testing.assert_frame_equal(stored.events, read)


def test_an_informant_who_withdrew_is_named_no_more_and_the_event_stays(events, frame, make_scheme):
    scheme = make_scheme()
    dataset = read_table(frame, scheme)
    neighbour = str(pseudonymise(["neighbour"], PUBLIC_KEY, "informant")[0])
    named = read_ledger(events, scheme, dataset, withdrawn=()).events
    left = read_ledger(events, scheme, dataset, withdrawn={neighbour}).events
    assert named["informant"].notna().tolist() == [False, True, True, False, False]
    assert left["informant"].notna().tolist() == [False, False, True, False, False]
    assert left.drop(columns="informant").equals(named.drop(columns="informant"))


def test_a_short_ledger_has_what_it_needs(events, frame, make_scheme):
    scheme = make_scheme()
    short = events.drop(columns=["source", "informant", "situation"])
    read = read_ledger(short, scheme, read_table(frame, scheme)).events
    assert read[["source", "informant", "situation"]].isna().all(axis=None)


def test_all_that_is_wrong_with_a_ledger_is_in_one_error(events, frame, make_scheme):
    scheme = make_scheme()
    dataset = read_table(frame, scheme)
    bad = events.astype({"points": object})
    bad.loc[0, "points"] = "many"
    bad.loc[1, "event"] = "e3"
    bad.loc[3, ["subject", "indicator"]] = [None, "weather"]
    bad.loc[4, "period"] = "autumn"
    assert problems(lambda: read_ledger(bad, scheme, dataset)) == [
        "column 'subject' has missing cells: 1 row, first: row 4",
        "column 'points' holds no number: 1 row, first: row 1 'many'",
        "column 'event' gives an id to two events: 2 rows, first: row 2 'e3', row 3 'e3'",
        "column 'indicator' names no indicator of the scheme: 1 row, first: row 4 'weather'",
        "column 'period' cannot be put in time order with the table's periods (2014Q1, 2014Q2, 2014Q3, ...)",
    ]
    assert problems(lambda: read_ledger(events.drop(columns="rule"), scheme, dataset)) == [
        "column 'rule' is missing from the table"
    ]


def test_a_period_between_the_tables_is_refused(events, frame, make_scheme):
    scheme = make_scheme()
    dataset = read_table(frame[frame["when"] != "2014Q2"], scheme)
    events.loc[1, "period"] = "2014Q2"
    (line,) = problems(lambda: read_ledger(events, scheme, dataset))
    assert "cannot be put in time order" in line


def test_another_key_is_found_out(events, frame, make_scheme):
    scheme = make_scheme()
    dataset = read_table(frame, scheme)
    with pytest.raises(TableError, match="no event is of anyone") as caught:
        read_ledger(events, scheme, dataset, key=KEY)
    assert "same key" in caught.value.remedy


def test_events_of_periods_without_agreement_are_left_out(events, frame, make_scheme):
    basis = {"kind": "agreed", "agreement_column": "agreed", "birth_column": "years"}
    scheme = make_scheme(basis=basis)
    agreed = frame.assign(years=40, agreed=frame["when"] == "2014Q3")
    dataset = read_table(agreed, scheme, key=KEY)
    assert dataset.periods == ("2014Q3",)
    assert read_ledger(events, scheme, dataset, key=KEY).events["event"].tolist() == ["e3"]


def test_answers(make_scheme, tmp_path):
    scheme = make_scheme()
    answers = pd.DataFrame({"event": [1, 2, 3], "happened": ["yes", "no", "true"]})
    read = read_answers(answers, scheme)
    assert read.answers["event"].tolist() == ["1", "2", "3"]
    assert read.answers["happened"].tolist() == [True, False, True]
    assert read.answers["happened"].dtype == np.bool_
    stored = read_answers(write_frame(answers, tmp_path / "a.csv"), scheme)
    assert stored.fingerprint == read.fingerprint


def test_all_that_is_wrong_with_answers_is_in_one_error(make_scheme):
    scheme = make_scheme()
    bad = pd.DataFrame({"event": ["a", "a", None], "happened": ["yes", "perhaps", None]})
    assert problems(lambda: read_answers(bad, scheme)) == [
        "column 'event' has missing cells: 1 row, first: row 3 ''",
        "column 'happened' has missing cells: 1 row, first: row 3 ''",
        "column 'happened' is neither true, yes, 1 nor false, no, 0: 1 row, first: row 2 'perhaps'",
        "column 'event' is answered twice: 2 rows, first: row 1 'a', row 2 'a'",
    ]
    many = pd.DataFrame({"event": range(201), "happened": True})
    assert problems(lambda: read_answers(many, scheme)) == [
        "column 'event' holds 201 look-ups: a verification sample has at most 200"
    ]
    assert problems(lambda: read_answers(many.drop(columns="event"), scheme)) != []


def test_no_ledger_of_real_people_without_a_name_for_them(events, frame, make_scheme):
    """A key is asked for where a table names people; informants must not be hashed with the public one."""
    basis = {"kind": "audit", "lawful_basis": "law"}
    one = frame[frame["when"] == "2014Q1"].drop(columns="who")
    scheme = make_scheme(basis=basis, roles={"subject": None, "period": None}, horizon=0)
    with pytest.raises(TableError, match="the scheme's table names none"):
        read_ledger(events, scheme, read_table(one, scheme))
