"""A check whose findings and traces a test dictates."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from scs_ml.audit.tracing import Trace
from scs_ml.core import CheckResult, Effect, Finding


def finding(check="dictated", value=-0.2, half=0.05, verdict="flag", group=(("origin", "there"),), **changes):
    """A mechanism finding with its interval."""
    fields = {
        "check": check,
        "kind": "mechanism",
        "verdict": verdict,
        "group": group,
        "reference": (("origin", "here"),),
        "n": (20, 20),
        "next_step": "look",
        "effect": Effect("points", value, value - half, value + half, "SD of the score", 0.05),
        "indicator": "reports",
        "mechanisms": ((check, 1.0),) if verdict == "flag" else (),
    }
    return Finding(**(fields | changes))


@dataclass
class Dictated:
    """Says what it is told; traces to given points or to given events."""

    name: str = "dictated"
    kind: str = "mechanism"
    title: str = "A dictated check"
    findings: tuple = ()
    taken: dict = field(default_factory=dict)  # row -> points
    events: dict | None = None  # event -> probability
    happened: bool = False

    def run(self, case, *, level, seed):
        """Give the findings."""
        return CheckResult(tuple(self.findings))

    def trace(self, case, finding, *, seed=0):
        """Give the trace."""
        rows = np.arange(len(case.dataset))
        taken = np.array([self.taken.get(row, 0.0) for row in rows])
        events = None if self.events is None else pd.Series(self.events, dtype=np.float64)
        return Trace(rows, taken, events, self.happened)
