"""What a run is computed from, as ``run.json`` remembers it and a later run is held against."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from scs_ml.core import AuditCase
from scs_ml.data import load_frame
from scs_ml.data.read import resolve_key, scheme_mixed
from scs_ml.exceptions import ScsError
from scs_ml.report import RunInput, path_from
from scs_ml.schemes import Scheme
from scs_ml.storage import Bundle, fingerprint_frame, load_bundle
from scs_ml.workflow.reading import Source, with_score

FILES: Mapping[str, str] = {  # role -> field of `Source`
    "table": "table",
    "model": "bundle",
    "ledger": "ledger",
    "verified": "verified",
    "background": "background",
}
_PERSON = b"scs_ml run.json"


def inputs_of(source: Source, case: AuditCase, bundle: Bundle | None, folder: Path) -> list[RunInput]:
    """Name what an audit was computed from.

    Parameters
    ----------
    source : Source
        With its scheme loaded.
    case : AuditCase
        That was read from it.
    bundle : Bundle or None
    folder : Path
        The run folder, from which paths are written.

    Returns
    -------
    list of RunInput
    """
    held = {
        "table": case.dataset.fingerprint,
        "model": None if bundle is None else _seal(bundle),
        "ledger": None if case.ledger is None else case.ledger.fingerprint,
        "verified": None if case.verified is None else case.verified.fingerprint,
        "background": None if case.background is None else fingerprint_frame(case.background),
    }
    inputs = [
        RunInput(role, path_from(folder, getattr(source, FILES[role])), fingerprint)
        for role, fingerprint in held.items()
        if fingerprint is not None
    ]
    return [*inputs, RunInput("key", None, _fingerprint_of_key(case.scheme, source.key))]


def changed_inputs(source: Source, record: Mapping[str, Any]) -> Iterator[str]:
    """Name the inputs of a run that are not what they were.

    Parameters
    ----------
    source : Source
        What lies there now, with its scheme loaded.
    record : mapping
        ``run.json``.

    Yields
    ------
    str
        Role and path.
    """
    scheme = scored(source)
    for each in record["inputs"]:
        role, then = each["role"], each["fingerprint"]
        if role == "key":
            if _fingerprint_of_key(scheme, source.key) != then:
                yield "key (pseudonyms differ)"
            continue
        path: Path = getattr(source, FILES[role])
        if _fingerprint(role, path, scheme) != then:
            yield f"{role} {path}"


def scored(source: Source) -> Scheme:
    """Give the scheme of a source as it is read: with the column that stands for the score."""
    if not isinstance(source.scheme, Scheme):
        raise ScsError("the scheme is not loaded", remedy="load it first: scs_ml.schemes.load_scheme")
    return source.scheme if source.score_column is None else with_score(source.scheme, source.score_column)


def source_again(
    record: Mapping[str, Any],
    folder: Path,
    scheme: Scheme,
    given: Mapping[str, Path],
    *,
    key: bytes | None = None,
) -> Source:
    """Put together what a run is to be computed from again.

    Parameters
    ----------
    record : mapping
        ``run.json``.
    folder : Path
        Where it lies.
    scheme : Scheme
    given : mapping of str to Path
        By role; in the place of the paths that the record remembers.
    key : bytes, optional
        Of the pseudonyms; the default key file where one is needed and none is given.

    Returns
    -------
    Source

    Raises
    ------
    ScsError
        If an input is not there, or one is given that the run had none of.
    """
    held = {each["role"]: each["path"] for each in record["inputs"]}
    if strange := sorted(set(given) - set(held)):
        raise ScsError(
            f"the run was computed without: {', '.join(strange)}", where=str(folder), remedy="leave it out"
        )
    paths: dict[str, Path] = {}
    for role in (role for role in FILES if role in held):
        paths[role] = given.get(role, folder / str(held[role]))
        if not paths[role].exists():
            raise ScsError(
                f"the {role} of this run is not where it was",
                where=str(paths[role]),
                remedy=f"name where it lies now: --{role} PATH",
            )
    if "table" not in paths:
        raise ScsError("run.json names no table", where=str(folder), remedy="write the run again")
    return Source(
        scheme,
        paths["table"],
        bundle=paths.get("model"),
        score_column=record["options"].get("score_column"),
        ledger=paths.get("ledger"),
        verified=paths.get("verified"),
        key=key,
        row_filter=record["row_filter"],
        background=paths.get("background"),
    )


def _fingerprint(role: str, path: Path, scheme: Scheme) -> str:
    if role == "model":
        return _seal(load_bundle(path))
    frame = load_frame(path)[0]
    return fingerprint_frame(frame) if role == "background" else scheme_mixed(frame, scheme)


def _seal(bundle: Bundle) -> str:
    return str(bundle.manifest["seal"])


def _fingerprint_of_key(scheme: Scheme, key: bytes | None) -> str:
    """Tell one key from another, without telling either."""
    return hashlib.blake2b(key=resolve_key(scheme, key), person=_PERSON, digest_size=32).hexdigest()
