"""The model card: what was forecast from what, for whom, how well, and what the audit found, in Markdown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from scs_ml.report import words
from scs_ml.report.facts import forecast_facts, provenance
from scs_ml.report.summary import audited_text, summary_of


def card_markdown(record: Mapping[str, Any]) -> str:
    """Write the card of an audit record.

    Parameters
    ----------
    record : mapping
        That keeps the contract of ``audit.json``.

    Returns
    -------
    str
        Markdown; its sections follow Mitchell et al. (2019).

    References
    ----------
    Mitchell, M. et al. (2019). Model Cards for Model Reporting. FAT* '19.
    """
    scheme = record["scheme"]
    parts = [
        f"# Model card: {_text(scheme['title'])}",
        f"{_text(audited_text(record))} {words.CAUTION}",
        "## Intended use",
        _pairs(sorted(record["declared"].items())),
        "## Data",
        f"Scheme {_code(scheme['name'])}, basis {_code(scheme['basis'])}, {scheme['subjects']}.",
        f"Source: {_text(scheme['citation'])}",
        *_tables(record, "groups", "categories"),
        "## Forecast and explanation",
        *(_tables(record, "leaderboard") or ["No backtest belongs to this audit."]),
        _pairs(forecast_facts(record["forecast"])),
        "## Findings",
        "\n".join(f"- **{_text(each.lead)}** {_text(each.text)}" for each in summary_of(record)),
        "### Mechanisms flagged",
        _mechanisms(record["findings"]),
        "### Differences flagged",
        _differences(record["findings"]),
        "## Safeguards",
        "\n".join(f"- {_code(g['rule'])} {g['outcome']}: {_text(g['detail'])}" for g in record["safeguards"])
        or "No safeguard had anything to say.",
        *_withheld(record),
        "## Provenance",
        _pairs(provenance(record)),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _mechanisms(findings: Sequence[Mapping[str, Any]]) -> str:
    shown = [f for f in findings if f["kind"] == "mechanism" and f["verdict"] == "flag"]
    lines = [
        f"- **{_text(words.heading(f))}.** {_text(words.effect_text(f) or '')}. {_text(f['next_step'])}"
        for f in shown
    ]
    return "\n".join(lines) or "None."


def _differences(findings: Sequence[Mapping[str, Any]]) -> str:
    """Count the verdicts of each check, and name what is flagged below."""
    lines = []
    found = [f for f in findings if f["kind"] == "difference"]
    for check in dict.fromkeys(f["check"] for f in found):
        of_check = [f for f in found if f["check"] == check]
        counted = ", ".join(f"{n} {v}" for v, n in Counter(f["verdict"] for f in of_check).items())
        lines.append(f"- **{_text(words.check_text(check))}** ({counted})")
        lines += [f"  - {_text(_difference(f))}" for f in of_check if f["verdict"] == "flag"]
    return "\n".join(lines) or "No difference was looked for."


def _difference(finding: Mapping[str, Any]) -> str:
    about = [words.group_text(finding["group"])]
    if finding["indicator"]:
        about.append(f"through {finding['indicator']}")
    if finding["boundary"]:
        about.append(f"at {finding['boundary']['label']}")
    return f"{', '.join(about)}; {words.effect_text(finding) or 'too few people for a figure'}"


def _tables(record: Mapping[str, Any], *names: str) -> list[str]:
    return [
        f"**{_text(t['title'])}**\n\n{_grid(t['columns'], t['rows'])}"
        for t in record["tables"]
        if t["name"] in names
    ]


def _withheld(record: Mapping[str, Any]) -> list[str]:
    shown = _tables(record, words.WITHHELD_EFFECT)
    return [words.WITHHELD_NOTE, *shown] if shown else []


def _grid(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    lines = [_line(columns), f"|{' --- |' * len(columns)}", *(_line(map(words.cell_text, r)) for r in rows)]
    return "\n".join(lines)


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(_text(cell) for cell in cells)} |"


def _pairs(pairs: Iterable[tuple[str, str]]) -> str:
    return "\n".join(f"- {_text(name)}: {_text(value)}" for name, value in pairs)


def _code(value: str) -> str:
    return f"`{' '.join(value.replace('`', '').split())}`"


def _text(value: str) -> str:
    """Escape what Markdown or the HTML inside it would take for markup."""
    for mark, escaped in (
        ("\\", "\\\\"),
        ("&", "&amp;"),
        ("<", "&lt;"),
        ("|", "\\|"),
        ("*", "\\*"),
        ("[", "\\["),
        ("`", "\\`"),
    ):
        value = value.replace(mark, escaped)
    return " ".join(value.split())
