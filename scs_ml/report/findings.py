"""Findings as the page shows them: some as cards with their evidence, all of them in tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scs_ml.report import words

Findings = Sequence[Mapping[str, Any]]

_TONE = {"flag": "flag", "clear": "clear", "cannot tell": "unsure", "not applicable": "none"}
_AS_CARDS = ("flag", "cannot tell")


@dataclass(frozen=True)
class Tile:
    """A count at the top of the page."""

    count: int
    label: str
    tone: str


@dataclass(frozen=True)
class Card:
    """A finding with its evidence."""

    verdict: str
    tone: str
    heading: str
    check: str
    effect: str | None
    numbers: str
    evidence: Sequence[Mapping[str, Any]]
    next_step: str


@dataclass(frozen=True)
class Folded:
    """A folded list of findings: its title with the counts, a table, and what the verdicts ask for."""

    title: str
    table: Mapping[str, Any]
    lines: Sequence[str]


def tiles(findings: Findings) -> list[Tile]:
    """Count the findings by verdict; flags also by kind."""
    count = Counter((f["kind"], f["verdict"]) for f in findings)
    both = Counter(f["verdict"] for f in findings)
    return [
        Tile(count["mechanism", "flag"], "mechanism flags", "flag"),
        Tile(count["difference", "flag"], "difference flags", "differs"),
        Tile(both["cannot tell"], "could not be told", "unsure"),
        Tile(both["clear"], "within the floor", "clear"),
        Tile(both["not applicable"], "not applicable", "none"),
    ]


def mechanism_cards(findings: Findings) -> list[Card]:
    """Give a card to every mechanism finding that asks for something: flags, and what could not be told."""
    return [_card(f) for f in findings if f["kind"] == "mechanism" and f["verdict"] in _AS_CARDS]


def mechanism_note(findings: Findings) -> str:
    """Say why there is no card, where there is none."""
    verdicts = {f["verdict"] for f in findings if f["kind"] == "mechanism"}
    if not verdicts:
        return "No mechanism check was run."
    if verdicts == {"not applicable"}:
        return "None could be looked for; what would make it possible stands in the list below."
    return "None was flagged, and none was left open."


def folded_mechanisms(findings: Findings) -> list[Folded]:
    """Put the other mechanism findings into one table."""
    rest = [f for f in findings if f["kind"] == "mechanism" and f["verdict"] not in _AS_CARDS]
    return [_folded("Neither flagged nor open", rest)] if rest else []


def folded_differences(findings: Findings) -> list[Folded]:
    """Put every difference finding into a table, one per check."""
    by_check: dict[str, list[Mapping[str, Any]]] = {}
    for finding in findings:
        if finding["kind"] == "difference":
            by_check.setdefault(finding["check"], []).append(finding)
    return [
        _folded(f"{words.check_text(check)}: all comparisons", found) for check, found in by_check.items()
    ]


def _card(finding: Mapping[str, Any]) -> Card:
    evidence = [
        {
            "stage": each["stage"],
            "statement": each["statement"],
            "numbers": [(name, words.number_text(value)) for name, value in each["values"].items()],
        }
        for each in finding["evidence"]
        if each["stage"] != "power"  # it stands among the numbers
    ]
    return Card(
        finding["verdict"],
        _TONE[finding["verdict"]],
        words.heading(finding),
        finding["check"],
        words.effect_text(finding),
        words.numbers_text(finding),
        evidence,
        finding["next_step"],
    )


def _folded(title: str, findings: Findings) -> Folded:
    counted = ", ".join(f"{n} {verdict}" for verdict, n in Counter(f["verdict"] for f in findings).items())
    lines = dict.fromkeys(
        f"{words.check_text(each['check'])}, {each['verdict']}: {each['next_step']}" for each in findings
    )
    return Folded(f"{title} ({counted})", _table(title, findings), list(lines))


def _table(title: str, findings: Findings) -> Mapping[str, Any]:
    """Give findings as a table; a column that is empty in every row is left out."""
    rows = [_row(f) for f in findings]
    columns = [name for name in rows[0] if any(row[name] is not None for row in rows)]
    return {"title": title, "columns": columns, "rows": [[row[name] for name in columns] for row in rows]}


def _row(finding: Mapping[str, Any]) -> dict[str, Any]:
    effect = finding["effect"] or dict.fromkeys(("metric", "value", "low", "high", "unit", "floor"))
    bounds = [words.cell_text(effect[name]) for name in ("low", "high")]
    n = [words.count_text(finding["n"][side]) for side in ("group", "reference")]
    return {
        "verdict": finding["verdict"],
        "looked for": words.check_text(finding["check"]) if finding["kind"] == "mechanism" else None,
        "group": words.group_text(finding["group"]),
        "reference": words.group_text(finding["reference"]),
        "indicator": finding["indicator"],
        "boundary": finding["boundary"] and finding["boundary"]["label"],
        "effect": effect["metric"] and f"{effect['metric']} ({effect['unit']})",
        "value": effect["value"],
        "interval": None if effect["low"] is None else " to ".join(bounds),
        "floor": effect["floor"],
        "adjusted p": finding["p_adjusted"],
        "detectable": finding["detectable"],
        "power at the floor": words.power_at_floor(finding),
        "rows": " against ".join(n),
    }
