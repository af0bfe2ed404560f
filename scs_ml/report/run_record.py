"""``run.json``: what a run was computed from, so that it can be computed again."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from scs_ml.exceptions import ScsError
from scs_ml.schemes import Scheme, dump_scheme, scheme_fingerprint
from scs_ml.storage import atomic_file, library_versions
from scs_ml.storage.machine import machine_facts

RUN, FORMAT = "run.json", "run-1"
_WRITE_AGAIN = "write the run again with `scs-ml audit`; a file edited by hand is no record"


@dataclass(frozen=True)
class RunInput:
    """Something a run was computed from: its part, where it lay, and what it held."""

    role: str  # table, model, ledger, verified, background, key
    path: str | None  # from the run folder; the name alone where the two share no folder; None for a key
    fingerprint: str


def run_json_schema() -> dict[str, Any]:
    """Give the JSON Schema that ``run.json`` keeps (draft 2020-12).

    Returns
    -------
    dict
    """
    return dict(_schema())


@cache
def _schema() -> dict[str, Any]:
    text = files("scs_ml.report").joinpath(f"schemas/{FORMAT}.json").read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


def run_record(
    command: str,
    scheme: Scheme,
    inputs: Sequence[RunInput],
    *,
    seed: int,
    options: Mapping[str, Any],
    people: Mapping[str, Any],
    audit_sha256: str,
    row_filter: str | None = None,
) -> dict[str, Any]:
    """Say what a run was computed from, and on which machine.

    Parameters
    ----------
    command : str
        ``audit`` or ``demo``.
    scheme : Scheme
        As its file declares it.
    inputs : sequence of RunInput
    seed : int
    options : mapping
        What else the command was given; values that JSON can hold.
    people : mapping
        ``count`` of the people whose data were read, and ``commitment`` to who they were (None where no
        records are kept).
    audit_sha256 : str
        Of the run's ``audit.json``.
    row_filter : str, optional

    Returns
    -------
    dict
        Without a clock: the same run has the same record.
    """
    return {
        "format": FORMAT,
        "command": command,
        "scheme": {
            "name": scheme.name,
            "fingerprint": scheme_fingerprint(scheme),
            "yaml": dump_scheme(scheme),
        },
        "inputs": [asdict(each) for each in inputs],
        "row_filter": row_filter,
        "seed": seed,
        "options": dict(options),
        "versions": library_versions(),
        "machine": machine_facts(),
        "people": dict(people),
        "audit_sha256": audit_sha256,
    }


def path_from(folder: Path, path: Path) -> str:
    """Write a path as seen from a run folder; its name alone where they share no folder but the root.

    Parameters
    ----------
    folder, path : Path

    Returns
    -------
    str
    """
    here, there = folder.resolve(), path.resolve()
    try:
        shared = os.path.commonpath([here, there])
    except ValueError:  # two drives
        return path.name
    return path.name if Path(shared) == Path(here.anchor) else Path(os.path.relpath(there, here)).as_posix()


def write_run_record(record: Mapping[str, Any], folder: Path) -> None:
    """Write ``run.json``.

    Parameters
    ----------
    record : mapping
        From `run_record`.
    folder : Path
    """
    with atomic_file(folder / RUN) as temporary:
        # In ASCII: names of files may hold bytes that are no text.
        temporary.write_text(json.dumps(record, indent=1) + "\n", encoding="ascii")


def read_run_record(folder: Path) -> dict[str, Any]:
    """Read ``run.json`` and check it against its schema.

    Parameters
    ----------
    folder : Path
        A run folder.

    Returns
    -------
    dict

    Raises
    ------
    ScsError
        If there is none, or it does not keep its schema.
    """
    from jsonschema import Draft202012Validator

    source = folder / RUN
    if not source.is_file():
        raise ScsError(
            f"this is no run that can be computed again: it has no {RUN}",
            where=str(folder),
            remedy="name the folder that `scs-ml audit -o` wrote, with this version or a later one",
        )
    try:
        record: dict[str, Any] = json.loads(source.read_bytes())
    except (ValueError, RecursionError):
        raise ScsError(f"{RUN} is not JSON", where=str(source), remedy=_WRITE_AGAIN) from None
    if error := next(iter(Draft202012Validator(_schema()).iter_errors(record)), None):
        raise ScsError(
            f"{RUN} does not keep its contract: {error.message[:200]}",
            where=f"{source}, at {error.json_path}",
            remedy=_WRITE_AGAIN,
        )
    return record
