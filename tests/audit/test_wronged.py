from __future__ import annotations

import numpy as np
import pytest

from scs_ml.audit import wronged_people
from scs_ml.audit.wronged import COLUMNS
from scs_ml.exceptions import SafeguardError
from tests.audit.cases import answers, case, dataset, ledger, scheme
from tests.audit.planted import Dictated, finding

SCORES = np.array([39.0, 35.0, 59.0, 80.0, 55.0])  # bounds at 40 and 60


def of_scores(**changes):
    return case(dataset(5, score=SCORES), **changes)


def test_people_are_ranked_by_the_chance_of_a_better_category():
    check = Dictated(taken={0: 2.0, 1: 2.0, 2: 10.0, 3: 10.0})
    found = wronged_people(of_scores(), [finding()], checks={"dictated": check})
    assert tuple(found.columns) == COLUMNS
    # s3 is in the best category; s2 gets ten times the gap, s0 twice, s1 less than half
    assert found["subject"].tolist() == ["s2", "s0", "s1"]
    assert found["probability"].tolist() == [1.0, 1.0, 0.0]
    assert found["category"].tolist() == [1, 0, 0]
    assert found["better_category"].tolist() == [2, 1, 0]
    assert found["mechanisms"].unique().tolist() == ["dictated"]


def test_entries_of_uncertain_origin_are_counted_exactly():
    rows = [
        (f"e{i}{k}", f"s{i}", 0, "reports", -4.0, None) for i, k in ((0, 0), (1, 0), (1, 1), (1, 2), (4, 0))
    ]
    check = Dictated(events={"e00": 0.5, "e10": 0.5, "e11": 0.5, "e12": 0.2, "e40": 0.9})
    found = wronged_people(of_scores(ledger=ledger(*rows)), [finding()], checks={"dictated": check})
    chance = dict(zip(found["subject"], found["probability"], strict=True))
    # s0 needs one of one; s1 needs two of three; s4 can never fill its gap of 5 with 4
    two_or_more = 0.5 * 0.5 * 0.8 + 2 * 0.5 * 0.5 * 0.2 + 0.5 * 0.5 * 0.2
    assert chance == pytest.approx({"s0": 0.5, "s1": two_or_more, "s4": 0.0})
    assert dict(zip(found["subject"], found["points"], strict=True))["s1"] == pytest.approx(4 * 1.2)


def test_answers_settle_an_entry():
    rows = [("e0", "s0", 0, "reports", -4.0, None), ("e1", "s1", 0, "reports", -9.0, None)]
    check = Dictated(events={"e0": 0.5, "e1": 0.5})
    of = of_scores(ledger=ledger(*rows), verified=answers(e0=True, e1=False))
    found = wronged_people(of, [finding()], checks={"dictated": check})
    assert found[["subject", "probability"]].to_numpy().tolist() == [["s1", 1.0]]
    kept = wronged_people(of, [finding()], checks={"dictated": Dictated(events=check.events, happened=True)})
    assert kept["probability"].tolist() == [0.5, 0.5]


def test_of_flags_that_concern_one_person_the_larger_counts():
    checks = {"a": Dictated("a", taken={0: 1.0}), "b": Dictated("b", taken={0: 3.0})}
    found = wronged_people(of_scores(), [finding("a"), finding("b")], checks=checks)
    assert found[["points", "mechanisms"]].to_numpy().tolist() == [[3.0, "a, b"]]


def test_nobody_without_flags_scores_or_bounds():
    check = {"dictated": Dictated(taken={0: 2.0})}
    assert wronged_people(of_scores(), [finding(verdict="cannot tell")], checks=check).empty
    assert wronged_people(of_scores(), [finding("untraced")], checks=check).empty
    assert wronged_people(case(dataset(5)), [finding()], checks=check).empty


def test_only_where_person_views_are_open():
    basis = {"kind": "benchmark", "purpose": "t", "context": "t", "contact": "t"}
    with pytest.raises(SafeguardError, match="person"):
        wronged_people(case(dataset(5), scheme(basis=basis)), [])
