"""The log: what it writes, and what it survives."""

from __future__ import annotations

import hashlib
import hmac
import json
import multiprocessing
import os
import signal
import stat

import numpy as np
import pytest

from scs_ml.exceptions import ScsError
from scs_ml.records import check_log, open_records
from scs_ml.records import log as log_module
from scs_ml.records.chain import next_key, read_entry
from scs_ml.records.log import LOG, STATE, read_state
from tests.records.tampering import (
    AT,
    key_after,
    lines_of,
)

# --- what is written ---


def test_an_entry_is_one_line_with_the_hash_of_the_line_before_and_a_mac_of_its_time(kept):
    records, first = kept
    lines = lines_of(records.folder)
    house = (records.folder / "house.json").read_bytes()
    key = first
    for at, line in enumerate(lines):
        held = json.loads(line)
        assert set(held) == {"index", "at", "action", "body", "previous", "mac"}
        assert held["index"] == at
        assert held["previous"] == hashlib.sha256(lines[at - 1] if at else house).hexdigest()
        unsealed = {name: value for name, value in held.items() if name != "mac"}
        text = json.dumps(unsealed, sort_keys=True, separators=(",", ":")).encode()
        assert held["mac"] == hmac.new(key, text, hashlib.sha256).hexdigest()
        key = hmac.new(key, b"scs_ml log: next key", hashlib.sha256).digest()
    assert read_state(records.folder).key == key


def test_no_key_of_the_past_lies_in_the_folder(kept):
    records, first = kept
    stored = b"".join(path.read_bytes() for path in records.folder.iterdir() if path.name != "people.sqlite")
    for steps in range(10):
        assert key_after(first, steps).hex().encode() not in stored
    assert key_after(first, 10).hex().encode() in stored


def test_the_old_state_is_overwritten_where_it_lay(begun):
    records, first = begun
    with (records.folder / STATE).open("rb") as old:
        assert first.hex().encode() in old.read()
        records.log.append("read", {}, at=AT)
        old.seek(0)
        assert set(old.read()) == {0}


def test_keys_are_readable_by_their_owner_alone(kept, tmp_path):
    records, _ = kept
    for path in (records.folder / STATE, records.folder / "signing.key", tmp_path / "auditor" / "k0.key"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(records.folder.stat().st_mode) == 0o700


def test_values_that_json_cannot_hold_and_unknown_actions_are_refused_and_nothing_is_written(begun):
    records, _ = begun
    with pytest.raises(ScsError, match="no entry of the log is called 'peek'"):
        records.log.append("peek", {}, at=AT)
    with pytest.raises(ValueError):
        records.log.append("read", {"share": float("nan")}, at=AT)
    assert lines_of(records.folder) == []
    assert records.log.position()[0] == 0


def test_the_latest_entry_of_an_action_is_found_by_its_facts(kept):
    records, _ = kept
    records.log.append("train", {"table": "panel_3.csv"}, at=AT)
    records.log.append("read", {"table": "panel_3.csv", "number": 33}, at=AT)
    records.log.append("read", {"table": "other.csv", "note": '"table":"panel_3.csv"'}, at=AT)
    assert records.log.latest("read", table="panel_3.csv").body["number"] == 33
    assert records.log.latest("train").index == 10
    assert records.log.latest("read", table="panel_99.csv") is None


# --- the folder ---


def test_records_are_made_whole_and_opened_again(begun):
    records, _ = begun
    again = open_records(records.folder)
    assert again.signer == records.signer
    assert again.signer.name == "Statistics office"
    assert json.loads((records.folder / "house.json").read_bytes()) == {
        "format": 1,
        "name": "Statistics office",
        "public_key": records.signer.public_key.hex(),
    }


def test_records_are_not_made_unasked_nor_over_something_else(tmp_path):
    with pytest.raises(ScsError, match="there are no records"):
        open_records(tmp_path / "none")
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "thesis.txt").write_text("years of work")
    with pytest.raises(ScsError, match="something else stands"):
        open_records(precious, create=True)
    assert [path.name for path in precious.iterdir()] == ["thesis.txt"]
    assert [path.name for path in tmp_path.iterdir()] == ["precious"]


def test_an_auditors_key_is_not_written_over_a_file(tmp_path):
    (tmp_path / "k0.key").write_text("another")
    with pytest.raises(ScsError, match="a file is there already"):
        open_records(tmp_path / "records", create=True, auditor_key=tmp_path / "k0.key")
    assert [path.name for path in tmp_path.iterdir()] == ["k0.key"]


def test_another_signing_key_than_the_houses_is_refused(begun):
    records, _ = begun
    (records.folder / "signing.key").write_text("ab" * 32 + "\n")
    with pytest.raises(ScsError, match=r"signing\.key is not the key"):
        open_records(records.folder)
    (records.folder / "house.json").write_text("{}")
    with pytest.raises(ScsError, match=r"house\.json is missing or cannot be read"):
        open_records(records.folder)


# --- processes that die, and processes side by side ---


def test_what_a_dead_process_left_is_overwritten_before_the_next_entry(begun):
    records, _ = begun
    left = records.folder / f".{STATE}.next"
    left.write_text("a key that will soon be one of the past")
    with left.open("rb") as held:
        records.log.append("read", {}, at=AT)
        assert set(held.read()) == {0}
    assert not left.exists()


def test_a_line_without_an_end_was_never_acknowledged(kept):
    records, key = kept
    whole = (records.folder / LOG).read_bytes()
    for cut in (1, 40, len(lines_of(records.folder)[9])):
        (records.folder / LOG).write_bytes(whole + lines_of(records.folder)[9][:cut])
        assert check_log(records.folder, auditor_key=key).first_altered is None
        assert open_records(records.folder).log.position()[0] == 10
        assert (records.folder / LOG).read_bytes() == whole
    records.log.append("read", {"number": 10}, at=AT)
    assert check_log(records.folder, auditor_key=key).entries == 11


def test_a_line_that_the_state_did_not_live_to_count_is_an_entry(kept, monkeypatch):
    records, key = kept

    def dies(folder, state):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(log_module, "write_state", dies)
        with pytest.raises(KeyboardInterrupt):
            records.log.append("read", {"number": 10}, at=AT)
    assert read_state(records.folder).index == 10
    for given in (None, key):
        found = check_log(records.folder, auditor_key=given)
        assert (found.entries, found.first_altered) == (11, None)
    assert records.log.append("read", {"number": 11}, at=AT).index == 11
    found = check_log(records.folder, auditor_key=key)
    assert (found.entries, found.first_altered) == (12, None)


def _append(folder, worker, count):
    records = open_records(folder)
    for number in range(count):
        records.log.append("read", {"worker": worker, "number": number}, at=AT)


def test_four_processes_append_side_by_side_and_every_entry_is_there(begun):
    records, key = begun
    context = multiprocessing.get_context("fork")
    workers = [context.Process(target=_append, args=(records.folder, at, 40)) for at in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0] * 4
    found = check_log(records.folder, auditor_key=key)
    assert (found.entries, found.first_altered) == (160, None)
    bodies = [(entry.body["worker"], entry.body["number"]) for entry in records.log.entries()]
    assert sorted(bodies) == [(worker, number) for worker in range(4) for number in range(40)]


def _append_and_tell(folder, pipe):
    records = open_records(folder)
    number = 0
    while True:
        records.log.append("read", {"number": number}, at=AT)
        os.write(pipe, b".")
        number += 1


def test_a_process_killed_while_appending_loses_no_entry_that_it_acknowledged(begun):
    records, key = begun
    context, drawn, told = multiprocessing.get_context("fork"), np.random.default_rng(1), 0
    for kill in range(10):
        ours, theirs = os.pipe()
        worker = context.Process(target=_append_and_tell, args=(records.folder, theirs))
        worker.start()
        os.read(ours, 1)
        told += 1
        worker.join(timeout=drawn.uniform(0.005, 0.03))
        os.kill(worker.pid, signal.SIGKILL)
        worker.join()
        os.close(theirs)
        while more := os.read(ours, 65536):
            told += len(more)
        os.close(ours)
        found = check_log(records.folder, auditor_key=key)
        assert found.first_altered is None, found
        assert told <= found.entries <= told + kill + 1
    records.log.append("read", {}, at=AT)
    # What a killed process was about to put in place holds a key, which would soon be one of the past.
    assert [path.name for path in records.folder.iterdir() if path.name.startswith(".")] == []


def test_a_log_that_another_process_keeps_is_waited_for_and_then_refused(begun, monkeypatch):
    from filelock import FileLock

    records, _ = begun
    monkeypatch.setattr(log_module, "PATIENCE", 0.05)
    with FileLock(records.folder / "lock"), pytest.raises(ScsError, match="another process has kept"):
        records.log.append("read", {}, at=AT)


@pytest.mark.parametrize(
    "line", [b"", b"[]", b"{}", b"null", b"\xff", b"[" * 100_000, b'{"index":0}', b"1e999", b'{"a":NaN}']
)
def test_what_is_no_entry_is_read_as_none(line):
    assert read_entry(line) is None


def test_an_entry_has_one_text_and_types_that_fit(kept):
    records, _ = kept
    line = lines_of(records.folder)[3]
    assert read_entry(line).line() == line
    assert read_entry(line.replace(b'"index":3', b'"index":3.0')) is None
    assert read_entry(line.replace(b'"index":3', b'"index": 3')) is None
    assert read_entry(line.replace(b'"index":3', b'"index":true')) is None
    assert read_entry(line.replace(b'"at":"', b'"at":["').replace(b'","body"', b'"],"body"')) is None


def test_keys_go_forward_only(kept):
    _, key = kept
    assert next_key(key) != key
    assert len({key_after(key, steps) for steps in range(50)}) == 50
