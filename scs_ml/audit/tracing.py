"""From a finding back to the people and the entries behind it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

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
