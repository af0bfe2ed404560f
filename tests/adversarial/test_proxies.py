"""Columns that give a protected attribute back: correlated, mapped, bent, or only together."""

from __future__ import annotations

import numpy as np
import pytest

from scs_ml.data import read_table
from scs_ml.safeguards import gate_dataset
from scs_ml.workflow import audit, case_of_existing_score, train
from tests.adversarial.attempts import KEY, scheme, table

N = 900


def correlated(sign, share, seed=1):
    """A number with this correlation to a sign."""
    noise = np.random.default_rng(seed).normal(0, 1, len(sign))
    noise -= noise.mean()
    return share * (sign - sign.mean()) / sign.std() + np.sqrt(1 - share**2) * noise / noise.std()


PROXIES = {
    "0.99 correlated": lambda s: correlated(s, 0.99),
    "-0.99 correlated": lambda s: -correlated(s, 0.99),
    "0.99 correlated, exponential": lambda s: np.exp(correlated(s, 0.99)),
    "0.99 correlated, ranks": lambda s: correlated(s, 0.99).argsort().argsort() / 30.0,
    "0.99 correlated, in steps": lambda s: np.round(correlated(s, 0.99), 1),
    "the middle says it": lambda s: np.where(s > 0, 0.0, np.random.default_rng(2).choice([-5.0, 5.0], N)),
    "99 in 100 the same": lambda s: np.where(np.random.default_rng(3).random(N) < 0.01, -s, s),
}


@pytest.fixture(scope="module")
def people():
    return table(N)


@pytest.mark.parametrize("what", PROXIES)
def test_a_proxy_is_not_learned_from(attempt, people, what):
    sign = np.where(people["sex"] == "f", 1.0, -1.0)
    card = scheme({"name": "tariff"})
    dataset = read_table(people.assign(tariff=PROXIES[what](sign)), card, key=KEY)
    attempt.refused(lambda: train(dataset, card, families=("logit",)), rule="hidden_input")


def test_streets_that_are_each_of_one_group(attempt, people):
    rng = np.random.default_rng(4)
    street = np.where(people["sex"] == "f", "s", "t") + rng.integers(0, 12, N).astype("U2").astype(object)
    levels = sorted(set(street))
    card = scheme({"name": "street", "dtype": "category", "levels": levels, "nature": "location"})
    dataset = read_table(people.assign(street=street), card, key=KEY)
    attempt.refused(lambda: train(dataset, card, families=("logit",)), rule="hidden_input")


@pytest.mark.parametrize("kind", ["synthetic", "audit"])
def test_in_a_world_and_an_audit_it_is_recorded(attempt, people, kind):
    sign = np.where(people["sex"] == "f", 1.0, -1.0)
    card = scheme({"name": "tariff"}, basis=kind)
    dataset = read_table(people.assign(tariff=correlated(sign, 0.99)), card, key=KEY)
    records = attempt.handled(lambda: gate_dataset(card, dataset, surrogate=kind == "audit"))
    assert ("hidden_input", "recorded") in {(each.rule, each.outcome) for each in records}


def test_an_audit_reports_the_proxy_that_an_existing_score_rests_on(attempt, people):
    sign = np.where(people["sex"] == "f", 1.0, -1.0)
    frame, rng = people.assign(tariff=correlated(sign, 0.99)), np.random.default_rng(5)
    frame["score"] = np.clip(50 + 20 * frame["tariff"] + rng.integers(-9, 10, N), 0, 100)
    card = scheme({"name": "tariff"}, basis="audit")
    dataset = read_table(frame, card, key=KEY)
    report = attempt.handled(lambda: audit(case_of_existing_score(dataset, card)))
    assert any(each.group[:1] in {(("sex", "m"),), (("sex", "f"),)} for each in report.flags())


def test_inputs_that_say_nothing_of_anybody_are_learned_from(attempt, people):
    """The other side of the gate: it does not refuse everything."""
    card = scheme()
    trained = attempt.handled(lambda: train(read_table(people, card, key=KEY), card, families=("logit",)))
    assert trained.forecaster is not None
