"""How long what was written about persons may be read: the limit that its scheme's basis declares."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

from scs_ml.exceptions import SafeguardError
from scs_ml.records.artefacts import Artefact


def expiry(at: str, days: int | None) -> str | None:
    """Give from when something must not be read any more.

    Parameters
    ----------
    at : str
        When it was written, as ISO text in UTC.
    days : int or None
        The basis's `retention_days`; without a limit there is no such time.

    Returns
    -------
    str or None
        ISO text in UTC.

    Examples
    --------
    >>> expiry("2026-02-27T12:00:00+00:00", 3)
    '2026-03-02T12:00:00+00:00'
    """
    return None if days is None else (datetime.fromisoformat(at) + timedelta(days=days)).isoformat()


def is_over(artefact: Artefact, now: str) -> bool:
    """Whether an artefact about persons must not be read any more."""
    if artefact.expires is None or not artefact.person_level:
        return False
    return datetime.fromisoformat(artefact.expires) <= datetime.fromisoformat(now)


def require_in_time(artefacts: Iterable[Artefact], path: str | Path, now: str) -> None:
    """Refuse to read what is past its limit, or lies in a folder that is.

    Parameters
    ----------
    artefacts : iterable of Artefact
        The register's.
    path : path
        What is to be read.
    now : str
        ISO text in UTC.

    Raises
    ------
    SafeguardError
        With rule ``retention``.
    """
    wanted = Path(path).resolve()
    for each in artefacts:
        if (wanted == each.path or each.path in wanted.parents) and is_over(each, now):
            raise SafeguardError(
                "the limit of retention that its basis declares is over",
                rule="retention",
                where=f"{path}: {each.kind} of {each.at[:10]}, to be read until {str(each.expires)[:10]}",
                remedy="delete what is over its limit: scs-ml subject expire; then make it again, where that "
                "is still agreed",
            )


def delete(artefact: Artefact) -> bool:
    """Delete an artefact; whether it was still there."""
    aside, there = artefact.path.with_name(f".{artefact.path.name}.expired"), artefact.path.exists()
    if not artefact.path.is_dir():
        artefact.path.unlink(missing_ok=True)
    else:
        # Out of sight first: a folder is never seen half-deleted under its own name.
        shutil.rmtree(aside, ignore_errors=True)
        artefact.path.rename(aside)
    if aside.exists():
        shutil.rmtree(aside)
    return there
