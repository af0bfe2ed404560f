"""Protected columns under other names, in other letters, coded, or derived: none becomes a model input."""

from __future__ import annotations

import base64
import codecs
from dataclasses import replace
from urllib.parse import quote

import numpy as np
import pytest

from scs_ml.data import read_table
from scs_ml.exceptions import SchemeError
from scs_ml.safeguards import gate_inputs, gate_training
from scs_ml.schemes import load_scheme
from scs_ml.workflow import train
from tests.adversarial.attempts import KEY, scheme, scheme_file, table

PROTECTED = {"forbidden_input", "hidden_input", "state_of_mind"}

NAMES = (
    "Sex",
    "s_e_x_code_sex",
    "GENDER_2",
    "ge\u200bnder",
    "g\u0435nder",
    "\uff27\uff25\uff2e\uff24\uff25\uff32",
    "applicantGender",
    "is_female",
    "race=Other",
    "ethnic_group_2",
    "Nationality",
    "date_of_birth",
    "birthYear",
    "religion_1",
    "church_member",
    "political_party",
    "性别",
    "民族代码",
    "marital_status",
    "disabilityFlag",
    "hukou_type",
    "skin_colour",
    "пол",
    "geschlecht",
    "depression_score",
    "phobia_count",
    "mental_health",
    "anxiety_level",
    "diagnosis",
    "pregnant",
)


@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_says_it(attempt, name):
    """Withheld when the table is read, and refused where somebody puts it back."""
    card = scheme({"name": name})
    dataset = read_table(table(60, **{name: np.arange(60) % 2}), card, key=KEY)
    assert name not in dataset.X
    attempt.refused(lambda: gate_training(card, [*dataset.X, name]), rule=PROTECTED)


DECLARED = {
    "protected": {"nature": "protected"},
    "opinion": {"nature": "opinion"},
    "health": {"nature": "health"},
    "psychological": {"nature": "psychological"},
    "communication": {"nature": "communication"},
    "forbidden by the scheme": {"forbidden": "we promised"},
    "the sensitive column": {"column": "sex"},
    "the age of minors": {"column": "age"},
    "the subject": {"column": "who"},
    "derived from the sensitive column": {"derived_from": ["sex"]},
    "derived from a name": {"derived_from": ["mother_tongue_religion"]},
    "derived from a forbidden one": {"derived_from": ["secret"]},
}


@pytest.mark.parametrize("what", DECLARED)
def test_an_input_that_is_declared_away(attempt, what):
    """`input: true` and a harmless name change nothing."""
    secret = {"name": "secret", "nature": "health"}
    card = scheme(secret, {"name": "x7", "input": True} | DECLARED[what])
    gate = gate_inputs(card)
    assert "x7" in gate.withheld
    attempt.refused(lambda: gate_training(card, [*gate.permitted, "x7"]), rule=PROTECTED)


def test_a_chain_of_derivations(attempt):
    links = [{"name": f"c{n}", "derived_from": [f"c{n + 1}"]} for n in range(9)]
    card = scheme(*links, {"name": "c9", "derived_from": ["sex"]})
    attempt.refused(lambda: gate_training(card, ["c0"]), rule=PROTECTED)


def test_the_column_of_a_situation(attempt):
    card = scheme({"name": "x7", "column": "flood"}, situations=[{"name": "flood", "kind": "disaster"}])
    attempt.refused(lambda: gate_training(card, ["x7"]), rule=PROTECTED)


def test_the_column_of_the_outcome(attempt):
    card = scheme({"name": "x7", "column": "defaulted"}, outcome={"column": "defaulted", "adverse": ["1"]})
    attempt.refused(lambda: gate_training(card, ["x7"]), rule=PROTECTED)


def sexes(n=240):
    return table(n)["sex"].map({"f": "female", "m": "male"}).to_numpy()


CODES = {
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64 twice": lambda text: base64.b64encode(base64.b64encode(text.encode())).decode(),
    "base64 for URLs, unpadded": lambda text: base64.urlsafe_b64encode(text.encode()).decode().rstrip("="),
    "base32": lambda text: base64.b32encode(text.encode()).decode(),
    "hexadecimal": lambda text: text.encode().hex(),
    "rot13": lambda text: codecs.encode(text, "rot13"),
    "URL escapes": lambda text: quote(text.replace("a", "á").replace("á", "a"), safe="").replace("e", "%65"),
    "upper case and spaces": lambda text: f"  {text.upper()} ",
    "wide letters": lambda text: "".join(chr(ord(c) + 0xFEE0) for c in text),
    "a number of bytes": lambda text: str(int.from_bytes(text.encode(), "big")),
    "plain": lambda text: text,
}


@pytest.mark.parametrize("what", CODES)
def test_values_that_are_coded_words(attempt, what):
    """The table holds no such sensitive attribute: only the values tell."""
    coded = [CODES[what](each) for each in sexes()]
    kind = {"name": "tariff", "dtype": "category", "levels": sorted(set(coded))}
    card = scheme(kind, sensitive=[{"name": "region"}])
    data = table(tariff=coded)
    attempt.refused(lambda: _train(data, card), rule=PROTECTED)


def _train(data, card):
    dataset = read_table(data, card, key=KEY)
    if "tariff" not in dataset.X:  # by its levels, when it was read: put back by hand
        column = dataset.withheld["tariff"]
        dataset = replace(dataset, X=dataset.X.assign(tariff=column))
    return train(dataset, card, families=("logit",))


COPIES = {
    "as 0 and 1": lambda f: f * 1.0,
    "as 1 and 0": lambda f: 1.0 - f,
    "as two odd numbers": lambda f: np.where(f, 17.25, -3.5),
    "beside noise": lambda f: f * 10 + np.random.default_rng(0).normal(0, 1, len(f)),
    "in the sign": lambda f: np.random.default_rng(0).uniform(1, 9, len(f)) * np.where(f, 1, -1),
    "with one in a hundred wrong": lambda f: np.where(np.arange(len(f)) % 100 == 0, 1 - f, f) * 1.0,
}


@pytest.mark.parametrize("what", COPIES)
def test_a_copy_under_another_name(attempt, what):
    frame = table(600)
    column = COPIES[what]((frame["sex"] == "f").to_numpy().astype(float))
    card = scheme({"name": "tariff"})
    dataset = read_table(frame.assign(tariff=column), card, key=KEY)
    attempt.refused(lambda: train(dataset, card, families=("logit",)), rule=PROTECTED)


@pytest.mark.xfail(strict=True, reason="a parity is seen by no comparison of levels: a limit that is told")
def test_a_copy_in_the_last_digit(attempt):
    frame = table(600)
    column = np.random.default_rng(0).integers(0, 50, 600) * 2.0 + (frame["sex"] == "f")
    card = scheme({"name": "tariff"})
    dataset = read_table(frame.assign(tariff=column), card, key=KEY)
    attempt.refused(lambda: train(dataset, card, families=("logit",)), rule=PROTECTED)


@pytest.mark.parametrize("column", ["sex", "region", "age"])
def test_what_is_forecast_is_protected(attempt, column):
    path = scheme_file(attempt.folder, roles={"subject": "who", "score": None, "category": column})
    card = load_scheme(path)
    values = np.array(["low", "middle", "high"])[np.arange(240) % 3]
    frame = table(sex=values) if column == "sex" else table(region=values)
    if column == "age":
        attempt.refused(lambda: read_table(frame, card, key=KEY))
        return
    dataset = read_table(frame, card, key=KEY)
    attempt.refused(lambda: train(dataset, card, families=("logit",)), rule="protected_target")


def test_rows_of_one_group_alone(attempt):
    card = scheme(row_filters={"women": [{"column": "sex", "any_of": ["f"]}]})
    dataset = read_table(table(), card, key=KEY, row_filter="women")
    attempt.refused(lambda: train(dataset, card, families=("logit",)), rule="protected_filter")


@pytest.mark.parametrize("role", ["agreement_column", "birth_column"])
def test_the_agreement_or_age_as_something_else(attempt, role):
    if role == "agreement_column":
        path = scheme_file(attempt.folder, {"name": "x7", "column": "agreed"})
        attempt.refused(lambda: load_scheme(path), error=SchemeError)
    else:
        card = scheme({"name": "x7", "column": "age"})
        attempt.refused(lambda: gate_training(card, ["x7"]), rule=PROTECTED)
