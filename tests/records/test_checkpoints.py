"""Checkpoints: what an auditor keeps, and what it shows that the folder alone does not."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from scs_ml.exceptions import ScsError
from scs_ml.records import check_log, load_checkpoint, make_checkpoint, open_records, save_checkpoint
from scs_ml.records.chain import digest
from tests.records.tampering import AT, entries_of, keep_what_verifies, lines_of, put_lines


@pytest.fixture
def two(kept, tmp_path):
    """Records with fifteen entries, checkpoints after ten and after fifteen, and the auditor's key."""
    records, key = kept
    first = make_checkpoint(records, at=AT)
    for number in range(10, 15):
        records.log.append("read", {"number": number}, at=AT)
    return records, key, [first, make_checkpoint(records, at="2026-04-01T09:00:00+00:00")]


def test_a_checkpoint_says_where_the_log_stands_and_who_signed(kept, tmp_path):
    records, _ = kept
    made = make_checkpoint(records, at=AT)
    assert (made.index, made.head, made.at) == (10, digest(lines_of(records.folder)[-1]), AT)
    assert made.signed_by.startswith("Statistics office (")
    assert load_checkpoint(save_checkpoint(made, tmp_path / "c.json")) == made
    assert check_log(records.folder, checkpoints=[made]).first_altered is None


def test_a_checkpoint_of_an_empty_log_holds_it_to_its_house(begun):
    records, _ = begun
    made = make_checkpoint(records, at=AT)
    assert made.index == 0
    records.log.append("read", {}, at=AT)
    assert check_log(records.folder, checkpoints=[made]).first_altered is None


def test_each_byte_of_a_checkpoint_that_changes_its_meaning_is_refused(kept, tmp_path):
    records, _ = kept
    path = save_checkpoint(make_checkpoint(records, at=AT), tmp_path / "c.json")
    whole, held = path.read_bytes(), load_checkpoint(path)
    refusals = 0
    for at in range(len(whole)):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        try:
            assert load_checkpoint(path) == held  # a space that became another
        except ScsError as error:
            assert "no checkpoint" in error.what  # noqa: PT017 - either of the two is right
            refusals += 1
    assert refusals > 0.9 * len(whole)


@pytest.mark.parametrize("text", ["", "[]", "null", "{}", '{"index": 1e999}', "[" * 50_000])
def test_what_is_no_checkpoint_is_refused(tmp_path, text):
    (tmp_path / "c.json").write_text(text)
    with pytest.raises(ScsError, match="no checkpoint"):
        load_checkpoint(tmp_path / "c.json")
    with pytest.raises(ScsError, match="no checkpoint"):
        load_checkpoint(tmp_path / "none.json")


def test_a_checkpoint_with_more_or_other_fields_is_refused(kept, tmp_path):
    records, _ = kept
    path = save_checkpoint(make_checkpoint(records, at=AT), tmp_path / "c.json")
    held = json.loads(path.read_text())
    for other in (
        held | {"note": "x"},
        held | {"index": 9},
        held | {"house": "Ministry"},
        held | {"index": True},
    ):
        path.write_text(json.dumps(other))
        with pytest.raises(ScsError, match="no checkpoint"):
            load_checkpoint(path)


def test_the_whole_folder_put_back_to_a_backup_is_found_by_a_checkpoint_alone(kept, backup):
    records, key = kept
    put_back = backup(records.folder)
    for number in range(5):
        records.log.append("read", {"number": number}, at=AT)
    made = make_checkpoint(records, at=AT)
    put_back()
    # Sound by itself, and by the auditor's key: it is what was written, once.
    assert check_log(records.folder, auditor_key=key).first_altered is None
    for given in (None, key):
        found = check_log(records.folder, auditor_key=given, checkpoints=[made])
        assert found.first_altered == 10
        assert "counts 15 records" in found.why
    # Nor does it help to go on from there.
    for number in range(9):
        open_records(records.folder).log.append("read", {"other": number}, at=AT)
    found = check_log(records.folder, auditor_key=key, checkpoints=[made])
    assert found.first_altered == 0
    assert "was made of other records" in found.why


def test_a_log_rewritten_between_two_checkpoints_is_narrowed_down_without_the_key_and_named_with_it(two):
    records, key, checkpoints = two
    entries = entries_of(records.folder)
    entries[12] = replace(entries[12], body={"number": 120})
    keep_what_verifies(records.folder, entries, 12)
    assert check_log(records.folder).first_altered is None
    found = check_log(records.folder, checkpoints=checkpoints)
    assert found.first_altered == 10
    assert "one from 10 to 14 was altered" in found.why
    assert check_log(records.folder, auditor_key=key, checkpoints=checkpoints).first_altered == 12
    assert check_log(records.folder, auditor_key=key, checkpoints=checkpoints[:1]).first_altered == 12


def test_records_taken_off_the_end_are_found_by_a_checkpoint(two):
    records, _, checkpoints = two
    keep_what_verifies(records.folder, entries_of(records.folder)[:12], 12)
    found = check_log(records.folder, checkpoints=checkpoints)
    assert (found.first_altered, found.entries) == (12, 12)


def test_an_earlier_fault_in_the_lines_is_named_before_a_later_checkpoint(two):
    records, _, checkpoints = two
    lines = lines_of(records.folder)
    put_lines(records.folder, [*lines[:3], lines[3].replace(b"panel_3", b"panel_4"), *lines[4:]])
    assert check_log(records.folder, checkpoints=checkpoints).first_altered == 3


def test_a_checkpoint_of_another_house_is_told_apart(two, tmp_path):
    records, _, _ = two
    other = open_records(tmp_path / "other", create=True, name="Statistics office")
    found = check_log(records.folder, checkpoints=[make_checkpoint(other, at=AT)])
    assert found.first_altered == 0
    assert "another house" in found.why
