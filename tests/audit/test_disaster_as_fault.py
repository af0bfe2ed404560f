from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from scs_ml.audit.checks.disaster_as_fault import DisasterAsFault
from scs_ml.data import read_ledger, read_table
from scs_ml.schemes import load_scheme
from scs_ml.worlds import Planted, WorldSettings, simulate
from tests.audit.cases import LEVEL, case, dataset, few, ledger, scheme

STRUCK = (("flood", "yes"),)
N = 100


def run(of, level=LEVEL):
    return DisasterAsFault().run(of, level=level, seed=0)


def flood(kind="disaster", struck_debts=40, *, told=False):
    """Of 100 people 40 are flooded in the second of two periods; 20 others owed before, and 12 do since."""
    rules = scheme(situations=[{"name": "flood", "kind": kind}])
    entries = [(f"a{i}", f"s{i}", 0, "debts", -10.0, None) for i in range(40, 60)]
    entries += [(f"b{i}", f"s{i}", 1, "debts", -10.0, None) for i in [*range(struck_debts), *range(60, 72)]]
    struck = np.arange(N) < 40
    before, now = np.zeros(N), np.zeros(N)
    before[40:60] = 1
    now[[*range(struck_debts), *range(60, 72)]] = 1
    score = 100 + 20 * np.random.default_rng(0).normal(size=2 * N)
    data = dataset(
        2 * N,
        X=pd.DataFrame({"debts": np.concatenate([before, before + now])}),
        subject=np.array([f"s{i}" for i in range(N)] * 2, dtype=object),
        period=np.repeat([0, 1], N),
        periods=("2014Q1", "2014Q2"),
        situations=pd.DataFrame({"flood": np.concatenate([np.zeros(N, dtype=bool), struck])}),
        score=score,
    )
    found = case(data.take(data.period == 1), rules, history=data)
    return replace(found, ledger=ledger(*entries)) if told else found


@pytest.mark.parametrize("told", [True, False])
@pytest.mark.parametrize("kind", ["disaster", "accident", "emergency"])
def test_effect_is_what_the_same_period_would_not_have_given(kind, told):
    """Twelve of 60 others owe, so 8 of 40 would: of 40 debts of 10 points, 32 are beyond."""
    of = flood(kind, told=told)
    (finding,) = run(of).findings
    assert (finding.verdict, finding.indicator) == ("flag", "debts")
    assert (finding.group, finding.n) == (STRUCK, (40, 60))
    assert finding.mechanisms == (("disaster_as_fault", 1.0),)
    assert finding.effect.value == pytest.approx(-10 * 32 / 40 / of.dataset.score.std(ddof=1))
    assert finding.effect.low < finding.effect.value < finding.effect.high < 0
    values = finding.evidence[0].values
    assert (values["entries"], values["expected"], values["share beyond"]) == (40, 8, 0.8)


def test_trace_names_the_struck_and_their_entries():
    of = flood(told=True)
    (finding,) = run(of).findings
    found = DisasterAsFault().trace(of, finding)
    assert found.happened
    assert found.taken == pytest.approx(np.where(np.arange(N) < 40, 8.0, 0.0))
    assert found.events.to_dict() == {f"b{i}": pytest.approx(0.8) for i in range(40)}
    assert DisasterAsFault().trace(flood(), finding).events is None


def test_no_more_than_others_is_no_flag_and_fewer_is_none_either():
    for debts in (8, 0):
        (finding,) = run(flood(struck_debts=debts, told=True)).findings
        lost = 10 * (debts - 8) / 40 / flood().dataset.score.std(ddof=1)
        assert finding.verdict != "flag"
        assert finding.effect.value == pytest.approx(-lost)


def test_not_applicable_without_a_disaster_or_entries():
    dry = replace(flood(), scheme=scheme(situations=[{"name": "flood", "kind": "illness"}]))
    bare = flood()
    bare = replace(bare, scheme=bare.scheme.model_copy(update={"card": None}))
    for of in (dry, bare):
        (finding,) = run(of).findings
        assert finding.verdict == "not applicable"
        assert "ledger" in finding.next_step


def pilot(seed, **planted):
    world = simulate(WorldSettings(n_people=2_000, n_periods=8, seed=seed, disaster_rate=0.03, **planted))
    rules = load_scheme("suining")
    panel = read_table(world.table, rules)
    events = read_ledger(world.ledger, rules, panel)
    return case(panel.take(panel.period == 7), rules, history=panel, ledger=events)


def test_fires_on_the_planted_world_and_on_its_cell_alone():
    flags = [f for f in run(pilot(1, mechanisms={"disaster_as_fault": 0.3})).findings if f.verdict == "flag"]
    (flag,) = flags
    assert (flag.group, flag.indicator) == ((("disaster", "yes"),), "unpaid_debts")
    assert flag.effect.value == pytest.approx(-0.3, abs=0.1)


def test_silent_on_null_worlds_and_on_real_conduct_in_a_disaster():
    worlds = [pilot(seed) for seed in (2, 3)]
    inside = Planted(0.3, (("disaster", "yes"),))
    worlds += [pilot(4, decoys={slug: inside}) for slug in ("conduct_gap", "base_rates")]
    for of in worlds:
        assert not [f for f in run(of).findings if f.verdict == "flag"]


def test_thirty_rows_cannot_tell():
    of = pilot(1, mechanisms={"disaster_as_fault": 0.3})
    assert {f.verdict for f in run(few(of)).findings} <= {"cannot tell", "not applicable"}


def test_a_history_that_does_not_say_who_was_struck_is_no_help():
    of = flood(told=True)
    bare = replace(of.history, situations=of.history.situations[[]])
    assert run(replace(of, history=bare)) == run(replace(of, history=None))
