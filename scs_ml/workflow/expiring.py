"""Delete what was written about persons and may not be read any more, and say what there is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from scs_ml.records import Records
from scs_ml.records.retention import delete, is_over


@dataclass(frozen=True)
class Kept:
    """What the register holds, in numbers; it lists nobody."""

    people: int
    out: int
    artefacts: dict[str, int]
    over: int
    unfinished: int
    trained_before: dict[str, int]  # bundle -> people it learned from who were erased since


def expire(records: Records, *, now: str, note: Callable[..., None]) -> tuple[Path, ...]:
    """Delete every artefact about persons whose limit of retention is over.

    Parameters
    ----------
    records : Records
    now : str
        ISO text in UTC.
    note : callable
        Adds the entry to the log: ``note(action, **facts)``.

    Returns
    -------
    tuple of Path
        What was deleted.
    """
    over = [each for each in records.register.artefacts() if is_over(each, now)]
    for each in over:
        delete(each)
        records.register.forget(each.path)
    if over:
        note("expire", artefacts=len(over), kinds=dict(Counter(each.kind for each in over)))
    return tuple(each.path for each in over)


def what_is_kept(records: Records, *, now: str) -> Kept:
    """Count what the register holds.

    Parameters
    ----------
    records : Records
    now : str
        ISO text in UTC.

    Returns
    -------
    Kept
    """
    register = records.register
    artefacts = register.artefacts()
    bundles = [each for each in artefacts if each.kind == "bundle" and each.run is not None]
    lost = {each.path.name: register.erased_in(str(each.run)) for each in bundles}
    return Kept(
        people=register.count(),
        out=len(register.refused()),
        artefacts=dict(Counter(each.kind for each in artefacts)),
        over=sum(is_over(each, now) for each in artefacts),
        unfinished=len(register.pending()),
        trained_before={name: n for name, n in lost.items() if n},
    )
