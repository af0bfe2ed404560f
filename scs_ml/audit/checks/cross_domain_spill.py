"""Spill across domains: one thing entered in several domains at once."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from scs_ml.audit.coincidences.check import CoincidenceCheck, Plan
from scs_ml.audit.coincidences.entries import Reading
from scs_ml.audit.coincidences.pairs import Coincidence, Partition
from scs_ml.audit.judge import NextSteps
from scs_ml.core import AuditCase

STEPS: NextSteps = {
    "flag": "Ask what each coincident entry rests on, and strike those that repeat another domain's.",
    "clear": "Entries in several domains at once take nothing material from this group beyond chance.",
    "cannot tell": "Look up entries that fall together in several domains, or give more periods.",
    "not applicable": "Too few entries in several domains: give more periods of the ledger.",
}


@dataclass(frozen=True)
class CrossDomainSpill(CoincidenceCheck):
    """Entries against one person, in one period, by indicators of different contexts."""

    name: str = "cross_domain_spill"
    title: str = "Trust broken in one domain, entered in others"
    what: str = "entries of different domains against one person"
    steps: NextSteps = field(default_factory=lambda: STEPS)

    def plan(self, case: AuditCase, reading: Reading) -> Plan | str:
        """Pair entries of one person that differ in context."""
        entries, cluster = reading.entries, reading.book.dataset.cluster
        contexts = int(entries.context.max()) + 1
        if len(np.unique(entries.context)) < 2:
            return "all entries are of one context"
        pairs = Coincidence(
            wide=Partition.of(entries.at, entries.period),
            narrow=Partition.of(entries.at * contexts + entries.context, entries.period),
            unit=cluster[entries.at],
            n_units=int(cluster.max()) + 1,
            stratum=entries.context,
            n_strata=contexts,
        )
        return Plan.own(entries, pairs)
