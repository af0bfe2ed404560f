"""A world and its twin differ where a mechanism acted, and nowhere else."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest


def test_untouched_people_are_identical(mixed_world, mixed_twin):
    touched = mixed_world.truth.wronged.drop(columns=["person", "quarter"]).any(axis=1).to_numpy()
    assert 0.1 < touched.mean() < 0.9
    pd.testing.assert_frame_equal(mixed_world.table[~touched], mixed_twin.table[~touched], check_exact=True)


def test_the_ledger_without_the_mechanisms_events_is_the_twin_s(mixed_world, mixed_twin):
    made = mixed_world.truth.events["mechanism"].notna().to_numpy()
    honest = mixed_world.ledger[~made].reset_index(drop=True)
    pd.testing.assert_frame_equal(honest, mixed_twin.ledger, check_exact=True)
    pd.testing.assert_frame_equal(
        mixed_world.truth.events[~made].reset_index(drop=True), mixed_twin.truth.events, check_exact=True
    )


def test_the_twin_in_the_truth_is_the_world_simulated_without_mechanisms(mixed_world, mixed_twin, suining):
    twin = mixed_world.truth.twin
    pd.testing.assert_frame_equal(
        twin[["person", "quarter", "score"]], mixed_twin.table[["person", "quarter", "score"]]
    )
    np.testing.assert_array_equal(twin["category"], suining.scale.categorise(mixed_twin.table["score"]))


def test_attributes_and_situations_are_those_of_the_twin(mixed_world, mixed_twin):
    columns = [
        "person",
        "family",
        "district",
        "minority",
        "registration",
        "sex",
        "age_group",
        "illness",
        "disaster",
    ]
    pd.testing.assert_frame_equal(mixed_world.table[columns], mixed_twin.table[columns], check_exact=True)


@pytest.mark.parametrize(
    "slug, rule",
    [
        ("illness_misread", "disorder_reports"),
        ("malicious_informant", "informant_reports"),
        ("postcode_proxy", "district_adjustment"),
    ],
)
def test_the_wronged_are_those_with_a_wrong_in_force(mixed_world, slug, rule):
    truth = mixed_world.truth
    of_one = mixed_world.ledger[(truth.events["mechanism"] == slug).to_numpy()]
    assert set(of_one["rule"]) == {rule}
    in_last_quarter = truth.wronged[truth.wronged["quarter"] == "2015Q4"].set_index("person")[slug]
    lately = set(of_one.loc[of_one["period"] >= "2014Q1", "subject"])
    assert set(in_last_quarter[in_last_quarter].index) == lately


def test_points_say_by_how_much_each_is_wronged(mixed_world):
    truth, slugs = mixed_world.truth, [planted.slug for planted in mixed_world.truth.planted[:3]]
    assert list(truth.points.columns) == list(truth.wronged.columns) == ["person", "quarter", *slugs]
    for slug in slugs:
        np.testing.assert_array_equal(truth.wronged[slug], truth.points[slug] < 0)
    # The scale ends at 0; above it, world and twin differ by the points.
    free = (truth.twin["score"] > 0).to_numpy()
    expected = np.maximum(truth.twin["score"] + truth.points[slugs].sum(axis=1), 0)
    np.testing.assert_array_equal(mixed_world.table["score"][free], expected[free])


def test_nothing_a_mechanism_wrote_happened(mixed_world):
    events = mixed_world.truth.events
    made = events["mechanism"].notna()
    assert not events.loc[made, "happened"].any()
    honest = mixed_world.ledger[~made.to_numpy()]
    happened = events.loc[~made, "happened"].groupby(honest["rule"].to_numpy()).mean()
    assert happened["traffic_violations"] == 1
    assert happened["charity_days"] == 1
    assert 0 < happened["informant_reports"] < 1
    assert 0 < happened["disorder_reports"] < 1


def test_the_wronged_never_score_above_their_twin(mixed_world):
    assert (mixed_world.table["score"] <= mixed_world.truth.twin["score"]).all()


def test_truth_is_not_in_what_the_office_holds(mixed_world):
    secret = {"happened", "mechanism", "category", "twin", "wronged"}
    assert not secret & set(mixed_world.table.columns)
    assert not secret & set(mixed_world.ledger.columns)


def test_a_null_world_wrongs_nobody(null_world):
    assert list(null_world.truth.wronged.columns) == ["person", "quarter"]
    assert list(null_world.truth.points.columns) == ["person", "quarter"]
    assert null_world.truth.events["mechanism"].isna().all()
    assert null_world.truth.planted == ()
    np.testing.assert_array_equal(null_world.truth.twin["score"], null_world.table["score"])
