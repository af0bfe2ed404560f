"""The registry of checks.

How to add one: write ``scs_ml/audit/checks/<name>.py`` with a frozen dataclass that has ``name``, ``kind``
("difference": groups differ; "mechanism": someone is wronged, this way), ``title`` and ``run(case, *,
level, seed)``; add one line to `CHECKS`; write ``tests/audit/test_<name>.py`` that shows it firing on a
planted case, silent on the null and on its decoys, "cannot tell" on 30 rows and "not applicable" where
undefined; describe it in ``docs/checks.md``. A check sees an `AuditCase` and nothing else, and `level` is
the error rate of all its findings together: `scs_ml.audit.judge.judge` keeps it.
"""

from __future__ import annotations

from scs_ml.audit.checks.calibration import Calibration
from scs_ml.audit.checks.category_gap import CategoryGap
from scs_ml.audit.checks.cross_context import CrossContext
from scs_ml.audit.checks.cross_domain_spill import CrossDomainSpill
from scs_ml.audit.checks.disaster_as_fault import DisasterAsFault
from scs_ml.audit.checks.error_rates import ErrorRates
from scs_ml.audit.checks.explanation_attack import ExplanationAttack
from scs_ml.audit.checks.family_spillover import FamilySpillover
from scs_ml.audit.checks.forbidden_reliance import ForbiddenReliance
from scs_ml.audit.checks.four_fifths import FourFifths
from scs_ml.audit.checks.friends_conduct import FriendsConduct
from scs_ml.audit.checks.gap_drift import GapDrift
from scs_ml.audit.checks.illness_misread import IllnessMisread
from scs_ml.audit.checks.individual_flip import IndividualFlip
from scs_ml.audit.checks.label_residual import LabelResidual
from scs_ml.audit.checks.malicious_informant import MaliciousInformant
from scs_ml.audit.checks.operator_error import OperatorError
from scs_ml.audit.checks.organization_to_leaders import OrganizationToLeaders
from scs_ml.audit.checks.over_policing import OverPolicing
from scs_ml.audit.checks.parent_to_child import ParentToChild
from scs_ml.audit.checks.postcode_proxy import PostcodeProxy
from scs_ml.audit.checks.shap_gap import ShapGap
from scs_ml.audit.checks.subgroup_discovery import SubgroupDiscovery
from scs_ml.audit.checks.unknown_membership import UnknownMembership
from scs_ml.core import Check

CHECKS: dict[str, Check] = {
    check.name: check
    for check in (
        CategoryGap(),
        ErrorRates(),
        Calibration(),
        ShapGap(),
        GapDrift(),
        SubgroupDiscovery(),
        UnknownMembership(),
        FourFifths(),
        CrossContext(),
        PostcodeProxy(),
        LabelResidual(),
        ForbiddenReliance(),
        MaliciousInformant(),
        IllnessMisread(),
        ExplanationAttack(),
        IndividualFlip(),
        DisasterAsFault(),
        OverPolicing(),
        OperatorError(),
        ParentToChild(),
        OrganizationToLeaders(),
        FriendsConduct(),
        FamilySpillover(),
        CrossDomainSpill(),
    )
}
