from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from scs_ml.audit.checks.operator_error import OperatorError
from tests.audit.cases import LEVEL, by_group, case, dataset, few, pilot
from tests.audit.town import again, other_domain, to_relatives, town


def run(of, level=LEVEL):
    return OperatorError().run(of, level=level, seed=0).findings


def test_second_entries_are_found_and_cost_what_was_copied():
    of = town(again(0.2))
    found = by_group(run(of))
    flag = found["there"]
    assert (flag.verdict, flag.mechanisms) == ("flag", (("operator_error", 1.0),))
    events = of.ledger.events
    taken = -events.loc[events["event"].str.endswith("c"), "points"].sum() / 300
    assert flag.effect.low < -taken / of.dataset.score.std(ddof=1) < flag.effect.high < 0
    assert found["under 40"].verdict != "flag"


def test_the_indicator_is_the_one_copied():
    assert by_group(run(town(again(0.4, what=("debts",)))))["there"].indicator == "debts"


@pytest.mark.parametrize("copy", [None, other_domain(0.3), to_relatives(0.3)])
def test_conduct_and_copies_of_other_kinds_are_no_second_entries(copy):
    for seed in range(4):
        assert not any(f.verdict == "flag" for f in run(town(copy, seed=seed, busier=1.8)))


def test_suspicion_falls_on_the_copies_and_comes_to_the_effect():
    of = town(again(0.2))
    flag = by_group(run(of))["there"]
    trace = OperatorError().trace(of, flag)
    assert trace.events.between(0, 1).all()
    assert not trace.happened
    copies = trace.events[trace.events.index.str.endswith("c")]
    others = of.ledger.events["event"][~of.ledger.events["event"].str.endswith("c")]
    assert copies.mean() > 4 * trace.events.reindex(others).fillna(0).mean()
    members = of.dataset.sensitive["origin"].to_numpy() == "there"
    assert (trace.taken[~members] == 0).all()
    assert trace.taken.sum() / 300 / of.dataset.score.std(ddof=1) == pytest.approx(
        -flag.effect.value, rel=0.25
    )


def test_thirty_rows_cannot_tell_and_what_is_missing_is_named():
    assert all(f.verdict in {"cannot tell", "not applicable"} for f in run(few(town(again(0.2)))))
    (bare,) = run(case(dataset(50)))
    assert (bare.verdict, bare.evidence[0].statement) == ("not applicable", "there is no ledger")
    of = town()
    one = of.ledger.events[of.ledger.events["period"] == 0]
    (single,) = run(replace(of, ledger=replace(of.ledger, events=one)))
    assert single.verdict == "not applicable"
    assert "one period" in single.evidence[0].statement


def test_entries_inside_a_situation_are_left_to_its_own_check():
    of = town(again(0.5))
    events = of.ledger.events.assign(situation="illness")
    (found,) = run(replace(of, ledger=replace(of.ledger, events=events)))
    assert found.verdict == "not applicable"


def test_simulated_pilots():
    flagged = [f.group for f in run(pilot((("operator_error", 0.3),))) if f.verdict == "flag"]
    assert (("registration", "newcomer"),) in flagged
    quiet = pilot((), (("conduct_gap", 0.3, (("age_group", "under 30"),)),))
    assert not any(f.verdict == "flag" for f in run(quiet))


def test_all_scores_equal():
    of = town()
    flat = replace(of.dataset, score=np.full(len(of.dataset), 5.0))
    (found,) = run(replace(of, dataset=flat))
    assert "equal" in found.evidence[0].statement
