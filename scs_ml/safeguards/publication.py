"""Publication of what concerns one person alone: only with that person's recorded consent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from scs_ml.core import Bools, Dataset, GateRecord
from scs_ml.exceptions import SafeguardError
from scs_ml.safeguards.people import says_yes
from scs_ml.safeguards.suppression import count_text

if TYPE_CHECKING:
    from scs_ml.schemes import Scheme

RULE = "publication"


def read_consent(scheme: Scheme, frame: pd.DataFrame) -> Bools | None:
    """Read who consents to publication of what concerns them alone.

    Parameters
    ----------
    scheme : Scheme
        ``basis.publication_column`` names the column, under ``agreed``.
    frame : DataFrame (n, columns)

    Returns
    -------
    ndarray of bool (n,) or None
        False where the cell does not say yes. None where the scheme names no column: nobody consented.

    Raises
    ------
    SafeguardError
        Rule ``publication`` where the table lacks the column.
    """
    column = scheme.basis.publication_column
    if column is None:
        return None
    if column not in frame:
        raise SafeguardError(
            f"the table lacks the column of the consent to publication: {column}",
            rule=RULE,
            where=f"{len(frame):,} rows, columns {', '.join(map(str, frame.columns[:20]))}",
            remedy="add the column, or take basis.publication_column out of the scheme: then nobody consents",
        )
    return frame[column].map(says_yes).to_numpy(np.bool_)


def may_publish(scheme: Scheme, dataset: Dataset) -> frozenset[str]:
    """Give the people of whom something may be published.

    Parameters
    ----------
    scheme : Scheme
    dataset : Dataset

    Returns
    -------
    frozenset of str
        Pseudonyms: everybody of a simulated world; under ``agreed`` who consents in the latest row; nobody
        else.
    """
    people = dataset.subject.astype(object)
    if not scheme.real_people:
        return frozenset(people)
    if scheme.basis.kind != "agreed" or dataset.publication is None:
        return frozenset()
    order = np.argsort(dataset.period, kind="stable")
    # Later rows replace earlier ones: a consent lasts until the person says otherwise.
    latest = dict(zip(people[order], dataset.publication[order], strict=True))
    return frozenset(person for person, consents in latest.items() if consents)


def gate_publication(scheme: Scheme, dataset: Dataset) -> tuple[GateRecord, ...]:
    """Count who is left out of everything published at person level.

    Parameters
    ----------
    scheme : Scheme
    dataset : Dataset

    Returns
    -------
    tuple of GateRecord
        One under ``agreed``; none under the other bases, which publish no real person at all.
    """
    if scheme.basis.kind != "agreed":
        return ()
    column = scheme.basis.publication_column
    everybody = len(set(dataset.subject))
    left_out = everybody - len(may_publish(scheme, dataset))
    outcome: Literal["left out", "kept"] = "left out" if left_out else "kept"
    why = f"{count_text(scheme, left_out)} people consent to no publication" if column else "nobody consents"
    return (
        GateRecord(
            RULE,
            outcome,
            f"{why}; no view, file or row that is published speaks of them alone",
            (column,) if column else (),
            left_out,
        ),
    )
