"""The log from the command line: begun, written by every command, checked, and not to be rewritten."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from scs_ml.exceptions import SafeguardError
from scs_ml.forecast import FORECASTERS
from scs_ml.records import open_records
from scs_ml.records.log import read_state
from scs_ml.schemes import dump_scheme, load_scheme
from scs_ml.storage import load_bundle, save_bundle
from scs_ml.workflow.recording import Recorder
from tests.cli.test_errors import agreed_table
from tests.records.tampering import entries_of, lines_of, put_lines

BUNDLE = "models/suining/demo-0"


@pytest.fixture
def house(run, tmp_path, monkeypatch):
    """A working folder with records of its own, whose auditor's key lies elsewhere."""
    monkeypatch.delenv("SCS_ML_RECORDS")
    office = tmp_path / "office"
    office.mkdir()
    begun = run("log", "init", "--name", "Statistics office", "--auditor-key", "../k0.key", cwd=office)
    assert begun.code == 0, begun.err
    assert "records of Statistics office" in begun.out
    return office


def actions(folder):
    return [entry.action for entry in open_records(folder / "scs_records").log.entries()]


def test_records_are_begun_once_and_never_over_something(run, house):
    done = run("log", "init", "--name", "Another", cwd=house)
    assert (done.code, "records in this folder already" in done.err) == (2, True)
    told = run("log", "init", "--name", "B", "--records", "other", "--json", cwd=house)
    assert told.code == 0
    assert len(told.record["key_fingerprint"]) == 16
    assert "auditor.key to your auditor" in told.err


def test_commands_on_simulated_people_record_where_records_are_kept(run, house, home, office):
    table, bundle = home / office / "table.parquet", home / BUNDLE
    assert run("check", "suining", table, cwd=house).code == 0
    assert run("society", "suining", table, "--by", "sex", cwd=house).code == 0
    assert run("forecast", bundle, table, "-o", "f.csv", cwd=house).code == 0
    assert run("explain", bundle, table, "--limit", 20, cwd=house).code == 0
    assert actions(house) == ["read", "read", "audit", "read", "forecast", "read", "explain"]
    records = open_records(house / "scs_records")
    read, forecast = list(records.log.entries())[3:5]
    assert read.body["command"] == forecast.body["command"] == "forecast"
    assert read.body["file"] == "table.parquet"  # of a folder elsewhere the name alone
    assert forecast.body["run"] == "f.csv"
    assert forecast.body["people"]["count"] == 1500
    assert len(forecast.body["people"]["commitment"]) == 64
    # Nobody is in the log, and no folder of anybody's.
    text = (house / "scs_records" / "log.jsonl").read_text(encoding="ascii")
    with (house / "f.csv").open(encoding="utf-8") as file:
        pseudonyms = [line.split(",")[0] for line in file][1:]
    assert len(pseudonyms) == 1500
    assert not any(each in text for each in pseudonyms)
    assert str(home) not in text
    assert str(house) not in text


def test_where_no_records_are_kept_simulated_people_leave_no_trace(run, home, office, tmp_path, monkeypatch):
    monkeypatch.delenv("SCS_ML_RECORDS")
    assert run("check", "suining", home / office / "table.parquet", cwd=tmp_path).code == 0
    assert list(tmp_path.iterdir()) == []


def test_records_of_real_people_are_begun_at_first_use_and_bundles_are_signed(run, tmp_path, monkeypatch):
    monkeypatch.delenv("SCS_ML_RECORDS")
    agreed_table(tmp_path, age=30)
    run("key", "new", cwd=tmp_path)
    done = run("check", "sesame", "t.csv", "--json", cwd=tmp_path)
    assert done.code == 0, done.out
    assert "records begun in scs_records" in done.err
    assert "auditor.key to your auditor" in done.err
    assert done.record["ok"]
    assert "records begun" not in run("check", "sesame", "t.csv", cwd=tmp_path).err
    checked = run("log", "check", cwd=tmp_path)
    assert (checked.code, "OK: 2 records" in checked.out) == (0, True)
    assert "auditor.key lies in the folder still" in checked.out


def test_a_refusal_is_recorded_by_rule_and_command(run, house):
    agreed_table(house, age=17)
    run("key", "new", cwd=house)
    assert run("check", "sesame", "t.csv", cwd=house).code == 3
    assert run("society", "sesame", "t.csv", cwd=house).code == 3
    entries = list(open_records(house / "scs_records").log.entries())
    assert [(e.action, e.body["rule"], e.body["command"]) for e in entries] == [
        ("refused", "minors", "check"),
        ("refused", "minors", "society"),
    ]
    shown = run("log", "show", "--action", "refused", cwd=house)
    assert "society" in shown.out and "minors" in shown.out


def test_a_refusal_stands_where_the_log_is_broken(run, house):
    agreed_table(house, age=17)
    run("key", "new", cwd=house)
    assert run("check", "sesame", "t.csv", cwd=house).code == 3
    put_lines(house / "scs_records", [])
    done = run("check", "sesame", "t.csv", cwd=house)
    assert done.code == 3
    assert "the refusal could not be recorded" in done.err


def test_nothing_is_done_with_people_where_it_cannot_be_recorded(run, house, home, office):
    assert run("check", "suining", home / office / "table.parquet", cwd=house).code == 0
    put_lines(house / "scs_records", [])
    done = run("forecast", home / BUNDLE, home / office / "table.parquet", "-o", "f.csv", cwd=house)
    assert done.code == 2
    assert "not as its last entry left it" in done.err
    assert not (house / "f.csv").exists()


def test_a_changed_table_and_a_changed_scheme_are_recorded(run, house):
    scheme = agreed_table(house, age=30)
    run("key", "new", cwd=house)
    (house / "s.yaml").write_text(dump_scheme(scheme), encoding="utf-8")
    for _ in range(2):
        assert run("check", "s.yaml", "t.csv", cwd=house).code == 0
    assert actions(house) == ["read", "read"]
    text = (house / "t.csv").read_text(encoding="utf-8")
    (house / "t.csv").write_text(
        text.replace("2024-01,True,30,male", "2024-01,True,31,male", 1), encoding="utf-8"
    )
    assert run("check", "s.yaml", "t.csv", cwd=house).code == 0
    (house / "s.yaml").write_text(
        dump_scheme(scheme).replace(scheme.title, "Another title"), encoding="utf-8"
    )
    done = run("check", "s.yaml", "t.csv", cwd=house)
    assert done.code == 0, done.err
    assert actions(house)[2:] == ["data_changed", "read", "scheme_changed", "read"]
    changed = open_records(house / "scs_records").log.latest("data_changed", file="t.csv")
    assert changed.body["before"] != changed.body["now"]


def test_an_auditor_with_key_and_checkpoints_finds_what_the_house_hides(run, house, home, office, tmp_path):
    table = home / office / "table.parquet"
    for _ in range(3):
        run("check", "suining", table, cwd=house)
    made = run("log", "checkpoint", "-o", "../one.json", "--json", cwd=house)
    assert (made.code, made.record["entries"]) == (0, 3)
    shutil.copytree(house / "scs_records", tmp_path / "backup")
    run("check", "suining", table, cwd=house)
    run("log", "checkpoint", "-o", "../two.json", cwd=house)
    auditor = ("--auditor-key", "../k0.key", "--checkpoint", "../one.json", "--checkpoint", "../two.json")
    done = run("log", "check", *auditor, cwd=house)
    assert done.code == 0
    assert "OK: 4 records" in done.out
    assert "not checked" not in done.out

    # The whole folder is put back to the backup: sound by itself, and by the auditor's key.
    shutil.rmtree(house / "scs_records")
    shutil.copytree(tmp_path / "backup", house / "scs_records")
    assert run("log", "check", *auditor[:4], cwd=house).code == 0
    done = run("log", "check", *auditor, cwd=house)
    assert done.code == 1
    assert "ALTERED: record 3 is the first" in done.out

    # One record is altered in place.
    lines = lines_of(house / "scs_records")
    lines[1] = lines[1].replace(b'"rows":9000', b'"rows":9001')
    put_lines(house / "scs_records", lines)
    told = run("log", "check", "--json", *auditor, cwd=house)
    assert told.code == 1
    assert (told.record["whole"], told.record["first_altered"]) == (False, 1)
    assert told.record["checked"] and told.record["not_checked"] == []


def test_what_is_no_log_key_or_checkpoint_is_bad_input(run, house, tmp_path):
    assert run("log", "check", "--records", "nowhere", cwd=house).code == 2
    (tmp_path / "no.key").write_text("abc")
    assert run("log", "check", "--auditor-key", "../no.key", cwd=house).code == 2
    (tmp_path / "no.json").write_text("{}")
    done = run("log", "check", "--checkpoint", "../no.json", cwd=house)
    assert (done.code, "no checkpoint" in done.err) == (2, True)
    for command in (("show",), ("checkpoint", "-o", "c.json"), ("trust", "../k0.key")):
        assert run("log", *command, "--records", "nowhere", cwd=house).code == 2
    assert not (house / "nowhere").exists()


def test_entries_are_shown(run, house, home, office):
    for _ in range(3):
        run("check", "suining", home / office / "table.parquet", cwd=house)
    shown = run("log", "show", "--last", 2, "--json", cwd=house)
    assert [entry["index"] for entry in shown.record["entries"]] == [1, 2]
    assert "Entries 2 to 3 of 3" in run("log", "show", "--last", 2, cwd=house).out
    assert run("log", "show", "--action", "erase", cwd=house).code == 0


def test_another_house_is_trusted_from_an_entry_on(run, house, tmp_path):
    bank = open_records(tmp_path / "bank", create=True, name="Bank")
    done = run("log", "trust", "../bank/house.json", cwd=house)
    assert (done.code, "Bank (" in done.out) == (0, True)
    run("log", "trust", "../bank/house.json", cwd=house)
    assert actions(house) == ["trust"]
    assert bank.signer.public_key in open_records(house / "scs_records").trusted_keys()
    assert run("log", "trust", "../k0.key", cwd=house).code == 2


@pytest.mark.parametrize("signer", ["nobody", "a stranger", "a house that is trusted", "the house"])
def test_forecasts_of_those_who_agreed_come_from_a_bundle_of_a_trusted_house(run, house, tmp_path, signer):
    scheme = load_scheme("sesame")
    bank = open_records(tmp_path / "bank", create=True, name="Bank")
    ours = open_records(house / "scs_records")
    if signer == "a house that is trusted":
        run("log", "trust", "../bank/house.json", cwd=house)
    who = {"nobody": None, "the house": ours.signer}.get(signer, bank.signer)
    folder = save_bundle(FORECASTERS["expert"](scheme=scheme), scheme, house / "b", signer=who)
    recorder, bundle = Recorder(ours), load_bundle(folder)
    if signer in {"nobody", "a stranger"}:
        with pytest.raises(SafeguardError) as refused:
            recorder.require_trusted(bundle)
        assert refused.value.rule == "signature"
        agreed_table(house, age=30)
        run("key", "new", cwd=house)
        done = run("forecast", "b", "t.csv", "-o", "f.csv", "--json", cwd=house)
        assert (done.code, done.record["rule"]) == (3, "signature")
        assert actions(house)[-1] == "refused"
    else:
        recorder.require_trusted(bundle)


def test_the_state_moves_on_with_every_entry(run, house, home, office):
    before = read_state(house / "scs_records").key
    run("check", "suining", home / office / "table.parquet", cwd=house)
    assert read_state(house / "scs_records").key != before
    assert [entry.index for entry in entries_of(house / "scs_records")] == [0]
    assert Path(house / "scs_records" / "lock").exists()
