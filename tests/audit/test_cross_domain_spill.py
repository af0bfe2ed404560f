from __future__ import annotations

import pytest

from scs_ml.audit.checks.cross_domain_spill import CrossDomainSpill
from tests.audit.cases import INDICATOR, INDIRECT, LEVEL, by_group, few, pilot
from tests.audit.town import again, other_domain, rules, to_relatives, town


def run(of):
    return CrossDomainSpill().run(of, level=LEVEL, seed=0).findings


def test_debts_entered_as_reports_too_are_found():
    of = town(other_domain(0.3))
    flag = by_group(run(of))["there"]
    assert (flag.verdict, flag.mechanisms) == ("flag", (("cross_domain_spill", 1.0),))
    assert flag.effect.high < 0
    trace = CrossDomainSpill().trace(of, flag)
    copied = trace.events.index.str.endswith("c")
    assert trace.events[copied].mean() > trace.events[~copied].mean()


@pytest.mark.parametrize("copy", [None, again(0.3), to_relatives(0.3)])
def test_conduct_and_copies_within_a_domain_are_silent(copy):
    for seed in range(4):
        assert not any(f.verdict == "flag" for f in run(town(copy, seed=seed, busier=1.8)))


def test_one_domain_has_nothing_to_spill_into():
    one = [INDICATOR | {"name": "debts"}, INDIRECT | {"name": "reports"}]
    (found,) = run(town(other_domain(0.3), of=rules(indicators=one)))
    assert found.evidence[0].statement == "all entries are of one context"
    assert all(f.verdict in {"cannot tell", "not applicable"} for f in run(few(town())))


def test_simulated_pilots():
    flagged = [f.group for f in run(pilot((("cross_domain_spill", 0.15),))) if f.verdict == "flag"]
    assert (("registration", "newcomer"),) in flagged
