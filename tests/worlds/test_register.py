"""The columns of a broad register, and the mechanisms that act through them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from scs_ml.schemes import load_scheme
from scs_ml.worlds import MECHANISMS, Planted
from scs_ml.worlds.life import LEADERS, SETTLING, friendships
from scs_ml.worlds.population import populate
from scs_ml.worlds.streams import Streams
from tests.worlds.looking import entries, members, points

COLUMNS = [
    "low_spirits",
    "friends_reports",
    "relatives_entries",
    "idle_purchases",
    "organization_debts",
    "leads_organization",
    "quarters_here",
    "entries_on_record",
]
NEWCOMERS = (("registration", "newcomer"),)


@pytest.fixture(scope="module")
def broad(simulated):
    return simulated(broad=True)


def panel(world, column):
    """One column of the table: (n, P)."""
    return world.table[column].to_numpy().reshape(-1, world.settings.n_periods)


def test_the_scheme_is_suining_s_with_eight_columns_more(suining):
    wide = load_scheme("suining_broad")
    old = len(suining.indicators)
    assert wide.indicators[:old] == suining.indicators
    assert [i.name for i in wide.indicators[old:]] == COLUMNS
    for part in ("scale", "roles", "card", "sensitive", "situations", "audit", "horizon"):
        assert getattr(wide, part) == getattr(suining, part)
    assert all("assumed for simulation" in i.description for i in wide.indicators[old:])
    forbidden = {i.name: i.forbidden_reason for i in wide.indicators[old:] if i.forbidden_reason}
    assert forbidden == {
        "low_spirits": "its nature is psychological",
        "friends_reports": "it speaks of friends, not of the subject",
        "relatives_entries": "it speaks of relatives, not of the subject",
        "idle_purchases": "what people buy is no conduct",
        "organization_debts": "an organization's debts are not its leaders' own",
    }
    assert {i.name for i in wide.indicators if i.nature == "history"} == {
        "quarters_here",
        "entries_on_record",
    }


def test_a_broad_world_is_the_narrow_one_with_columns_more(broad, null_world):
    pd.testing.assert_frame_equal(broad.table.drop(columns=COLUMNS), null_world.table, check_exact=True)
    pd.testing.assert_frame_equal(broad.ledger, null_world.ledger, check_exact=True)
    assert list(broad.table.columns[12:20]) == COLUMNS
    for indicator in broad.scheme.indicators[-8:]:
        column = broad.table[indicator.name]
        assert column.dtype == (np.bool_ if indicator.dtype == "flag" else np.float64)


def test_relatives_entries_and_the_length_of_a_record_follow_from_the_ledger(simulated):
    world = simulated(broad=True, mechanisms=(("family_spillover", 0.2), ("postcode_proxy", 0.1)))
    last = world.table[world.table["quarter"] == "2015Q4"].set_index("person")
    own = last["traffic_violations"] + last["unpaid_debts"]
    np.testing.assert_array_equal(
        last["relatives_entries"], own.groupby(last["family"]).transform("sum") - own
    )
    lately = world.ledger[world.ledger["period"] >= "2014Q1"]
    counted = lately["subject"].value_counts().reindex(last.index).fillna(0)
    np.testing.assert_array_equal(last["entries_on_record"], counted)


def test_friends_reports_are_those_of_the_friends(broad):
    person, friend = friendships(Streams(0), populate(Streams(0), 2000, 16))
    own = panel(broad, "disorder_reports")
    expected = np.zeros_like(own)
    np.add.at(expected, person, own[friend])
    np.testing.assert_array_equal(panel(broad, "friends_reports"), expected)


def test_leaders_share_their_organization_s_debts_and_others_have_none(broad):
    leads, debts = panel(broad, "leads_organization"), panel(broad, "organization_debts")
    assert (leads == leads[:, :1]).all()
    # Binomial: 4 standard errors.
    assert abs(leads[:, 0].mean() - LEADERS) < 4 * np.sqrt(LEADERS * (1 - LEADERS) / 2000)
    assert not debts[~leads].any()
    histories = pd.DataFrame(debts[leads[:, 0]]).assign(
        district=broad.table["district"].to_numpy()[::8][leads[:, 0]]
    )
    assert histories.drop_duplicates().groupby("district").size().max() <= 5


def test_quarters_here_pass_until_a_family_moves_again(broad):
    here = panel(broad, "quarters_here")
    assert (here >= 0).all()
    steps = np.diff(here, axis=1)
    assert set(here[:, 1:][steps != 1]) == {0.0}
    family = broad.table["family"].to_numpy()[::8]
    assert (pd.DataFrame(here).groupby(family).agg(np.ptp) == 0).all(axis=None)
    new = members(broad, NEWCOMERS)
    recent = (here < SETTLING).ravel()
    # Of newcomers 4 of 20 quarters, of others 4 of 96; families and quarters together: wide margins.
    assert 0.1 < recent[new].mean() < 0.3
    assert 0.01 < recent[~new].mean() < 0.09


def test_each_purchase_costs_the_same(simulated):
    world = simulated(broad=True, mechanisms=(("purchases_misread", 0.2),))
    taken, held = points(world, "purchases_misread"), panel(world, "idle_purchases")
    each = taken[held == 1][0]
    assert each < 0
    # Points of a quarter are multiples of 1/256.
    np.testing.assert_allclose(taken, each * held, atol=(held.max() + 8) / 512)


@pytest.mark.parametrize(
    "slug, hit",
    [
        ("state_of_mind", lambda world: panel(world, "low_spirits")),
        (
            "recent_mover",
            lambda world: (
                (panel(world, "quarters_here") < SETTLING) & members(world, NEWCOMERS).reshape(-1, 8)
            ),
        ),
        (
            "thin_file",
            lambda world: (
                (panel(world, "entries_on_record") < 3)
                & members(world, (("age_group", "under 30"),)).reshape(-1, 8)
            ),
        ),
    ],
)
def test_each_quarter_in_the_column_s_state_costs_the_same(simulated, slug, hit):
    world = simulated(broad=True, n_periods=8, mechanisms=((slug, 0.2),))
    taken, inside = points(world, slug), hit(world)
    dose = -taken[taken < 0].max()
    # What is taken in a quarter stays away for eight: the last quarter's are those of all eight observed.
    np.testing.assert_allclose(taken[:, -1], -dose * inside.sum(axis=1))


def test_debts_of_organizations_are_entered_against_leaders_of_the_group(simulated):
    world = simulated(broad=True, mechanisms=(("organization_to_leaders", 0.2),))
    made = entries(world, "organization_to_leaders")
    assert set(made["rule"]) == {"unpaid_debts"}
    assert not world.truth.events.loc[made.index, "happened"].any()
    charged = points(world, "organization_to_leaders") / -50
    assert charged.max() > 0
    assert (charged <= panel(world, "organization_debts")).all()
    assert not charged.ravel()[~members(world, (("age_group", "60 and over"),))].any()


def test_a_group_aimed_at_is_the_one_more_often_in_low_spirits(simulated, broad):
    aimed = simulated(broad=True, mechanisms=(("state_of_mind", Planted(0.2, NEWCOMERS)),))
    inside = members(aimed, NEWCOMERS)
    low = aimed.table["low_spirits"].to_numpy()
    assert low[inside].mean() > 2 * low[~inside].mean()
    old = members(broad, (("age_group", "60 and over"),))
    usual = broad.table["low_spirits"].to_numpy()
    assert usual[old].mean() > 2 * usual[~old].mean()


def test_strength_nil_is_the_broad_null_world(simulated, broad):
    none = simulated(broad=True, mechanisms=tuple((slug, 0.0) for slug in MECHANISMS))
    for name in ("table", "ledger", "background"):
        pd.testing.assert_frame_equal(getattr(none, name), getattr(broad, name), check_exact=True)


def test_a_mechanism_leaves_what_happens_to_people_as_it_was(simulated, broad):
    world = simulated(
        broad=True, mechanisms=tuple((slug, 0.1) for slug in MECHANISMS if "disaster" not in slug)
    )
    kept = [name for name in COLUMNS if name not in {"relatives_entries", "entries_on_record"}]
    pd.testing.assert_frame_equal(world.table[kept], broad.table[kept], check_exact=True)
    for planted in world.truth.planted:
        assert planted.achieved == pytest.approx(planted.asked, rel=0.2)
