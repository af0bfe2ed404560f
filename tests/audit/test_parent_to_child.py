from __future__ import annotations

from dataclasses import replace

from scs_ml.audit.checks.family_spillover import FamilySpillover
from scs_ml.audit.checks.parent_to_child import ParentToChild
from scs_ml.audit.coincidences.ages import age_of
from tests.audit.cases import LEVEL, by_group, few, pilot
from tests.audit.town import to_relatives, town


def run(of, check=None):
    return (check or ParentToChild()).run(of, level=LEVEL, seed=0).findings


def test_entries_that_run_downwards_are_told_from_those_that_run_all_ways():
    of = town(to_relatives(0.25, downwards=True), n=2_400)
    flag = by_group(run(of))["there"]
    assert flag.verdict == "flag"
    assert flag.mechanisms[0] == ("parent_to_child", max(w for _, w in flag.mechanisms))
    elsewhere = by_group(run(of, FamilySpillover()))["there"]
    assert (elsewhere.verdict, elsewhere.mechanisms) == ("cannot tell", ())
    assert "parent_to_child" in elsewhere.next_step


def test_one_young_person_a_family_leaves_the_two_ways_tied():
    """Whether the young would be charged with one another's entries, nobody can see."""
    of = town(to_relatives(0.4, downwards=True, charged="young"), n=2_400)
    for check in (ParentToChild(), FamilySpillover()):
        found = by_group(run(of, check))["under 40"]
        assert (found.verdict, dict(found.mechanisms)) == (
            "flag",
            {"family_spillover": 0.5, "parent_to_child": 0.5},
        )


def test_conduct_is_silent():
    for seed in range(4):
        assert not any(f.verdict == "flag" for f in run(town(seed=seed, busier=1.8)))


def test_only_the_young_are_suspected():
    of = town(to_relatives(0.25, downwards=True), n=2_400)
    trace = ParentToChild().trace(of, by_group(run(of))["there"])
    assert (trace.taken[of.dataset.sensitive["years"] != "under 40"] == 0).all()
    assert trace.taken.sum() > 0


def test_ages_and_families_must_be_known():
    of = town(years=False)
    (found,) = run(of)
    assert "orders ages" in found.evidence[0].statement
    (found,) = run(replace(town(), dataset=replace(town().dataset, family=None)))
    assert "roles.family" in found.evidence[0].statement
    assert all(f.verdict in {"cannot tell", "not applicable"} for f in run(few(town())))


def test_labels_name_ages():
    labels = ("under 30", "30 to 59", "60 and over", "<= 25", "> 45", "born 1950-1969", "elderly", "child")
    assert [age_of(label) for label in labels] == [29.0, 44.5, 61.0, 24.0, 46.0, 140.5, 70.0, 10.0]
    assert [age_of(label) for label in ("male", "district 7000", "yes")] == [None, None, None]


def test_simulated_pilots():
    flagged = [f.group for f in run(pilot((("parent_to_child", 0.15),))) if f.verdict == "flag"]
    assert (("age_group", "under 30"),) in flagged
