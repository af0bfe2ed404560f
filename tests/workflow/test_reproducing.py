"""A run is computed again from what it names, and compared byte for byte, or number by number."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pandas as pd
import pytest

from scs_ml.data import read_table, write_frame
from scs_ml.exceptions import ScsError
from scs_ml.records import open_records
from scs_ml.schemes import dump_scheme
from scs_ml.storage import load_bundle, save_bundle
from scs_ml.workflow import Reproduced, audit_table, bundle_metadata, compare_audits, reproduce, train
from scs_ml.workflow.recording import Recorder


@pytest.fixture(scope="module")
def house(pilot, tmp_path_factory):
    """A folder with a table of 300 people, its ledger, and the audit of its score; records are kept of it."""
    folder = tmp_path_factory.mktemp("house")
    people = pilot.table["person"].unique()[:300]
    table = pilot.table[pilot.table["person"].isin(people)]
    write_frame(table, folder / "t.parquet")
    write_frame(pilot.ledger[pilot.ledger["subject"].isin(people)], folder / "l.parquet")
    recorder = Recorder(open_records(folder / "records", create=True), lambda: "2026-01-01T00:00:00+00:00")
    audit_table(
        "suining",
        folder / "t.parquet",
        folder / "run",
        ledger=folder / "l.parquet",
        seed=2,
        recorder=recorder,
    )
    return folder


@pytest.fixture
def copy(house, tmp_path):
    """The same folder somewhere else."""
    return shutil.copytree(house, tmp_path / "moved")


def record_of(folder):
    return json.loads((folder / "run.json").read_text())


def test_a_run_names_what_it_was_computed_from(house, suining, pilot):
    record = record_of(house / "run")
    assert [(each["role"], each["path"]) for each in record["inputs"]] == [
        ("table", "../t.parquet"),
        ("ledger", "../l.parquet"),
        ("key", None),
    ]
    assert record["inputs"][0]["fingerprint"] == read_table(house / "t.parquet", suining).fingerprint
    assert record["seed"] == 2
    assert record["people"]["count"] == 300
    assert len(record["people"]["commitment"]) == 64
    text = (house / "run" / "run.json").read_text() + (house / "run" / "audit.json").read_text()
    assert str(house) not in text
    assert not any(str(person) in record["scheme"]["yaml"] for person in pilot.table["person"].unique()[:300])


def test_moved_and_in_another_format_it_is_the_same_byte_for_byte(copy):
    for name in ("t", "l"):
        write_frame(pd.read_parquet(copy / f"{name}.parquet"), copy / f"{name}.csv")
        (copy / f"{name}.parquet").unlink()
    given = {"table": copy / "t.csv", "ledger": copy / "l.csv"}
    before = {each: each.read_bytes() for each in (copy / "run").iterdir()}
    done = reproduce(copy / "run", given=given)
    assert done == Reproduced("reproduced", "bytes"), done.why
    assert {each: each.read_bytes() for each in (copy / "run").iterdir()} == before


def test_elsewhere_the_numbers_are_compared(copy):
    record = record_of(copy / "run")
    record["machine"]["threads"] += 7
    record["versions"]["numpy"] = "1.0"
    (copy / "run" / "run.json").write_text(json.dumps(record))
    done = reproduce(copy / "run")
    assert (done.outcome, done.tested) == ("reproduced", "numbers")
    assert [each.partition(":")[0] for each in done.elsewhere] == ["numpy", "threads"]


@pytest.mark.parametrize("role", ["table", "ledger", "key"])
def test_an_input_that_changed_is_named(copy, role):
    key = None
    if role == "key":
        key = b"k" * 32
    else:
        path = copy / f"{role[0]}.parquet"
        frame = pd.read_parquet(path)
        write_frame(frame.iloc[::-1], path)
    with pytest.raises(ScsError, match=f"inputs are not what they were: {role}") as caught:
        reproduce(copy / "run", key=key)
    assert caught.value.exit_code == 2


def test_a_scheme_that_changed_is_told(copy, suining):
    other = suining.model_copy(update={"title": "another"})
    with pytest.raises(ScsError, match="the scheme is not what it was"):
        reproduce(copy / "run", scheme=other)
    record = record_of(copy / "run")
    record["scheme"]["yaml"] = dump_scheme(other)
    (copy / "run" / "run.json").write_text(json.dumps(record))
    with pytest.raises(ScsError, match=r"the scheme in run\.json is not the one it names"):
        reproduce(copy / "run")


def test_an_audit_that_was_altered_is_not_compared(copy):
    path = copy / "run" / "audit.json"
    path.write_bytes(path.read_bytes().replace(b"flag", b"clear", 1))
    with pytest.raises(ScsError, match="not the one this run was written with"):
        reproduce(copy / "run")


def test_inputs_that_are_gone_or_too_many(copy):
    with pytest.raises(ScsError, match="computed without: model"):
        reproduce(copy / "run", given={"model": copy})
    (copy / "t.parquet").unlink()
    with pytest.raises(ScsError, match="the table of this run is not where it was") as caught:
        reproduce(copy / "run")
    assert caught.value.remedy == "name where it lies now: --table PATH"


@pytest.mark.parametrize("how", ["erased", "withdrew"])
def test_a_run_that_lost_people_says_so_and_does_not_pretend(copy, suining, how):
    records = open_records(copy / "records")
    someone, at = read_table(copy / "t.parquet", suining).subject[0], "2026-01-03T00:00:00+00:00"
    if how == "erased":
        records.register.erase(someone, at=at)
    else:
        records.register.withdraw([someone], at=at)
    done = reproduce(copy / "run", recorder=Recorder(records))
    assert done == Reproduced("not reproducible", "nothing", f"1 {how}")
    # An erasure that took them out of audit.json wrote it again: that is no damage.
    audit = copy / "run" / "audit.json"
    audit.write_bytes(audit.read_bytes() + b"\n")
    assert reproduce(copy / "run", recorder=Recorder(records)) == done


def test_a_run_is_known_by_where_it_lies_from_every_folder(copy, suining, tmp_path, monkeypatch):
    records = open_records(copy / "records")
    at = "2026-01-03T00:00:00+00:00"
    someone = read_table(copy / "t.parquet", suining).subject[0]
    records.register.commit([someone], "data/elsewhere")
    records.register.artefact(copy / "run", "run", "data/elsewhere", at)
    records.register.withdraw([someone], at=at)
    monkeypatch.chdir(tmp_path)
    done = reproduce(copy / "run", recorder=Recorder(records))
    assert done == Reproduced("not reproducible", "nothing", "1 withdrew")


def as_bytes(value):
    return json.dumps(value).encode()


def test_two_audits_are_compared_number_by_number():
    then = {"a": [1.0, {"b": 2.0, "c": "x"}], "versions": {"numpy": "2"}, "d": None, "e": True}
    near = {"a": [1.0 + 9e-9, {"b": 2.0, "c": "x"}], "versions": {"numpy": "3"}, "d": None, "e": True}
    assert compare_audits(as_bytes(then), as_bytes(near), elsewhere=("cpu",)).outcome == "reproduced"
    done = compare_audits(as_bytes(then), as_bytes(near))
    assert (done.outcome, done.tested) == ("differs", "bytes")
    assert done.why == f"$.a[0] is {1.0 + 9e-9!r}, not 1.0: 9e-09 apart"


@pytest.mark.parametrize(
    "now, why",
    [
        ({"a": [1.0], "b": "x"}, "$.a has 1 entries, not 2"),
        ({"a": [1.0, 2.0]}, "$.b is missing"),
        ({"a": [1.0, 2.0], "b": "y"}, '$.b is "y", not "x"'),
        ({"a": [1.0, 2.0], "b": "x", "c": 0}, "$.c is new"),
        ({"a": [1.0, True], "b": "x"}, "$.a[1] is true, not 2.0"),
        ({"a": [1.0, None], "b": "x"}, "$.a[1] is null, not 2.0"),
        ({"a": [1.0, 2.00000002], "b": "x"}, "$.a[1] is 2.00000002, not 2.0: 2e-08 apart"),
    ],
)
def test_the_first_difference_is_named(now, why):
    then = {"a": [1.0, 2.0], "b": "x"}
    for elsewhere in ((), ("cpu: other",)):
        done = compare_audits(as_bytes(then), as_bytes(now), elsewhere=elsewhere)
        assert (done.outcome, done.why) == ("differs", why)


def test_the_same_numbers_in_another_order_are_other_bytes():
    done = compare_audits(b'{"a": 1, "b": 2}', b'{"b": 2, "a": 1}')
    assert (done.outcome, done.why) == ("differs", "the order or the form of the text")


def test_training_again_gives_the_same_probabilities_bit_for_bit(dataset, suining, tmp_path):
    few = dataset.take(np.isin(dataset.subject, np.unique(dataset.subject)[:300]))
    one, other = (train(few, suining, families=("logit",), seed=3) for _ in range(2))
    X = one.splits.test.X
    kept = save_bundle(other.forecaster, suining, tmp_path / "b", seed=3, metadata=bundle_metadata(other))
    np.testing.assert_array_equal(
        load_bundle(kept).forecaster.predict_proba(X), one.forecaster.predict_proba(X)
    )
