"""Sheets from files: who may have one, what it holds, and what of it is logged."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from scs_ml.audit.sampling import LIMIT
from scs_ml.data import pair, read_table
from scs_ml.exceptions import SafeguardError, ScsError
from scs_ml.forecast import BASELINES, FORECASTERS
from scs_ml.metrics import median_category
from scs_ml.storage import load_bundle, save_bundle
from scs_ml.workflow import bundle_metadata, forecast_table, write_sheets
from scs_ml.workflow.preparing import Prepared, prepare
from scs_ml.workflow.recording import Recorder
from scs_ml.workflow.telling import last_period, sheets_of, tell


@pytest.fixture(scope="module")
def bundle(trained, suining, tmp_path_factory):
    folder = tmp_path_factory.mktemp("bundles") / "one"
    return save_bundle(trained.forecaster, suining, folder, seed=3, metadata=bundle_metadata(trained))


@pytest.fixture(scope="module")
def table(office):
    return office / "table.parquet"


@pytest.fixture(scope="module")
def forecasts(bundle, dataset):
    return forecast_table(load_bundle(bundle), dataset)


@pytest.fixture(scope="module")
def told(bundle, dataset, suining):
    rows = np.arange(0, len(last_period(dataset, suining)), 40)
    return tell(load_bundle(bundle), dataset, prepare(dataset, suining), rows)


@pytest.fixture(scope="module")
def sheets(told):
    return list(sheets_of(told))


class Notes:
    """A recorder that keeps what it is told."""

    def __init__(self):
        self.done_, self.asked, self.artefacts = [], [], []

    def read_table(self, path, scheme, *, key=None, row_filter=None):
        return read_table(path, scheme, key=key, row_filter=row_filter)

    def read_beside(self, path, role):
        assert path is None

    def signed(self, bundle):
        return {}

    def require_trusted(self, bundle):
        self.asked.append(bundle.scheme.name)

    def will_write(self, path, kind, scheme, people):
        self.artefacts.append((path, kind, len(people)))

    def done(self, action, *, dataset, **facts):
        self.done_.append((action, len(dataset), facts))


def test_a_sheet_says_what_the_forecast_file_says(sheets, forecasts, suining):
    labels = suining.scale.categories
    by_subject = forecasts.set_index("subject")
    assert len(sheets) == 38
    for sheet in sheets:
        row = by_subject.loc[sheet.subject]
        assert labels[sheet.category] == row["category"]
        assert sheet.period == row["period"]
        np.testing.assert_allclose(sheet.chances, [row[f"p_{label}"] for label in labels])
        assert [labels[each] for each in sheet.likely] == [row["lowest"], row["highest"]]
        assert sheet.flip_risk == row["flip_risk"]
        assert sheet.indirect_share == pytest.approx(row["indirect_share"])
        assert sheet.person_decides == row["person_decides"]
        said = {
            {"flip_risk": "flip risk", "indirect_share": "indirect share", "set_size": "set of categories"}[
                d.what
            ]
            for d in sheet.doubts
        }
        assert said == {re.sub(r" [\d.e-]+ over.*", "", each) for each in row["why"].split("; ") if each}


def test_every_input_is_shown_with_its_push_and_the_pushes_make_one(sheets, told):
    for sheet, i in zip(sheets, range(len(sheets)), strict=True):
        names = {each.indicator.name if each.indicator else "current_score" for each in sheet.used}
        assert names == set(told.last.X.columns)
        assert sum(abs(each.push) for each in sheet.used) == pytest.approx(1)
        shap = told.explanation.values[i, :, sheet.boundary]
        strongest = sheet.used[0].indicator
        at = int(np.argmax(np.abs(shap)))
        assert told.explanation.feature_names[at] == (strongest.name if strongest else "current_score")
        assert np.sign(shap[at]) == np.sign(sheet.used[0].push)
        row = told.last.X.iloc[told.explanation.rows[i]]
        for each in sheet.used:
            if each.indicator is not None:
                assert each.value == row[each.indicator.name]
                # A world may hold what no model of real people may see; the sheet says so.
                assert each.breach == (each.indicator.name == "district")


def test_every_recourse_holds_when_forecast_again(sheets, told):
    given = 0
    rows = told.last.X
    for sheet, at in zip(sheets, told.explanation.rows, strict=True):
        found = sheet.recourse
        assert found.held == ("current_score",)
        assert found.before == sheet.category
        changed = rows.iloc[[at]].copy()
        for each in found.changes:
            assert each.indicator in {
                "traffic_violations",
                "unpaid_debts",
                "disorder_reports",
                "charity_days",
            }
            better = each.after > each.before
            assert better == (each.indicator == "charity_days")
            changed[each.indicator] = each.after
        if found.changes:
            given += 1
            after = median_category(told.bundle.forecaster.predict_proba(changed))[0]
            assert after == found.after >= sheet.category + 1
    assert given >= 5


def test_what_was_taken_out_or_weighs_nothing_is_said_of_whom_it_concerns(bundle, dataset, suining, told):
    seen = dataset.X.copy()
    row = int(np.flatnonzero((seen["informant_reports"] > 0) & (dataset.period == dataset.period.max()))[0])
    seen.loc[row, "informant_reports"] = 0.0
    seen.loc[row, "traffic_violations"] += 1
    doubtful = np.zeros(len(dataset), dtype=bool)
    doubtful[row] = True
    prepared = Prepared(replace(dataset, X=seen), None, doubtful)
    at = np.flatnonzero(last_period(dataset, suining).subject == dataset.subject[row])
    others = np.flatnonzero(last_period(dataset, suining).subject != dataset.subject[row])[:1]
    loaded = load_bundle(bundle)
    it, other = sheets_of(tell(loaded, dataset, prepared, np.concatenate([at, others])))
    assert {(each.name, each.why) for each in it.not_used} == {
        ("informant_reports", "hearsay"),
        ("traffic_violations", "event"),
    }
    assert it.doubtful and it.person_decides
    assert other.not_used == () and not other.doubtful


def test_one_persons_sheet_is_one_file_and_says_it_was_made(bundle, table, sheets, tmp_path):
    person, notes = sheets[3].subject, Notes()
    out = tmp_path / "sheet.html"
    done = write_sheets(bundle, table, out, person=person, language="az", recorder=notes)
    html = out.read_text(encoding="utf-8")
    assert (done.out, done.people) == (out, 1)
    assert '<html lang="az" dir="ltr">' in html and person in html
    assert [path.name for path in tmp_path.iterdir()] == ["sheet.html"]
    assert notes.asked == ["suining"]
    ((action, people, facts),) = notes.done_
    assert (action, people, facts["language"], facts["drawn"]) == ("sheet", 1, "az", False)
    assert person not in json.dumps(facts)
    assert notes.artefacts == [(out, "sheet", 1)]
    for mark in facts["marks"].values():
        assert mark in html
    again = tmp_path / "again.html"
    write_sheets(bundle, table, again, person=person, language="az")
    assert again.read_bytes() == out.read_bytes()


def test_everybodys_sheets_are_files_by_pseudonym_and_no_list(bundle, office, suining, tmp_path):
    frame = pd.read_parquet(office / "table.parquet")
    people = frame[suining.roles.subject].drop_duplicates().head(12)
    few = frame[frame[suining.roles.subject].isin(people)]
    few.to_parquet(tmp_path / "few.parquet")
    done = write_sheets(bundle, tmp_path / "few.parquet", tmp_path / "all")
    names = sorted(path.name for path in done.out.iterdir())
    last = few[few[suining.roles.period] == few[suining.roles.period].max()]
    assert done.people == len(last) == len(names) - 1
    assert all(re.fullmatch(r"[0-9a-f]{16}\.html", name) for name in names[:-1])
    made = json.loads((done.out / "sheets.json").read_text(encoding="utf-8"))
    assert set(made) == {"people", "language", "marks"}  # no name, no category
    # Made once more, the folder is replaced as a whole.
    (done.out / "stray.html").write_text("x", encoding="utf-8")
    write_sheets(bundle, tmp_path / "few.parquet", tmp_path / "all", language="zh")
    assert sorted(path.name for path in done.out.iterdir()) == names
    assert 'lang="zh"' in (done.out / names[0]).read_text(encoding="utf-8")
    clear = set(people.astype(str))
    for path in done.out.iterdir():
        assert not any(name in path.read_text(encoding="utf-8") for name in clear if len(name) > 3)


def test_who_is_unknown_is_an_error_and_writes_nothing(bundle, table, tmp_path):
    out = tmp_path / "sheet.html"
    with pytest.raises(ScsError, match="nobody in the table"):
        write_sheets(bundle, table, out, person="0" * 16)
    with pytest.raises(ScsError, match="language 'xx'"):
        write_sheets(bundle, table, out, person="0" * 16, language="xx")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_holds_something_else_is_left_alone(bundle, table, tmp_path):
    (tmp_path / "precious.txt").write_text("x", encoding="utf-8")
    with pytest.raises(ScsError, match="something else"):
        write_sheets(bundle, table, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["precious.txt"]


def test_research_data_give_nobody_a_sheet(dataset, suining, table, sheets, tmp_path):
    basis = suining.basis.model_copy(update={"kind": "benchmark"})
    published = suining.model_copy(update={"basis": basis})
    model = BASELINES["climatology"]().fit(dataset.X, dataset.category)
    folder, out = save_bundle(model, published, tmp_path / "b"), tmp_path / "sheet.html"
    for person in (sheets[0].subject, None):
        with pytest.raises(SafeguardError, match="does not open") as caught:
            write_sheets(folder, table, out, person=person)
        assert caught.value.rule == "basis"
    assert not out.exists()


KEY = bytes(32)


@pytest.fixture(scope="module")
def audited(dataset, office, suining, tmp_path_factory):
    """Somebody's model of a county that is audited from outside, without the indicator that is forbidden."""
    basis = suining.basis.model_copy(update={"kind": "audit", "lawful_basis": "an act"})
    indicators = tuple(i.model_copy(update={"context": basis.context}) for i in suining.indicators)
    scheme = suining.model_copy(update={"basis": basis, "indicators": indicators})
    paired = pair(read_table(office / "table.parquet", scheme, key=KEY), scheme)
    known = paired.take((paired.y >= 0) & (paired.period < 3))
    model = FORECASTERS["logit"](scheme=scheme).fit(known.X, known.y)
    folder = save_bundle(model, scheme, tmp_path_factory.mktemp("audited") / "theirs")
    last = paired.take(paired.period == paired.period.max())
    return folder, [str(each) for each in last.subject[:3]]


def plan_of(path, subjects):
    frame = pd.DataFrame({"event": [f"e{i}" for i in range(len(subjects))], "subject": subjects})
    frame.to_csv(path, index=False)
    return path


def test_an_audit_shows_the_sheet_of_a_person_who_was_drawn_and_logs_it(audited, table, tmp_path):
    folder, people = audited
    plan, notes, out = plan_of(tmp_path / "plan.csv", people[:2]), Notes(), tmp_path / "sheet.html"
    done = write_sheets(folder, table, out, person=people[1], plan=plan, key=KEY, recorder=notes)
    html = out.read_text(encoding="utf-8")
    assert "drawn by chance to be checked" in html and "It rests on: <bdi>an act</bdi>" in html
    assert "District: the rules forbid it." in re.sub("</?bdi>", "", html)
    record = next(gate for gate in done.gates if gate.rule == "verification_sample")
    assert (record.outcome, record.rows) == ("kept", 1)
    assert people[1] not in record.detail
    assert notes.done_[0][2]["drawn"] is True


def test_an_audit_shows_nobody_else(audited, table, tmp_path):
    folder, people = audited
    plan, out = plan_of(tmp_path / "plan.csv", people[:2]), tmp_path / "sheet.html"
    attempts = {
        "not drawn": {"person": people[2], "plan": plan},
        "no plan": {"person": people[1]},
        "everybody": {"plan": plan},
        "a plan of everybody": {
            "person": people[1],
            "plan": plan_of(tmp_path / "long.csv", people[:2] * LIMIT),
        },
    }
    rules = {}
    for name, how in attempts.items():
        with pytest.raises(SafeguardError) as caught:
            write_sheets(folder, table, out, key=KEY, **how)
        rules[name] = caught.value.rule
    assert rules == {
        "not drawn": "verification_sample",
        "no plan": "verification_sample",
        "everybody": "basis",
        "a plan of everybody": "verification_sample",
    }
    assert not out.exists()


def test_what_is_no_plan_is_an_error(audited, table, tmp_path):
    folder, people = audited
    plan = tmp_path / "plan.csv"
    plan.write_text("subject\nx\n", encoding="utf-8")
    with pytest.raises(ScsError, match="no verification plan: it lacks event"):
        write_sheets(folder, table, tmp_path / "s.html", person=people[0], plan=plan, key=KEY)


def test_the_recorder_that_keeps_nothing_is_the_default():
    assert write_sheets.__kwdefaults__["recorder"] == Recorder(None)
