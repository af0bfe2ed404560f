from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from scs_ml.exceptions import ScsError
from scs_ml.report import (
    RunInput,
    path_from,
    read_run_record,
    run_json_schema,
    run_record,
    write_run_record,
)
from scs_ml.schemes import load_scheme, scheme_fingerprint
from scs_ml.storage import library_versions
from scs_ml.storage.machine import machine_facts


@pytest.fixture
def record():
    return run_record(
        "audit",
        load_scheme("suining"),
        [RunInput("table", "../t.csv", "a" * 64), RunInput("key", None, "b" * 64)],
        seed=4,
        options={"score_column": None},
        people={"count": 12, "commitment": None},
        audit_sha256="c" * 64,
        row_filter="first",
    )


def test_a_record_keeps_its_schema_and_comes_back(tmp_path, record):
    Draft202012Validator.check_schema(run_json_schema())
    write_run_record(record, tmp_path)
    assert read_run_record(tmp_path) == record
    assert record["scheme"]["fingerprint"] == scheme_fingerprint(load_scheme("suining"))
    assert record["versions"] == library_versions()
    assert record["machine"] == machine_facts()
    assert record["machine"]["threads"] >= 1


def test_a_record_has_no_clock(record):
    text = json.dumps(record)
    assert text == json.dumps(json.loads(text))
    assert not {"time", "date", "at", "clock"} & set(record)


@pytest.mark.parametrize(
    "folder, path, written",
    [
        ("runs/a", "t.csv", "../../t.csv"),
        ("runs/a", "runs/a/t.csv", "t.csv"),
        ("a", "data/o/t.csv", "../data/o/t.csv"),
    ],
)
def test_paths_are_seen_from_the_run(tmp_path, folder, path, written):
    assert path_from(tmp_path / folder, tmp_path / path) == written


def test_a_path_in_another_tree_is_its_name_alone():
    assert path_from(Path("/srv/runs/a"), Path("/home/somebody/secret/t.csv")) == "t.csv"


def test_names_that_are_no_text_are_kept(tmp_path, record):
    odd = "../t\udcff\n.csv"
    record["inputs"][0]["path"] = odd
    write_run_record(record, tmp_path)
    assert read_run_record(tmp_path)["inputs"][0]["path"] == odd


BROKEN = {
    "nothing": b"",
    "no object": b"[]",
    "deep": b"[" * 100_000,
    "another format": b'{"format": "run-9"}',
    "no text": b"\xff",
}


@pytest.mark.parametrize("what", BROKEN)
def test_what_is_no_record_is_one_error(tmp_path, what):
    (tmp_path / "run.json").write_bytes(BROKEN[what])
    with pytest.raises(ScsError) as caught:
        read_run_record(tmp_path)
    assert str(tmp_path) in caught.value.where
    assert caught.value.remedy


@pytest.mark.parametrize(
    "name, value",
    [("seed", -1), ("command", "rm"), ("audit_sha256", "x"), ("extra", 1), ("options", {"people": 10**12})],
)
def test_a_field_that_cannot_be_is_named(tmp_path, record, name, value):
    write_run_record({**record, name: value}, tmp_path)
    with pytest.raises(ScsError, match="does not keep its contract"):
        read_run_record(tmp_path)


def test_a_folder_without_one_is_no_run(tmp_path):
    with pytest.raises(ScsError, match=r"it has no run\.json"):
        read_run_record(tmp_path)
