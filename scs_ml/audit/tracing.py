"""From a finding back to the people and the entries behind it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
import pandas as pd

from scs_ml.core import AuditCase, Finding, Floats, Ints


@dataclass(frozen=True)
class Trace:
    """What a mechanism is expected to have taken, and through which entries.

    Attributes
    ----------
    rows : ndarray of int (r,)
        Positions in the case's dataset: each subject's latest row.
    taken : ndarray (r,)
        Expected points of the score taken from each row; not negative.
    events : Series of float or None
        By event id, the probability in 0..1 that the mechanism made the entry; None where no entry shows it.
    happened : bool
        Whether its entries did happen and only their counting is wrong: answers cannot refute it then.
    """

    rows: Ints
    taken: Floats
    events: pd.Series | None = None
    happened: bool = False


@runtime_checkable
class Traceable(Protocol):
    """A check that can say whom a finding of its concerns."""

    def trace(self, case: AuditCase, finding: Finding, *, seed: int = 0) -> Trace:
        """Give what the mechanism is expected to have taken from each person."""


def looked_up(case: AuditCase) -> pd.Series:
    """Give what was answered, by event id: 1 happened, 0 did not; what nobody could settle is left out."""
    if case.verified is None:
        return pd.Series(dtype="float64")
    answers = case.verified.answers.dropna(subset=["happened"]).drop_duplicates("event")
    return answers.set_index("event")["happened"].astype(np.float64)


def after_answers(case: AuditCase, events: pd.Series) -> Floats:
    """Give suspected events (by id) what is known since: 1 if looked up and false, 0 if true, else as it was.

    For what was taken from people; a trace's own events stay as suspected, so that answers can test them.
    """
    if case.verified is None:
        return np.asarray(events, dtype=np.float64)
    false = 1.0 - looked_up(case).reindex(events.index)
    return np.asarray(false.fillna(events), dtype=np.float64)
