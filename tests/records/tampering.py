"""What the administrator of today can do to the log of yesterday."""

from __future__ import annotations

import json
from dataclasses import replace

from scs_ml.records.chain import digest, next_key, read_entry
from scs_ml.records.log import LOG, STATE, State, read_state, write_state

AT = "2026-03-01T09:00:00+00:00"


def lines_of(folder):
    return (folder / LOG).read_bytes().splitlines()


def entries_of(folder):
    return [read_entry(line) for line in lines_of(folder)]


def put_lines(folder, lines):
    """Write the file of the log, and leave the state as it is."""
    (folder / LOG).write_bytes(b"".join(line + b"\n" for line in lines))


def rebuild(folder, entries):
    """Do all that the administrator of today can do: links and state anew, MACs under today's key."""
    key = read_state(folder).key
    link, lines = digest((folder / "house.json").read_bytes()), []
    for index, entry in enumerate(entries):
        made = replace(entry, index=index, previous=link, mac="")
        line = replace(made, mac=made.mac_under(key)).line()
        lines.append(line)
        link = digest(line)
    put_lines(folder, lines)
    write_state(folder, State(len(lines), sum(len(line) + 1 for line in lines), link, key))


def keep_what_verifies(folder, entries, first):
    """As `rebuild`, but the records before the first that is altered stay as they are, with their MACs."""
    key = read_state(folder).key
    lines = lines_of(folder)[:first]
    link = digest(lines[-1]) if lines else digest((folder / "house.json").read_bytes())
    for index, entry in enumerate(entries[first:], start=first):
        made = replace(entry, index=index, previous=link, mac="")
        line = replace(made, mac=made.mac_under(key)).line()
        lines.append(line)
        link = digest(line)
    put_lines(folder, lines)
    write_state(folder, State(len(lines), sum(len(line) + 1 for line in lines), link, key))


def key_after(first, steps):
    key = first
    for _ in range(steps):
        key = next_key(key)
    return key


def state_text(folder):
    return json.loads((folder / STATE).read_bytes())
