"""The world as a whole: what is handed over, how it repeats, and that nobody is wronged in the null world."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from scs_ml.worlds import WorldSettings, simulate

TABLE = [
    "person",
    "quarter",
    "score",
    "family",
    "district",
    "traffic_violations",
    "unpaid_debts",
    "disorder_reports",
    "informant_reports",
    "exemplary_county",
    "exemplary_city",
    "charity_days",
    "minority",
    "registration",
    "sex",
    "age_group",
    "illness",
    "disaster",
]


def assert_same(a, b):
    pd.testing.assert_frame_equal(a.table, b.table, check_exact=True)
    pd.testing.assert_frame_equal(a.ledger, b.ledger, check_exact=True)
    pd.testing.assert_frame_equal(a.background, b.background, check_exact=True)
    for name in ("events", "twin", "wronged", "points"):
        pd.testing.assert_frame_equal(getattr(a.truth, name), getattr(b.truth, name), check_exact=True)
    assert a.truth.planted == b.truth.planted


def test_the_same_settings_give_the_same_world(mixed_world):
    assert_same(mixed_world, simulate(mixed_world.settings))


def test_another_seed_gives_another_world(simulated, null_world):
    assert (simulated(seed=1).table["score"] != null_world.table["score"]).mean() > 0.5


def test_the_table_is_what_the_scheme_describes(mixed_world, suining):
    table = mixed_world.table
    assert list(table.columns) == TABLE
    assert len(table) == 2000 * 8
    assert not table.duplicated([suining.roles.subject, suining.roles.period]).any()
    assert table["quarter"].unique().tolist() == [f"{y}Q{q}" for y in (2014, 2015) for q in (1, 2, 3, 4)]
    for indicator in suining.indicators:
        column = table[indicator.table_column]
        if indicator.dtype == "number":
            assert column.dtype == np.float64
            assert column.between(*indicator.range).all()
        else:
            assert column.dtype == "str"
            assert set(column) == set(indicator.levels)
    for attribute in suining.sensitive:
        assert table[attribute.table_column].dtype == "str"
        assert attribute.reference in set(table[attribute.table_column])
    for situation in suining.situations:
        assert table[situation.table_column].dtype == np.bool_
    assert table["score"].dtype == np.float64
    assert table.notna().all(axis=None)


def test_the_background_is_rows_of_the_last_quarter_drawn_alike(null_world):
    table = null_world.table
    last = table[table["quarter"] == "2015Q4"].set_index("person")
    background = null_world.background
    assert list(background.columns) == TABLE
    assert len(background) == 200
    expected = last.loc[background["person"]].reset_index()[TABLE]
    pd.testing.assert_frame_equal(background, expected, check_exact=True)
    # Binomial, 200 draws at the county's share: 4 standard errors.
    share = (last["minority"] == "yes").mean()
    assert abs((background["minority"] == "yes").mean() - share) < 4 * np.sqrt(share * (1 - share) / 200)


def test_disasters_come_as_often_as_asked_and_change_nothing_else(simulated, null_world):
    world = simulated(disaster_rate=0.5)
    struck = world.table.drop_duplicates(["district", "quarter"])["disaster"]
    # Binomial, 160 district-quarters at .5: 4 standard errors.
    assert abs(struck.mean() - 0.5) < 4 * np.sqrt(0.25 / 160)
    pd.testing.assert_frame_equal(
        world.table.drop(columns="disaster"), null_world.table.drop(columns="disaster"), check_exact=True
    )


@pytest.mark.parametrize("n_periods", [1, 3])
def test_any_number_of_quarters(n_periods):
    world = simulate(WorldSettings(n_people=3, n_periods=n_periods))
    assert len(world.table) == 3 * n_periods
    assert world.table["quarter"].iloc[0] == "2014Q1"


def test_a_world_may_hold_no_event_at_all():
    worlds = [simulate(WorldSettings(n_people=1, n_periods=1, seed=seed)) for seed in range(40)]
    empty = [world for world in worlds if world.ledger.empty]
    assert empty
    for world in empty:
        assert world.table["score"].tolist() == [1000.0]
        assert world.truth.events.empty
        pd.testing.assert_series_equal(world.ledger.dtypes, worlds[0].ledger.dtypes)


def test_the_largest_seed_is_a_seed():
    assert len(simulate(WorldSettings(n_people=5, seed=2**64 - 1)).table) == 40


def test_more_people_leave_the_earlier_ones_as_they_were(simulated, null_world):
    few = simulated(n_people=301)
    pd.testing.assert_frame_equal(few.table, null_world.table.iloc[: 301 * 8], check_exact=True)
    earlier = null_world.ledger[null_world.ledger["subject"] <= "p000301"].reset_index(drop=True)
    pd.testing.assert_frame_equal(few.ledger, earlier, check_exact=True)


def test_the_mix_of_categories_is_a_plausible_county_s(simulated, suining):
    scores = np.concatenate([simulated(n_people=20_000, seed=s).table["score"] for s in (0, 1)])
    d, c, b, a = np.bincount(suining.scale.categorise(scores), minlength=4) / len(scores)
    assert 0.02 < d < 0.06
    assert 0.12 < c < 0.25
    assert 0.20 < b < 0.35
    assert 0.45 < a < 0.60
    assert 80 < scores.std() < 120


def test_people_stay_in_part_who_they_were(simulated, suining):
    table = simulated(n_people=20_000).table
    category = suining.scale.categorise(table["score"]).reshape(-1, 8)
    assert 0.6 < (category[:, 4:] == category[:, :-4]).mean() < 0.8
    assert 0.8 < (category[:, 1:] == category[:, :-1]).mean() < 0.95


GROUPS = (
    ("minority", "yes"),
    ("registration", "newcomer"),
    ("sex", "female"),
    ("age_group", "under 30"),
    ("age_group", "60 and over"),
    ("illness", True),
    ("district", "d03"),
)


def clustered_z(table, member, column):
    """Difference of two means in standard errors, families as clusters (delta method)."""
    value, family = table[column].to_numpy(), table["family"].to_numpy()
    influence = np.zeros(len(table))
    for side, sign in ((member, 1), (~member, -1)):
        influence[side] = sign * (value[side] - value[side].mean()) / side.sum()
    error = np.sqrt((pd.Series(influence).groupby(family).sum() ** 2).sum())
    return (value[member].mean() - value[~member].mean()) / error


@pytest.mark.parametrize("column", ["score", "disorder_reports", "informant_reports"])
def test_groups_differ_by_chance_alone_in_the_null_world(simulated, column):
    z = []
    for seed in range(10, 16):
        table = simulated(n_people=5000, seed=seed).table
        z += [clustered_z(table, (table[name] == value).to_numpy(), column) for name, value in GROUPS]
    assert np.abs(z).max() < stats.norm.isf(0.0005 / len(z))
    # Age groups exclude one another, so the z are not quite independent: bounds of 1 in 10,000 leave room.
    assert stats.chi2.ppf(1e-4, len(z)) < np.sum(np.square(z)) < stats.chi2.isf(1e-4, len(z))


def test_progress_is_told_to_the_end():
    told = []
    settings = WorldSettings(n_people=500, mechanisms={"illness_misread": 0.1}, decoys={"conduct_gap": 0.1})
    simulate(settings, progress=lambda what, done, total: told.append((what, done, total)))
    assert told == [("simulating the world", step, 6) for step in range(1, 7)]
