"""What may be an input: forbidden indicators and protected columns, for real people and for worlds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from scs_ml.core import GateRecord
from scs_ml.exceptions import SafeguardError
from scs_ml.safeguards.bases import require_open
from scs_ml.safeguards.names import protected_word

if TYPE_CHECKING:
    from scs_ml.schemes import Indicator, Scheme

RULE = "forbidden_input"


@dataclass(frozen=True)
class InputGate:
    """Indicators by name: possible model inputs, those kept from every model, and what was said of them."""

    permitted: tuple[str, ...]
    withheld: tuple[str, ...]
    records: tuple[GateRecord, ...]


def gate_inputs(scheme: Scheme) -> InputGate:
    """Part a scheme's indicators into model inputs and withheld ones.

    Real people: a forbidden indicator is withheld and the record says ``refused``, whatever its `input`
    says. A world: it stays an input, or no wrong could be planted, and the record says ``recorded``.
    ``input: false`` is withheld under every basis; nothing is recorded, unless the indicator is forbidden
    too.

    Parameters
    ----------
    scheme : Scheme

    Returns
    -------
    InputGate
    """
    permitted: list[str] = []
    withheld: list[str] = []
    records: list[GateRecord] = []
    for indicator in scheme.indicators:
        reason = _reason(scheme, indicator)
        keep_out = not indicator.input or (reason is not None and scheme.real_people)
        (withheld if keep_out else permitted).append(indicator.name)
        if reason is None:
            continue
        outcome: Literal["refused", "kept", "recorded"] = "kept" if keep_out else "recorded"
        if scheme.real_people:
            outcome = "refused"
        detail = f"{indicator.name} must not be a model input: {reason}"
        rules = _rules_on(scheme, indicator.name)
        if keep_out and rules:
            detail += f"; the card gives points for it ({', '.join(rules)}), and no model here sees it"
        records.append(GateRecord(RULE, outcome, detail, (indicator.table_column,)))
    return InputGate(tuple(permitted), tuple(withheld), tuple(records))


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
        One record: ``kept`` where nothing forbidden is among them, ``recorded`` where a world or an existing
        model holds some.

    Raises
    ------
    SafeguardError
        Rule ``basis`` where the basis opens no training; rule ``forbidden_input`` for real people, naming
        every forbidden column and why.
    """
    if not existing:
        require_open(scheme, "surrogate" if surrogate else "training")
    reasons = {column: reason for column in columns if (reason := _column_reason(scheme, str(column)))}
    if not reasons:
        return (GateRecord(RULE, "kept", f"none of the {len(columns)} model inputs is forbidden"),)
    listed = "; ".join(f"{column}: {reason}" for column, reason in reasons.items())
    if scheme.real_people and not existing:
        raise SafeguardError(
            f"{len(reasons)} column{'s' * (len(reasons) > 1)} must not be model inputs where people are real",
            rule=RULE,
            where=listed,
            remedy=f"take {', '.join(map(str, reasons))} out of the inputs; fairness is measured with "
            "what stands under `sensitive`",
        )
    return (GateRecord(RULE, "recorded", f"the model sees them: {listed}", tuple(map(str, reasons))),)


def _rules_on(scheme: Scheme, indicator: str) -> list[str]:
    return [rule.name for rule in scheme.card.rules if rule.indicator == indicator] if scheme.card else []


def _reason(scheme: Scheme, indicator: Indicator) -> str | None:
    column = indicator.table_column
    return (
        indicator.forbidden_reason
        or _declared(scheme, column)
        or _named(indicator.name)
        or protected_reason(scheme, column)
    )


def _column_reason(scheme: Scheme, column: str) -> str | None:
    for indicator in scheme.indicators:
        if column in (indicator.name, indicator.table_column) and (reason := _reason(scheme, indicator)):
            return reason
    return _declared(scheme, column) or protected_reason(scheme, column)


def protected_reason(scheme: Scheme, column: str) -> str | None:
    """Why a column speaks of a protected attribute or a situation: by what the scheme or its name says."""
    measured = [(f"the sensitive attribute {a.name}", a.name, a.table_column) for a in scheme.sensitive]
    measured += [(f"the situation {s.name}", s.name, s.table_column) for s in scheme.situations]
    # A column that `wide` makes is whatever it is made of.
    sources = scheme.sources(column)
    for what, name, source in measured:
        if column == name or sources & scheme.sources(source):
            return f"it is {what}"
    return next(filter(None, map(_named, sorted(sources))), None)


def _declared(scheme: Scheme, column: str) -> str | None:
    """Why a column is kept for telling who and what: it is declared as something else."""
    identities = {
        scheme.roles.subject: "the subject's identity",
        scheme.roles.family: "the family, which stands for relatives",
        scheme.basis.birth_column: "the age that minors are refused by",
        scheme.outcome.column if scheme.outcome else None: "the outcome that the score claims to foresee",
    }
    sources = scheme.sources(column)
    return next(
        (f"it is {what}" for other, what in identities.items() if other and sources & scheme.sources(other)),
        None,
    )


def _named(column: str) -> str | None:
    word = protected_word(column)
    return f"its name says {word}" if word else None
