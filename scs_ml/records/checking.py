"""Checking a log: whether it is what was written, and where it first differs.

What the folder itself can show is that its lines hang together. Whoever holds it today could have written all
of them anew; the auditor's key (``k_0``) shows that they did not, and a checkpoint kept elsewhere shows that
nothing was cut off or put back to an older copy.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from scs_ml.exceptions import ScsError
from scs_ml.records.chain import Entry, digest, next_key, read_entry
from scs_ml.records.checkpoints import Checkpoint
from scs_ml.records.log import HOUSE, LOG, State, locked, pending, read_state
from scs_ml.records.office import AUDITOR_KEY, read_house


@dataclass(frozen=True)
class LogCheck:
    """What a check of a log found.

    Attributes
    ----------
    entries : int
        Records that were followed: all of them, or those before the first that does not follow.
    first_altered : int or None
        Number, from 0, of the first record that is not as it was written; None where nothing was found.
    why : str
        What is wrong with it; empty where nothing is.
    checked, unchecked : tuple of str
        What was looked at, and what could not be, and why.
    """

    entries: int
    first_altered: int | None
    why: str
    checked: tuple[str, ...] = ()
    unchecked: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Fault:
    at: int
    why: str


@dataclass(frozen=True)
class _Walked:
    """How far lines follow one another: their hashes (that of `house.json` first), and the key after them."""

    hashes: tuple[str, ...]
    size: int
    last: bytes
    key: bytes | None
    fault: _Fault | None


def check_log(
    folder: Path, *, auditor_key: bytes | None = None, checkpoints: Sequence[Checkpoint] = ()
) -> LogCheck:
    """Find the first record of a log that is not as it was written.

    Parameters
    ----------
    folder : Path
        Of the records; a copy that cannot be written to will do.
    auditor_key : bytes (32,), optional
        ``k_0``, which was handed over when the log was begun.
    checkpoints : sequence of Checkpoint
        That were kept elsewhere.

    Returns
    -------
    LogCheck

    Raises
    ------
    ScsError
        If there is no log in the folder.

    References
    ----------
    Bellare & Yee (1997, 2003) on keys that evolve. A log that is merely cut off verifies line by line (Ma &
    Tsudik 2009, ACM Transactions on Storage 5(1)): the key in `log.state` must be the one that follows the
    last record, and a checkpoint shows what even an older copy of the whole folder would hide.
    """
    if not (folder / LOG).is_file():
        raise ScsError(
            "there is no log in this folder", where=str(folder), remedy="name the folder with --records"
        )
    with locked(folder):
        house = (folder / HOUSE).read_bytes() if (folder / HOUSE).is_file() else b""
        lines = _lines(folder)
        state = _state(folder)
    walked = _walk(house, lines, state, auditor_key)
    faults = [walked.fault or _of_state(walked, state), *_of_checkpoints(folder, walked, checkpoints)]
    found = [fault for fault in faults if fault is not None]
    first = min(found, key=lambda fault: fault.at, default=_Fault(-1, ""))
    return LogCheck(
        len(walked.hashes) - 1,
        first.at if found else None,
        first.why,
        *_said(folder, auditor_key, checkpoints),
    )


def _lines(folder: Path) -> list[bytes]:
    with (folder / LOG).open("rb") as file:
        return file.readlines()


def _state(folder: Path) -> State | None:
    try:
        return read_state(folder)
    except ScsError:
        return None


def _walk(house: bytes, lines: Sequence[bytes], state: State | None, key: bytes | None) -> _Walked:
    """Follow the lines until one is not what its number, its link or the auditor's key asks for."""
    hashes, size, last, fault = [digest(house)], 0, b"", None
    for at, line in enumerate(lines):
        if not line.endswith(b"\n"):
            # A line without an end that the state does not count was never acknowledged.
            fault = None if state and state.index == at else _Fault(at, "its line is cut off")
            break
        fault = _fault(lines, hashes[-1], at, state, key)
        if fault is not None:
            break
        hashes.append(digest(line[:-1]))
        size, last = size + len(line), line
        key = None if key is None else next_key(key)
    return _Walked(tuple(hashes), size, last, key, fault)


def _fault(
    lines: Sequence[bytes], link: str, at: int, state: State | None, key: bytes | None
) -> _Fault | None:
    """Say what is wrong with a line, or with the one before it where that is the one to blame."""
    entry = read_entry(lines[at][:-1])
    if entry is None:
        return _Fault(at, "its line is no record in the one text that it may have")
    if key is not None and not hmac.compare_digest(entry.mac, entry.mac_under(key)):
        other = "; or the key given is not the one this log began with" if at == 0 else ""
        return _Fault(at, f"its MAC is not that of the key of its time{other}")
    attested = _attested(lines, at, state)
    if entry.index != at:
        # Of two records with one number, the one that the next does not follow was put in.
        second = entry.index == at - 1 and digest(lines[at][:-1]) == attested != link
        return _Fault(at - second, f"where record {at} should be there is number {entry.index}")
    return None if entry.previous == link else _unlinked(entry, link, attested, trusted=key is not None)


def _unlinked(entry: Entry, link: str, attested: str | None, *, trusted: bool) -> _Fault:
    """Say which of two records was altered that do not hang together."""
    at = entry.index
    if at == 0:
        return _Fault(0, f"it does not follow {HOUSE}: that file is another, or the record was altered")
    # Where the line, with the link it ought to have, is what comes after it, its link alone was altered.
    if trusted or digest(replace(entry, previous=link).line()) == attested:
        return _Fault(at, "its link to the record before it was altered")
    return _Fault(at - 1, "it is not what the record after it says it was")


def _attested(lines: Sequence[bytes], at: int, state: State | None) -> str | None:
    """Give what the next line, or the state where there is none, says is the hash of the record before it."""
    following = read_entry(lines[at + 1].removesuffix(b"\n")) if at + 1 < len(lines) else None
    if following is not None:
        return following.previous
    return None if state is None else state.head


def _of_state(walked: _Walked, state: State | None) -> _Fault | None:
    """Hold the end of the lines against the state, and the key in it against the auditor's."""
    n, hashes = len(walked.hashes) - 1, walked.hashes
    if state is None:
        return _Fault(n, "the state of the log is missing: records from here on may be, too")
    if state.index > n:
        return _Fault(n, f"records {n} to {state.index - 1} are missing from the end")
    key, head, size = walked.key, hashes[-1], walked.size
    if n == state.index + 1 and pending(state, walked.last) is not None:
        # The last record is whole; the process that wrote it died before the state could count it.
        head, size = hashes[-2], size - len(walked.last)
        key = None if key is None else state.key  # its MAC was under the auditor's key and under this one
    elif n > state.index:
        return _Fault(state.index, "it was put in after the last record that the state counts")
    if state.head != head or state.size != size:
        return _Fault(max(n - 1, 0), "the last record is not the one that the state of the log names")
    if key is not None and not hmac.compare_digest(state.key, key):
        return _Fault(n, "the key of today does not follow the last record: records were taken off the end")
    return None


def _of_checkpoints(folder: Path, walked: _Walked, checkpoints: Sequence[Checkpoint]) -> Iterator[_Fault]:
    """Hold the lines against what the house once signed."""
    n, sound = len(walked.hashes) - 1, 0
    for each in sorted(checkpoints, key=lambda checkpoint: checkpoint.index):
        said = f"the checkpoint of {each.at} by {each.signed_by}"
        if _house_key(folder) != each.public_key:
            yield _Fault(0, f"{said} is that of another house: this is not the log it was made of")
        elif each.index > n:
            if walked.fault is None:
                yield _Fault(n, f"{said} counts {each.index} records: those from here on are missing")
        elif walked.hashes[each.index] != each.head:
            last = each.index - 1
            yield _Fault(sound, f"{said} was made of other records: one from {sound} to {last} was altered")
        else:
            sound = each.index


def _house_key(folder: Path) -> bytes | None:
    try:
        return bytes.fromhex(read_house(folder)["public_key"])
    except ScsError:
        return None


def _said(
    folder: Path, auditor_key: bytes | None, checkpoints: Sequence[Checkpoint]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Say what was looked at, and what could not be."""
    checked = ["the records' numbers and links, and the state of the log"]
    unchecked = []
    if auditor_key is not None:
        checked.append("every record's MAC and the key of today, from the auditor's key")
    else:
        unchecked.append("whether all of it was written anew: that takes the auditor's key")
    if checkpoints:
        last = max(checkpoints, key=lambda checkpoint: checkpoint.index)
        checked.append(f"{len(checkpoints)} checkpoints, the last of {last.at} after {last.index} records")
    else:
        unchecked.append("whether the folder was put back to an older copy: that takes a checkpoint")
    if (folder / AUDITOR_KEY).exists():
        unchecked.append(
            f"{AUDITOR_KEY} lies in the folder still: who reads it can write the whole log anew; hand it over"
        )
    return tuple(checked), tuple(unchecked)
