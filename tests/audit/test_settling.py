from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from scs_ml.audit import run_checks, verification_plan
from scs_ml.audit.points import booked
from scs_ml.audit.settling import CONFIRMED, CONTRADICTED, MOST_SETTLED, settle, strength, suspected
from tests.audit.cases import answers, case, dataset, ledger
from tests.audit.planted import Dictated, finding

N = 60  # subjects, each with a suspected entry (even) or another (odd)
EVENTS = {f"e{i}": 0.8 if i % 2 == 0 else 0.0 for i in range(N)}
LEVEL = 0.01


def office(**changes):
    rows = [(f"e{i}", f"s{i}", 0, "reports", -10.0, None) for i in range(N)]
    data = dataset(N, score=100.0 - 20 * (np.arange(N) % 2))
    return case(data, ledger=ledger(*rows), **changes)


def settled(found, *, suspects_false, others_false, check=None):
    said = {f"e{i}": not (suspects_false if i % 2 == 0 else others_false) for i in range(N)}
    of = office(verified=answers(**said))
    return settle(of, [found], {"dictated": check or Dictated(events=EVENTS)}, level=LEVEL)[0]


def test_only_entries_in_force_that_are_suspected_most_are_looked_up():
    of = office()
    uneven = {f"e{i}": 0.9 if i < 10 else 0.2 for i in range(20)}
    (each,) = suspected(of, booked(of), [finding()], {"dictated": Dictated(events=uneven)})
    assert each.suspects.sum() == 10
    assert each.others.sum() == N - 20
    plan = verification_plan(of, [finding()], checks={"dictated": Dictated(events=uneven)}, limit=30)
    assert plan["stratum"].value_counts().to_dict() == {"not suspected": 20, "suspected": 10}
    assert set(plan.loc[plan["stratum"] == "suspected", "event"]) == {f"e{i}" for i in range(10)}


@pytest.mark.parametrize(
    "found, check",
    [
        (finding(verdict="clear"), Dictated(events=EVENTS)),
        (finding(value=0.2), Dictated(events=EVENTS)),
        (finding(effect=None), Dictated(events=EVENTS)),
        (finding(), Dictated(events=None)),
        (finding(), Dictated(events=EVENTS, happened=True)),
        (finding(), Dictated(events={"unknown event": 1.0})),
    ],
)
def test_nothing_to_look_up(found, check):
    of = office()
    assert suspected(of, booked(of), [found], {"dictated": check}) == ()
    assert verification_plan(of, [found], checks={"dictated": check}).empty


def test_few_findings_share_the_look_ups_flags_first():
    of = office()
    checks = {name: Dictated(name, events=EVENTS) for name in "abcdef"}
    findings = [finding(name, verdict="cannot tell", value=-0.1 - k / 100) for k, name in enumerate("abcde")]
    findings += [finding("f"), finding("f")]
    found = suspected(of, booked(of), findings, checks)
    assert [each.finding.check for each in found] == ["f", "e", "d", "c"]
    assert len(found) == MOST_SETTLED


def test_answers_make_a_flag_of_what_could_not_be_told():
    told = settled(finding(verdict="cannot tell"), suspects_false=True, others_false=False)
    assert (told.verdict, told.next_step) == ("flag", CONFIRMED)
    assert told.mechanisms == (("dictated", 1.0),)
    # 30 suspected entries of 10 points, all false, over 20 members; the score's SD is 10.08
    assert told.effect.value == pytest.approx(-300 / 20 / np.std([100, 80] * 30, ddof=1))
    assert told.evidence[-1].values["false share"] == 1.0


def test_answers_take_a_flag_back():
    told = settled(finding(value=-2.0), suspects_false=False, others_false=False)
    assert (told.verdict, told.next_step, told.mechanisms) == ("cannot tell", CONTRADICTED, ())


def test_answers_that_agree_leave_a_flag_with_its_own_effect():
    told = settled(finding(), suspects_false=True, others_false=False)
    assert told.verdict == "flag"
    assert told.effect == finding().effect
    assert told.evidence[-1].stage == "verification sample"


def test_answers_about_one_family_count_as_one():
    """Thirty answers about three families, all alike, are three: too few for a flag."""
    of = office()
    apart = settled(finding(verdict="cannot tell"), suspects_false=True, others_false=False)
    families = np.array([f"f{i % 6}" for i in range(N)], dtype=object)
    said = {f"e{i}": i % 2 == 1 for i in range(N)}
    together = replace(of, dataset=replace(of.dataset, family=families), verified=answers(**said))
    check = Dictated(events=EVENTS)
    (told,) = settle(together, [finding(verdict="cannot tell")], {"dictated": check}, level=LEVEL)
    assert apart.verdict == "flag"
    assert told.verdict == "cannot tell"


def test_others_count_with_the_suspects_mix_of_indicators():
    """Reports are often false and debts never: suspected debts are held against debts."""
    of = office()
    indicator = np.where(np.arange(N) % 4 < 2, "reports", "debts")
    events = of.ledger.events.assign(indicator=indicator)
    said = {f"e{i}": indicator[i] == "debts" for i in range(N)}
    debts = {f"e{i}": 0.8 for i in range(N) if i % 4 == 2}
    reports = {f"e{i}": 0.8 for i in range(N) if i % 4 == 0}
    given = replace(of, ledger=replace(of.ledger, events=events), verified=answers(**said))
    for suspects, expected in ((debts, 0.0), (reports, 1.0)):
        (told,) = settle(given, [finding()], {"dictated": Dictated(events=suspects)}, level=LEVEL)
        values = told.evidence[-1].values
        assert values["false share"] == expected
        assert values["difference low"] < 0 < values["difference high"]


def test_few_answers_settle_nothing():
    of = office(verified=answers(e0=False, e1=True))
    assert settle(of, [finding()], {"dictated": Dictated(events=EVENTS)}, level=LEVEL) == (finding(),)


def test_without_ledger_or_answers_nothing_changes():
    checks = {"dictated": Dictated(events=EVENTS)}
    assert settle(office(), [finding()], checks, level=LEVEL) == (finding(),)
    bare = replace(office(verified=answers(e0=False)), ledger=None)
    assert settle(bare, [finding()], checks, level=LEVEL) == (finding(),)


def test_a_report_reads_the_answers():
    said = {f"e{i}": i % 2 == 1 for i in range(N)}
    check = Dictated(findings=(finding(verdict="cannot tell"),), events=EVENTS)
    report = run_checks(office(verified=answers(**said)), {"dictated": check})
    assert [f.verdict for f in report.findings] == ["flag"]


def test_strength_counts_half_widths():
    assert strength(finding(value=-0.2, half=0.05)) == pytest.approx(4)
    assert strength(finding(value=-0.2, half=0.0)) == np.inf
    assert strength(finding(value=0.0, half=0.0)) == 0
    assert strength(finding(effect=None)) == 0


@pytest.mark.parametrize("dtype", ["bool", "boolean", "object"])
def test_answers_count_whatever_their_type_and_those_that_nobody_could_settle_do_not(dtype):
    said = answers(**{f"e{i}": i % 2 == 1 for i in range(N)})
    frame = said.answers.astype({"happened": dtype})
    checks = {"dictated": Dictated(events=EVENTS)}
    (found,) = settle(office(verified=replace(said, answers=frame)), [finding()], checks, level=LEVEL)
    assert found.next_step == CONFIRMED
    if dtype != "bool":
        frame.loc[frame.index < N - 4, "happened"] = None  # two of each side are left: too few
        (found,) = settle(office(verified=replace(said, answers=frame)), [finding()], checks, level=LEVEL)
        assert found == finding()


def test_answers_to_entries_that_the_ledger_does_not_hold_settle_nothing():
    of = office(verified=answers(e0=True))
    of = replace(of, ledger=replace(of.ledger, events=of.ledger.events.iloc[:0]))
    assert settle(of, [finding()], {"dictated": Dictated(events=EVENTS)}, level=LEVEL) == (finding(),)
