"""What a right finding would name: the group, the indicator, the mechanism."""

from __future__ import annotations

from scs_ml.core import Group
from scs_ml.worlds.conduct import MISCONDUCT

CHARGED = ("traffic_violations", "unpaid_debts")
# The indicators through which each mechanism takes points: any of them is right. Without an entry in the
# ledger, and without a column (`BROAD` worlds have some), there is none but the attribute itself.
INDICATORS: dict[str, tuple[str, ...]] = {
    "direct_use": (),
    "postcode_proxy": ("district",),
    "illness_misread": ("disorder_reports",),
    "state_of_mind": ("low_spirits",),
    "malicious_informant": ("informant_reports",),
    "family_spillover": (*CHARGED, "relatives_entries"),
    "parent_to_child": (*CHARGED, "relatives_entries"),
    "friends_conduct": ("disorder_reports", "friends_reports"),
    "thin_file": ("entries_on_record",),
    "recent_mover": ("quarters_here",),
    "disaster_as_fault": ("unpaid_debts",),
    "over_policing": ("disorder_reports",),
    "tampering": (),
    "intersection_only": (),
    "cross_domain_spill": tuple(MISCONDUCT),
    "organization_to_leaders": ("unpaid_debts", "organization_debts", "leads_organization"),
    "operator_error": tuple(MISCONDUCT),
    "purchases_misread": ("idle_purchases",),
    "explanation_attack": ("district",),
}
COLUMNS_OF_BROAD = (
    "low_spirits",
    "friends_reports",
    "relatives_entries",
    "idle_purchases",
    "organization_debts",
    "leads_organization",
    "quarters_here",
    "entries_on_record",
)

# What is read of everybody is taken from everybody: checks count such a loss from zero, since the reference
# bears a part of it.
FROM_ZERO = ("state_of_mind", "purchases_misread")


def right_indicator(slug: str, group: Group, indicator: str | None, *, broad: bool) -> bool:
    """Whether an indicator is one through which a mechanism takes points.

    Parameters
    ----------
    slug : str
    group : Group
        Whom it wrongs. Where no column shows what it goes by, the group's own attributes and no indicator at
        all are right.
    indicator : str or None
    broad : bool
        Whether the world's table has the columns of the broad scheme.
    """
    there = [name for name in INDICATORS[slug] if broad or name not in COLUMNS_OF_BROAD]
    if there:
        return indicator in there
    return indicator is None or indicator in {name for name, _ in group} | {"score"}


def right_group(named: Group, wronged: Group) -> bool:
    """Whether a finding's group is the wronged one, or a part of it."""
    return bool(named) and set(wronged) <= set(named)
