"""A log that somebody edits: the first record that is not as it was written is named."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace

import pytest

from scs_ml.records import check_log, make_checkpoint, open_records
from scs_ml.records.chain import Entry, digest, read_entry
from scs_ml.records.log import LOG, STATE, read_state
from scs_ml.safeguards import load_key

AT = "2026-01-01T00:00:00Z"
N = 6


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """A house's records of six entries, its first key kept apart, a copy after three, and a checkpoint."""
    folder = tmp_path_factory.mktemp("house")
    records = open_records(folder / "records", create=True, name="house", auditor_key=folder / "k0")
    for number in range(N):
        if number == 3:
            shutil.copytree(folder / "records", folder / "backup")
        records.log.append("audit", {"run": f"run {number}", "count": number}, at=AT)
    return folder, load_key(folder / "k0"), make_checkpoint(records, at=AT)


@pytest.fixture
def house(attempt, written):
    return shutil.copytree(written[0] / "records", attempt.folder / "records")


def lines_of(house):
    return (house / LOG).read_bytes().splitlines(keepends=True)


def owner_of(data):
    """The number of the record that each byte belongs to."""
    owners, at = [], 0
    for byte in data:
        owners.append(at)
        at += byte == 0x0A
    return owners


@pytest.mark.parametrize("record", range(N))
def test_each_single_byte_of_a_record(attempt, house, written, record):
    path = house / LOG
    data = path.read_bytes()
    owners, wrong = owner_of(data), []

    def each_byte():
        for at in (i for i, owner in enumerate(owners) if owner == record):
            path.write_bytes(data[:at] + bytes([data[at] ^ (1 + at % 255)]) + data[at + 1 :])
            found = check_log(house, auditor_key=written[1])
            if found.first_altered != record:
                wrong.append((at, found.first_altered, found.why))

    attempt.handled(each_byte)
    assert not wrong


def _reorder(lines):
    return [*lines[:2], lines[3], lines[2], *lines[4:]]


def _delete(lines):
    return lines[:2] + lines[3:]


def _insert(lines):
    return [*lines[:2], lines[1], *lines[2:]]


def _truncate(lines):
    return lines[:-2]


def _empty(lines):
    return []


def _blank_line(lines):
    return [*lines[:2], b"\n", *lines[2:]]


def _no_end(lines):
    return [*lines[:-1], lines[-1].rstrip(b"\n")]


def _windows_ends(lines):
    return [lines[0].replace(b"\n", b"\r\n"), *lines[1:]]


def _spaces(lines):
    return [lines[0].replace(b":", b": ", 1), *lines[1:]]


def _appended(lines):
    return [*lines, lines[-1]]


def _garbage(lines):
    return [*lines, b"\xff\x00garbage\n"]


EDITS = {
    _reorder: 2,
    _delete: 2,
    _insert: 2,
    _truncate: N - 2,
    _empty: 0,
    _blank_line: 2,
    _no_end: N - 1,
    _windows_ends: 0,
    _spaces: 0,
    _appended: N,
    _garbage: N,
}


@pytest.mark.parametrize("edit", EDITS, ids=lambda each: each.__name__[1:])
def test_an_edit_of_lines(attempt, house, written, edit):
    (house / LOG).write_bytes(b"".join(edit(lines_of(house))))
    found = attempt.handled(lambda: check_log(house, auditor_key=written[1]))
    assert found.first_altered == EDITS[edit], found.why


def test_nothing_is_found_in_what_nobody_touched(attempt, house, written):
    found = attempt.handled(lambda: check_log(house, auditor_key=written[1], checkpoints=[written[2]]))
    assert (found.entries, found.first_altered) == (N, None)


def test_a_rollback_to_a_backup_shows_at_the_checkpoint(attempt, house, written):
    shutil.rmtree(house)
    shutil.copytree(written[0] / "backup", house)
    assert check_log(house, auditor_key=written[1]).first_altered is None  # whole, but old
    found = attempt.handled(lambda: check_log(house, auditor_key=written[1], checkpoints=[written[2]]))
    assert found.first_altered == 3


def rebuilt(lines, change, key):
    """Write a chain anew from a changed record on, with the key of today."""
    entries = [read_entry(line.rstrip(b"\n")) for line in lines]
    made, previous = [], entries[0].previous
    for entry in entries:
        body = change(entry)
        new = replace(entry, body=body, previous=previous, mac="")
        if (body, previous) == (entry.body, entry.previous):
            new = entry
        else:
            new = replace(new, mac=new.mac_under(key))
        made.append(new.line() + b"\n")
        previous = digest(new.line())
    return made


@pytest.mark.parametrize("at", range(N))
def test_a_chain_written_anew_with_todays_key(attempt, house, written, at):
    """What the administrator of today can do, who holds every file there is."""
    state = read_state(house)
    lines = rebuilt(
        lines_of(house), lambda entry: {"run": "innocent"} if entry.index == at else entry.body, state.key
    )
    (house / LOG).write_bytes(b"".join(lines))
    held = json.loads((house / STATE).read_text())
    held |= {"head": digest(lines[-1].rstrip(b"\n")), "size": sum(map(len, lines))}
    (house / STATE).write_text(json.dumps(held, sort_keys=True, separators=(",", ":")))
    found = attempt.handled(lambda: check_log(house, auditor_key=written[1]))
    assert found.first_altered == at


def test_a_whole_new_log_of_another_key(attempt, house, written):
    shutil.rmtree(house)
    records = open_records(house, create=True, name="house")
    for number in range(N):
        records.log.append("audit", {"run": f"run {number}", "count": number}, at=AT)
    found = attempt.handled(lambda: check_log(house, auditor_key=written[1]))
    assert found.first_altered == 0


def test_an_entry_with_a_forged_mac_is_not_taken_for_one_that_a_crash_left(attempt, house):
    last = read_entry(lines_of(house)[-1].rstrip(b"\n"))
    forged = Entry(N, AT, "audit", {}, digest(last.line()), "0" * 64)
    with (house / LOG).open("ab") as file:
        file.write(forged.line() + b"\n")
    attempt.refused(lambda: open_records(house).log.append("audit", {}, at=AT))


@pytest.mark.parametrize(
    "state",
    [
        b"",
        b"{}",
        b"[]",
        b"\xff",
        b'{"index":"x"}',
        b'{"head":"","index":0,"key":"zz","size":0}',
        b"[" * 50_000,
    ],
)
def test_a_state_that_is_none(attempt, house, state):
    (house / STATE).write_bytes(state)
    attempt.refused(lambda: open_records(house).log.append("audit", {}, at=AT))


@pytest.mark.parametrize(
    "body",
    [{"x": float("nan")}, {"x": float("inf")}, {"x": object()}, {1: {2: b"bytes"}}, {"x": {1, 2}}],
    ids=["nan", "inf", "object", "bytes", "set"],
)
def test_a_body_that_json_cannot_hold_leaves_no_half_entry(attempt, house, written, body):
    before = (house / LOG).read_bytes()
    with pytest.raises((TypeError, ValueError)):  # the package writes such bodies nowhere: our own bug
        open_records(house).log.append("audit", body, at=AT)
    assert (house / LOG).read_bytes() == before
    found = attempt.handled(lambda: check_log(house, auditor_key=written[1]))
    assert found.first_altered is None


def test_an_action_that_is_none(attempt, house):
    attempt.refused(lambda: open_records(house).log.append("Audit", {}, at=AT))


@pytest.mark.parametrize("name", ["house.json", "signing.key", "log.state"])
def test_a_file_of_the_house_that_is_gone_or_foreign(attempt, house, name):
    (house / name).write_bytes(b"foreign")
    attempt.refused(lambda: open_records(house).log.append("audit", {}, at=AT))


def test_text_in_an_entry_stays_on_its_line(attempt, house, written):
    records = open_records(house)
    attempt.neutralised(
        lambda: records.log.append("audit", {"run": 'x"}\n{"action":"erase","at":"\u2028'}, at=AT)
    )
    assert len(lines_of(house)) == N + 1
    assert check_log(house, auditor_key=written[1]).first_altered is None
