"""A relative's data beside the subject's: by name, by declaration, by a join."""

from __future__ import annotations

import numpy as np
import pytest

from scs_ml.data import read_table
from scs_ml.safeguards import gate_inputs, gate_training
from scs_ml.workflow import train
from tests.adversarial.attempts import KEY, scheme, table

NAMES = (
    "parent_score",
    "mother_debts",
    "fathersRating",
    "spouse_income",
    "husband_job",
    "wife_points",
    "brother_record",
    "sibling_score",
    "son_arrests",
    "daughter_score",
    "family_score",
    "household_debts",
    "friends_score",
    "friend_count",
    "relatives_in_prison",
)


@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_says_it(attempt, name):
    card = scheme({"name": name})
    dataset = read_table(table(60, **{name: np.arange(60) % 7}), card, key=KEY)
    assert name not in dataset.X
    attempt.refused(lambda: gate_training(card, [*dataset.X, name]), rule="relatives")


DECLARED = {
    "concerns relatives": {"concerns": "relatives"},
    "concerns friends": {"concerns": "friends"},
    "is the family": {"column": "family"},
    "derived from the family": {"derived_from": ["family"]},
    "derived from a parent": {"derived_from": ["x8"]},
}


@pytest.mark.parametrize("what", DECLARED)
def test_an_input_that_is_declared_away(attempt, what):
    parent = {"name": "x8", "concerns": "relatives"}
    roles = {"subject": "who", "score": "score", "family": "family"}
    card = scheme(parent, {"name": "x7", "input": True} | DECLARED[what], roles=roles)
    gate = gate_inputs(card)
    assert "x7" in gate.withheld
    attempt.refused(lambda: gate_training(card, [*gate.permitted, "x7"]), rule="relatives")


def families(n=600, size=2):
    frame = table(n)
    frame["family"] = [f"house {at // size}" for at in range(n)]
    return frame


JOINS = {
    "the other's score": lambda f: f.groupby("family")["score"].transform(
        lambda each: each.iloc[::-1].to_numpy()
    ),
    "the other's debts": lambda f: f.groupby("family")["debts"].transform(
        lambda each: each.iloc[::-1].to_numpy()
    ),
    "the other's payments, scaled": lambda f: (
        7.5 * f.groupby("family")["payments"].transform(lambda each: each.iloc[::-1].to_numpy()) - 3
    ),
    "the family's mean score": lambda f: f.groupby("family")["score"].transform("mean"),
    "the family's total debts": lambda f: f.groupby("family")["debts"].transform("sum"),
    "the family's worst score": lambda f: f.groupby("family")["score"].transform("min"),
    "the family's best score": lambda f: f.groupby("family")["score"].transform("max"),
    "the mean of the others": lambda f: f.groupby("family")["score"].transform("sum") - f["score"],
}


@pytest.mark.parametrize("what", JOINS)
def test_a_joined_value_under_a_harmless_name(attempt, what):
    frame = families()
    frame["x7"] = JOINS[what](frame).astype(float)
    card = scheme({"name": "x7"}, roles={"subject": "who", "score": "score", "family": "family"})
    dataset = read_table(frame, card, key=KEY)
    attempt.refused(lambda: train(dataset, card, families=("logit",)), rule="relatives")


@pytest.mark.parametrize("what", ["the other's score", "the family's mean score"])
def test_in_a_world_it_is_recorded(attempt, what):
    frame = families()
    frame["x7"] = JOINS[what](frame).astype(float)
    roles = {"subject": "who", "score": "score", "family": "family"}
    card = scheme({"name": "x7"}, basis="synthetic", roles=roles)
    from scs_ml.safeguards import gate_dataset

    records = attempt.handled(lambda: gate_dataset(card, read_table(frame, card, key=KEY)))
    assert ("relatives", "recorded") in {(each.rule, each.outcome) for each in records}
