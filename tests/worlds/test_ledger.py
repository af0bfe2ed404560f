"""The event ledger adds up, and says no more than an office knows."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

COLUMNS = ["event", "subject", "period", "rule", "indicator", "points", "source", "informant", "situation"]


def quarter_number(names):
    return names.str[:4].astype(int) * 4 + names.str[5:].astype(int)


@pytest.mark.parametrize("which", ["null_world", "mixed_world"])
def test_the_ledger_adds_up_to_every_score_exactly(which, request):
    world = request.getfixturevalue(which)
    ledger, table = world.ledger, world.table
    first = quarter_number(pd.Series(["2012Q1"], dtype="str"))[0]
    points = np.zeros((2000, 16))
    person = ledger["subject"].str[1:].astype(int).to_numpy() - 1
    np.add.at(
        points, (person, (quarter_number(ledger["period"]) - first).to_numpy()), ledger["points"].to_numpy()
    )
    score = np.stack([1000 + points[:, t - 7 : t + 1].sum(axis=1) for t in range(8, 16)], axis=1)
    np.testing.assert_array_equal(table["score"], np.maximum(score, 0).ravel())


@pytest.mark.parametrize("which", ["null_world", "mixed_world"])
def test_counts_in_the_table_are_those_of_the_ledger(which, request):
    world = request.getfixturevalue(which)
    last_two_years = world.ledger[quarter_number(world.ledger["period"]) > 2013 * 4 + 4]
    last = world.table[world.table["quarter"] == "2015Q4"].set_index("person")
    for rule in ("disorder_reports", "informant_reports", "charity_days"):
        counted = last_two_years.loc[last_two_years["rule"] == rule, "subject"].value_counts()
        expected = counted.reindex(last.index).fillna(0)
        np.testing.assert_array_equal(last[rule], expected)


def test_columns_and_types(mixed_world):
    ledger = mixed_world.ledger
    assert list(ledger.columns) == COLUMNS
    assert ledger["points"].dtype == np.float64
    for column in COLUMNS:
        if column != "points":
            assert ledger[column].dtype == "str", column
    assert ledger["event"].is_unique
    assert ledger.drop(columns=["informant", "situation"]).notna().all(axis=None)
    assert not ledger.attrs
    assert not mixed_world.table.attrs


def test_sources_are_the_indicators_own(mixed_world, suining):
    for (indicator, source), _ in mixed_world.ledger.groupby(["indicator", "source"]):
        assert suining.indicator(indicator).source == source


def test_neighbours_reports_and_no_others_name_an_informant_of_the_district(mixed_world):
    ledger = mixed_world.ledger
    reports = ledger["rule"] == "informant_reports"
    np.testing.assert_array_equal(ledger["informant"].notna(), reports)
    home = mixed_world.table.drop_duplicates("person").set_index("person")["district"]
    named = ledger[reports]
    # informant-d07-3
    assert (named["informant"].str[10:13].to_numpy() == home.reindex(named["subject"]).to_numpy()).all()
    assert named["informant"].nunique() == 160


def test_situations_are_those_of_the_table(mixed_world):
    merged = mixed_world.ledger.merge(
        mixed_world.table, left_on=["subject", "period"], right_on=["person", "quarter"]
    )
    expected = np.select([merged["illness"], merged["disaster"]], ["illness", "disaster"], "")
    np.testing.assert_array_equal(merged["situation"].fillna(""), expected)


def test_order_and_ids_do_not_tell_who_made_an_event(mixed_world):
    ledger = mixed_world.ledger
    key = ledger["period"] + ledger["subject"] + ledger["event"]
    assert key.is_monotonic_increasing
    made = mixed_world.truth.events["mechanism"].notna().to_numpy()
    number = ledger["event"].map(lambda e: int(e, 16)).to_numpy(float) / 2.0**64
    # The mean of n uniforms: 4 standard errors.
    assert abs(number[made].mean() - 0.5) < 4 / np.sqrt(12 * made.sum())
    assert abs(number[~made].mean() - 0.5) < 4 / np.sqrt(12 * (~made).sum())
