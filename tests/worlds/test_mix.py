"""Everything planted at once, at a strength or at none; and what an office's frames must not tell."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from scs_ml.data import read_ledger, read_table
from scs_ml.worlds import DECOYS, MECHANISMS
from scs_ml.worlds.truth import SCORE_SD
from tests.worlds.looking import entries

DISASTERS = 0.05
REAL = tuple((slug, 0.1) for slug in DECOYS)
OFFICE = ("table", "ledger", "background")


@pytest.fixture(scope="module")
def everything(simulated):
    return simulated(
        mechanisms=tuple((slug, 0.1) for slug in MECHANISMS), decoys=REAL, disaster_rate=DISASTERS
    )


@pytest.fixture(scope="module")
def twin(simulated):
    return simulated(decoys=REAL, disaster_rate=DISASTERS)


def test_a_mix_of_all_reaches_every_strength(everything):
    assert [planted.slug for planted in everything.truth.planted] == [*MECHANISMS, *DECOYS]
    for planted in everything.truth.planted:
        unit = (MECHANISMS | DECOYS)[planted.slug].unit
        assert planted.unit == unit
        # The small group has about 30 people: one entry more or less is a tenth of this.
        assert planted.achieved == pytest.approx(planted.asked, rel=0.2 if unit == SCORE_SD else 0.4)


def test_its_twin_is_the_world_of_the_decoys_alone(everything, twin):
    np.testing.assert_array_equal(everything.truth.twin["score"], twin.table["score"])
    honest = everything.ledger[everything.truth.events["mechanism"].isna().to_numpy()]
    pd.testing.assert_frame_equal(honest.reset_index(drop=True), twin.ledger, check_exact=True)


def test_points_tell_who_lost_what_to_which_mechanism(everything):
    truth = everything.truth
    points, free = truth.points[list(MECHANISMS)], (truth.twin["score"] > 0).to_numpy()
    expected = np.maximum(truth.twin["score"] + points.sum(axis=1), 0)
    np.testing.assert_array_equal(everything.table["score"][free], expected[free])
    for slug in MECHANISMS:
        assert (points[slug] < 0).any()
        np.testing.assert_array_equal(truth.wronged[slug], points[slug] < 0)


def test_a_mechanism_does_the_same_in_any_company(everything, simulated):
    for slug in ("cross_domain_spill", "friends_conduct", "state_of_mind", "over_policing"):
        if slug in MECHANISMS:
            alone = simulated(mechanisms=((slug, 0.1),), decoys=REAL, disaster_rate=DISASTERS)
            assert set(entries(alone, slug)["event"]) == set(entries(everything, slug)["event"])
            np.testing.assert_array_equal(alone.truth.points[slug], everything.truth.points[slug])


def test_strength_nil_is_the_twin_bit_for_bit(simulated, twin):
    none = simulated(
        mechanisms=tuple((slug, 0.0) for slug in MECHANISMS), decoys=REAL, disaster_rate=DISASTERS
    )
    for name in OFFICE:
        pd.testing.assert_frame_equal(getattr(none, name), getattr(twin, name), check_exact=True)
    assert not none.truth.wronged[list(MECHANISMS)].any(axis=None)
    assert all(planted.achieved == 0 for planted in none.truth.planted if planted.kind == "mechanism")


@pytest.mark.parametrize("slug", list(DECOYS))
def test_a_decoy_of_strength_nil_is_the_null_world(simulated, null_world, slug):
    none = simulated(decoys=((slug, 0.0),))
    for name in OFFICE:
        pd.testing.assert_frame_equal(getattr(none, name), getattr(null_world, name), check_exact=True)
    assert none.truth.planted[0].achieved == 0


def test_what_the_office_holds_tells_no_truth(everything, null_world, suining):
    for name in OFFICE:
        visible, innocent = getattr(everything, name), getattr(null_world, name)
        assert list(visible.columns) == list(innocent.columns)
        assert not visible.attrs
        for column in visible.select_dtypes("str"):
            told = visible[column].dropna().unique()
            assert not {slug for slug in (*MECHANISMS, *DECOYS) for text in told if slug in text}
    assert set(everything.ledger["rule"]) == {rule.name for rule in suining.card.rules} | {
        "district_adjustment"
    }
    # Signs of an entry that nobody could make without the mechanism stand in none of the columns.
    made = everything.truth.events["mechanism"].notna().to_numpy()
    for column in ("rule", "indicator", "points", "source"):
        of_card = everything.ledger[made & (everything.ledger["rule"] != "district_adjustment")]
        assert set(of_card[column]) <= set(null_world.ledger[column])


def test_the_office_can_read_it(everything, suining):
    dataset = read_table(everything.table, suining)
    assert len(dataset.subject) == 2000 * 8
    assert len(read_ledger(everything.ledger, suining, dataset).events) == len(everything.ledger)


def test_only_what_is_unbooked_parts_score_and_ledger(everything, simulated):
    booked = [slug for slug in MECHANISMS if len(entries(everything, slug))]
    unbooked = [slug for slug in MECHANISMS if slug not in booked]
    world = simulated(mechanisms=tuple((slug, 0.1) for slug in booked), disaster_rate=DISASTERS)
    assert set(unbooked) == set(MECHANISMS) & {
        "direct_use",
        "state_of_mind",
        "thin_file",
        "recent_mover",
        "tampering",
        "intersection_only",
        "purchases_misread",
        "explanation_attack",
    }
    for of, missing in ((world, 0), (everything, everything.truth.points[unbooked].sum(axis=1))):
        two_years = of.ledger[of.ledger["period"] >= "2014Q1"]
        last = (of.table["quarter"] == "2015Q4").to_numpy()
        table = of.table[last].set_index("person")
        total = two_years.groupby("subject")["points"].sum().reindex(table.index).fillna(0)
        gone = missing[last].to_numpy() if len(np.shape(missing)) else missing
        np.testing.assert_array_equal(table["score"], np.maximum(1000 + total + gone, 0))
