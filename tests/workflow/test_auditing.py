"""Cases from forecasters, from somebody else's classifier and from existing scores."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from scs_ml.audit import verification_plan
from scs_ml.data import read_answers
from scs_ml.exceptions import SafeguardError, ScsError
from scs_ml.safeguards import suppress_tables
from scs_ml.workflow import audit, case_of_existing_score, case_of_forecaster
from scs_ml.workflow.auditing import PERSONS_SHOWN, person_views
from scs_ml.worlds import office_answers


@pytest.fixture(scope="module")
def report(case, trained):
    return audit(case, leaderboard=trained.leaderboard, seed=3)


@pytest.fixture(scope="module")
def existing(dataset, suining):
    """An existing score audited without its ledger: a surrogate stands behind the SHAP view."""
    return case_of_existing_score(dataset, suining, max_explained=500, seed=3)


def with_basis(scheme, kind):
    lawful = {"lawful_basis": "inspection by the data protection office"} if kind == "audit" else {}
    basis = scheme.basis.model_copy(update={"kind": kind, **lawful})
    return scheme.model_copy(update={"basis": basis})


def test_case_of_a_forecaster(case, trained):
    assert len(case.dataset) == 1500
    assert case.forecast.origin == "forecaster"
    assert len(case.explanation.rows) == 400
    explained = np.isfinite(case.forecast.indirect_share)
    assert set(np.flatnonzero(explained)) == set(case.explanation.rows)
    hits = (case.forecast.sets[:, 0] <= case.dataset.y) & (case.dataset.y <= case.forecast.sets[:, 1])
    # Nominal 0.9; four binomial standard deviations of 1,500 rows, and the calibration's own noise.
    assert hits.mean() == pytest.approx(0.9, abs=0.05) or hits.mean() > 0.9
    assert any(gate.outcome == "recorded" and "district" in gate.columns for gate in case.dataset.gates)


def test_report_is_complete(report, trained, case):
    summary = report.forecast
    assert summary["name"] == trained.name
    assert summary["rows"] == 1500
    assert summary["sets"]["coverage"] == 0.9
    assert 0 < summary["flip risk"] < 1
    assert 0 < summary["indirect share"] < 1
    assert summary["a person must decide"] == case.forecast.abstains.mean()
    assert "long record, with indirect" in summary["sets"]["strata"]
    assert summary["explanation"]["fidelity"] is None
    assert [row["name"] for row in summary["leaderboard"]] == [r.name for r in trained.leaderboard.rows]
    assert "leaderboard" in {table.name for table in report.tables}


def test_report_counts_per_group_what_sets_hold_and_who_is_left_to_a_person(report, case):
    tables = {table.name: table for table in report.tables}
    for name, share, low, high in (("set_coverage", 4, 5, 6), ("abstentions", 4, 5, 6)):
        table = tables[name]
        rows = {row[0]: row for row in table.rows}
        assert {"everybody", "sex = female", "minority = yes"} <= set(rows)
        sexes = [row for label, row in rows.items() if label.startswith("sex = ")]
        assert np.sum([row[1:4] for row in sexes], axis=0).tolist() == list(rows["everybody"][1:4])
        for row in table.rows:
            assert row[2] + row[3] == row[1]
            assert row[share] == row[2] / row[1]
            assert row[low] <= row[share] <= row[high]
    left = case.forecast.abstains
    women = (case.dataset.sensitive["sex"] == "female").to_numpy()
    (counted,) = (row[2] for row in tables["abstentions"].rows if row[0] == "sex = female")
    assert counted == left[women].sum()


def test_small_counts_of_sets_and_abstentions_stay_inside(report, case):
    closed = with_basis(case.scheme, "audit")
    tables = {table.name: table for table in suppress_tables(report.tables, closed)}
    for name in ("set_coverage", "abstentions"):
        for before, after in zip(
            next(t for t in report.tables if t.name == name).rows, tables[name].rows, strict=True
        ):
            small = any(0 < count < 5 for count in before[1:4])
            assert (after[4] is None) == small


def test_persons_shown_are_those_nearest_to_a_boundary(report, case):
    assert len(report.persons) == PERSONS_SHOWN
    margins = np.abs(case.explanation.raw + case.explanation.residual).min(axis=1)
    nearest = case.explanation.rows[np.argsort(margins)[:PERSONS_SHOWN]]
    assert {view.subject for view in report.persons} == set(case.dataset.subject[nearest])


@pytest.mark.parametrize("kind", ["audit", "benchmark"])
def test_no_persons_where_the_basis_does_not_open_them(case, kind):
    closed = replace(case, scheme=with_basis(case.scheme, kind))
    assert person_views(closed) == ()
    assert person_views(replace(case, explanation=None)) == ()


def test_forecaster_of_real_people_may_not_see_a_forbidden_input(trained, suining):
    # The district is among the inputs of the simulated pilot; here people are said to be real.
    with pytest.raises(SafeguardError) as error:
        case_of_forecaster(trained.forecaster, trained.splits.test, with_basis(suining, "benchmark"))
    assert error.value.rule == "forbidden_input"


def test_pipeline_over_string_columns_is_audited_as_a_third_party(trained, suining):
    splits = trained.splits
    plain = replace(splits.test, X=splits.test.X.astype({"district": "str"})).take(np.arange(400))
    numbers = [name for name in plain.X if name != "district"]
    classifier = make_pipeline(
        make_column_transformer(
            (OneHotEncoder(handle_unknown="ignore"), ["district"]),
            (make_pipeline(SimpleImputer(), StandardScaler()), numbers),
        ),
        LogisticRegression(max_iter=500),
    ).fit(splits.train.X.astype({"district": "str"}), splits.train.y)
    case = case_of_forecaster(
        classifier, plain, with_basis(suining, "audit"), third_party=True, max_explained=40, seed=0
    )
    assert case.forecast.origin == "third party"
    assert case.forecast.name == "Pipeline"
    assert np.allclose(case.forecast.probabilities, classifier.predict_proba(plain.X))
    explanation = case.explanation
    total = explanation.base_values + explanation.values.sum(axis=1)
    assert np.abs(total - explanation.raw).max() < 1e-8
    assert explanation.values[:, explanation.feature_names.index("district")].any()
    # A breach by a model that exists already is recorded, and the audit goes on.
    assert any(gate.outcome == "recorded" and "district" in gate.columns for gate in case.dataset.gates)
    report = audit(case, seed=0)
    assert report.persons == ()
    assert report.forecast["origin"] == "third party"


def test_existing_score_is_audited_at_its_last_period(existing, dataset):
    assert set(existing.dataset.period) == {5}
    last = dataset.take(dataset.period == 5)
    assert np.array_equal(existing.forecast.categories, last.category)
    assert np.array_equal(existing.forecast.score, last.score)
    assert existing.forecaster is None
    assert set(existing.explanation.fidelity) == {"same category", "RPS skill over its shares"}


def test_moves_between_categories_come_from_the_panel_behind_an_existing_score(existing, dataset):
    alone, whole = (audit(existing, history=history, seed=3) for history in (None, dataset))
    assert "migration" not in {table.name for table in alone.tables}
    (moves,) = (table for table in whole.tables if table.name == "migration")
    n_people, n_periods = len(set(dataset.subject)), len(dataset.periods)
    assert sum(row[1] for row in moves.rows) == n_people * (n_periods - 1)


def test_no_mechanism_rests_on_a_surrogate(existing):
    report = audit(existing, seed=3)
    told = [(f.check, f.group, f.indicator, f.effect) for f in report.flags("mechanism")]
    bare = audit(replace(existing, explanation=None), seed=3)
    assert told == [(f.check, f.group, f.indicator, f.effect) for f in bare.flags("mechanism")]
    # Wronged are those whom the pilot wrongs. Without a ledger nobody can know which informant made an entry.
    assert {group for _, group, _, _ in told} == {
        (("minority", "yes"),),
        (("illness", "yes"),),
        (("registration", "newcomer"),),
    }
    (proxy,) = (f for f in report.flags("mechanism") if f.check == "postcode_proxy")
    (use,) = (e for e in proxy.evidence if e.stage == "use")
    assert "The recorded score less the card" in use.statement
    assert not any("SHAP" in e.statement for f in report.flags("mechanism") for e in f.evidence)
    assert {f.kind for f in report.findings if f.check == "shap_gap"} == {"difference"}


def test_surrogate_alone_flags_no_mechanism(existing):
    """Categories alone, no score, card or ledger to read a use from: what is left is the imitation."""
    no_card = existing.scheme.model_copy(update={"card": None})
    categories_alone = replace(existing.dataset, score=None)
    report = audit(replace(existing, scheme=no_card, dataset=categories_alone), seed=3)
    assert report.flags("mechanism") == []
    told = [f for f in report.findings if f.check == "postcode_proxy"]
    assert any("imitates" in e.statement for f in told for e in f.evidence)
    assert report.flags("difference")


def test_answers_bear_out_what_the_ledger_suggests_or_withdraw_it(case, pilot, suining):
    ill = (("illness", "yes"),)
    suggested = audit(case, seed=3)
    assert ("illness_misread", ill) in {(f.check, f.group) for f in suggested.flags("mechanism")}
    plan = verification_plan(case, suggested.findings, seed=3)
    answers = read_answers(office_answers(pilot, plan["event"], seed=3), suining)
    assert not answers.answers["happened"].all()
    settled = audit(replace(case, verified=answers), seed=3)
    (flag,) = (f for f in settled.flags("mechanism") if f.check == "illness_misread")
    assert flag.group == ill
    # Had every entry happened, nobody would have been wronged by what was noted of the ill.
    happened = replace(answers, answers=answers.answers.assign(happened=True))
    denied = audit(replace(case, verified=happened), seed=3)
    assert "illness_misread" not in {f.check for f in denied.flags("mechanism")}


def test_score_that_cannot_be_imitated_is_audited_without_an_explanation(dataset, suining):
    bare = replace(dataset, X=dataset.X[[]])
    report = audit(case_of_existing_score(bare, suining))
    assert "explanation" not in report.forecast
    assert report.flags("difference")
    assert report.persons == ()


def test_no_recorded_category_is_refused(dataset, suining):
    unknown = replace(dataset, category=np.full(len(dataset), -1))
    with pytest.raises(ScsError, match="no recorded category"):
        case_of_existing_score(unknown, suining)
