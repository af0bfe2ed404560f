"""What the recorder writes, and what it leaves out."""

from __future__ import annotations

import shutil
from contextlib import chdir

import numpy as np
import pytest

from scs_ml.exceptions import SafeguardError, ScsError, TableError
from scs_ml.records import check_log, open_records
from scs_ml.schemes import scheme_fingerprint
from scs_ml.storage import load_bundle, new_signer, save_bundle
from scs_ml.workflow import explain_table, with_score
from scs_ml.workflow.recording import NOBODY, Recorder, file_sha256, shown_path

AT = "2026-03-01T09:00:00+00:00"


@pytest.fixture
def recorder(tmp_path):
    return Recorder(open_records(tmp_path / "records", create=True, name="Office"), lambda: AT, "test")


def entries(recorder):
    return list(recorder.records.log.entries())


def test_nobody_records_nothing(dataset, suining, office, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    read = NOBODY.read_table(office / "table.parquet", suining)
    assert read.fingerprint == dataset.fingerprint
    NOBODY.done("train", dataset=read)
    NOBODY.note("refused", rule="minors")
    assert NOBODY.signer is None
    assert NOBODY.withdrawn() is None
    assert list(tmp_path.iterdir()) == []


def test_a_read_says_which_table_by_which_scheme_and_how_many_people(recorder, office, suining):
    dataset = recorder.read_table(office / "table.parquet", suining)
    (entry,) = entries(recorder)
    assert (entry.action, entry.at) == ("read", AT)
    body = dict(entry.body)
    people = body.pop("people")
    assert people == {"count": 1500, "commitment": recorder.records.register.commit(dataset.subject)}
    assert body.pop("version")
    assert body == {
        "command": "test",
        "role": "table",
        "file": "table.parquet",
        "file_sha256": file_sha256(office / "table.parquet"),
        "fingerprint": dataset.fingerprint,
        "row_filter": None,
        "rows": len(dataset),
        "scheme": "suining",
        "scheme_fingerprint": scheme_fingerprint(suining),
    }
    text = (recorder.records.folder / "log.jsonl").read_text()
    assert not any(each in text for each in np.unique(dataset.subject))


def test_what_changed_since_it_was_last_read_is_recorded_before_the_read(recorder, office, suining, tmp_path):
    table = tmp_path / "ledger.parquet"
    shutil.copy(office / "ledger.parquet", table)
    for _ in range(2):
        recorder.read_beside(table, "ledger")
    before = file_sha256(table)
    shutil.copy(office / "table.parquet", table)
    recorder.read_beside(table, "ledger")
    assert [entry.action for entry in entries(recorder)] == ["read", "read", "data_changed", "read"]
    changed = entries(recorder)[2].body
    assert (changed["file"], changed["before"], changed["now"]) == (
        "ledger.parquet",
        before,
        file_sha256(table),
    )
    recorder.read_beside(None, "ledger")
    assert len(entries(recorder)) == 4


def test_a_changed_rule_card_is_recorded_and_another_score_column_is_no_change(recorder, office, suining):
    table = office / "table.parquet"
    recorder.read_table(table, suining)
    recorder.read_table(table, with_score(suining, "score"), declared=suining)
    assert [entry.action for entry in entries(recorder)] == ["read", "read"]
    milder = suining.model_copy(update={"title": "Milder rules"})
    recorder.check_table(table, milder)
    assert [entry.action for entry in entries(recorder)][2:] == ["scheme_changed", "read"]
    changed = entries(recorder)[2].body
    assert (changed["before"], changed["now"]) == (scheme_fingerprint(suining), scheme_fingerprint(milder))


def test_who_withdrew_is_left_out_of_a_check_too(recorder, dataset, office, suining):
    recorder.records.register.withdraw(dataset.subject[:1], at=AT)
    summary = recorder.check_table(office / "table.parquet", suining)
    assert summary.n_subjects == 1499
    assert [gate.outcome for gate in summary.gates if gate.rule == "withdrawn"] == ["left out"]


def test_what_is_written_is_entered_before_it_is_there(recorder, dataset, suining, tmp_path):
    recorder.will_write(tmp_path / "f.csv", "forecast", suining, dataset.subject)
    (artefact,) = recorder.records.register.artefacts()
    assert (artefact.path, artefact.run, artefact.person_level) == (tmp_path / "f.csv", "f.csv", True)


def test_two_runs_of_one_name_lose_their_own_people(recorder, dataset, suining, tmp_path):
    for name, who in (("a", dataset.subject[:2]), ("b", dataset.subject[2:4])):
        recorder.will_write(tmp_path / name / "run", "run", suining, who)
        recorder.records.register.commit(who, recorder.run_of(tmp_path / name / "run"))
    one, two = (recorder.run_of(tmp_path / name / "run") for name in "ab")
    assert (one, two) == ("run", "run (2)")
    recorder.records.register.erase(str(dataset.subject[0]), at=AT)
    assert [recorder.records.register.erased_in(run) for run in (one, two)] == [1, 0]


def test_who_was_erased_while_something_was_computed_is_not_written(recorder, dataset, suining, tmp_path):
    recorder.records.register.erase(str(dataset.subject[0]), at=AT)
    with pytest.raises(ScsError, match="while it was computed"):
        recorder.will_write(tmp_path / "f.csv", "forecast", suining, dataset.subject)
    assert recorder.records.register.artefacts() == ()


def test_a_table_that_cannot_be_read_is_not_recorded_as_read(recorder, suining, tmp_path):
    (tmp_path / "t.csv").write_text("a,b\n1,2\n")
    with pytest.raises(TableError):
        recorder.read_table(tmp_path / "t.csv", suining)
    assert entries(recorder) == []


def test_paths_are_told_from_the_working_folder_or_by_name_alone(tmp_path, monkeypatch):
    (tmp_path / "here" / "data").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "here")
    assert shown_path(tmp_path / "here" / "data" / "t.csv") == "data/t.csv"
    assert shown_path(tmp_path / "home of someone" / "t.csv") == "t.csv"
    monkeypatch.chdir(tmp_path / "here" / "data")
    assert shown_path(tmp_path / "here" / "data" / ".." / "t.csv") == "t.csv"


def test_a_bundle_is_trained_explained_and_traced(recorder, trained, suining, office, tmp_path):
    bundle = save_bundle(trained.forecaster, suining, tmp_path / "models" / "b", signer=recorder.signer)
    with chdir(tmp_path):
        recorder.trained(trained.splits.train, suining, bundle, seed=3, family=trained.name)
    told = explain_table(bundle, office / "table.parquet", limit=20, recorder=recorder)
    assert told.tables
    train, read, explain = entries(recorder)
    assert (train.action, train.body["run"], train.body["seed"]) == ("train", "models/b", 3)
    assert train.body["people"]["count"] == len(np.unique(trained.splits.train.subject))
    assert read.action == "read"
    assert explain.body["model_sha256"] == train.body["model_sha256"] == file_sha256(bundle / "model.skops")
    assert explain.body["signed_by"].startswith("Office (")
    assert explain.body["rows"] == 20
    assert [each.kind for each in recorder.records.register.artefacts()] == ["bundle"]
    assert check_log(recorder.records.folder).first_altered is None


@pytest.mark.parametrize("kind", ["synthetic", "benchmark", "audit", "agreed"])
def test_a_signature_is_asked_for_where_people_agreed(recorder, trained, suining, tmp_path, kind):
    unsigned = load_bundle(save_bundle(trained.forecaster, suining, tmp_path / "b"))
    signer = new_signer(tmp_path / "s.key", "Stranger")
    signed = load_bundle(save_bundle(trained.forecaster, suining, tmp_path / "b", signer=signer))

    def of_kind(bundle):
        basis = suining.basis.model_copy(update={"kind": kind})
        return type(bundle)(
            None, suining.model_copy(update={"basis": basis}), {}, bundle.signed_by, bundle.public_key
        )

    if kind != "agreed":
        recorder.require_trusted(of_kind(unsigned))
        NOBODY.require_trusted(of_kind(unsigned))
        return
    for each, who in ((unsigned, "nobody"), (signed, "Stranger")):
        with pytest.raises(SafeguardError, match="the records trust") as refused:
            recorder.require_trusted(of_kind(each))
        assert refused.value.rule == "signature"
        assert who in refused.value.where
    # Where no records are kept nobody says whom to trust, and still somebody has to have signed.
    NOBODY.require_trusted(of_kind(signed))
    with pytest.raises(SafeguardError):
        NOBODY.require_trusted(of_kind(unsigned))
    recorder.note("trust", name="Stranger", public_key=signer.public_key.hex())
    recorder.require_trusted(of_kind(signed))
