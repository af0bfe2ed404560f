"""Checking the log: what of an alteration is found, by whom, and which record is named."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from scs_ml.exceptions import ScsError
from scs_ml.records import check_log, open_records
from scs_ml.records.chain import canonical
from scs_ml.records.log import LOG, STATE, read_state
from tests.records.tampering import (
    AT,
    entries_of,
    keep_what_verifies,
    lines_of,
    put_lines,
    rebuild,
    state_text,
)


def test_an_untouched_log_is_whole(kept):
    records, key = kept
    for given in (None, key):
        found = check_log(records.folder, auditor_key=given)
        assert (found.entries, found.first_altered, found.why) == (10, None, "")
    assert any("auditor's key" in each for each in check_log(records.folder).unchecked)
    assert not any("auditor's key" in each for each in found.unchecked)


def test_an_empty_log_is_whole(begun):
    records, key = begun
    assert check_log(records.folder, auditor_key=key).first_altered is None


def test_the_check_says_so_while_the_auditors_key_lies_in_the_folder(tmp_path):
    records = open_records(tmp_path / "r", create=True)
    assert any("auditor.key lies in the folder" in each for each in check_log(records.folder).unchecked)
    (records.folder / "auditor.key").unlink()
    assert not any("auditor.key" in each for each in check_log(records.folder).unchecked)


def rewritten(entries):
    entries[4] = replace(entries[4], body={"number": 4, "table": "other.csv"})


def deleted(entries):
    del entries[4]


def swapped(entries):
    entries[4], entries[5] = entries[5], entries[4]


def inserted(entries):
    entries.insert(4, replace(entries[4], body={"number": 40}))


ALTERATIONS = (rewritten, deleted, swapped, inserted)


@pytest.mark.parametrize("alter", ALTERATIONS)
@pytest.mark.parametrize("redo", [rebuild, keep_what_verifies])
def test_the_administrator_of_today_cannot_rewrite_yesterday(kept, alter, redo):
    records, key = kept
    entries = entries_of(records.folder)
    alter(entries)
    first = 0 if redo is rebuild else 4
    redo(records.folder, entries, *([] if redo is rebuild else [4]))
    # With numbers, links and state made anew, the folder alone shows nothing: that is what the key is for.
    assert check_log(records.folder).first_altered is None
    found = check_log(records.folder, auditor_key=key)
    assert found.first_altered == first
    assert "MAC" in found.why
    # Whoever goes on writing does not bury it.
    records.log.append("read", {}, at=AT)
    assert check_log(records.folder, auditor_key=key).first_altered == first


@pytest.mark.parametrize("alter", ALTERATIONS)
@pytest.mark.parametrize("with_key", [False, True])
def test_where_hashes_were_not_made_anew_the_chain_alone_names_the_first_record(kept, alter, with_key):
    records, key = kept
    entries = entries_of(records.folder)
    alter(entries)
    put_lines(records.folder, [entry.line() for entry in entries])
    found = check_log(records.folder, auditor_key=key if with_key else None)
    assert found.first_altered == 4


@pytest.mark.parametrize("at", [0, 4, 8, 9])
@pytest.mark.parametrize("what", ["previous", "mac", "body", "at", "action"])
@pytest.mark.parametrize("with_key", [False, True])
def test_any_part_of_a_record_that_is_altered_names_that_record(kept, at, what, with_key):
    records, key = kept
    entries = entries_of(records.folder)
    other = {"previous": "0" * 64, "mac": "0" * 64, "body": {}, "at": "2020", "action": "forecast"}
    entries[at] = replace(entries[at], **{what: other[what]})
    put_lines(records.folder, [entry.line() for entry in entries])
    assert check_log(records.folder, auditor_key=key if with_key else None).first_altered == at


def test_two_records_altered_beside_one_another_name_the_first(kept):
    records, _ = kept
    entries = entries_of(records.folder)
    entries[4], entries[5] = (replace(each, at="2020") for each in entries[4:6])
    put_lines(records.folder, [entry.line() for entry in entries])
    assert check_log(records.folder).first_altered == 4


@pytest.mark.parametrize("with_key", [False, True])
@pytest.mark.parametrize("at", [2, 9])
def test_a_record_put_in_twice_is_found(kept, with_key, at):
    records, key = kept
    lines = lines_of(records.folder)
    put_lines(records.folder, [*lines[: at + 1], lines[at], *lines[at + 1 :]])
    assert check_log(records.folder, auditor_key=key if with_key else None).first_altered == at + 1


def test_every_byte_of_a_log_that_flips_names_its_record(begun):
    records, key = begun
    for number in range(3):
        records.log.append("read", {"n": number}, at=AT)
    whole = (records.folder / LOG).read_bytes()
    drawn = np.random.default_rng(0)
    for at in range(len(whole)):
        flipped = bytearray(whole)
        flipped[at] ^= 1 << int(drawn.integers(8))
        (records.folder / LOG).write_bytes(flipped)
        expected = whole[:at].count(b"\n")
        assert check_log(records.folder).first_altered == expected, at
        assert check_log(records.folder, auditor_key=key).first_altered == expected, at


def test_another_house_file_is_found(kept):
    records, key = kept
    house = json.loads((records.folder / "house.json").read_bytes())
    (records.folder / "house.json").write_bytes(canonical({**house, "name": "Ministry"}))
    assert check_log(records.folder).first_altered == 0
    assert check_log(records.folder, auditor_key=key).first_altered == 0
    (records.folder / "house.json").unlink()
    assert check_log(records.folder).first_altered == 0


def test_records_taken_off_the_end_are_missed_by_the_state(kept):
    records, _ = kept
    put_lines(records.folder, lines_of(records.folder)[:7])
    found = check_log(records.folder)
    assert found.first_altered == 7
    assert "records 7 to 9 are missing" in found.why
    with pytest.raises(ScsError, match="not as its last entry left it"):
        records.log.append("read", {}, at=AT)
    (records.folder / STATE).unlink()
    assert check_log(records.folder).first_altered == 7
    with pytest.raises(ScsError, match="state of the log is missing"):
        records.log.append("read", {}, at=AT)


def test_records_taken_off_the_end_with_the_state_made_anew_are_missed_by_the_key_of_today(kept):
    records, key = kept
    entries = entries_of(records.folder)
    keep_what_verifies(records.folder, entries[:7], 7)
    assert check_log(records.folder).first_altered is None
    found = check_log(records.folder, auditor_key=key)
    assert found.first_altered == 7
    assert "taken off the end" in found.why


def test_a_record_added_without_the_key_of_today_is_found(kept):
    records, _ = kept
    entries = entries_of(records.folder)
    forged = replace(entries[9], index=10, previous=read_state(records.folder).head)
    put_lines(records.folder, [*lines_of(records.folder), forged.line()])
    assert check_log(records.folder).first_altered == 10
    with pytest.raises(ScsError, match="not as its last entry left it"):
        records.log.append("read", {}, at=AT)


def test_another_auditors_key_is_not_taken_for_this_logs(kept):
    records, _ = kept
    found = check_log(records.folder, auditor_key=bytes(32))
    assert found.first_altered == 0
    assert "not the one this log began with" in found.why


def test_a_state_that_was_altered_is_found(kept):
    records, _ = kept
    held = state_text(records.folder)
    (records.folder / STATE).write_bytes(canonical({**held, "head": "0" * 64}))
    assert check_log(records.folder).first_altered == 9


def test_a_copy_that_cannot_be_written_to_is_checked(kept):
    records, key = kept
    records.folder.chmod(0o500)
    try:
        assert check_log(records.folder, auditor_key=key).first_altered is None
    finally:
        records.folder.chmod(0o700)


def test_a_folder_without_a_log_is_bad_input(tmp_path):
    with pytest.raises(ScsError, match="there is no log"):
        check_log(tmp_path)
