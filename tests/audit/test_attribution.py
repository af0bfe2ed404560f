from __future__ import annotations

from dataclasses import replace

import pytest

from scs_ml.audit import CHECKS, run_checks
from scs_ml.audit.attribution import BENCH, Weights, attribute, own_weight
from tests.audit.cases import case, dataset
from tests.audit.planted import Dictated, finding

EVEN = Weights({}, strength=0.0, share=0.0, usual=0.0)  # every flag counts as much as an unknown mechanism


def told(findings, checks, weights=EVEN):
    of = case(dataset(6))
    return attribute(of, findings, {check.name: check for check in checks}, weights=weights)


def test_a_flag_alone_shares_the_weight_with_the_unknown():
    (flag,) = told([finding()], [Dictated(taken={0: 5.0})])
    assert dict(flag.mechanisms) == {"dictated": 0.5, "unknown": 0.5}
    assert flag.mechanisms[0][0] == "dictated"  # of equals, the unknown stands last
    assert own_weight(flag) == 0.5


def test_flags_that_take_the_same_points_compete_and_others_do_not():
    checks = [
        Dictated("first", taken={0: 5.0, 1: 5.0}),
        Dictated("second", taken={0: 5.0, 1: 4.0}),
        Dictated("elsewhere", taken={4: 5.0}),
    ]
    one, two, three = told([finding(check.name) for check in checks], checks)
    assert dict(one.mechanisms) == pytest.approx({"first": 1 / 3, "second": 1 / 3, "unknown": 1 / 3})
    assert one.mechanisms == two.mechanisms
    assert set(dict(three.mechanisms)) == {"elsewhere", "unknown"}


def test_competition_is_passed_on():
    checks = [
        Dictated("a", taken={0: 1.0, 1: 2.0}),
        Dictated("b", taken={1: 2.0, 2: 2.0}),
        Dictated("c", taken={2: 2.0, 3: 1.0}),
    ]
    flags = told([finding(check.name) for check in checks], checks)
    assert {len(flag.mechanisms) for flag in flags} == {4}


def test_without_a_trace_flags_of_one_group_compete():
    checks = [Dictated("a", taken={0: 1.0})]
    same, other = finding("untraced"), finding("untraced", group=(("sex", "female"),))
    flags = told([finding("a"), same, other], checks)
    assert [len(flag.mechanisms) for flag in flags] == [3, 3, 2]


def test_a_flag_about_an_explanation_is_no_rival_of_one_about_points():
    checks = [Dictated("a", taken={0: 1.0}), Dictated("b", taken={0: 1.0})]
    hidden = finding("b")
    hidden = replace(hidden, effect=replace(hidden.effect, unit="share of the attribution"))
    flags = told([finding("a"), hidden], checks)
    assert [set(dict(flag.mechanisms)) for flag in flags] == [{"a", "unknown"}, {"b", "unknown"}]


def test_weights_follow_the_formula():
    weights = Weights({"a": 1.0}, strength=2.0, share=3.0, usual=-1.0)
    checks = [Dictated("a", taken={0: 1.0}), Dictated("b", taken={0: 1.0})]
    flags = told([finding("a", value=-0.2), finding("b", value=-0.1)], checks, weights)
    # a: strength 4, share 1; b: strength 2, share 1/2
    a, b = 2.718281828459045 * 5**2, 2.718281828459045**-1 * 3**2 / 2**3
    assert own_weight(flags[0]) == pytest.approx(a / (a + b + 1))
    assert own_weight(flags[1]) == pytest.approx(b / (a + b + 1))


def test_slugs_that_one_check_cannot_tell_apart_stay_tied():
    pair = (("state_of_mind", 0.5), ("purchases_misread", 0.5))
    (flag,) = told([finding(mechanisms=pair)], [Dictated(taken={0: 1.0})])
    assert flag.mechanisms == (("state_of_mind", 0.25), ("purchases_misread", 0.25), ("unknown", 0.5))


def test_a_part_of_a_flagged_group_adds_nothing():
    inside = (("origin", "there"), ("sex", "female"))
    checks = [Dictated(taken={0: 1.0}), Dictated("another", taken={0: 1.0})]
    whole, part, elsewhere = told(
        [finding(value=-0.1), finding(group=inside), finding("another", group=inside)], checks
    )
    assert own_weight(part) == 0
    assert own_weight(whole) == own_weight(elsewhere) == pytest.approx(1 / 3)
    assert "wider group" in part.evidence[-1].statement


def test_what_is_no_mechanism_flag_stays_as_it_is():
    others = [finding(verdict="cannot tell"), finding(kind="difference")]
    assert told(others, [Dictated()]) == tuple(others)


def test_a_report_puts_the_flag_with_most_weight_first():
    strong = Dictated("strong", findings=(finding("strong", value=-0.3, half=0.02),), taken={0: 1.0})
    weak = Dictated("weak", findings=(finding("weak", value=-0.1, half=0.09),), taken={0: 1.0})
    report = run_checks(case(dataset(20)), {"weak": weak, "strong": strong})
    assert [f.check for f in report.findings] == ["strong", "weak"]


def test_the_package_carries_weights_of_known_checks():
    assert set(BENCH.checks) <= set(CHECKS)
