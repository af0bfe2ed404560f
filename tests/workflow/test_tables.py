"""From file names to a run folder, and to forecasts and explanations."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from scs_ml.data import read_table
from scs_ml.exceptions import SafeguardError, ScsError
from scs_ml.forecast import FORECASTERS
from scs_ml.schemes import load_scheme
from scs_ml.storage import load_bundle, save_bundle
from scs_ml.workflow import (
    audit_table,
    bundle_metadata,
    explain_table,
    forecast_table,
    uncertainty,
    with_score,
)
from scs_ml.worlds import office_answers


@pytest.fixture(scope="module")
def bundle(trained, suining, tmp_path_factory):
    folder = tmp_path_factory.mktemp("models") / "suining"
    return save_bundle(trained.forecaster, suining, folder, seed=3, metadata=bundle_metadata(trained))


@pytest.fixture(scope="module")
def compas_csv(data_folder):
    return data_folder / "compas" / "compas_two_years.csv"


@pytest.fixture(scope="module")
def compas_run(compas_csv, tmp_path_factory):
    out = tmp_path_factory.mktemp("runs") / "compas"
    return audit_table("compas", compas_csv, out, score_column="score_text")


def rows_of(run, name):
    record = json.loads((run.folder / "audit.json").read_text(encoding="utf-8"))
    (table,) = (t for t in record["tables"] if t["name"] == name)
    return [dict(zip(table["columns"], row, strict=True)) for row in table["rows"]]


def test_run_folder_of_an_existing_score(compas_run):
    assert {p.name for p in compas_run.folder.iterdir()} == {
        *("audit.json", "report.html", "card.md", "one_page.md", "run.json")
    }
    assert compas_run.plan is None
    assert compas_run.report.forecast["name"] == "score_text"
    assert compas_run.report.forecast["explanation"]["fidelity"]["same category"] > 0.5
    assert not compas_run.report.flags("mechanism")


# As the README of the data prints them: TN, FP, FN, TP, FPR %, FNR %, PPV at each cut.
PRINTED = {
    ("race = African-American", "Medium | Low"): (990, 805, 532, 1369, "44.85", "27.99", "0.63"),
    ("race = Caucasian", "Medium | Low"): (1139, 349, 461, 505, "23.45", "47.72", "0.59"),
    ("everybody", "Medium | Low"): (2681, 1282, 1216, 2035, "32.35", "37.40", "0.61"),
    ("race = African-American", "High | Medium"): (1511, 284, 1160, 741, "15.82", "61.02", "0.72"),
    ("race = Caucasian", "High | Medium"): (1407, 81, 771, 195, "5.44", "79.81", "0.71"),
}


def test_published_figures_stand_in_the_run_folder(compas_run):
    found = {(row["group"], row["boundary"]): row for row in rows_of(compas_run, "error_rates")}
    for cell, printed in PRINTED.items():
        row = found[cell]
        rates = (f"{100 * row['FPR']:.2f}", f"{100 * row['FNR']:.2f}", f"{row['PPV']:.2f}")
        assert (row["TN"], row["FP"], row["FN"], row["TP"], *rates) == printed


def test_published_rows_stand_in_the_run_folder(compas_csv, tmp_path):
    run = audit_table("compas", compas_csv, tmp_path / "run", row_filter="propublica")
    (everybody,) = (row for row in rows_of(run, "categories") if row["group"] == "everybody")
    assert everybody["rows"] == 6172
    assert (everybody["Low"], everybody["Medium"], everybody["High"]) == (3421, 1607, 1144)


def test_model_is_audited_on_unseen_rows_with_sets_and_a_plan(bundle, office, pilot, suining, tmp_path):
    table, ledger = office / "table.parquet", office / "ledger.parquet"
    steps = []
    run = audit_table(
        suining,
        table,
        tmp_path / "first",
        bundle=bundle,
        ledger=ledger,
        seed=3,
        progress=lambda what, done, total: steps.append(what),
    )
    assert run.report.forecast["rows"] == 1500
    assert run.report.forecast["sets"]["coverage"] == 0.9
    assert {"read", "checks", "report"} <= set(steps)
    plan = pd.read_csv(run.plan)
    assert 0 < len(plan) <= 200
    answers = tmp_path / "answers.csv"
    office_answers(pilot, plan["event"], seed=3).to_csv(answers, index=False)
    second = audit_table(
        suining, table, tmp_path / "second", bundle=bundle, ledger=ledger, verified=answers, seed=3
    )
    assert second.plan is None
    assert "illness_misread" in {f.check for f in second.report.flags("mechanism")}
    assert "answers" in second.report.fingerprints
    wronged = pd.read_csv(second.wronged)
    assert second.wronged.name == "wronged_people.csv"
    assert wronged["probability"].between(0, 1).all()
    assert wronged["subject"].is_monotonic_increasing  # by pseudonym: nobody is ranked
    assert (wronged["better_category"] > wronged["category"]).any()


def test_bundle_of_another_scheme_is_refused(bundle, compas_csv, tmp_path):
    with pytest.raises(ScsError, match="another scheme"):
        audit_table("compas", compas_csv, tmp_path / "run", bundle=bundle)
    assert not list(tmp_path.iterdir())


def test_nothing_else_is_replaced_by_a_run(compas_csv, tmp_path):
    (tmp_path / "letter.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(ScsError, match="something else"):
        audit_table("compas", compas_csv, tmp_path)
    with pytest.raises(ScsError, match="no folder can be written there"):
        audit_table("compas", compas_csv, tmp_path / "letter.txt" / "run")
    with pytest.raises(ScsError, match="answers lie in the run folder"):
        audit_table("compas", compas_csv, tmp_path / "run", verified=tmp_path / "run" / "answers.csv")
    assert [p.name for p in tmp_path.iterdir()] == ["letter.txt"]


def test_score_column_takes_the_role_that_fits_the_scale():
    suining, compas = load_scheme("suining"), load_scheme("compas")
    assert with_score(suining, "score") is suining
    assert with_score(compas, "score_text") is compas
    points = with_score(suining, "points").roles
    assert (points.score, points.category) == ("points", None)
    band = with_score(compas, "band").roles
    assert (band.score, band.category) == (None, "band")


@pytest.mark.parametrize("column", ["decile_score", "sex", "nowhere"])
def test_score_column_that_does_not_fit_is_one_clear_error(compas_csv, tmp_path, column):
    with pytest.raises(ScsError, match="breaks 1 rule") as error:
        audit_table("compas", compas_csv, tmp_path / "run", score_column=column)
    assert column in error.value.where
    assert not list(tmp_path.iterdir())


def test_forecasts_are_ordered_by_pseudonym(bundle, office, suining):
    dataset = read_table(office / "table.parquet", suining)
    table = forecast_table(load_bundle(bundle), dataset, seed=3)
    assert list(table) == [
        "subject", "period", "category", "p_D", "p_C", "p_B", "p_A", "lowest", "highest", "coverage",
        "flip_risk", "indirect_share", "person_decides", "why",
    ]  # fmt: skip
    assert len(table) == 1500
    assert table["subject"].is_monotonic_increasing
    assert set(table["period"]) == {"2015Q2"}
    assert table[["p_D", "p_C", "p_B", "p_A"]].sum(axis=1).to_numpy() == pytest.approx(1)
    rank = {label: k for k, label in enumerate(suining.scale.categories)}
    low, mid, high = (table[name].map(rank) for name in ("lowest", "category", "highest"))
    assert ((low <= mid) & (mid <= high)).mean() > 0.9
    assert table["flip_risk"].between(0, 1).all()
    assert table["indirect_share"].between(0, 1).all()
    limits = suining.person_decides
    size = high - low + 1
    over = (table["flip_risk"] > limits.flip_risk) | (table["indirect_share"] > limits.indirect_share)
    assert (table["person_decides"] == (over | (size > limits.set_size))).all()
    assert 0 < table["person_decides"].mean() < 1
    assert (table["person_decides"] == (table["why"] != "")).all()
    (risky, *_) = table.index[table["flip_risk"] > limits.flip_risk]
    assert f"flip risk {table['flip_risk'][risky]:.4g} over 0.25" in table["why"][risky]


def test_the_latest_period_alone_is_forecast_and_explained_as_it_is_in_the_panel(
    bundle, dataset, office, suining
):
    table = pd.read_parquet(office / "table.parquet")
    latest = table[table["quarter"] == "2015Q2"]
    opened = load_bundle(bundle)
    alone = forecast_table(opened, read_table(latest, suining))
    of_sets = {"lowest", "highest", "coverage", "person_decides", "why"}
    shared = [name for name in alone if name not in of_sets]
    pd.testing.assert_frame_equal(alone[shared], forecast_table(opened, dataset)[shared])
    told = explain_table(bundle, latest, limit=50)
    assert "current_score" in {row[0] for row in told.tables[0].rows}


def test_explanation_by_indicator_and_group(bundle, office):
    told = explain_table(bundle, office / "table.parquet", by="minority", limit=200, seed=3)
    importance, groups = told.tables
    assert importance.columns == ("indicator", "kind", "source", "D | C", "C | B", "B | A")
    means = [sum(row[3:]) for row in importance.rows]
    assert means == sorted(means, reverse=True)
    kinds = {row[0]: row[1] for row in importance.rows}
    assert kinds["disorder_reports"] == "indirect"
    assert kinds["current_score"] == "lag"
    people = {row[1]: row[2] for row in groups.rows}
    assert sum(people.values()) == 200
    assert len(groups.rows) == 2 * len(importance.rows)
    assert told.reasons == ()
    assert told.as_record()["tables"][0]["name"] == "importance"


def test_explanation_of_one_person(bundle, office, suining):
    dataset = read_table(office / "table.parquet", suining)
    person = str(dataset.subject[-1])
    told = explain_table(bundle, office / "table.parquet", person=person)
    assert told.tables == ()
    assert told.reasons[0].startswith("For 2015Q2 the forecast is ")


def test_explanation_of_nobody_or_by_nothing_is_refused(bundle, office):
    with pytest.raises(ScsError, match="nobody in the table"):
        explain_table(bundle, office / "table.parquet", person="0123456789abcdef")
    with pytest.raises(ScsError, match="no sensitive attribute is called 'wealth'") as error:
        explain_table(bundle, office / "table.parquet", by="wealth")
    assert "minority" in error.value.remedy


@pytest.mark.parametrize("kind", ["benchmark", "audit"])
def test_no_person_leaves_where_the_basis_does_not_open_it(bundle, dataset, suining, kind):
    basis = suining.basis.model_copy(update={"kind": kind, "lawful_basis": "inspection"})
    opened = load_bundle(bundle)
    closed = type(opened)(opened.forecaster, suining.model_copy(update={"basis": basis}), opened.manifest)
    with pytest.raises(SafeguardError, match="does not open person export"):
        forecast_table(closed, dataset)


def test_no_plan_where_nothing_is_left_to_look_up(office, suining, tmp_path):
    nobody = suining.model_copy(update={"situations": (), "sensitive": ()})
    run = audit_table(nobody, office / "table.parquet", tmp_path / "run", ledger=office / "ledger.parquet")
    assert run.plan is None
    assert not (tmp_path / "run" / "verification_plan.csv").exists()


def on(scheme, kind):
    reasons = {indicator.context: "needed for this test" for indicator in scheme.indicators}
    basis = scheme.basis.model_copy(
        update={"kind": kind, "lawful_basis": "inspection", "other_contexts": reasons}
    )
    return scheme.model_copy(update={"basis": basis})


@pytest.mark.parametrize("kind, opened", [("audit", True), ("benchmark", False)])
def test_cases_are_named_and_logged_only_where_the_basis_opens_them(office, suining, tmp_path, kind, opened):
    run = audit_table(
        on(suining, kind),
        office / "table.parquet",
        tmp_path / "run",
        ledger=office / "ledger.parquet",
        key=bytes(32),
    )
    logged = [gate.rows for gate in run.report.safeguards if gate.rule == "verification_sample"]
    plan = tmp_path / "run" / "verification_plan.csv"
    assert plan.exists() is opened
    assert logged == ([len(pd.read_csv(plan))] if opened else [])
    assert all(0 < events <= 200 for events in logged)
    assert not (tmp_path / "run" / "wronged_people.csv").exists()
    assert run.report.persons == ()


@pytest.mark.parametrize("kind", ["benchmark", "audit"])
def test_a_table_of_four_people_is_explained_and_audited_for_nobody(dataset, suining, tmp_path, office, kind):
    closed = on(suining, kind)
    inputs = dataset.X.drop(columns="district")
    model = FORECASTERS["expert"](scheme=closed).fit(inputs, dataset.category)
    folder = save_bundle(model, closed, tmp_path / "bundle")
    table = pd.read_parquet(office / "table.parquet")
    few = tmp_path / "few.parquet"
    table[table["person"].isin(table["person"].unique()[:4])].to_parquet(few)
    with pytest.raises(SafeguardError, match="fewer than 5 people"):
        explain_table(folder, few, key=bytes(32))
    with pytest.raises(SafeguardError, match="fewer than 5 people"):
        explain_table(folder, office / "table.parquet", limit=4, key=bytes(32))
    with pytest.raises(SafeguardError, match="fewer than 5 people"):
        audit_table(closed, few, tmp_path / "run", key=bytes(32))
    assert not (tmp_path / "run").exists()


def test_where_explanations_are_sampled_only_some_rows_have_a_share(bundle, dataset, monkeypatch):
    monkeypatch.setattr(uncertainty, "explained_exactly", lambda forecaster: False)
    monkeypatch.setattr(uncertainty, "affordable_rows", lambda forecaster: 40)
    opened = load_bundle(bundle)
    table = forecast_table(opened, dataset, seed=3)
    assert table["indirect_share"].notna().sum() == 40
    monkeypatch.undo()
    monkeypatch.setattr(uncertainty, "affordable_rows", lambda forecaster: 400)
    whole = forecast_table(opened, dataset, seed=3)
    assert whole["indirect_share"].notna().all()
    some = table["indirect_share"].notna()
    np.testing.assert_allclose(table["indirect_share"][some], whole["indirect_share"][some])
