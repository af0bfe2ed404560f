"""What the audit makes of a card whose points fade: every recomputation weighs events as the card does."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from scs_ml.audit.checks.disaster_as_fault import DisasterAsFault
from scs_ml.audit.checks.illness_misread import _measure
from scs_ml.audit.checks.over_policing import OverPolicing
from scs_ml.audit.coincidences.entries import read
from scs_ml.audit.coincidences.links import _in_force
from scs_ml.audit.entries import read_entries
from scs_ml.audit.points import booked
from scs_ml.audit.remainder import remainder, with_panel
from scs_ml.audit.situational import in_force_per_entry
from scs_ml.audit.verification import Suspicion
from scs_ml.schemes import Card
from tests.audit.cases import LEVEL, answers, case, dataset, ledger, scheme
from tests.audit.test_disaster_as_fault import flood
from tests.audit.test_forbidden_reliance import FAR, MOOD, flags, rules, town
from tests.audit.test_over_policing import town as policed

HALVING = {"rules": [{"name": "debt", "indicator": "debts", "points": -10}], "half_life": 1}


def fading(of, **fields):
    card = of.scheme.card.model_copy(update={"half_life": 1.0, **fields})
    return replace(of, scheme=of.scheme.model_copy(update={"card": card}))


def earlier(of, periods):
    events = of.ledger.events
    moved = events.assign(period=events["period"] - periods)
    return replace(of, ledger=replace(of.ledger, events=moved))


def test_over_policing_counts_what_is_left_of_an_entry():
    of = policed()
    faded = fading(earlier(of, 1), expiry=None)
    whole, half = (OverPolicing().run(each, level=LEVEL, seed=0).findings[0] for each in (of, faded))
    assert half.effect.value == pytest.approx(whole.effect.value / 2)
    assert half.evidence[0].values == whole.evidence[0].values  # entries are counted whole
    lost = OverPolicing().trace(faded, half).taken
    np.testing.assert_allclose(lost, OverPolicing().trace(of, whole).taken / 2)


def test_a_disaster_of_the_last_period_is_weighed_in_full():
    told = flood(told=True)
    effects = [
        DisasterAsFault().run(of, level=LEVEL, seed=0).findings[0].effect.value for of in (told, fading(told))
    ]
    assert effects[0] == pytest.approx(effects[1])


def test_faded_sums_are_no_counts_of_entries():
    counted = flood()
    assert read_entries(counted) is not None
    assert read_entries(fading(counted)) is None
    (finding,) = DisasterAsFault().run(fading(counted), level=LEVEL, seed=0).findings
    assert finding.verdict == "not applicable"
    assert "do not fade" in finding.next_step
    (policing,) = OverPolicing().run(fading(replace(policed(), ledger=None)), level=LEVEL, seed=0).findings
    assert policing.verdict == "not applicable"
    assert "do not fade" in policing.next_step


@pytest.mark.parametrize(
    "card, expected",
    [
        ({}, 3 + 2 + 1 + 2),  # entries of periods 0, 1, 2 and -1; the situation holds in periods 0, 1, 2
        ({"half_life": 1}, 1.75 + 1.5 + 1 + 0.75),  # as the last: periods 0 and 1, at ages 1 and 2
        ({"half_life": 1, "expiry": 2}, 1.5 + 1.5 + 1 + 0.5),
    ],
)
def test_entries_in_force_per_entry_of_a_long_spell(card, expected):
    rule = {"name": "debt", "indicator": "debts", "points": -10}
    holds = np.array([[True, True, True], [True, True, False]])
    entries = SimpleNamespace(
        what=np.zeros(4, np.int64),
        who=np.array([0, 0, 0, 1]),
        period=np.array([0, 1, 2, -1]),
        weight=np.ones(4),
        card=Card.model_validate({"rules": [rule], **card}),
    )
    spell = SimpleNamespace(holds=holds, inside=np.ones(4, dtype=bool))
    assert in_force_per_entry(entries, spell) == pytest.approx(expected / 4 / 5)


def test_earlier_flags_count_as_much_as_the_card_leaves_of_them():
    def mood(people):
        rng = np.random.default_rng(7)
        return rng.random((800, 8)) < np.where(people["far"], 0.4, 0.1)[:, None]

    def take(people, rng):
        flags_set = mood(people).astype(float)
        return 20.0 * sum(0.5**age * np.pad(flags_set, ((0, 0), (age, 0)))[:, :8] for age in range(4))

    declared = rules(MOOD)
    card = rules().card.model_copy(update={"expiry": 4, "half_life": 1.0})
    of, people = town(take, declared.model_copy(update={"card": card}), mood=mood)
    (finding,) = [f for f in flags(of) if f.group == FAR]
    assert finding.mechanisms == (("state_of_mind", 1.0),)
    lost = take(people, None)[people["far"], -1].mean() / of.dataset.score.std(ddof=1)
    assert finding.effect.value == pytest.approx(-lost, rel=0.1)


def test_the_remainder_of_every_period_by_the_ledger():
    debts = np.arange(40.0) % 4
    past = dataset(
        80,
        X=pd.DataFrame({"debts": np.tile(debts, 2)}),
        subject=np.array([f"s{i}" for i in range(40)] * 2, dtype=object),
        period=np.repeat([0, 1], 40),
        periods=("1", "2"),
        score=np.concatenate([100 - 10 * debts, 100 - 5 * debts]),
    )
    events = ledger(*((f"e{i}", f"s{i}", 0, "debts", -10.0 * d, None) for i, d in enumerate(debts)))
    last = replace(past.take(past.period == 1), periods=past.periods)
    declared = scheme(card=HALVING)
    of = case(last, declared, history=past, ledger=events)
    held = with_panel(of, remainder(of))
    assert held.rules == "the ledger"
    assert not held.panel.any()


def test_answers_count_by_what_is_left_of_the_points():
    ill = pd.DataFrame({"illness": [True, False]})
    data = dataset(
        2, score=np.array([90.0, 80.0]), period=np.ones(2, np.int64), periods=("1", "2"), situations=ill
    )
    events = ledger(
        ("e1", "s0", 1, "reports", -8.0, None),  # false, and counts whole
        ("e2", "s0", 0, "reports", -8.0, None),  # true, and counts half
        ("e3", "s1", 1, "reports", -8.0, None),
    )
    of = case(data, scheme(card=HALVING), ledger=events, verified=answers(e1=False, e2=True, e3=True))
    suspicion = Suspicion("illness", "reports", -1.0, -2.0, 0.0, "points gap")
    found = _measure(of, booked(of), suspicion, critical=2.0)
    assert found.share == pytest.approx((2 / 3, 0.0))


def test_coincidences_weigh_entries_by_what_is_left():
    data = dataset(2, score=np.array([90.0, 80.0]), period=np.ones(2, np.int64), periods=("1", "2"))
    events = ledger(
        ("e1", "s0", 0, "debts", -8.0, None),
        ("e2", "s0", 1, "debts", -8.0, None),
        ("e3", "s1", -1, "debts", -8.0, None),
    )
    of = case(data, scheme(card=HALVING), ledger=events)
    reading = read(of)
    assert reading.in_force.tolist() == [12, 2]
    assert _in_force(of, reading, "debts", np.arange(2)).tolist() == [[8, 12], [4, 2]]
