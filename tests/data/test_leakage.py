from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from scs_ml.data import read_table
from scs_ml.data.leakage import gives_away
from scs_ml.data.periods import last_days, order_periods
from scs_ml.exceptions import TableError

N = 400


@pytest.fixture
def panel():
    rng = np.random.default_rng(1)
    people, periods = N // 4, ["2014-01-31", "2014-02-28", "2014-03-31", "2014-04-30"]
    return pd.DataFrame(
        {
            "who": np.repeat(np.arange(people), 4),
            "when": np.tile(periods, people),
            "score": rng.integers(0, 30, N).astype(float),
            "debts": rng.integers(0, 10, N),
            "sex": rng.choice(["f", "m"], N),
        }
    )


def leak(table, scheme):
    with pytest.raises(TableError) as caught:
        read_table(table, scheme)
    (line,) = caught.value.where.split("\n  ")[1:]
    return line


def test_an_indicator_that_is_the_answer_is_named(panel, make_scheme):
    scheme = make_scheme(horizon=0, indicators=[{"name": "debts"}])
    assert len(read_table(panel, scheme)) == N
    low_to_high = np.digitize(panel["score"], [10, 20])
    cases = {
        "equals the score": panel["score"],
        "equals the category": low_to_high,
        "is a linear function of the score": 1000 - 3 * panel["score"],
        "determines the category": np.array([7, 3, 5])[low_to_high],
    }
    for how, values in cases.items():
        line = leak(panel.assign(debts=values), scheme)
        assert line == f"column 'debts' leaks: it {how}; set `input: false` for 'debts'"
    withheld = make_scheme(horizon=0, indicators=[{"name": "debts", "input": False}, {"name": "noise"}])
    assert len(read_table(panel.assign(debts=panel["score"], noise=1), withheld)) == N


def test_in_a_panel_the_future_is_the_answer_and_the_present_is_not(panel, make_scheme):
    scheme = make_scheme(indicators=[{"name": "debts"}])
    assert len(read_table(panel.assign(debts=panel["score"]), scheme)) == N
    ahead = panel.groupby("who")["score"].shift(-1).fillna(0)
    assert "equals the score 1 period later" in leak(panel.assign(debts=ahead), scheme)


def test_an_indicator_that_is_the_outcome_is_named(panel, make_scheme):
    level = np.random.default_rng(2).integers(0, 2, N)
    scheme = make_scheme(
        indicators=[{"name": "job", "dtype": "category", "levels": ["x", "y"]}],
        outcome={"column": "late", "adverse": ["1"]},
    )
    table = panel.assign(job=np.array(["x", "y"])[level], late=level)
    assert "determines the outcome" in leak(table, scheme)


def test_a_date_after_the_period_is_named(panel, make_scheme):
    days = ["2014-01-15", "2014-02-15", "2014-03-15"]
    scheme = make_scheme(indicators=[{"name": "seen", "dtype": "category", "levels": days, "missing": True}])
    seen = panel["when"].map({"2014-01-31": days[0], "2014-02-28": days[0], "2014-03-31": days[2]})
    assert len(read_table(panel.assign(seen=seen), scheme)) == N
    seen[4] = days[1]
    assert leak(panel.assign(seen=seen), scheme) == (
        "column 'seen' leaks: it is dated after the row's period: 1 row, first: row 5 '2014-02-15'"
    )


@pytest.mark.parametrize(
    "values, target",
    [
        pytest.param(np.r_[np.zeros(997), 1, 1, 1], np.r_[1, 1, 1, np.zeros(997)], id="two rare events"),
        pytest.param(np.arange(1000), np.arange(1000)[::-1] ** 2, id="all values differ"),
        pytest.param(np.zeros(1000), np.arange(1000), id="one value"),
        pytest.param([1.0, 2.0, 3.0], [1.0, 2.0, 3.0], id="three rows"),
        pytest.param(np.arange(1000) % 10 // 2, np.arange(1000) % 10, id="half of it"),
        pytest.param(np.full(1000, np.nan), np.arange(1000), id="nothing known"),
    ],
)
def test_what_is_no_leak(values, target):
    assert gives_away(pd.Series(values), pd.Series(target)) is None


def test_nearly_all_rows_are_enough():
    target = np.arange(1000) % 5
    values = target.copy()
    values[:3] = 4
    assert gives_away(pd.Series(values), pd.Series(target)) == "equals"
    assert gives_away(pd.Series(values).map(dict(enumerate("xyzuv"))), pd.Series(target)) is not None
    tenths = pd.Series(np.arange(1000) % 10)
    assert gives_away(tenths, tenths // 4) == "determines", "a finer measure of the answer"
    values[:200] = 4
    assert gives_away(pd.Series(values), pd.Series(target)) is None


@pytest.mark.parametrize(
    "labels, ordered",
    [
        (["10", "9", "-1"], ("-1", "9", "10")),
        (["2014Q2", "2013Q4", "2014Q1"], ("2013Q4", "2014Q1", "2014Q2")),
        (["2014-Q2", "2013-Q4"], ("2013-Q4", "2014-Q2")),
        (["2014H2", "2014H1"], ("2014H1", "2014H2")),
        (["2014-12", "2014-02"], ("2014-02", "2014-12")),
        (["2014-W10", "2014-W09"], ("2014-W09", "2014-W10")),
        (["2014-12-01", "2014-02-28"], ("2014-02-28", "2014-12-01")),
        (["2014-12-01 10:00", "2014-12-01 09:59:59"], ("2014-12-01 09:59:59", "2014-12-01 10:00")),
        (["only"], ("only",)),
        (["2014Q1", "2014-Q2"], None),
        (["2014Q1", "2014-02"], None),
        (["1/2/2014", "2/1/2014"], None),
        (["spring", "autumn"], None),
        (["2014-13", "2014-01"], None),
    ],
)
def test_the_order_of_periods(labels, ordered):
    assert order_periods(pd.Series(labels, dtype="str")) == ordered


def test_the_last_day_of_a_period():
    labels = pd.Series(["2014", "2014Q1", "2014-Q2", "2014-02", "2014-02-03", "2014-02-31", "x", None])
    days = last_days(labels).dt.strftime("%Y-%m-%d").fillna("-").tolist()
    assert days == ["2014-12-31", "2014-03-31", "2014-06-30", "2014-02-28", "2014-02-03", "-", "-", "-"]
