from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from scs_ml.audit import verification_plan
from scs_ml.audit.points import booked
from scs_ml.audit.verification import PLAN_COLUMNS, suspicions, wrongly_taken
from scs_ml.exceptions import ScsError
from scs_ml.inference import wilson
from tests.audit.cases import case, dataset, explanation, ledger, pilot


def ward(reports_ill=2, reports_well=1, n=100):
    """Every fourth person is ill; the ill have `reports_ill` reports each, the others `reports_well`."""
    ill = np.arange(n) % 4 == 0
    data = dataset(n, situations=pd.DataFrame({"illness": ill}), score=100.0 - np.arange(n) % 7)
    rows = []
    for i in range(n):
        rows += [
            (f"e{i}-{k}", f"s{i}", 0, "reports", -10.0, None)
            for k in range(reports_ill if ill[i] else reports_well)
        ]
    return case(data, ledger=ledger(*rows))


def test_plan_takes_half_of_each_stratum_within_the_limit_and_repeats_itself():
    of = pilot()
    plan = verification_plan(of)
    assert tuple(plan.columns) == PLAN_COLUMNS
    assert plan["stratum"].value_counts().to_dict() == {"illness = yes": 100, "illness = no": 100}
    assert not plan["event"].duplicated().any()
    assert plan.equals(verification_plan(of))
    assert not plan.equals(verification_plan(of, seed=1))
    assert len(verification_plan(of, limit=11)) == 11


def test_an_unused_half_goes_to_the_other_stratum():
    plan = verification_plan(ward(reports_ill=1), limit=90)
    assert plan["stratum"].value_counts().to_dict() == {"illness = no": 65, "illness = yes": 25}
    scarce = verification_plan(ward(reports_ill=40, reports_well=1), limit=200)
    assert scarce["stratum"].value_counts().to_dict() == {"illness = yes": 125, "illness = no": 75}


def test_plan_holds_events_in_force_of_the_indicator_and_does_not_depend_on_their_order():
    of = ward()
    old = ledger(("old", "s0", -2, "reports", -10.0, None), ("other", "s0", 0, "debts", -10.0, None)).events
    more = pd.concat([of.ledger.events, old], ignore_index=True)
    wider = replace(of, ledger=replace(of.ledger, events=more))
    plan = verification_plan(wider, limit=200)
    assert len(plan) == 125  # all that are in force
    assert not {"old", "other"} & set(plan["event"])
    shuffled = replace(of.ledger, events=more.sample(frac=1, random_state=0))
    assert verification_plan(replace(of, ledger=shuffled), limit=40)["event"].tolist() == (
        verification_plan(wider, limit=40)["event"].tolist()
    )


def test_plan_is_empty_without_anything_to_verify():
    assert verification_plan(replace(ward(), ledger=None)).empty
    assert verification_plan(case(dataset(20), ledger=ward().ledger)).empty
    assert list(verification_plan(replace(ward(), ledger=None)).columns) == list(PLAN_COLUMNS)


@pytest.mark.parametrize("limit", [0, 201])
def test_plan_refuses_more_look_ups_than_an_office_can_answer(limit):
    with pytest.raises(ScsError, match="1 to 200"):
        verification_plan(ward(), limit=limit)


def test_events_of_the_time_before_the_table_are_named_by_how_long_before():
    of = ward()
    earlier = replace(of.ledger, events=of.ledger.events.assign(period=-1))
    assert set(verification_plan(replace(of, ledger=earlier))["period"]) == {"1 periods before 2014Q1"}


def test_triage_by_points_and_by_shap():
    of = ward()
    (found,) = suspicions(of, booked(of))
    assert found.gap == pytest.approx(-10 / of.dataset.score.std(ddof=1))
    assert (found.situation, found.indicator, found.stage) == ("illness", "reports", "points gap")
    ill = of.dataset.situations["illness"].to_numpy()
    values = np.column_stack([np.arange(100.0) % 5, -3.0 * ill])
    (by_shap,) = suspicions(replace(of, explanation=explanation(values)), booked(of))
    assert by_shap.stage == "SHAP gap"
    assert by_shap.gap == pytest.approx(-3 / values.sum(axis=1).std(ddof=1))


def taken(**changes):
    """Ten answers a stratum: five false among the ill, one among the others."""
    settings = {
        "points": np.full(20, -10.0),
        "happened": np.array([False] * 5 + [True] * 5 + [False] + [True] * 9),
        "event_cluster": np.arange(20),
        "event_inside": np.arange(20) < 10,
        "booked_points": np.array([-30.0, -10.0] * 50 + [-10.0, -10.0] * 150),
        "row_inside": np.arange(400) < 100,
        "row_cluster": np.arange(400),
        "score_sd": 50.0,
        "critical": 1.96,
    }
    return wrongly_taken(**(settings | changes))


def test_wrongly_taken_by_hand():
    found = taken()
    # The ill lost 20 points each, half of them wrongly; the others 10, a tenth of them wrongly.
    assert found.value == pytest.approx(-(20 * 0.5 - 10 * 0.1) / 50)
    assert found.share == (0.5, 0.1)
    assert found.counts == ((5, 10), (1, 10))
    ill_low, ill_high = wilson(5, 10, z=1.96)
    low, high = wilson(1, 10, z=1.96)
    se = np.std([-30.0, -10.0] * 50, ddof=1) / 10
    down = np.hypot(20 * (ill_high - 0.5), 0.5 * 1.96 * se), 10 * (0.1 - low)
    up = np.hypot(20 * (0.5 - ill_low), 0.5 * 1.96 * se), 10 * (high - 0.1)
    assert found.low == pytest.approx(found.value - np.hypot(*down) / 50)
    assert found.high == pytest.approx(found.value + np.hypot(*up) / 50)


def test_p_is_where_the_interval_reaches_zero():
    found = taken()
    from scipy import stats

    at_zero = taken(critical=float(stats.norm.isf(found.p / 2)))
    assert at_zero.high == pytest.approx(0.0, abs=1e-6)
    assert taken(happened=np.ones(20, dtype=bool)).p == 1.0


def test_sampling_rates_do_not_bias_the_gap():
    """Events of the ill are sampled six times as densely; a pooled share would be wrong."""
    twice = taken(
        points=np.full(70, -10.0),
        happened=np.concatenate([np.tile([False, True], 30), [False] + [True] * 9]),
        event_cluster=np.arange(70),
        event_inside=np.arange(70) < 60,
    )
    assert twice.value == pytest.approx(taken().value)
    assert twice.high - twice.low < taken().high - taken().low


def test_unequal_points_are_weighed_by_points():
    points = np.full(20, -10.0)
    points[0] = -110.0  # false
    assert taken(points=points).share[0] == pytest.approx(150 / 200)
    assert taken(points=points).effective[0][1] < 10


def test_events_of_one_family_count_for_less():
    clustered = taken(event_cluster=np.array([0] * 5 + [1] * 5 + list(range(2, 12))))
    assert clustered.effective[0][1] < 5
    assert clustered.high - clustered.low > taken().high - taken().low


def test_an_empty_stratum_gives_no_number():
    found = taken(event_inside=np.ones(20, dtype=bool))
    assert np.isnan(found.value)
    assert found.counts == ((6, 20), (0, 0))


@pytest.mark.parametrize("false_ill, false_well", [(0.5, 0.2), (0.2, 0.2), (0.05, 0.02)])
def test_interval_covers(false_ill, false_well):
    """People, reports and the sample are all drawn anew; the truth is the mean of the population."""
    rng = np.random.default_rng(11)
    n, rates, hits, runs = 1_000, (1.5, 0.4), 0, 400
    inside = np.arange(n) < 200
    truth = -10 * (rates[0] * false_ill - rates[1] * false_well) / 50
    for _ in range(runs):
        frail = rng.gamma(2.0, 0.5, n)
        reports = rng.poisson(frail * np.where(inside, *rates))
        who = np.repeat(np.arange(n), reports)
        false = rng.random(len(who)) < np.where(inside[who], false_ill, false_well)
        strata = np.flatnonzero(inside[who]), np.flatnonzero(~inside[who])
        at = np.concatenate(
            [
                rng.choice(s, min(size, len(s)), replace=False)
                for s, size in zip(strata, (120, 60), strict=True)
            ]
        )
        found = wrongly_taken(
            points=np.full(len(at), -10.0),
            happened=~false[at],
            event_cluster=who[at],
            event_inside=inside[who[at]],
            booked_points=-10.0 * reports,
            row_inside=inside,
            row_cluster=np.arange(n),
            score_sd=50.0,
            critical=1.96,
        )
        hits += found.low <= truth <= found.high
    # 400 runs at 95 %: fewer than 366 has a chance of under 1 %. Sampling without replacement may cover more.
    assert hits >= 366
