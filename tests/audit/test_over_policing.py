from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from scs_ml.audit.checks.over_policing import OverPolicing
from scs_ml.data import read_ledger, read_table
from scs_ml.schemes import load_scheme
from scs_ml.worlds import Planted, WorldSettings, simulate
from tests.audit.cases import LEVEL, case, dataset, few, ledger, scheme

THERE = (("origin", "there"),)
N = 400


def run(of, level=LEVEL):
    return OverPolicing().run(of, level=level, seed=0)


def town(debts=50, reports=range(100), *, informant=None, same_period=False):
    """Of 400 people 100 are from there; of the others 150 owe, and 75 who owe nothing are reported."""
    owing = [*range(debts), *range(250, 400)]
    entries = [(f"d{i}", f"s{i}", 0 if same_period else -1, "debts", -10.0, None) for i in owing]
    reported = [*reports, *range(100, 175)]
    entries += [(f"r{k}", f"s{i}", 0, "reports", -10.0, informant) for k, i in enumerate(reported)]
    origin = np.where(np.arange(N) < 100, "there", "here")
    score = 100 + 20 * np.random.default_rng(0).normal(size=N)
    data = dataset(N, sensitive=pd.DataFrame({"origin": origin}), score=score)
    return case(data, scheme(situations=None), ledger=ledger(*entries))


def test_effect_is_what_equal_conduct_would_not_have_given():
    """Half of either group owes and a quarter of the others is reported: of 100 reports 75 are beyond."""
    of = town()
    (finding,) = run(of).findings
    assert (finding.verdict, finding.indicator) == ("flag", "reports")
    assert (finding.group, finding.n) == (THERE, (100, 300))
    assert finding.mechanisms == (("over_policing", 0.5), ("friends_conduct", 0.5))
    assert finding.effect.value == pytest.approx(-10 * 75 / 100 / of.dataset.score.std(ddof=1))
    values = finding.evidence[0].values
    assert (values["entries"], values["expected"], values["conduct"]) == (100, 25, 1)


def test_trace_spreads_the_share_beyond_over_the_groups_entries():
    of = town()
    (finding,) = run(of).findings
    found = OverPolicing().trace(of, finding)
    assert found.happened
    assert found.taken == pytest.approx(np.where(np.arange(N) < 100, 7.5, 0.0))
    assert found.events.to_dict() == {f"r{k}": pytest.approx(0.75) for k in range(100)}


def test_more_conduct_raises_what_is_expected_by_more_than_itself():
    (finding,) = run(town(debts=100)).findings
    assert finding.evidence[0].values["conduct"] == pytest.approx(2**1.5)
    assert finding.evidence[0].values["expected"] == pytest.approx(25 * 2**1.5)


def test_less_conduct_lowers_nothing():
    """False reports do not follow conduct: a group that owes less may be reported as much."""
    (finding,) = run(town(debts=10, reports=range(25))).findings
    assert finding.evidence[0].values["conduct"] == 1
    assert finding.effect.value == pytest.approx(0, abs=1e-12)
    assert finding.verdict != "flag"


def test_reports_that_coincide_with_direct_entries_may_be_copies():
    twice = [*range(50), *range(50), *range(75, 100)]
    (finding,) = run(town(reports=twice, same_period=True)).findings
    assert finding.effect.high < -finding.effect.floor
    assert (finding.verdict, finding.mechanisms) == ("cannot tell", ())
    assert "coincides" in finding.next_step


def test_a_group_that_is_spared_is_no_flag():
    (finding,) = run(town(reports=[])).findings
    assert finding.effect.value > 0
    assert finding.verdict != "flag"


def test_informants_may_report_a_group_more_or_make_it_up():
    (finding,) = run(town(informant="i1")).findings
    assert finding.verdict == "flag"
    assert finding.mechanisms == (("malicious_informant", 0.5), ("over_policing", 0.5))


def test_not_applicable_where_nothing_is_known():
    of = town()
    nobody = replace(of, dataset=replace(of.dataset, sensitive=pd.DataFrame(index=range(N))))
    for given in (replace(of, ledger=None), nobody):
        (finding,) = run(given).findings
        assert finding.verdict == "not applicable"
        assert "direct and indirect" in finding.next_step


def pilot(seed, *, told=True, **planted):
    world = simulate(WorldSettings(n_people=2_000, n_periods=8, seed=seed, **planted))
    rules = load_scheme("suining")
    panel = read_table(world.table, rules)
    events = read_ledger(world.ledger, rules, panel) if told else None
    return case(panel.take(panel.period == 7), rules, history=panel, ledger=events)


@pytest.mark.parametrize("told", [True, False])
def test_fires_on_the_planted_world(told):
    found = run(pilot(1, told=told, mechanisms={"over_policing": 0.3})).findings
    flags = {f.group: f for f in found if f.verdict == "flag"}
    assert flags[("minority", "yes"),].indicator == "disorder_reports"
    assert flags[("minority", "yes"),].effect.value == pytest.approx(-0.3, abs=0.12)
    assert all(("minority", "yes") in group for group in flags)


def test_silent_on_null_worlds_and_decoys():
    worlds = [pilot(seed) for seed in (2, 3)]
    worlds += [pilot(4, decoys={slug: 0.3}) for slug in ("conduct_gap", "traffic_gap", "base_rates")]
    worlds.append(pilot(5, decoys={"conduct_gap": Planted(0.3, (("minority", "yes"),))}))
    for of in worlds:
        assert not [f for f in run(of).findings if f.verdict == "flag"]


def test_thirty_rows_cannot_tell():
    of = pilot(1, mechanisms={"over_policing": 0.3})
    assert {f.verdict for f in run(few(of)).findings} <= {"cannot tell", "not applicable"}


def test_with_a_column_about_friends_copies_are_looked_for_elsewhere():
    of = town()
    indicators = [i.model_dump(mode="json", exclude_none=True) for i in of.scheme.indicators]
    indicators.append(indicators[0] | {"name": "friends", "concerns": "friends"})
    X = of.dataset.X.assign(friends=0.0)
    declared = scheme(indicators=indicators, situations=None)
    (finding,) = run(replace(of, scheme=declared, dataset=replace(of.dataset, X=X))).findings
    assert finding.mechanisms == (("over_policing", 1.0),)


@pytest.mark.parametrize(
    "source, slugs",
    [
        ("administrative", ["over_policing", "friends_conduct"]),
        ("personal", ["malicious_informant", "over_policing"]),
    ],
)
def test_counts_alone_name_a_tied_set(source, slugs):
    """The counts of a table do not say whether entries were made up or copied."""
    of = town()
    indicators = [i.model_dump(mode="json", exclude_none=True) for i in of.scheme.indicators]
    indicators[-1]["source"] = source
    rules = [{"name": "debt", "indicator": "debts", "points": -10}]
    rules.append({"name": "report", "indicator": "reports", "points": -10})
    counts = pd.DataFrame({name: np.zeros(N) for name in ("debts", "reports")})
    for event in of.ledger.events.itertuples():
        counts.loc[int(event.subject[1:]), event.indicator] += 1
    declared = scheme(indicators=indicators, situations=None, card={"rules": rules, "expiry": 2})
    (finding,) = run(
        replace(of, ledger=None, scheme=declared, dataset=replace(of.dataset, X=counts))
    ).findings
    assert finding.verdict == "flag"
    assert finding.mechanisms == tuple((slug, 0.5) for slug in slugs)
