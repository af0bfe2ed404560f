"""Scores of the shipped cards, worked out by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from scs_ml.exceptions import SchemeError, TableError
from scs_ml.schemes import Scheme, card_points, card_score, load_scheme


def rows(scheme, *people):
    """One row a person: what is given, and nothing of everything else."""
    columns = {}
    for indicator in scheme.indicators:
        values = [
            person.get(indicator.name, np.nan if indicator.dtype == "category" else 0.0) for person in people
        ]
        columns[indicator.name] = (
            pd.Categorical(values, categories=indicator.levels) if indicator.dtype == "category" else values
        )
    return pd.DataFrame(columns)


def graded(name, *people):
    scheme = load_scheme(name)
    scores = card_score(scheme, rows(scheme, *people))
    return scores.tolist(), [scheme.scale.categories[k] for k in scheme.scale.categorise(scores)]


def test_suining_by_hand():
    scores, grades = graded(
        "suining",
        {},  # 1000
        {"traffic_violations": 1, "unpaid_debts": 1},  # 1000 - 20 - 50
        {"traffic_violations": 2},  # 960: the lowest A
        {
            "disorder_reports": 3,
            "exemplary_city": 1,
            "exemplary_county": 1,
            "charity_days": 5,
        },  # -105 + 50 + 30 + 25
        {"unpaid_debts": 3},  # 850: the lowest B
        {"unpaid_debts": 8},  # 600: the lowest C
        {"unpaid_debts": 8, "informant_reports": 1},  # 575
        {"unpaid_debts": 30},  # -500, kept at the minimum
        {"exemplary_city": 3, "district": "d01"},  # 1150: no maximum, and a district gives nothing
    )
    assert scores == [1000, 930, 960, 1000, 850, 600, 575, 0, 1150]
    assert grades == ["A", "B", "A", "A", "B", "C", "D", "D", "A"]


def test_sesame_by_hand():
    factors = [i.name for i in load_scheme("sesame").indicators]
    scores, grades = graded(
        "sesame",
        {},
        dict.fromkeys(factors, 1),  # all weights: 350 + 600
        dict.fromkeys(factors, 0.5),  # 350 + 300
        {"credit_history": 1},  # 350 + .35 x 600
        {
            "credit_history": 1,
            "interpersonal_relationships": 1,
            "personal_characteristics": 0.5,
        },  # 350+210+30+45
    )
    assert scores == pytest.approx([350, 950, 650, 560, 635])
    assert grades == ["poor", "excellent", "very good", "fair", "good"]


def test_the_city_of_200_caps_what_readers_and_donors_gain():
    scores, grades = graded(
        "city_200",
        {"library_returns": 500, "blood_donations": 9},  # 100 + 20 + 30
        {"fare_dodging": 2, "waste_sorting_faults": 3, "unpaid_fees": 1},  # 100 - 20 - 15 - 15
        {"unpaid_fees": 10},
    )
    assert scores == [150, 50, 0]
    assert grades == ["excellent", "poor", "poor"]


def test_the_city_of_1000_gives_points_by_level_flag_and_share():
    scores, grades = graded(
        "city_1000",
        {"employer_rating": "outstanding", "contracts_kept": 1, "volunteer": 1},  # 500 + 80 + 150 + 50
        {
            "employer_rating": "unsatisfactory",
            "court_orders_disobeyed": 1,
            "contracts_kept": 0.5,
        },  # 500-60-100+75
        {"employer_rating": "satisfactory"},  # a level that the rule does not name
        {"employer_rating": np.nan, "emission_faults": 11},  # 500 - 220
    )
    assert scores == [780, 415, 500, 280]
    assert grades == ["B", "D", "C", "E"]


def test_registers_bureaus_and_organizations_by_hand():
    assert graded("bank_register", {"bad_debts": 1, "late_instalments": 20, "loans_repaid": 9}) == (
        [570],  # 700 - 80 - 150 (cap) + 100 (cap)
        ["watch"],
    )
    one_debt_thrice = {"overdue_bank": 1, "overdue_platform": 1, "overdue_collector": 1}
    assert graded("multi_lender_bureau", {"overdue_bank": 1}, one_debt_thrice, {"hard_enquiries": 20}) == (
        [620, 500, 640],
        ["medium risk", "high risk", "medium risk"],
    )
    organization = {"customer_rating": 4.5, "certified_quality": 1, "safety_violations": 1, "tax_arrears": 2}
    assert graded("organizations", organization) == ([910], ["B"])  # 900 + 90 + 60 - 40 - 100


def test_points_stand_under_the_names_of_the_rules_and_keep_the_index():
    scheme = load_scheme("suining")
    X = rows(scheme, {"traffic_violations": 2}, {"traffic_violations": np.nan}).set_axis([7, 9])
    points = card_points(scheme, X)
    assert list(points) == [rule.name for rule in scheme.card.rules]
    assert list(points.index) == [7, 9]
    assert points["traffic_violations"].tolist() == [-40, 0]
    assert (card_score(scheme, X) == scheme.scale.start + points.sum(axis=1)).all()


def test_numbers_of_any_dtype_give_the_same_points():
    scheme = load_scheme("city_1000")
    base = rows(scheme, {"volunteer": 1, "administrative_fines": 2})
    for dtype in ("int64", "float32", "Int64", "bool", "boolean"):
        assert card_points(scheme, base.astype({"volunteer": dtype}))["volunteer"].tolist() == [50]


def test_a_column_the_safeguards_withhold_gives_no_points_and_another_is_missed():
    scheme = load_scheme("sesame")
    X = rows(scheme, dict.fromkeys((i.name for i in scheme.indicators), 1.0))
    without_friends = X.drop(columns="interpersonal_relationships")
    assert card_score(scheme, without_friends) == pytest.approx([920])  # 30 points less
    with pytest.raises(TableError, match="columns credit_history"):
        card_score(scheme, without_friends.drop(columns="credit_history"))
    suining = load_scheme("suining")
    with pytest.raises(TableError, match="columns traffic_violations, unpaid_debts"):
        card_score(suining, rows(suining, {}).drop(columns=["unpaid_debts", "traffic_violations"]))


def test_input_false_is_withheld_in_a_world_too():
    document = load_scheme("suining").model_dump()
    document["indicators"] = [{**i, "input": i["name"] != "charity_days"} for i in document["indicators"]]
    scheme = Scheme.model_validate(document)
    assert card_score(scheme, rows(scheme, {}).drop(columns="charity_days")).tolist() == [1000]


def test_a_scheme_without_card_has_no_points():
    with pytest.raises(SchemeError, match="'compas' has no card"):
        card_points(load_scheme("compas"), pd.DataFrame())
