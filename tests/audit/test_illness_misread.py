from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from scs_ml.audit.checks.illness_misread import IllnessMisread
from tests.audit.cases import LEVEL, answers, case, dataset, explanation, few, ledger, pilot, scheme

ILL = (("illness", "yes"),)


def run(of, level=LEVEL):
    return IllnessMisread().run(of, level=level, seed=0)


def of_disorder(result):
    return next(f for f in result.findings if f.indicator == "disorder_reports")


def ward(false_ill, false_well, n=400):
    """Every fourth person is ill and reported twice, the others once; all reports are looked up."""
    ill = np.arange(n) % 4 == 0
    rows, happened = [], {}
    for i in range(n):
        for k in range(2 if ill[i] else 1):
            rows.append((f"e{i}_{k}", f"s{i}", 0, "reports", -10.0, None))
            happened[f"e{i}_{k}"] = (i // 4) % 10 >= 10 * (false_ill if ill[i] else false_well)
    rng = np.random.default_rng(0)
    data = dataset(n, situations=pd.DataFrame({"illness": ill}), score=100 + 20 * rng.normal(size=n))
    return case(data, ledger=ledger(*rows), verified=answers(**happened))


def test_flag_needs_answers_and_its_effect_is_what_was_wrongly_taken():
    of = ward(0.5, 0.1)
    (finding,) = run(of).findings
    assert (finding.verdict, finding.mechanisms) == ("flag", (("illness_misread", 1.0),))
    assert (finding.group, finding.n) == (ILL, (100, 300))
    assert finding.effect.value == pytest.approx(-(20 * 0.5 - 10 * 0.1) / of.dataset.score.std(ddof=1))
    assert finding.effect.high < 0
    assert finding.p_adjusted < LEVEL
    values = finding.evidence[1].values
    assert (values["false share"], values["false share, others"]) == (0.5, 0.1)
    assert values["difference low"] > 0.2
    (untold,) = run(replace(of, verified=None)).findings
    assert untold.verdict == "cannot tell"
    assert "planned verification sample" in untold.next_step
    assert not untold.mechanisms


def test_true_reports_are_never_flagged_however_many():
    (finding,) = run(ward(0.0, 0.0)).findings
    assert finding.effect.value == 0.0
    assert finding.verdict != "flag"
    assert finding.p_adjusted == 1.0


def test_more_false_reports_of_the_others_are_not_illness_misread():
    (finding,) = run(ward(0.0, 0.9)).findings
    assert finding.effect.low > finding.effect.floor
    assert (finding.verdict, finding.mechanisms) == ("cannot tell", ())
    assert "not ill" in finding.next_step


def test_more_reports_of_which_no_larger_share_is_false_are_conduct():
    """The ill are reported twice and a half of all reports is false: more is wrongly taken from them."""
    (finding,) = run(ward(0.5, 0.5)).findings
    assert finding.effect.high < -finding.effect.floor
    assert (finding.verdict, finding.mechanisms) == ("cannot tell", ())
    assert "no more often" in finding.next_step


def test_table_of_answers():
    (table,) = run(ward(0.5, 0.1)).tables
    assert table.rows == (
        ("reports", "illness = yes", 200, 100, 0.5),
        ("reports", "illness = no", 300, 30, pytest.approx(0.1)),
    )


def test_few_answers_cannot_tell():
    of = ward(0.5, 0.1)
    some = of.verified.answers.iloc[:12]  # four people: of the others nobody has been looked up ten times
    (finding,) = run(replace(of, verified=replace(of.verified, answers=some))).findings
    assert finding.verdict == "cannot tell"
    assert finding.p_adjusted is None
    assert "planned sample" in finding.next_step


def test_answers_about_one_side_only_give_no_effect():
    of = ward(0.5, 0.1)
    mine = of.verified.answers[of.verified.answers["event"].str.endswith("_1")]
    (finding,) = run(replace(of, verified=replace(of.verified, answers=mine))).findings
    assert (finding.verdict, finding.effect) == ("cannot tell", None)


def test_without_a_ledger_an_explanation_only_raises_the_suspicion():
    of = ward(0.5, 0.1)
    ill = of.dataset.situations["illness"].to_numpy()
    values = np.column_stack([np.arange(400.0) % 5, -3.0 * ill])
    (finding,) = run(replace(of, ledger=None, explanation=explanation(values))).findings
    assert finding.verdict == "cannot tell"
    assert finding.effect.unit == "SD of the explained margin"
    assert "ledger" in finding.next_step


def clinic(debts=0, looked_up=None):
    """Of 400 people every fourth is ill; the ill are reported once, a quarter of the others is; some owe."""
    ill = np.arange(400) % 4 == 0
    sick, well = np.flatnonzero(ill), np.flatnonzero(~ill)
    entries = [(f"r{i}", f"s{i}", 0, "reports", -10.0, None) for i in [*sick, *well[:75]]]
    entries += [(f"d{i}", f"s{i}", 0, "debts", -10.0, None) for i in [*sick[: 50 + debts], *well[-150:]]]
    score = 100 + 20 * np.random.default_rng(0).normal(size=400)
    data = dataset(400, situations=pd.DataFrame({"illness": ill}), score=score)
    seen = None if looked_up is None else answers(**{f"r{i}": looked_up for i in [*sick, *well[:75]]})
    return case(data, ledger=ledger(*entries), verified=seen)


def test_reports_that_come_with_illness_alone_are_flagged_without_answers():
    """A quarter of the others is reported and debts are as frequent: of 100 reports 75 are beyond."""
    of = clinic()
    (finding,) = run(of).findings
    assert (finding.verdict, finding.mechanisms) == ("flag", (("illness_misread", 1.0),))
    assert finding.effect.value == pytest.approx(-7.5 / of.dataset.score.std(ddof=1))
    found = IllnessMisread().trace(of, finding)
    assert not found.happened
    assert found.taken == pytest.approx(np.where(np.arange(400) % 4 == 0, 7.5, 0.0))
    assert set(found.events) == {0.75}
    # What was looked up and true was not taken; the entries stay as suspected.
    seen = IllnessMisread().trace(replace(of, verified=answers(r0=True, r4=False)), finding)
    assert seen.taken[[0, 4, 8]].tolist() == [0.0, 10.0, 7.5]
    assert seen.events["r0"] == 0.75


def test_answers_that_contradict_the_timing_undo_its_flag():
    (finding,) = run(clinic(looked_up=True)).findings
    assert (finding.verdict, finding.mechanisms) == ("clear", ())


def test_direct_indicators_that_rise_in_illness_raise_what_is_expected():
    (finding,) = run(clinic(debts=50)).findings
    assert finding.evidence[0].values["conduct"] == pytest.approx(2**1.5)
    beyond = (100 - 25 * 2**1.5) / 10
    assert finding.effect.value == pytest.approx(-beyond / clinic().dataset.score.std(ddof=1))


def test_not_applicable_without_illness_or_anything_that_shows_the_indicator():
    of = ward(0.5, 0.1)
    nobody = replace(of.dataset, situations=pd.DataFrame({"illness": np.zeros(400, dtype=bool)}))
    for given in (replace(of, dataset=nobody), replace(of, ledger=None)):
        (finding,) = run(given).findings
        assert finding.verdict == "not applicable"
        assert "ledger" in finding.next_step


def test_fires_on_the_planted_world():
    finding = of_disorder(run(pilot((("illness_misread", 0.3),), answered=True)))
    assert finding.verdict == "flag"
    assert finding.effect.value == pytest.approx(-0.3, abs=0.1)


def test_silent_on_null_worlds_and_on_real_conduct_of_the_ill():
    worlds = [pilot(seed=seed, n_people=1_500, answered=True) for seed in range(6)]
    worlds += [
        pilot((), (("conduct_gap", 0.3, ILL),), seed=seed, n_people=2_000, answered=True) for seed in range(2)
    ]
    for of in worlds:
        assert not [f for f in run(of).findings if f.verdict == "flag"]


def test_thirty_rows_cannot_tell():
    found = run(few(pilot((("illness_misread", 0.3),), answered=True))).findings
    assert {f.verdict for f in found} <= {"cannot tell", "not applicable"}


AUDIT = {"kind": "audit", "purpose": "tests", "context": "tests", "contact": "nobody", "lawful_basis": "law"}


def test_a_small_count_of_answers_is_not_written_into_a_sentence():
    of = ward(0.0, 0.1, n=80)  # six false reports of people who are not ill, none of the ill
    seen = replace(of.verified, answers=of.verified.answers.assign(happened=lambda a: a["event"] != "e1_0"))
    for basis, said in ((scheme().basis.model_dump(), "1 of 60 others"), (AUDIT, "to be counted here")):
        (finding,) = run(replace(of, scheme=scheme(basis=basis), verified=seen)).findings
        assert said in finding.evidence[1].statement
        assert bool(finding.evidence[1].values) is (basis is not AUDIT)
