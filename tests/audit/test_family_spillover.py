from __future__ import annotations

from dataclasses import replace

import pytest

from scs_ml.audit.checks.family_spillover import FamilySpillover
from scs_ml.audit.checks.parent_to_child import ParentToChild
from tests.audit.cases import LEVEL, by_group, few, pilot
from tests.audit.town import again, other_domain, to_relatives, town


def run(of, check=None):
    return (check or FamilySpillover()).run(of, level=LEVEL, seed=0).findings


def test_relatives_entries_are_found_and_not_ascribed_to_elders_alone():
    of = town(to_relatives(0.25))
    flag = by_group(run(of))["there"]
    assert flag.verdict == "flag"
    assert flag.mechanisms[0][0] == "family_spillover"
    assert flag.effect.value < -flag.effect.floor
    assert not any(f.verdict == "flag" for f in run(of, ParentToChild()))


def test_without_ages_both_ways_are_tied():
    of = town(to_relatives(0.25), years=False)
    assert dict(by_group(run(of))["there"].mechanisms) == {"family_spillover": 0.5, "parent_to_child": 0.5}


@pytest.mark.parametrize("copy", [None, other_domain(0.3), again(0.3)])
def test_like_conduct_of_relatives_is_no_spillover(copy):
    for seed in range(4):
        assert not any(f.verdict == "flag" for f in run(town(copy, seed=seed, busier=1.8)))


def test_trace_charges_the_group_and_suspects_copies_first():
    of = town(to_relatives(0.25))
    trace = FamilySpillover().trace(of, by_group(run(of))["there"])
    copied = trace.events.index.str.endswith("c")
    assert trace.events[copied].mean() > trace.events[~copied].mean()
    assert (trace.taken >= 0).all()


def test_what_is_missing_is_named_and_thirty_rows_cannot_tell():
    of = town(to_relatives(0.25))
    (found,) = run(replace(of, dataset=replace(of.dataset, family=None)))
    assert "roles.family" in found.evidence[0].statement
    assert all(f.verdict in {"cannot tell", "not applicable"} for f in run(few(of)))


def test_simulated_pilots():
    flagged = [f.group for f in run(pilot((("family_spillover", 0.3),))) if f.verdict == "flag"]
    assert (("minority", "yes"),) in flagged
    alike = pilot((), (("family_correlation", 1.0, (("minority", "yes"),)),))
    assert not any(f.verdict == "flag" for f in run(alike))
