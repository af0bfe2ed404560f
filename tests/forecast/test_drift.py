from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from scs_ml.forecast import (
    BASELINES,
    FORECASTERS,
    calibration_drift,
    drift_tables,
    indicator_drift,
    migration_drift,
    out_of_sample,
)
from scs_ml.safeguards import suppress_tables
from tests.forecast.panels import panel


def rows(table):
    return {row[0]: dict(zip(table.columns, row, strict=True)) for row in table.rows}


def with_column(dataset, name, values):
    dataset.X[name] = values
    return dataset


def test_the_index_by_hand():
    rng = np.random.default_rng(0)
    train, later = panel(0, 40, rng), panel(1, 20, rng, first=100)
    levels = pd.CategoricalDtype(["a", "b"])
    train = with_column(train, "home", pd.Series(["a"] * 20 + ["b"] * 20, dtype=levels))
    later = with_column(later, "home", pd.Series(["a"] * 15 + ["b"] * 5, dtype=levels))
    found = rows(indicator_drift(train, later))["home"]
    p, q = np.array([20.5, 20.5]) / 41, np.array([15.5, 5.5]) / 21
    assert found["PSI"] == pytest.approx(((q - p) * np.log(q / p)).sum())
    assert found["PSI expected without drift"] == pytest.approx(1 / 40 + 1 / 20)
    assert (found["rows before"], found["rows after"], found["bins"]) == (40, 20, "2")
    assert found["customary size"] == "moderate"


def test_a_drift_is_shown_and_named_first():
    rng = np.random.default_rng(1)
    table = indicator_drift(panel(0, 3000, rng), panel(1, 1000, rng, shift=0.5, first=9000))
    assert table.rows[0][0] == "unpaid_debts"
    assert [row[-2] for row in table.rows] == ["shown", "not shown"]
    assert "2014Q1 against 2014Q2" in table.title


def test_missing_values_have_a_bin_of_their_own():
    rng = np.random.default_rng(2)
    train, later = panel(0, 400, rng), panel(1, 400, rng, first=9000)
    later.X.loc[:199, "unpaid_debts"] = np.nan
    found = rows(indicator_drift(train, later))["unpaid_debts"]
    assert found["bins"] == "11"
    assert found["drift"] == "shown"


def test_a_constant_and_a_column_that_did_not_change_are_no_drift():
    rng = np.random.default_rng(3)
    train, later = panel(0, 50, rng), panel(1, 50, rng)  # the same people
    for each in (train, later):
        with_column(each, "same", 1.0)
        with_column(each, "home", np.arange(50) % 5.0)
    found = rows(indicator_drift(train, later))
    assert (found["same"]["adjusted p"], found["same"]["drift"]) == (None, "not shown")
    assert found["home"]["adjusted p"] == 1.0


@pytest.mark.parametrize("clusters", [False, True])
def test_without_drift_the_index_is_its_bias_and_chance_is_called_drift_as_often_as_allowed(clusters):
    rng = np.random.default_rng(4)
    shown, index, draws = 0, [], 300
    for _ in range(draws):
        train, later = panel(0, 300, rng), panel(1, 200, rng, first=9000)
        parts = []
        for each in (train, later):
            one = each.take(np.arange(len(each)))
            one.X.pop("current_category")
            if clusters:  # three rows a person, all alike
                one = one.take(np.repeat(np.arange(len(one) // 3), 3))
            parts.append(one)
        found = indicator_drift(*parts).rows[0]
        shown += found[-2] == "shown"
        index.append(found[4])
    assert abs(shown / draws - 0.05) < 4 * np.sqrt(0.05 * 0.95 / draws)
    if not clusters:
        assert np.mean(index) == pytest.approx(9 * (1 / 300 + 1 / 200), rel=0.1)


@pytest.fixture(scope="module")
def tested(suining):
    rng = np.random.default_rng(5)
    train = panel(0, 2000, rng)
    folds = [(train, panel(t, 800, rng, first=10_000 * t)) for t in (1, 2, 3)]
    # In the last period everybody ends one category lower than the debts foretell.
    last = folds[-1][1]
    np.maximum(last.y - 1, 0, out=last.y)
    return out_of_sample(
        {"logit": lambda: FORECASTERS["logit"](suining), "markov": lambda: BASELINES["markov"](suining)},
        folds,
        suining,
    )


def test_calibration_drifts_where_outcomes_do(tested, suining):
    table = calibration_drift(tested, "logit", suining)
    assert len(table.rows) == 3 * 4
    found = {row[:2]: row for row in table.rows}
    for boundary in ("D | C", "C | B", "B | A"):
        *_, low, high = found[boundary, "2014Q2"]
        assert low < 0.03
        assert high > -0.03
        difference, low, high = found[boundary, "2014Q4"][-3:]
        assert low < difference < high < 0
        assert found[boundary, "2014Q4 less 2014Q2"][-1] < 0
    # By hand: the mean forecast, and the share above the boundary.
    boundary, _, n, above, below, forecast, observed, difference, *_ = found["C | B", "2014Q3"]
    mask = tested.period == 2
    assert n == mask.sum()
    assert (above, below) == ((tested.y[mask] > 1).sum(), (tested.y[mask] <= 1).sum())
    assert forecast == pytest.approx(tested.forecasts["logit"][mask, 2:].sum(axis=1).mean())
    assert observed == pytest.approx((tested.y[mask] > 1).mean())
    assert difference == pytest.approx(observed - forecast)


def test_a_share_that_gives_away_a_few_people_is_suppressed(tested, suining):
    closed = suining.model_copy(update={"basis": suining.basis.model_copy(update={"kind": "audit"})})
    *earlier, (train, last) = tested.folds
    few_worst = replace(last, y=np.where(np.arange(len(last)) < 3, 0, 3))
    changed = replace(tested, folds=(*earlier, (train, few_worst)))
    shown, *_ = suppress_tables([calibration_drift(changed, "logit", suining)], closed)
    found = {row[:2]: row[2:] for row in shown.rows}
    assert set(found["D | C", "2014Q4"]) == {None}
    # One more period goes, from which and the total the few would follow; one stays.
    others = [numbers[0] for (cut, _), numbers in found.items() if cut == "D | C"]
    assert 1 < others.count(None) < len(others)


def test_moves_of_people_seen_in_both(suining):
    rng = np.random.default_rng(6)
    train, later = panel(0, 4, rng), panel(1, 3, rng, first=1)
    train.category[:] = [0, 1, 2, 3]
    later.category[:] = [1, 3, 3]
    table = migration_drift(train, later, suining)
    assert table.rows == (
        ("D", 0, 0, 0, 0, 0),
        ("C", 1, 0, 1, 0, 0),
        ("B", 1, 0, 0, 0, 1),
        ("A", 1, 0, 0, 0, 1),
    )
    assert migration_drift(train, panel(1, 3, rng, first=50), suining) is None
    assert migration_drift(train, train, suining) is None


def test_all_tables_of_a_backtest(tested, suining):
    names = [table.name for table in drift_tables(tested, "logit", suining)]
    assert names == ["indicator_drift", "calibration_drift"]  # nobody is seen twice
