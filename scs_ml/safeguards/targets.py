"""What a model of our own may forecast, and of which rows: nothing protected decides either."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from scs_ml.core import GateRecord
from scs_ml.exceptions import SafeguardError
from scs_ml.safeguards.breaches import measured_reason

if TYPE_CHECKING:
    from scs_ml.schemes import RowCondition, Scheme

FILTER_RULE, TARGET_RULE = "protected_filter", "protected_target"


def gate_filter(scheme: Scheme, row_filter: str | None) -> tuple[GateRecord, ...]:
    """Record a row filter that chooses people by a protected column; asked whenever a table is read.

    Groups may be audited apart. A model for one group alone would use the attribute without seeing it:
    `gate_target` refuses that on this record. A lowest age in the column that minors are refused by is no
    such choice.

    Parameters
    ----------
    scheme : Scheme
    row_filter : str or None
        One of the scheme's filters.

    Returns
    -------
    tuple of GateRecord
        Empty where the filter asks nothing protected.
    """
    reasons = {
        condition.column: reason
        for condition in scheme.row_filters.get(row_filter or "", ())
        if not _lowest_age(scheme, condition) and (reason := measured_reason(scheme, condition.column))
    }
    if not reasons:
        return ()
    listed = "; ".join(f"{column}: {reason}" for column, reason in reasons.items())
    return (GateRecord(FILTER_RULE, "recorded", f"{row_filter} chooses rows by {listed}", tuple(reasons)),)


def gate_target(scheme: Scheme, gates: Sequence[GateRecord] = ()) -> None:
    """Refuse a model of real people that forecasts something protected, or is made for one group alone.

    Parameters
    ----------
    scheme : Scheme
    gates : sequence of GateRecord
        Of the dataset that is learned from: they say by what its rows were chosen.

    Raises
    ------
    SafeguardError
        Rule ``protected_target`` or ``protected_filter``.
    """
    if not scheme.real_people:
        return
    for column in filter(None, (scheme.roles.score, scheme.roles.category)):
        if reason := measured_reason(scheme, column):
            raise SafeguardError(
                "what would be forecast of real people is protected",
                rule=TARGET_RULE,
                where=f"{column}: {reason}",
                remedy="name the score or category of the scheme under roles, not an attribute of people",
            )
    for gate in gates:
        if gate.rule == FILTER_RULE:
            raise SafeguardError(
                "a model of real people must not be made for rows chosen by a protected column",
                rule=FILTER_RULE,
                where=gate.detail,
                remedy="train on all rows; the filter may be used to audit the group apart",
            )


def _lowest_age(scheme: Scheme, condition: RowCondition) -> bool:
    return condition.column == scheme.basis.birth_column and condition.model_fields_set == {
        "column",
        "minimum",
    }
