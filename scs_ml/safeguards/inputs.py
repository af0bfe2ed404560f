"""What may be an input: asked of the scheme when a table is read, and of columns before a model sees them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from scs_ml.core import GateRecord
from scs_ml.exceptions import SafeguardError
from scs_ml.safeguards.bases import require_open
from scs_ml.safeguards.breaches import (
    CONTEXT,
    FORBIDDEN,
    HIDDEN,
    RELATIVES,
    SOURCE,
    STATE_OF_MIND,
    UNSAID,
    Breach,
    column_breach,
    is_refused,
)
from scs_ml.safeguards.contexts import declared_reason, other_domain

if TYPE_CHECKING:
    from scs_ml.schemes import Scheme

# The rules that are asked of every scheme, in this order, and what each says where nothing breaks it.
_KEPT = {
    FORBIDDEN: "no indicator is protected, an opinion or communication by what is declared or named",
    HIDDEN: "no level of an indicator is a word of a protected attribute, plain or coded",
    STATE_OF_MIND: "no indicator speaks of health or a state of mind by what is declared or named",
    RELATIVES: "no indicator speaks of relatives or friends by what is declared or named",
    SOURCE: "every indicator names its source database",
    CONTEXT: "every indicator comes from the domain in which the score is used",
}


@dataclass(frozen=True)
class InputGate:
    """Indicators by name: possible model inputs, those kept from every model, and what was said of them.

    `forbidden` are those that no model of real people may see: for what they are, or because what the owner
    left unsaid is refused under this basis.
    """

    permitted: tuple[str, ...]
    withheld: tuple[str, ...]
    records: tuple[GateRecord, ...]
    forbidden: tuple[str, ...] = ()


def gate_inputs(scheme: Scheme) -> InputGate:
    """Part a scheme's indicators into model inputs and withheld ones.

    Real people: a forbidden indicator is withheld and the record says ``refused``, whatever its `input`
    says. A world: it stays an input, or no wrong could be planted, and the record says ``recorded``.
    ``input: false`` is withheld under every basis.

    Parameters
    ----------
    scheme : Scheme

    Returns
    -------
    InputGate
        With a record for every indicator that breaks a rule; one for all that leave the same thing unsaid;
        and one, ``kept``, for every rule that none of them breaks and for every domain that is declared.
    """
    breaches = {i.name: breach for i in scheme.indicators if (breach := column_breach(scheme, i.name))}
    refused = {name for name, breach in breaches.items() if is_refused(scheme, breach)}
    shut = [i.name for i in scheme.indicators if not i.input or i.name in refused]
    records = [
        _record(scheme, name, breach, kept_out=name in shut)
        for name, breach in breaches.items()
        if breach.rule not in UNSAID
    ]
    records += _unsaid(scheme, breaches)
    records += _declared(scheme, breaches)
    asked = {record.rule for record in records}
    records += [GateRecord(rule, "kept", text) for rule, text in _KEPT.items() if rule not in asked]
    return InputGate(
        tuple(i.name for i in scheme.indicators if i.name not in shut),
        tuple(shut),
        tuple(records),
        tuple(name for name, breach in breaches.items() if breach.rule not in UNSAID or name in refused),
    )


def gate_training(
    scheme: Scheme, columns: Sequence[str], *, existing: bool = False, surrogate: bool = False
) -> tuple[GateRecord, ...]:
    """Ask whether these columns may be learnt from or forecast with; asked before every fit and forecast.

    Parameters
    ----------
    scheme : Scheme
        Of the people the model is about.
    columns : sequence of str
        Names of the model inputs, as the model sees them.
    existing : bool
        The model was made elsewhere and is being audited: a breach is recorded, so that it can be reported.
    surrogate : bool
        The model imitates a score under audit, and is kept nowhere.

    Returns
    -------
    tuple of GateRecord
        ``kept`` where nothing forbidden is among them; one ``recorded`` for every rule where a world or an
        existing model holds some.

    Raises
    ------
    SafeguardError
        Rule ``basis`` where the basis opens no training; for real people the rule that is broken
        (``forbidden_input``, ``state_of_mind``, ``relatives``, ``hidden_input``, ``source_named``,
        ``other_context``), naming every such column and why.
    """
    if not existing:
        require_open(scheme, "surrogate" if surrogate else "training")
    found = {str(column): breach for column in columns if (breach := column_breach(scheme, str(column)))}
    refused = {} if existing else {c: breach for c, breach in found.items() if is_refused(scheme, breach)}
    if refused:
        raise SafeguardError(
            f"{len(refused)} column{'s' * (len(refused) > 1)} must not be model inputs where people are real",
            rule=_first(refused),
            where=_listed(refused),
            remedy=_remedy(refused),
        )
    found = {column: breach for column, breach in found.items() if breach.rule not in UNSAID}
    if not found:
        return (GateRecord(FORBIDDEN, "kept", f"none of the {len(columns)} model inputs is forbidden"),)
    parts = {rule: {c: b for c, b in found.items() if b.rule == rule} for rule in _KEPT}
    return tuple(
        GateRecord(rule, "recorded", f"the model sees them: {_listed(part)}", tuple(part))
        for rule, part in parts.items()
        if part
    )


def _record(scheme: Scheme, name: str, breach: Breach, *, kept_out: bool) -> GateRecord:
    outcome: Literal["refused", "kept", "recorded"] = "kept" if kept_out else "recorded"
    if is_refused(scheme, breach):
        outcome = "refused"
    detail = f"{name} must not be a model input: {breach.why}"
    rules = [rule.name for rule in scheme.card.rules if rule.indicator == name] if scheme.card else []
    if kept_out and rules:
        detail += f"; the card gives points for it ({', '.join(rules)}), and no model here sees it"
    return GateRecord(breach.rule, outcome, detail, (scheme.indicator(name).table_column,))


def _unsaid(scheme: Scheme, breaches: Mapping[str, Breach]) -> Iterator[GateRecord]:
    """One record for each thing that was left unsaid, of all that it was left unsaid of."""
    what = {
        SOURCE: "the database they come from is not named in words",
        CONTEXT: f"they come from another domain than {scheme.basis.context!r}, and nobody declared why",
    }
    for rule, text in what.items():
        names = [name for name, breach in breaches.items() if breach.rule == rule]
        if not names:
            continue
        field = "database" if rule == SOURCE else "context"
        listed = ", ".join(
            f"{name} ({getattr(scheme.indicator(name), field).strip() or 'empty'})" for name in names
        )
        outcome: Literal["refused", "recorded"] = (
            "refused" if is_refused(scheme, breaches[names[0]]) else "recorded"
        )
        columns = tuple(scheme.indicator(name).table_column for name in names)
        yield GateRecord(rule, outcome, f"{text}: {listed}", columns)


def _declared(scheme: Scheme, breaches: Mapping[str, Breach]) -> Iterator[GateRecord]:
    """One record for each other domain whose use the owner gave a reason for, so that reports print it."""
    domains: dict[tuple[str, str], list[str]] = {}
    for indicator in scheme.indicators:
        reason = declared_reason(scheme, indicator) if other_domain(scheme, indicator) else None
        if reason is not None and indicator.input and indicator.name not in breaches:
            domains.setdefault((indicator.context, reason), []).append(indicator.table_column)
    for (domain, reason), columns in domains.items():
        text = f"{', '.join(columns)}: from {domain}, used in {scheme.basis.context}; {reason}"
        yield GateRecord(CONTEXT, "kept", text, tuple(columns))


def _first(found: Mapping[str, Breach]) -> str:
    rules = {breach.rule for breach in found.values()}
    return next(rule for rule in _KEPT if rule in rules)


def _listed(found: Mapping[str, Breach]) -> str:
    return "; ".join(f"{column}: {breach.why}" for column, breach in found.items())


def _remedy(found: Mapping[str, Breach]) -> str:
    listed = ", ".join(found)
    said = {
        SOURCE: "or name who holds them (`database`)",
        CONTEXT: "or declare the domain with its reason under `basis.other_contexts`",
    }
    also = [text for rule, text in said.items() if any(b.rule == rule for b in found.values())]
    measured = any(breach.rule not in UNSAID for breach in found.values())
    parts = [f"take {listed} out of the inputs", *also]
    return ", ".join(parts) + (
        "; fairness is measured with what stands under `sensitive`" if measured else ""
    )
