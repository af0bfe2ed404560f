"""Suggestion 4: nobody is held to account for a disaster, an accident or an emergency.

What happened to somebody is not what somebody did. Illness is measured, and its events are not taken out: the
study names the three situations, and an act that looks like illness is what `illness_misread` looks for.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from scs_ml.core import Bools, Dataset, GateRecord
from scs_ml.exceptions import SafeguardError

if TYPE_CHECKING:
    from scs_ml.schemes import Scheme

RULE = "situation"
EXCLUDED_KINDS = ("disaster", "accident", "emergency")
_BETWEEN = re.compile(r"[;,/|&+]|\band\b")


def excluded_situations(scheme: Scheme) -> tuple[str, ...]:
    """Name the situations of a scheme whose events count for nothing.

    Parameters
    ----------
    scheme : Scheme

    Returns
    -------
    tuple of str
        Those whose kind is disaster, accident or emergency.
    """
    return tuple(each.name for each in scheme.situations if each.kind in EXCLUDED_KINDS)


def flagged_words(scheme: Scheme, words: Iterable[object]) -> tuple[Bools, Bools]:
    """Read what a ledger says of the circumstances of its events.

    Parameters
    ----------
    scheme : Scheme
    words : iterable of str or None (e,)
        In any case and width; several situations of one event stand between commas, semicolons, slashes or
        "and".

    Returns
    -------
    excluded : ndarray of bool (e,)
        Whether one of them is a disaster, an accident or an emergency: the kind itself, or the name of a
        situation of that kind. A name that is one of the three kinds is read as that kind, whatever the
        scheme calls it.
    unknown : ndarray of bool (e,)
        Whether one of them is neither a kind nor a name of the scheme, so that nobody can tell.
    """
    column = pd.Series(list(words), dtype=object)
    excluded_words = {*EXCLUDED_KINDS, *map(_plain, excluded_situations(scheme))}
    known = {"illness", *excluded_words, *(_plain(each.name) for each in scheme.situations)}
    names = sorted(known, key=len, reverse=True)
    said: dict[object, tuple[bool, bool]] = {}
    for word in column.dropna().unique():
        text = _plain(word)
        # A name may itself hold what stands between names.
        parts = {text} if text in names else {part.strip() for part in _BETWEEN.split(text)} - {""}
        said[word] = bool(parts & excluded_words), bool(parts - known)
    nothing = (False, False)
    found = [said.get(word, nothing) for word in column]
    pairs = np.array(found, dtype=np.bool_).reshape(len(column), 2)
    return pairs[:, 0], pairs[:, 1]


def gate_situations(scheme: Scheme, dataset: Dataset, *, existing: bool = False) -> None:
    """Refuse to learn from real people, or to forecast them, where nobody asked for their situations.

    Parameters
    ----------
    scheme : Scheme
    dataset : Dataset
    existing : bool
        A score or model that exists already is audited as it is.

    Raises
    ------
    SafeguardError
        Rule ``situation``, where the scheme declares a disaster, an accident or an emergency, and no record
        of the dataset says what became of their events.
    """
    named = excluded_situations(scheme)
    if not scheme.real_people or existing or not named:
        return
    if any(gate.rule == RULE and gate.outcome != "recorded" for gate in dataset.gates):
        return
    raise SafeguardError(
        "events of a disaster, an accident or an emergency may be in the inputs, and nobody took them out",
        rule=RULE,
        where=f"scheme {scheme.name}: {', '.join(named)}",
        remedy="give the dataset to scs_ml.data.net_of_events first, with the ledger where there is one",
    )


def with_records(dataset: Dataset, records: Iterable[GateRecord]) -> tuple[GateRecord, ...]:
    """Give the records of a dataset, with newer ones in place of the older of the same rule and columns.

    Parameters
    ----------
    dataset : Dataset
    records : iterable of GateRecord

    Returns
    -------
    tuple of GateRecord
    """
    newer = tuple(records)
    asked = {(each.rule, each.columns) for each in newer}
    return (*(each for each in dataset.gates if (each.rule, each.columns) not in asked), *newer)


def _plain(word: object) -> str:
    return " ".join(unicodedata.normalize("NFKC", str(word)).casefold().split())
