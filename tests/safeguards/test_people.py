"""Whose rows may be read: agreement, and no minors."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from scs_ml.exceptions import SafeguardError
from scs_ml.safeguards import gate_rows, gate_withdrawn
from scs_ml.schemes import Scheme, load_scheme

SESAME = load_scheme("sesame")


def table(agreed, age=30):
    return pd.DataFrame({"agreed": pd.Series(agreed, dtype=object), "age": age})


@pytest.mark.parametrize("name", ["suining", "compas", "taiwan", "students"])
def test_other_bases_keep_every_row(name):
    mask, records = gate_rows(load_scheme(name), table([False, None], age=3))
    assert mask.tolist() == [True, True]
    assert records == ()


def test_rows_without_agreement_are_left_out_and_counted():
    agreed = [
        True,
        "yes",
        "TRUE",
        " Y ",
        1,
        1.0,
        "1",
        False,
        "no",
        0,
        "",
        None,
        np.nan,
        "maybe",
        2,
        "agreed?",
    ]
    mask, (agreement, minors) = gate_rows(SESAME, table(agreed))
    assert mask.tolist() == [True] * 7 + [False] * 9
    assert (agreement.rule, agreement.outcome, agreement.rows) == ("agreement", "left out", 9)
    assert "9 of 16 rows" in agreement.detail
    assert (minors.rule, minors.outcome) == ("minors", "kept")


@pytest.mark.parametrize("dtype", ["bool", "boolean", "int64", "Int64", "float64", "str"])
def test_agreement_is_read_from_any_dtype(dtype):
    frame = table([1, 0, 1])
    mask, records = gate_rows(SESAME, frame.assign(agreed=frame["agreed"].astype(dtype)))
    assert mask.tolist() == [True, False, True]
    assert mask.dtype == np.bool_
    assert records[0].rows == 1


def test_all_agreed_is_kept():
    assert gate_rows(SESAME, table([True, True]))[1][0].outcome == "kept"


def test_a_minor_who_agreed_refuses_the_table_by_row():
    frame = table(["yes"] * 4, age=[18, 17, 40, 17.9]).set_axis([2, 3, 4, 5])
    with pytest.raises(SafeguardError) as caught:
        gate_rows(SESAME, frame)
    assert caught.value.rule == "minors"
    assert "2 rows" in caught.value.what
    assert "column age, first rows 3, 5" in caught.value.where


@pytest.mark.parametrize("age", [None, np.nan, "", "unknown", -1, 0, "17"])
def test_an_age_that_is_not_known_or_not_possible_does_not_pass(age):
    with pytest.raises(SafeguardError) as caught:
        gate_rows(SESAME, table(["yes", "yes"], age=pd.Series([30, age], dtype=object)))
    assert caught.value.rule == "minors"


def test_only_the_first_five_rows_are_listed():
    with pytest.raises(SafeguardError, match="first rows 0, 1, 2, 3, 4\n"):
        gate_rows(SESAME, table(["yes"] * 9, age=10))


def test_a_minor_without_agreement_is_left_out_like_anyone():
    mask, _ = gate_rows(SESAME, table(["yes", "no"], age=[30, 12]))
    assert mask.tolist() == [True, False]


def test_years_of_birth_are_not_taken_for_ages():
    with pytest.raises(SafeguardError, match="not a year or date of birth") as caught:
        gate_rows(SESAME, table(["yes", "yes"], age=[30, 2012]))
    assert caught.value.rule == "minors"


def test_ages_as_text_are_read():
    assert gate_rows(SESAME, table(["yes"], age="18"))[0].tolist() == [True]


@pytest.mark.parametrize("column, rule", [("agreed", "agreement"), ("age", "minors")])
def test_leaving_the_column_out_does_not_open_the_table(column, rule):
    with pytest.raises(SafeguardError) as caught:
        gate_rows(SESAME, table(["yes"]).drop(columns=column))
    assert caught.value.rule == rule
    assert f"needs: {column}" in caught.value.what


def test_a_table_in_which_nobody_agreed_is_refused():
    with pytest.raises(SafeguardError, match="no row carries an agreement") as caught:
        gate_rows(SESAME, table(["no", None]))
    assert caught.value.rule == "agreement"


def test_organizations_have_no_age():
    document = SESAME.model_dump() | {"subjects": "organizations"}
    document["basis"] = document["basis"] | {"birth_column": None}
    mask, records = gate_rows(Scheme.model_validate(document), table(["yes", "no"]).drop(columns="age"))
    assert mask.tolist() == [True, False]
    assert [r.rule for r in records] == ["agreement"]


def with_notice():
    document = SESAME.model_dump()
    document["basis"]["notice_column"] = "told"
    return Scheme.model_validate(document)


def test_where_notice_is_recorded_apart_both_are_needed():
    frame = table(["yes", "yes", "no", "yes"]).assign(told=["yes", "no", "yes", None])
    mask, (agreement, _) = gate_rows(with_notice(), frame)
    assert mask.tolist() == [True, False, False, False]
    assert (agreement.outcome, agreement.rows, agreement.columns) == ("left out", 3, ("agreed", "told"))
    assert "2 agreed without notice" in agreement.detail


def test_a_declared_notice_that_is_no_column_refuses_the_table():
    with pytest.raises(SafeguardError, match=r"lacks the column .*: told") as caught:
        gate_rows(with_notice(), table(["yes"]))
    assert caught.value.rule == "agreement"


def test_agreement_of_some_and_notice_of_others_is_nobodys():
    with pytest.raises(SafeguardError, match="no row carries an agreement and a notice"):
        gate_rows(with_notice(), table(["yes", "no"]).assign(told=["no", "yes"]))


def test_rows_of_people_who_withdrew_are_left_out_and_counted():
    subjects = np.array(["a", "b", None, "a", "c"], dtype=object)
    mask, record = gate_withdrawn(subjects, {"a", "z"})
    assert mask.tolist() == [False, True, True, False, True]
    assert (record.rule, record.outcome, record.rows) == ("withdrawn", "left out", 1)
    assert "the rows of 1 people" in record.detail
    assert gate_withdrawn(subjects, ())[1].outcome == "kept"


def test_a_table_of_nobody_else_is_refused():
    with pytest.raises(SafeguardError, match="everyone in the table has withdrawn") as caught:
        gate_withdrawn(np.array(["a", "a"], dtype=object), {"a"})
    assert caught.value.rule == "withdrawn"


@pytest.mark.parametrize(
    "age", ["18", "18.0", "18,5", " 44 ", "18 years", "44 лет", "\uff11\uff18", "\u0661\u0668", "30岁"]
)
def test_ages_written_out_are_read(age):
    frame = table(["yes"], age=pd.Series([age], dtype=object))
    assert gate_rows(SESAME, frame)[0].tolist() == [True]


@pytest.mark.parametrize(
    "age", ["17", "17 years", "17,9", "\uff11\uff17", "17岁", "1e2x", "18+", "eighteen", "216 months", True]
)
def test_no_way_of_writing_makes_a_minor_or_nobody_an_adult(age):
    with pytest.raises(SafeguardError, match="under 18 or of unknown age") as caught:
        gate_rows(SESAME, table(["yes"], age=pd.Series([age], dtype=object)))
    assert caught.value.rule == "minors"


@pytest.mark.parametrize(
    "born",
    [
        "2001-05-06",
        "6.5.2001",
        "06/05/01",
        "2001/5",
        "20010506",
        "May 2001",
        "2001年5月",
        "2001-05-06T00:00:00Z",
    ],
)
def test_dates_of_birth_are_refused_with_what_to_give_instead(born):
    with pytest.raises(SafeguardError, match="the age in whole years, not a year or date of birth") as caught:
        gate_rows(SESAME, table(["yes", "yes"], age=pd.Series(["40", born], dtype=object)))
    assert "1 dates and 0 numbers" in caught.value.where or "numbers over 150" in caught.value.where
    assert born not in str(caught.value)


def test_a_column_of_timestamps_is_no_column_of_ages():
    born = pd.Series(pd.to_datetime(["1970-01-01", "2015-01-01"]))
    with pytest.raises(SafeguardError, match="not a year or date of birth"):
        gate_rows(SESAME, table(["yes", "yes"], age=born))


def test_ages_below_zero_are_named():
    with pytest.raises(SafeguardError, match="1 ages are below 0"):
        gate_rows(SESAME, table(["yes", "yes", "yes"], age=pd.Series([40, -40, 17])))


def test_dates_of_those_who_did_not_agree_refuse_nobody():
    frame = table(["yes", "no"], age=pd.Series(["40", "2001-05-06"], dtype=object))
    assert gate_rows(SESAME, frame)[0].tolist() == [True, False]
