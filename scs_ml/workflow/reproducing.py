"""Compute a run again, and say whether it comes out as it did."""

from __future__ import annotations

import json
import math
import tempfile
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from scs_ml.core import GateRecord, Progress
from scs_ml.exceptions import ScsError
from scs_ml.report import audit_text, read_run_record
from scs_ml.schemes import Scheme, load_scheme, scheme_fingerprint
from scs_ml.storage import library_versions
from scs_ml.storage.machine import machine_facts
from scs_ml.workflow.demo import demo
from scs_ml.workflow.recording import NOBODY, Recorder, file_sha256
from scs_ml.workflow.run_inputs import changed_inputs, source_again
from scs_ml.workflow.tables import audit_source

TOLERANCE = 1e-8  # of numbers, where the machine or the versions are others
_ELSEWHERE = ("versions",)  # parts of audit.json that speak of the machine


@dataclass(frozen=True)
class Reproduced:
    """What came of computing a run again.

    Attributes
    ----------
    outcome : str
        ``reproduced``, ``differs``, or ``not reproducible``: people of the run were erased or withdrew since,
        and nothing was computed.
    tested : str
        ``bytes``, where CPU type, threads and versions are those of the run; ``numbers`` (within 1e-8, all
        else equal) where they are not; ``nothing``.
    why : str
        First place that differs and by how much, or who is missing.
    elsewhere : tuple of str
        What of the machine and the versions is not as it was.
    """

    outcome: Literal["reproduced", "differs", "not reproducible"]
    tested: Literal["bytes", "numbers", "nothing"]
    why: str = ""
    elsewhere: tuple[str, ...] = ()


@dataclass(frozen=True)
class _OfNobody(Recorder):
    """A recorder without records, where they were kept: it says that nobody withdrew, which may be wrong."""

    def withdrawn(self) -> Container[str]:
        return frozenset()


def reproduce(
    folder: Path,
    *,
    given: Mapping[str, Path] | None = None,
    scheme: str | Path | Scheme | None = None,
    key: bytes | None = None,
    recorder: Recorder = NOBODY,
    progress: Progress | None = None,
) -> Reproduced:
    """Compute a run again from what its ``run.json`` names, and compare ``audit.json``.

    Parameters
    ----------
    folder : Path
        Of the run. Nothing is written into it.
    given : mapping of str to Path, optional
        Where inputs lie now, by role: table, model, ledger, verified, background.
    scheme : str, Path or Scheme, optional
        Held against the one that ``run.json`` holds.
    key : bytes, optional
        Of the pseudonyms.
    recorder : Recorder
        Of the house's records: they tell who was erased or withdrew since. Without them, everyone is read.

    Returns
    -------
    Reproduced

    Raises
    ------
    SafeguardError
        With rule ``retention``, where the run or an input is past its limit.
    ScsError
        If the folder is no run, its ``audit.json`` is not the one it was written with, or an input is missing
        or not what it was; the error says which.
    """
    recorder.require_in_time(folder)
    record = read_run_record(folder)
    # Asked first: an erasure writes audit.json again.
    if lost := _lost(folder, recorder):
        return Reproduced("not reproducible", "nothing", lost)
    before = folder / "audit.json"
    if not before.is_file() or file_sha256(before) != record["audit_sha256"]:
        raise ScsError(
            "audit.json is not the one this run was written with",
            where=str(before),
            remedy="restore the run folder, or audit again where pseudonyms have another key since: "
            "`scs-ml log check` says whether the log names another",
        )
    held = _scheme_of(record, folder)
    if scheme is not None:
        _require_same(scheme if isinstance(scheme, Scheme) else load_scheme(scheme), held)
    asked = _OfNobody(None) if recorder.records is None and _kept_records(record) else recorder
    if record["command"] == "demo":
        again = _demo_again(record, given or {}, progress)
    else:
        source = source_again(record, folder, held, given or {}, key=key)
        if changed := list(changed_inputs(source, record)):
            raise ScsError(
                f"inputs are not what they were: {', '.join(changed)}",
                where=str(folder),
                remedy="give the files that the run was computed from, or audit these as a run of their own",
            )
        report = audit_source(source, seed=record["seed"], recorder=asked, progress=progress).report
        if not _kept_records(record):
            # Nobody was asked for withdrawals then. Whoever withdrew since is left out now, and that shows.
            report = replace(report, safeguards=tuple(filter(_says_something, report.safeguards)))
        again = audit_text(report).encode()
    return compare_audits(before.read_bytes(), again, elsewhere=tuple(_elsewhere(record)))


def compare_audits(then: bytes, now: bytes, *, elsewhere: tuple[str, ...] = ()) -> Reproduced:
    """Compare two ``audit.json``: byte for byte, or their numbers where they were computed elsewhere.

    Parameters
    ----------
    then, now : bytes
    elsewhere : tuple of str
        What of the machine or the versions differs; none: bytes are compared.

    Returns
    -------
    Reproduced
    """
    ours, theirs = json.loads(now), json.loads(then)
    if elsewhere:
        ours, theirs = ({k: v for k, v in each.items() if k not in _ELSEWHERE} for each in (ours, theirs))
        difference = next(_differences(theirs, ours, "$", TOLERANCE), "")
        return Reproduced("differs" if difference else "reproduced", "numbers", difference, elsewhere)
    if then == now:
        return Reproduced("reproduced", "bytes")
    difference = next(_differences(theirs, ours, "$", 0.0), "the order or the form of the text")
    return Reproduced("differs", "bytes", difference)


def _differences(then: Any, now: Any, path: str, tolerance: float) -> Iterator[str]:
    """Give the places where two JSON values differ, in the order of the first."""
    number = all(isinstance(each, int | float) and not isinstance(each, bool) for each in (then, now))
    if isinstance(then, dict) and isinstance(now, dict):
        for name in dict.fromkeys((*then, *now)):
            if name not in then or name not in now:
                yield f"{path}.{name} is {'new' if name not in then else 'missing'}"
            else:
                yield from _differences(then[name], now[name], f"{path}.{name}", tolerance)
    elif isinstance(then, list) and isinstance(now, list):
        for at, (one, other) in enumerate(zip(then, now, strict=False)):
            yield from _differences(one, other, f"{path}[{at}]", tolerance)
        if len(then) != len(now):
            yield f"{path} has {len(now)} entries, not {len(then)}"
    elif number:
        if not math.isclose(then, now, rel_tol=0.0, abs_tol=tolerance):
            yield f"{path} is {now!r}, not {then!r}: {abs(then - now):.3g} apart"
    elif type(then) is not type(now) or then != now:
        yield f"{path} is {_short(now)}, not {_short(then)}"


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 80 else text[:77] + "..."


def _lost(folder: Path, recorder: Recorder) -> str:
    """Say how many people of a run were erased, or withdrew, since; an empty text where none."""
    if recorder.records is None:
        return ""
    register, run = recorder.records.register, recorder.run_of(folder)
    counts = {"erased": register.erased_in(run), "withdrew": register.withdrawn_in(run)}
    return ", ".join(f"{count} {what}" for what, count in counts.items() if count)


def _scheme_of(record: Mapping[str, Any], folder: Path) -> Scheme:
    """Read the scheme that a run remembers."""
    with tempfile.TemporaryDirectory() as temporary:
        path = Path(temporary) / "scheme.yaml"
        path.write_text(record["scheme"]["yaml"], encoding="utf-8")
        scheme = load_scheme(path)
    if scheme_fingerprint(scheme) != record["scheme"]["fingerprint"]:
        raise ScsError(
            "the scheme in run.json is not the one it names",
            where=str(folder / "run.json"),
            remedy="restore the run folder",
        )
    return scheme


def _require_same(given: Scheme, held: Scheme) -> None:
    if scheme_fingerprint(given) != scheme_fingerprint(held):
        raise ScsError(
            "the scheme is not what it was",
            where=f"given {given.name} ({scheme_fingerprint(given)[:12]}), the run's {held.name} "
            f"({scheme_fingerprint(held)[:12]})",
            remedy="leave --scheme out: run.json holds the run's own",
        )


def _kept_records(record: Mapping[str, Any]) -> bool:
    return record["people"]["commitment"] is not None


def _says_something(gate: GateRecord) -> bool:
    return gate.rule != "withdrawn" or gate.outcome != "kept"


def _demo_again(record: Mapping[str, Any], given: Mapping[str, Path], progress: Progress | None) -> bytes:
    if given:
        raise ScsError(
            f"a demo has no inputs: {', '.join(sorted(given))}", remedy="leave them out: it makes its own"
        )
    options = record["options"]
    with tempfile.TemporaryDirectory() as temporary:
        done = demo(
            seed=record["seed"],
            n_people=options["people"],
            n_periods=options["quarters"],
            root=Path(temporary),
            recorder=_OfNobody(None) if _kept_records(record) else NOBODY,
            progress=progress,
        )
        return (done.run_folder / "audit.json").read_bytes()


def _elsewhere(record: Mapping[str, Any]) -> Iterator[str]:
    """Name what of the machine and the versions is not as it was."""
    pairs = (
        *((name, then, library_versions().get(name)) for name, then in sorted(record["versions"].items())),
        *((name, then, machine_facts()[name]) for name, then in sorted(record["machine"].items())),
    )
    for name, then, now in pairs:
        if then != now:
            yield f"{name}: {now}, not {then}"
