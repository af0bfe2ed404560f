"""One page on a score with an outcome: who bears its errors, what it means per group, and what is open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from scs_ml.report import words
from scs_ml.report.summary import audited_text

Record = Mapping[str, Any]
Finding = Mapping[str, Any]

FALSE, MISSED = "false adverse rate", "missed adverse rate"

_WHY = (
    (
        "An outcome observed independently of the score and of whoever recorded the indicators: where one "
        "group is watched more, its recorded outcome is bent by the same hand as its indicators."
    ),
    "The inputs that the score was made from, and where each comes from.",
    "The ledger of what was recorded, and a sample of it looked up.",
)


def one_page(record: Record) -> str | None:
    """Write the page.

    Parameters
    ----------
    record : mapping
        That keeps the contract of ``audit.json``.

    Returns
    -------
    str or None
        Markdown; None but for an existing score whose error rates could be compared: it has an outcome that
        was recorded apart from it, and groups.
    """
    if record["forecast"].get("origin") != "existing score":
        return None
    errors = [f for f in record["findings"] if f["check"] == "error_rates" and _told(f)]
    false = [f for f in errors if f["effect"]["metric"] == FALSE]
    if not false:
        return None
    # Where attributes meet, the gap is a part of theirs: the page leads with the widest gap of one attribute.
    lead = max(false, key=lambda f: (len(f["group"]) == 1, f["verdict"] == "flag", abs(f["effect"]["value"])))
    lines = [
        f"# {record['scheme']['title']}: the two sides, on one page",
        audited_text(record),
        f"Intervals hold jointly for all comparisons of one check. {words.CAUTION}",
        *_errors(record, errors, lead),
        *_meaning(record, lead),
        *_both(record, lead),
        *_why(record),
        *_others(record, errors, lead),
    ]
    return "\n\n".join(lines) + "\n"


def _told(finding: Finding) -> bool:
    return finding["effect"] is not None and finding["effect"]["value"] is not None


def _errors(record: Record, errors: Sequence[Finding], lead: Finding) -> list[str]:
    lines = [
        "## One side: who bears the errors",
        f"At {lead['boundary']['label']}, where the gap is widest; shares with intervals of their own.",
    ]
    group, reference = (words.group_text(lead[side]) for side in ("group", "reference"))
    rates = {
        name: _row(record, "error_rates", name, lead["boundary"]["label"]) for name in (group, reference)
    }
    rows = [
        f"| of those | {group} | {reference} | difference | verdict |",
        "|---|---|---|---|---|",
    ]
    for metric, column, who in (
        (FALSE, "FPR", "without the adverse outcome, put at or below the boundary"),
        (MISSED, "FNR", "with the adverse outcome, put above it"),
    ):
        found = _same(errors, lead, metric)
        if found is not None:
            shares = [_share(rates[name], column) for name in (group, reference)]
            rows.append(f"| {who} | {shares[0]} | {shares[1]} | {_difference(found)} | {found['verdict']} |")
    return [*lines, "\n".join(rows)]


def _meaning(record: Record, lead: Finding) -> list[str]:
    """Say whether the score means the same: calibration of the lead's group."""
    about = [
        f
        for f in record["findings"]
        if f["check"] == "calibration"
        and _told(f)
        and f["group"] == lead["group"]
        and (f["boundary"] is None or f["boundary"] == lead["boundary"])
    ]
    lines = ["## The other side: what the score means"]
    if not about:
        return [*lines, "Calibration could not be compared; the report says why."]
    [found] = about[:1]
    told = {
        "flag": "It does not mean the same in both groups.",
        "clear": "It means the same in both groups, to within the floor.",
        "cannot tell": "Parity is neither shown nor refuted: the interval holds none and a material gap.",
    }
    apart = abs(lead["effect"]["value"]) / max(abs(found["effect"]["value"]), 1e-9)
    beside = f" The gap in false adverse rates is {apart:.1f} times as wide." if 1 < apart < 1e3 else ""
    floor = words.in_unit(found["effect"]["floor"], found["effect"]["unit"])
    lines.append(
        f"{found['effect']['metric'].capitalize()}: {_difference(found)} for "
        f"{words.group_text(found['group'])}; held immaterial up to {floor:.1f} points. "
        f"{told[found['verdict']]} (verdict: {found['verdict']}){beside}"
    )
    table = _table(record, "calibration")
    if table is not None and "category" in table["columns"]:
        names = [words.group_text(lead[side]) for side in ("group", "reference")]
        rows = [f"| adverse outcome, given | {names[0]} | {names[1]} |", "|---|---|---|"]
        for category in record["scheme"]["categories"]:
            shares = [_share(_row(record, "calibration", name, category), "observed") for name in names]
            rows.append(f"| {category} | {shares[0]} | {shares[1]} |")
        lines.append("\n".join(rows))
    return lines


def _both(record: Record, lead: Finding) -> list[str]:
    """Say that both can be right, with the shares that tie them together."""
    shares = []
    for side in ("group", "reference"):
        name = words.group_text(lead[side])
        row = _row(record, "error_rates", name, lead["boundary"]["label"])
        counts = None if row is None else [row[c] for c in ("TN", "FP", "FN", "TP")]
        if counts is not None and None not in counts and sum(counts):
            shares.append(f"{(counts[2] + counts[3]) / sum(counts):.1%} of {name}")
    recorded = f" The adverse outcome was recorded for {' and '.join(shares)}." if shares else ""
    text = (
        "Error rates and meaning are tied: with p the share of adverse outcomes in a group and PPV the share "
        "of them among those put at or below the boundary, FPR = p / (1 - p) x (1 - PPV) / PPV x (1 - FNR) "
        f"(Chouldechova 2017).{recorded} Where these shares differ, equal meaning forces unequal errors, "
        "whoever makes the score. Every number above is of kind `difference`: it says that groups "
        "differ, and not why."
    )
    return ["## Both can be right", text]


def _why(record: Record) -> list[str]:
    mechanisms = [f for f in record["findings"] if f["kind"] == "mechanism"]
    flagged = dict.fromkeys(words.heading(f) for f in mechanisms if f["verdict"] == "flag")
    steps = dict.fromkeys(f["next_step"] for f in mechanisms if f["verdict"] == "not applicable")
    lines = ["## What it would take to tell why"]
    if flagged:
        lines.append(f"Mechanisms flagged: {'; '.join(flagged)}. The report gives the evidence.")
    elif mechanisms:
        blind = sum(f["verdict"] == "not applicable" for f in mechanisms)
        lines.append(
            f"No mechanism was flagged; {blind} of {len(mechanisms)} questions could not be asked here."
        )
    return [*lines, "\n".join(f"- {each}" for each in (*_WHY, *steps))]


def _others(record: Record, errors: Sequence[Finding], lead: Finding) -> list[str]:
    """Give the same differences for every group of one attribute, at the same boundary."""
    columns = ("group", "against", "at risk of the first", FALSE, MISSED, "given the category")
    rows = [f"| {' | '.join(columns)} |", "|---|---|---|---|---|---|"]
    calibration = [f for f in record["findings"] if f["check"] == "calibration" and _told(f)]
    for first in errors:
        here = first["boundary"] == lead["boundary"] and first["effect"]["metric"] == FALSE
        if not here or len(first["group"]) != 1:
            continue
        meant = [
            f
            for f in calibration
            if f["group"] == first["group"] and f["boundary"] in (None, lead["boundary"])
        ]
        found = (first, _same(errors, first, MISSED), meant[0] if meant else None)
        cells = ["–" if f is None else f"{_difference(f)}, {f['verdict']}" for f in found]
        names = [words.group_text(first[side]) for side in ("group", "reference")]
        rows.append(
            f"| {names[0]} | {names[1]} | {words.count_text(first['n']['group'])} | {' | '.join(cells)} |"
        )
    return [f"## All groups, at {lead['boundary']['label']}", "\n".join(rows)]


def _same(findings: Sequence[Finding], like: Finding, metric: str) -> Finding | None:
    for f in findings:
        if (
            f["group"] == like["group"]
            and f["boundary"] == like["boundary"]
            and f["effect"]["metric"] == metric
        ):
            return f
    return None


def _table(record: Record, name: str) -> Mapping[str, Any] | None:
    return next((table for table in record["tables"] if table["name"] == name), None)


def _row(record: Record, name: str, group: str, second: str) -> dict[str, Any] | None:
    """Give the row of a table whose first two cells are these; tables name groups with commas."""
    table = _table(record, name)
    for row in table["rows"] if table else ():
        if str(row[0]).replace(", ", " and ") == group and row[1] == second:
            return dict(zip(table["columns"], row, strict=True)) if table else None
    return None


def _share(row: Mapping[str, Any] | None, column: str) -> str:
    low, high = ("low", "high") if column == "observed" else (f"{column} low", f"{column} high")
    if row is None or row.get(column) is None or row.get(low) is None:
        return "–"
    return f"{row[column]:.1%} ({row[low]:.1%} to {row[high]:.1%})"


def _difference(finding: Finding) -> str:
    effect = finding["effect"]
    value, low, high = (words.in_unit(effect[name], effect["unit"]) for name in ("value", "low", "high"))
    return f"{value:+.1f} points ({low:+.1f} to {high:+.1f})"
