"""The audit: checks that say where groups differ, and checks that flag a wrong by its mechanism.

A check sees an `AuditCase` (scheme, dataset, forecast, explanation, ledger, verification answers) and
nothing else.
"""

from __future__ import annotations

from scs_ml.audit.checks import CHECKS
from scs_ml.audit.run import migration_table, run_checks
from scs_ml.audit.sampling import verification_plan
from scs_ml.audit.society import society_scale
from scs_ml.audit.wronged import wronged_people

__all__ = ["CHECKS", "migration_table", "run_checks", "society_scale", "verification_plan", "wronged_people"]
