from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass, replace

import numpy as np
import pandas as pd
import pytest

from scs_ml.audit import CHECKS, run_checks
from scs_ml.core import CheckResult, Effect, Finding, Table
from scs_ml.exceptions import ScsError
from scs_ml.schemes import scheme_fingerprint
from tests.audit.cases import answers, case, dataset, explanation, few, ledger, pilot

PLANTED = (("illness_misread", 0.3), ("malicious_informant", 0.3), ("postcode_proxy", 0.3))


@dataclass(frozen=True)
class Says:
    """A check that finds what it is told, and keeps the level it was given in a table."""

    name: str
    kind: str
    title: str = "a check for tests"
    verdict: str = "clear"
    size: float = 0.1

    def run(self, case, *, level, seed):
        effect = Effect("gap", self.size, 0.0, 1.0, "SD", 0.05)
        finding = Finding(self.name, self.kind, self.verdict, (), (), (1, 1), "", effect)
        return CheckResult((finding,), (Table(self.name, "", ("level", "seed"), ((level, seed),)),))


def run_with(*checks, **settings):
    return run_checks(case(dataset(5)), {check.name: check for check in checks}, **settings)


def test_registry_names_its_checks_and_they_are_checks():
    kinds = {name: check.kind for name, check in CHECKS.items()}
    differences = {"category_gap", "error_rates", "calibration", "shap_gap", "gap_drift"}
    differences |= {"subgroup_discovery", "unknown_membership", "four_fifths", "cross_context"}
    assert {name for name, kind in kinds.items() if kind == "difference"} == differences
    assert {"postcode_proxy", "malicious_informant", "illness_misread"} <= set(kinds) - differences
    assert set(kinds.values()) == {"difference", "mechanism"}
    assert all(check.title and name == check.name for name, check in CHECKS.items())


def test_the_checks_of_a_kind_share_the_error_rate():
    report = run_with(Says("a", "difference"), Says("b", "mechanism"), Says("c", "mechanism"), seed=7)
    told = {t.name: t.rows[0] for t in report.tables if t.name in "abc"}
    assert told == {
        "a": pytest.approx((0.05, 7)),
        "b": pytest.approx((0.025, 7)),
        "c": pytest.approx((0.025, 7)),
    }


def test_findings_are_sorted_mechanism_flags_first_then_by_verdict_kind_and_size():
    report = run_with(
        Says("d1", "difference", verdict="flag", size=9.0),
        Says("m1", "mechanism", verdict="clear"),
        Says("m2", "mechanism", verdict="flag", size=0.1),
        Says("m3", "mechanism", verdict="flag", size=-0.2),
        Says("d2", "difference", verdict="not applicable"),
        Says("d3", "difference", verdict="cannot tell"),
        Says("m4", "mechanism", verdict="cannot tell"),
    )
    assert [f.check for f in report.findings] == ["m3", "m2", "d1", "m4", "d3", "m1", "d2"]
    assert [f.check for f in report.flags("mechanism")] == ["m3", "m2"]


def test_progress_counts_the_checks():
    heard = []
    run_with(Says("a", "difference"), Says("b", "mechanism"), progress=lambda *said: heard.append(said))
    assert [(done, total) for _, done, total in heard] == [(0, 2), (1, 2), (2, 2)]


def test_report_carries_what_it_rests_on():
    of = replace(
        case(dataset(5)), ledger=ledger(("e", "s0", 0, "debts", -1.0, None)), verified=answers(e=True)
    )
    of = replace(of, explanation=explanation(np.zeros((5, 2)), background="abc"))
    report = run_checks(of, {})
    by_hand = dict.fromkeys(("ledger", "answers"), "by hand") | {
        "dataset": "made by hand",
        "background": "abc",
    }
    assert report.fingerprints == by_hand | {"scheme": scheme_fingerprint(of.scheme)}
    assert report.declared["basis"] == "synthetic"
    assert "lawful basis" not in report.declared
    assert {"numpy", "scs_ml"} <= set(report.versions)
    assert [t.name for t in report.tables] == ["groups", "categories"]
    assert report.forecast == {}


def test_migration_within_a_panel_by_hand():
    subject = np.array(["a", "b", "a", "b", "a"], dtype=object)
    period = np.array([0, 0, 1, 1, 2])
    category = np.array([0, 2, 1, 2, -1])
    panel = dataset(5, subject=subject, period=period, periods=("1", "2", "3"), category=category, y=category)
    panel = replace(panel, score=np.arange(5.0))
    categories = np.where(category < 0, 0, category)
    of = replace(case(panel), forecast=replace(case(panel).forecast, categories=categories))
    (table,) = (t for t in run_checks(of, {}).tables if t.name == "migration")
    # a went from bad to middling and then to nobody knows where; b stayed good.
    assert table.rows[0] == ("bad", 1, 0, 1, 0, 0.0, 1.0, 0.0)
    assert table.rows[1] == ("middling", 0, 0, 0, 0, None, None, None)
    assert table.rows[2] == ("good", 1, 0, 0, 1, 0.0, 0.0, 1.0)


def test_migration_over_the_horizon():
    data = replace(dataset(3), category=np.array([0, 0, 2]), y=np.array([1, -1, 2]), horizon=1)
    (table,) = (t for t in run_checks(case(data), {}).tables if t.name == "migration")
    assert [row[1] for row in table.rows] == [1, 0, 1]


def test_a_forecast_of_other_rows_is_refused():
    of = case(dataset(5))
    short = replace(of, forecast=replace(of.forecast, categories=np.zeros(4, dtype=np.int64)))
    wide = replace(of, forecast=replace(of.forecast, probabilities=np.ones((3, 3)) / 3))
    beyond = replace(of, explanation=explanation(np.zeros((1, 2)), rows=[9]))
    for given, word in ((short, "categories has 4"), (wide, "probabilities has 3"), (beyond, "reaches 9")):
        with pytest.raises(ScsError, match="does not belong") as error:
            run_checks(given)
        assert word in str(error.value)
    with pytest.raises(ScsError, match="no rows"):
        run_checks(case(dataset(0)))


def test_the_whole_audit_of_a_planted_pilot_names_all_three_mechanisms():
    report = run_checks(pilot(PLANTED, (("conduct_gap", 0.3, (("age_group", "under 30"),)),), answered=True))
    named = {f.mechanisms[0][0] for f in report.flags("mechanism")}
    assert named == {slug for slug, _ in PLANTED}
    hit = {(f.mechanisms[0][0], f.indicator, f.group) for f in report.flags("mechanism")}
    assert hit == {
        ("illness_misread", "disorder_reports", (("illness", "yes"),)),
        ("malicious_informant", "informant_reports", (("registration", "newcomer"),)),
        ("postcode_proxy", "district", (("minority", "yes"),)),
    }
    # The rules take nothing for the district: what is seen there is also seen as points that no rule takes.
    # And a group that informants pursue is recorded more often than its conduct foretells.
    checks = {f.check for f in report.flags("mechanism")}
    assert checks == {slug for slug, _ in PLANTED} | {"label_residual", "over_policing"}
    words = " ".join(f.next_step for f in report.findings) + " ".join(
        e.statement for f in report.findings for e in f.evidence
    )
    assert "compliant" not in words
    assert " fair" not in words


def test_same_seed_same_report():
    of = pilot(PLANTED, (("conduct_gap", 0.3, (("age_group", "under 30"),)),), answered=True)
    assert run_checks(of, seed=4) == run_checks(of, seed=4)


def test_every_finding_of_thirty_rows_is_undecided():
    verdicts = {f.verdict for f in run_checks(few(pilot(PLANTED))).findings}
    assert verdicts <= {"cannot tell", "not applicable"}


def numbers(thing):
    """Every float of a report, however deep."""
    if isinstance(thing, float):
        yield thing
    elif is_dataclass(thing):
        for field in fields(thing):
            yield from numbers(getattr(thing, field.name))
    elif isinstance(thing, dict):
        for value in thing.values():
            yield from numbers(value)
    elif isinstance(thing, tuple):
        for value in thing:
            yield from numbers(value)


@pytest.mark.parametrize("n", [2, 5, 12, 30, 200, 2_000])
def test_no_report_holds_a_number_that_is_none(n):
    report = run_checks(few(pilot(PLANTED, n_people=2_000, answered=True), n))
    assert report.findings
    for part in (report.findings, report.tables):
        found = list(numbers(part))
        assert np.isfinite(found).all()


def test_order_of_rows_does_not_matter():
    of = pilot(n_people=1_000)
    shuffle = np.random.default_rng(0).permutation(len(of.dataset))
    forecast = replace(
        of.forecast, categories=of.forecast.categories[shuffle], score=of.forecast.score[shuffle]
    )
    events = of.ledger.events.sample(frac=1, random_state=0).reset_index(drop=True)
    other = replace(
        of, dataset=of.dataset.take(shuffle), forecast=forecast, ledger=replace(of.ledger, events=events)
    )
    checks = {name: CHECKS[name] for name in ("category_gap", "error_rates")}

    def effects(found):
        frame = pd.DataFrame([(str(f.group), f.boundary, f.effect.value) for f in found if f.effect])
        return frame.sort_values([0, 1, 2]).reset_index(drop=True)

    pd.testing.assert_frame_equal(
        effects(run_checks(of, checks).findings), effects(run_checks(other, checks).findings)
    )
