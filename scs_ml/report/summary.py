"""The first lines of a report, for a reviewer who is no statistician: who, what, how big, how sure, next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scs_ml.report import words

Findings = Sequence[Mapping[str, Any]]

_ORIGINS = {
    "forecaster": "forecasts of",
    "third party": "forecasts of a third-party model,",
    "existing score": "an existing score,",
}


@dataclass(frozen=True)
class Statement:
    """A line of the summary: what it is about, then the rest."""

    lead: str
    text: str


def audited_text(record: Mapping[str, Any]) -> str:
    """Say what was audited."""
    forecast = record["forecast"]
    return (
        f"Audited: {_ORIGINS[forecast.get('origin', 'forecaster')]} {forecast.get('name', 'unnamed')}; "
        f"{forecast.get('rows', 0):,} rows; categories {', '.join(record['scheme']['categories'])} "
        "(worst first)."
    )


def summary_of(record: Mapping[str, Any]) -> list[Statement]:
    """Say what was flagged, what could not be told, and what no check could look at.

    Parameters
    ----------
    record : mapping
        That keeps the contract of ``audit.json``.

    Returns
    -------
    list of Statement
        Mechanism flags first, those of one mechanism and indicator as one statement.
    """
    findings = record["findings"]
    statements = [
        *_mechanisms([f for f in findings if f["kind"] == "mechanism"]),
        *_differences([f for f in findings if f["kind"] == "difference"]),
        *_open_questions(findings, "cannot tell", "Could not be told"),
        *_open_questions(findings, "not applicable", "Not applicable"),
    ]
    breaches = sum(gate["outcome"] == "recorded" for gate in record["safeguards"])
    if breaches:
        statements.append(
            Statement(
                f"Safeguards: {breaches} on record.",
                "Each is a breach that this basis does not refuse, and writes down.",
            )
        )
    return statements


def _mechanisms(findings: Findings) -> list[Statement]:
    flagged: dict[tuple[str, str | None], list[Mapping[str, Any]]] = {}
    for finding in findings:
        if finding["verdict"] == "flag":
            key = (words.mechanisms_text(finding), finding["indicator"])
            flagged.setdefault(key, []).append(finding)
    if not findings:
        return [Statement("No mechanism was looked for.", "Only differences between groups were.")]
    if all(f["verdict"] == "not applicable" for f in findings):
        return [Statement("No mechanism could be looked for.", "See below what was not applicable.")]
    if not flagged:
        return [
            Statement(
                "No mechanism was flagged.",
                "That does not clear the score: see below what could not be told and what was not looked at.",
            )
        ]
    return [_mechanism(name, through, found) for (name, through), found in flagged.items()]


def _mechanism(name: str, through: str | None, findings: Findings) -> Statement:
    first = findings[0]
    p = first["p_adjusted"]
    sure = "" if p is None else f" How sure: {words.p_text(p)}, corrected for the number of questions asked."
    groups = dict.fromkeys(words.group_text(each["group"]) for each in findings)
    _, *others = groups
    also = f" Also for {'; '.join(others)}." if others else ""
    effect = words.effect_text(first) or words.group_text(first["group"])
    return Statement(
        f"{name}{f', through {through}' if through else ''}.",
        f"{effect[:1].upper()}{effect[1:]}.{sure}{also} Next: {first['next_step']}",
    )


def _differences(findings: Findings) -> list[Statement]:
    flagged = [f for f in findings if f["verdict"] == "flag"]
    if not flagged:
        return []
    groups = dict.fromkeys(words.group_text(f["group"]) for f in flagged)
    return [
        Statement(
            f"Groups differ beyond the floor in {len(flagged)} of {len(findings)} comparisons.",
            f"They are {'; '.join(groups)}. A difference alone does not say that anyone is wronged.",
        )
    ]


def _open_questions(findings: Findings, verdict: str, lead: str) -> list[Statement]:
    of_check = Counter(f["check"] for f in findings)
    found = Counter(f["check"] for f in findings if f["verdict"] == verdict)
    if not found:
        return []
    counted = ", ".join(
        f"{words.check_text(check)} ({count} of {of_check[check]})" for check, count in found.items()
    )
    return [Statement(f"{lead}: {sum(found.values())} of {len(findings)} questions.", f"{counted}.")]
