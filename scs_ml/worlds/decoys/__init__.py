"""Real differences between groups that must not be flagged as a wrong.

To add one: write ``scs_ml/worlds/decoys/<slug>.py`` with a class that has the members of `Decoy` (the slug is
one of the design's), add one line to `DECOYS`, and one test file ``tests/worlds/decoys/test_<slug>.py``. A
decoy changes what people truly do, through the rates of their acts; how acts are recorded stays the same.
"""

from __future__ import annotations

from typing import Protocol

from scs_ml.core import Bools, Floats, Group
from scs_ml.worlds.decoys.conduct_gap import ConductGap


class Decoy(Protocol):
    """One real difference."""

    slug: str
    group: Group  # who differs unless told otherwise
    ceiling: float  # largest dose

    def multipliers(self, members: Bools, dose: float) -> dict[str, Floats]:
        """What the rates (n, T) of some acts are multiplied by; all ones at dose 0."""


DECOYS: dict[str, Decoy] = {decoy.slug: decoy for decoy in (ConductGap(),)}

__all__ = ["DECOYS", "Decoy"]
