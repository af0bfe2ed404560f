"""The bench: worlds with planted wrongs, and what the audit makes of them.

It measures power beside the limit that the same data set, false alarms, and whether the right mechanism is
named, on worlds that nothing was tuned on. `scs_ml.bench.design` says which worlds; `bench` runs them.
"""

from __future__ import annotations

from scs_ml.bench.bench import Bench, bench, commitment
from scs_ml.bench.design import FULL, QUICK, BenchWorld, Counts, plan
from scs_ml.bench.running import Cost
from scs_ml.bench.summary import Summary, Target

__all__ = [
    "FULL",
    "QUICK",
    "Bench",
    "BenchWorld",
    "Cost",
    "Counts",
    "Summary",
    "Target",
    "bench",
    "commitment",
    "plan",
]
