from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from scs_ml.audit import verification_plan
from scs_ml.audit.points import booked
from scs_ml.audit.verification import PLAN_COLUMNS, suspicions
from scs_ml.exceptions import SafeguardError, ScsError
from tests.audit.cases import case, dataset, explanation, ledger, pilot, scheme


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


def test_indicators_that_both_take_more_from_the_ill_share_the_look_ups():
    """True conduct through one must not hide what is misread through the other."""
    of = ward(reports_ill=3)
    indicators = [*scheme().model_dump(mode="json", exclude_none=True)["indicators"]]
    indicators.append(indicators[-1] | {"name": "notes"})
    rules = scheme(indicators=indicators)
    notes = of.ledger.events.assign(indicator="notes", event="n" + of.ledger.events["event"])
    ill = notes["subject"].isin(of.dataset.subject[of.dataset.situations["illness"]])
    for kept, expected in ((notes, {"reports": 51, "notes": 50}), (notes[~ill], {"reports": 101})):
        events = pd.concat([of.ledger.events, kept], ignore_index=True)
        plan = verification_plan(
            replace(of, scheme=rules, ledger=replace(of.ledger, events=events)), limit=101
        )
        assert plan["indicator"].value_counts().to_dict() == expected


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


def test_a_plan_names_cases_and_published_data_have_none():
    basis = {"kind": "benchmark", "purpose": "tests", "context": "tests", "contact": "nobody"}
    with pytest.raises(SafeguardError, match="does not open verification pages"):
        verification_plan(replace(ward(), scheme=scheme(basis=basis)))
