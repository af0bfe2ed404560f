"""Turn an audit record into the figures of its page. Nothing is computed here that is not in the record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scs_ml.report.plots import ForestRow, ReliabilityCurve, forest, migration, reliability, waterfall
from scs_ml.report.words import check_text, group_text, in_unit, unit_text

MOST_ROWS = 16  # rows of one forest plot: flags first; what is left out is counted below it
MOST_CURVES = 6  # more groups cannot be told apart in one figure: their numbers stand in the table
MOST_STEPS = 10  # steps of one waterfall; the smaller ones are shown as one

_SHOWN_FIRST = ("flag", "cannot tell", "clear", "not applicable")
_EVERYBODY = "everybody"
_POINT = ("forecast", "observed", "low", "high")


@dataclass(frozen=True)
class Drawn:
    """A figure on the page, and what has to be said below it."""

    title: str
    svg: str
    note: str = ""


def difference_figures(record: Mapping[str, Any]) -> list[Drawn]:
    """Draw the effects of every check of kind difference, one figure per check, metric and unit."""
    panels: dict[tuple[str, str, str], list[Mapping[str, Any]]] = {}
    for finding in record["findings"]:
        effect = finding["effect"]
        if (
            finding["kind"] == "difference"
            and effect
            and None not in (effect["value"], effect["low"], effect["high"])
        ):
            panels.setdefault((finding["check"], effect["metric"], effect["unit"]), []).append(finding)
    checks = list(dict.fromkeys(check for check, _, _ in panels))
    # Of one check, what speaks of the whole scale comes before what speaks of single boundaries.
    ordered = sorted(panels.items(), key=lambda p: (checks.index(p[0][0]), p[1][0]["boundary"] is not None))
    return [_effects(check, metric, unit, found) for (check, metric, unit), found in ordered]


def _effects(check: str, metric: str, unit: str, findings: Sequence[Mapping[str, Any]]) -> Drawn:
    by_weight = sorted(findings, key=lambda f: (_SHOWN_FIRST.index(f["verdict"]), -abs(f["effect"]["value"])))
    shown, left_out = by_weight[:MOST_ROWS], by_weight[MOST_ROWS:]
    title = f"{check_text(check)}: {metric}, in {unit_text(unit)}"
    svg = forest([_row(f, unit) for f in shown], title=title, unit=f"in {unit_text(unit)}")
    if not left_out:
        return Drawn(title, svg)
    counted = ", ".join(f"{n} {verdict}" for verdict, n in Counter(f["verdict"] for f in left_out).items())
    return Drawn(
        title,
        svg,
        f"Shown are {len(shown)} of {len(findings)} comparisons, flags first, then the largest. "
        f"Left out: {counted}; they stand in the list of all comparisons.",
    )


def _row(finding: Mapping[str, Any], unit: str) -> ForestRow:
    effect = finding["effect"]
    parts = [group_text(finding["group"])]
    if finding["indicator"]:
        parts.append(finding["indicator"])
    if finding["boundary"]:
        parts.append(finding["boundary"]["label"])
    value, low, high = (in_unit(effect[name], unit) for name in ("value", "low", "high"))
    floor = None if effect["floor"] is None else in_unit(effect["floor"], unit)
    return ForestRow(" · ".join(parts), value, low, high, finding["verdict"], floor)


def forecast_figures(record: Mapping[str, Any]) -> list[Drawn]:
    """Draw category migration, and the calibration of all rows, where the record holds them."""
    drawn = []
    if table := _table(record, "migration"):
        rows = [dict(zip(table["columns"], row, strict=True)) for row in table["rows"]]
        labels = [str(row[0]) for row in table["rows"]]
        shares = [[_number(row.get(f"share to {label}")) for label in labels] for row in rows]
        title = str(table["title"])
        drawn.append(Drawn(title, migration(shares, labels, title=title)))
    everybody: dict[str, list[Mapping[str, Any]]] = {}
    for point in _calibration(record):
        if point.get("group") == _EVERYBODY:
            everybody.setdefault(str(point.get("boundary")), []).append(point)
    if everybody:
        title = "Calibration of all rows, by boundary"
        curves = [_curve(boundary, points) for boundary, points in everybody.items()]
        drawn.append(Drawn(title, reliability(curves, title=title)))
    return drawn


def calibration_figures(record: Mapping[str, Any]) -> list[Drawn]:
    """One figure per boundary and attribute: the groups of an attribute are compared, not all with all."""
    panels: dict[tuple[str, str], dict[str, list[Mapping[str, Any]]]] = {}
    for point in _calibration(record):
        # "minority = yes, sex = male" is an intersection: compared with the others of these attributes
        attribute = " and ".join(part.split(" = ")[0] for part in str(point.get("group")).split(", "))
        panel = panels.setdefault((attribute, str(point.get("boundary"))), {})
        panel.setdefault(str(point.get("group")), []).append(point)
    return [
        Drawn(title, reliability([_curve(label, each) for label, each in groups.items()], title=title))
        for (attribute, boundary), groups in panels.items()
        if 1 < len(groups) <= MOST_CURVES
        for title in [f"Calibration at {boundary}, by {attribute}"]
    ]


def _calibration(record: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Give the points of the calibration table that can be drawn."""
    table = _table(record, "calibration")
    if table is None:
        return []
    points = [dict(zip(table["columns"], row, strict=True)) for row in table["rows"]]
    return [p for p in points if all(_number(p.get(name)) is not None for name in _POINT)]


def _curve(label: str, points: Sequence[Mapping[str, Any]]) -> ReliabilityCurve:
    forecast, observed, low, high = (tuple(float(point[name]) for point in points) for name in _POINT)
    return ReliabilityCurve(label, forecast, observed, low, high)


def person_figures(record: Mapping[str, Any]) -> list[Drawn]:
    """Draw one waterfall per person the record holds."""
    return [_person(person) for person in record["persons"]]


def _person(person: Mapping[str, Any]) -> Drawn:
    title = (
        f"{person['subject']}, {person['period']}: forecast {person['category']}, "
        f"boundary {person['boundary']['label']}"
    )
    steps = [
        (f"{each['indicator']} = {each['value']} ({each['source']})", float(each["shap"]))
        for each in person["contributions"]
    ]
    if len(steps) > MOST_STEPS:
        rest = steps[MOST_STEPS:]
        steps = [*steps[:MOST_STEPS], (f"{len(rest)} smaller ones", sum(shap for _, shap in rest))]
    svg = waterfall(
        steps,
        base_value=person["base_value"],
        forecast=person["forecast"],
        title=title,
        unit=person["target"],
    )
    return Drawn(title, svg)


def _number(cell: object) -> float | None:
    return float(cell) if isinstance(cell, int | float) else None


def _table(record: Mapping[str, Any], name: str) -> Mapping[str, Any] | None:
    found: Mapping[str, Any] | None = next(
        (t for t in record["tables"] if t["name"] == name and t["rows"]), None
    )
    return found
