"""Why a column must not be a model input: what the scheme, its name, its values or its sources say of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from scs_ml.safeguards.bases import opens
from scs_ml.safeguards.contexts import declared_reason, other_domain, unnamed_source
from scs_ml.safeguards.lineage import made_of, own_names
from scs_ml.safeguards.names import forbidden_word
from scs_ml.safeguards.values import protected_values

if TYPE_CHECKING:
    from scs_ml.schemes import Indicator, Scheme

FORBIDDEN, STATE_OF_MIND, RELATIVES, HIDDEN = "forbidden_input", "state_of_mind", "relatives", "hidden_input"
SOURCE, CONTEXT = "source_named", "other_context"
# What the owner can mend by saying more: never forbidden for what it is.
UNSAID = (SOURCE, CONTEXT)
_RULE_OF_NATURE = {"health": STATE_OF_MIND, "psychological": STATE_OF_MIND}


@dataclass(frozen=True)
class Breach:
    """The rule that a column breaks as a model input, and why."""

    rule: str
    why: str


def column_breach(scheme: Scheme, column: str) -> Breach | None:
    """Say why a column must not be a model input, first for what it is, then for what it is made of.

    Parameters
    ----------
    scheme : Scheme
    column : str
        An indicator, a column of the table or a model input of that name.

    Returns
    -------
    Breach or None
        What a source must not be, a column derived from it must not be either, by the source's rule. What
        the owner can mend by saying more (`UNSAID`) is named only where nothing else stands against it.
    """
    names = own_names(scheme, column)
    sources = sorted(made_of(scheme, column) - names)
    for look in (_forbidden, _unsaid):
        for each in [column, *sorted(names - {column})]:
            if breach := look(scheme, each):
                return breach
        for each in sources:
            if breach := look(scheme, each):
                return Breach(breach.rule, f"it is derived from {each}: {breach.why}")
    return None


def is_refused(scheme: Scheme, breach: Breach) -> bool:
    """Whether the breach keeps a column out of models here, or is only recorded.

    Real people: refused. What was left unsaid is refused only where the basis opens training: an outside
    audit could not mend it, and has to see what the score was made of.

    Parameters
    ----------
    scheme : Scheme
    breach : Breach

    Returns
    -------
    bool
    """
    return scheme.real_people and (breach.rule not in UNSAID or opens(scheme, "training"))


def measured_reason(scheme: Scheme, column: str) -> str | None:
    """Why a column speaks of a protected attribute, a situation, a state of mind or others: never a target.

    Parameters
    ----------
    scheme : Scheme
    column : str

    Returns
    -------
    str or None
    """
    for each in sorted(own_names(scheme, column)):
        if found := _measured(scheme, each) or _named(each):
            return found.why
    return None


def _forbidden(scheme: Scheme, name: str) -> Breach | None:
    """For what the column of this one name is."""
    named = scheme.known_as.get(name, ())
    declared = next(filter(None, map(_declared, named)), None)
    levels = (i.levels for i in named if i.levels)
    return (
        declared
        or _identity(scheme, name)
        or _measured(scheme, name)
        or _named(name)
        or next((Breach(HIDDEN, why) for each in levels if (why := protected_values(each))), None)
    )


def _unsaid(scheme: Scheme, name: str) -> Breach | None:
    for indicator in scheme.known_as.get(name, ()):
        if why := unnamed_source(indicator):
            return Breach(SOURCE, why)
        if other_domain(scheme, indicator) and declared_reason(scheme, indicator) is None:
            where = indicator.context.strip() or "a domain that is not named"
            return Breach(CONTEXT, f"it comes from {where}, and nobody declared why it is used in another")
    return None


def _declared(indicator: Indicator) -> Breach | None:
    why = indicator.forbidden_reason
    if why is None:
        return None
    if indicator.concerns != "subject":
        return Breach(RELATIVES, why)
    return Breach(_RULE_OF_NATURE.get(indicator.nature, FORBIDDEN), why)


def _identity(scheme: Scheme, name: str) -> Breach | None:
    """What is kept for telling who and what: it is declared as something else."""
    identities = (
        (scheme.roles.subject, FORBIDDEN, "the subject's identity"),
        (scheme.roles.family, RELATIVES, "the family, which stands for relatives"),
        (scheme.basis.birth_column, FORBIDDEN, "the age that minors are refused by"),
        (
            scheme.outcome.column if scheme.outcome else None,
            FORBIDDEN,
            "the outcome that the score claims to foresee",
        ),
    )
    for column, rule, what in identities:
        if column and name in scheme.sources(column):
            return Breach(rule, f"it is {what}")
    return None


def _measured(scheme: Scheme, name: str) -> Breach | None:
    measured = [(f"the sensitive attribute {a.name}", a.name, a.table_column) for a in scheme.sensitive]
    measured += [(f"the situation {s.name}", s.name, s.table_column) for s in scheme.situations]
    for what, own, column in measured:
        if name == own or name in scheme.sources(column):
            return Breach(FORBIDDEN, f"it is {what}")
    return None


def _named(name: str) -> Breach | None:
    found = forbidden_word(name)
    return Breach(found[1], f"its name says {found[0]}") if found else None
