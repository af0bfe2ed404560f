"""The log: entries are added at its end, one process at a time, each on disk before it counts.

Two files carry it: `log.jsonl`, one line for each entry (see `scs_ml.records.chain`), and `log.state`, which
says how many entries there are, where the file ends, the hash of the last line, and the key of the entry to
come. The line is written first. A line that is whole, follows the state and has its MAC is an entry that the
state did not live to count; a last line without an end was never acknowledged. Nothing else is ever repaired.
"""

from __future__ import annotations

import hmac
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Self

from filelock import FileLock, Timeout

from scs_ml.exceptions import ScsError
from scs_ml.records.chain import Entry, canonical, digest, next_key, read_entry

LOG, STATE, HOUSE, LOCK = "log.jsonl", "log.state", "house.json", "lock"
ACTIONS = frozenset(
    {
        *("read", "scheme_changed", "data_changed", "refused"),
        *("train", "forecast", "audit", "explain", "sheet", "review", "publish", "reproduce"),
        *("withdraw", "export", "erase", "rotate", "expire", "trust"),
    }
)
PATIENCE = 60.0  # seconds that one process waits for another's entry


@dataclass(frozen=True)
class State:
    """Where the log stands: entries, bytes, hash of the last line, and key of the next entry."""

    index: int
    size: int
    head: str
    key: bytes = field(repr=False)

    def after(self, entry: Entry) -> Self:
        """Give the state once an entry stands in the file; its key is not in it any more."""
        line = entry.line()
        return type(self)(self.index + 1, self.size + len(line) + 1, digest(line), next_key(self.key))


class Log:
    """The log of a records folder.

    Parameters
    ----------
    folder : Path
        That `scs_ml.records.open_records` made.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def append(self, action: str, body: Mapping[str, Any], *, at: str) -> Entry:
        """Add an entry, and return once it is on disk.

        Parameters
        ----------
        action : str
            One of `ACTIONS`.
        body : mapping
            Values that JSON can hold. No pseudonym, no name, no path: people are a count and a commitment.
        at : str
            When, as ISO 8601 text in UTC.

        Returns
        -------
        Entry

        Raises
        ------
        ScsError
            If the files are not as the last entry left them, or another process does not let go of them.
        """
        if action not in ACTIONS:
            raise ScsError(f"no entry of the log is called {action!r}", remedy=f"one of {sorted(ACTIONS)}")
        with locked(self.folder):
            state = self._recovered(read_state(self.folder))
            entry = Entry(state.index, at, action, json.loads(canonical(body)), state.head, "")
            entry = Entry(**{**vars(entry), "mac": entry.mac_under(state.key)})
            with (self.folder / LOG).open("ab") as file:
                file.write(entry.line() + b"\n")
                file.flush()
                os.fsync(file.fileno())
            write_state(self.folder, state.after(entry))
        return entry

    def position(self) -> tuple[int, str]:
        """Give how many entries there are, and the hash of the last line."""
        with locked(self.folder):
            state = self._recovered(read_state(self.folder))
        return state.index, state.head

    def entries(self, action: str | None = None) -> Iterator[Entry]:
        """Give every entry (of an action) that can be read, in order; `check_log` judges them."""
        wanted = b"" if action is None else canonical({"action": action})[1:-1]
        with (self.folder / LOG).open("rb") as file:
            for line in file:
                # Most lines are told apart without reading them as JSON.
                entry = read_entry(line.removesuffix(b"\n")) if wanted in line else None
                if entry is not None and action in {None, entry.action}:
                    yield entry

    def latest(self, action: str, **facts: str) -> Entry | None:
        """Give the last entry of an action whose body holds these facts; None where there is none."""
        wanted = [canonical({name: value})[1:-1] for name, value in facts.items()]
        wanted.append(canonical({"action": action})[1:-1])
        for line in reversed((self.folder / LOG).read_bytes().splitlines()):
            if all(text in line for text in wanted) and (entry := read_entry(line)) is not None:
                same = all(entry.body.get(name) == value for name, value in facts.items())
                if entry.action == action and same:
                    return entry
        return None

    def _recovered(self, state: State) -> State:
        """Settle what a process that died in between left at the end of the file, and nothing else."""
        path = self.folder / LOG
        size = path.stat().st_size
        if size == state.size:
            return state
        with path.open("r+b") as file:
            file.seek(min(state.size, size))
            tail = file.read()
            if tail and b"\n" not in tail:
                file.truncate(state.size)
                file.flush()
                os.fsync(file.fileno())
                return state
        entry = pending(state, tail)
        if entry is None:
            raise ScsError(
                "the log is not as its last entry left it, and nothing is added to it",
                where=f"{path.name}: {size:,} bytes, {state.size:,} expected",
                remedy="scs-ml log check; keep the folder as it is, and begin another one: scs-ml log init",
            )
        write_state(self.folder, state.after(entry))
        return state.after(entry)


def pending(state: State, tail: bytes) -> Entry | None:
    """Give the entry that stands in the file and that the state did not live to count; None if it is none."""
    entry = read_entry(tail.removesuffix(b"\n")) if tail.endswith(b"\n") else None
    if entry is None or (entry.index, entry.previous) != (state.index, state.head):
        return None
    return entry if hmac.compare_digest(entry.mac, entry.mac_under(state.key)) else None


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep other processes out of a records folder; a folder that cannot be written needs no lock."""
    if not os.access(folder, os.W_OK):
        yield
        return
    try:
        with FileLock(folder / LOCK, timeout=PATIENCE, mode=0o600):
            yield
    except Timeout:
        raise ScsError(
            f"another process has kept the records for {PATIENCE:.0f} seconds",
            where=str(folder),
            remedy="wait for it, or end it; the log is whole either way",
        ) from None


def read_state(folder: Path) -> State:
    """Read where the log stands."""
    try:
        held = json.loads((folder / STATE).read_bytes())
        state = State(int(held["index"]), int(held["size"]), str(held["head"]), bytes.fromhex(held["key"]))
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        raise ScsError(
            "the state of the log is missing or cannot be read, and nothing can be added to it",
            where=STATE,
            remedy="scs-ml log check; keep the folder as it is, and begin another one: scs-ml log init",
        ) from None
    return state


def write_state(folder: Path, state: State) -> None:
    """Put a new state in place of the old one, whose key is then overwritten where it lay."""
    path, following = folder / STATE, folder / f".{STATE}.next"
    if following.exists():
        # A process died before it could put this in place; it holds a key, too.
        with following.open("r+b") as left:
            _overwrite(left)
        following.unlink()
    with os.fdopen(os.open(following, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        held = {"index": state.index, "size": state.size, "head": state.head, "key": state.key.hex()}
        file.write(canonical(held))
        file.flush()
        os.fsync(file.fileno())
    with path.open("r+b") if path.exists() else nullcontext() as old:
        following.replace(path)
        _sync(folder)
        if old is not None:
            # The old file has no name any more: this reaches its very bytes, and a crash here loses nothing.
            _overwrite(old)


def _overwrite(file: BinaryIO) -> None:
    os.pwrite(file.fileno(), b"\0" * os.fstat(file.fileno()).st_size, 0)
    os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
