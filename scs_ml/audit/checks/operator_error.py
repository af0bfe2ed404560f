"""Operator error: entries that are in the ledger twice."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from scs_ml.audit.coincidences.check import CoincidenceCheck, Plan
from scs_ml.audit.coincidences.entries import Reading, joined
from scs_ml.audit.coincidences.pairs import Coincidence, Partition
from scs_ml.audit.judge import NextSteps
from scs_ml.core import AuditCase

STEPS: NextSteps = {
    "flag": "Strike the second of two like entries wherever nobody can show that there were two events.",
    "clear": "Like entries in one period take nothing material from this group beyond what chance brings.",
    "cannot tell": "Look up pairs of like entries, or give more periods of the ledger.",
    "not applicable": "Too few like entries: give more periods of the ledger.",
}


@dataclass(frozen=True)
class OperatorError(CoincidenceCheck):
    """Entries of one person, rule, informant and number of points, twice in one period."""

    name: str = "operator_error"
    title: str = "Entries that are there twice"
    what: str = "like entries against one person"
    steps: NextSteps = field(default_factory=lambda: STEPS)

    def plan(self, case: AuditCase, reading: Reading) -> Plan | str:
        """Pair entries that agree in person, rule, points and informant."""
        entries, book = reading.entries, reading.book
        points = np.unique(entries.weight, return_inverse=True)[1].astype(np.int64)
        unit = joined(entries.rule, points, entries.informant + 1, entries.at)
        cluster = book.dataset.cluster
        pairs = Coincidence(
            wide=Partition.of(unit, entries.period),
            narrow=None,
            unit=cluster[entries.at],
            n_units=int(cluster.max()) + 1,
            stratum=entries.rule,
            n_strata=int(entries.rule.max()) + 1,
        )
        return Plan.own(entries, pairs)
