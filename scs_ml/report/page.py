"""The report page: one self-contained HTML file, drawn from an audit record alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from scs_ml.report import words
from scs_ml.report.facts import forecast_facts, provenance
from scs_ml.report.figures import (
    Drawn,
    calibration_figures,
    difference_figures,
    forecast_figures,
    person_figures,
)
from scs_ml.report.findings import (
    Card,
    Folded,
    Tile,
    folded_differences,
    folded_mechanisms,
    mechanism_cards,
    mechanism_note,
    tiles,
)
from scs_ml.report.summary import Statement, audited_text, summary_of
from scs_ml.safeguards import SUGGESTIONS_TABLE

# Tables that stand in a section of their own.
_ELSEWHERE = frozenset({"leaderboard", words.WITHHELD_EFFECT, SUGGESTIONS_TABLE})


@dataclass(frozen=True)
class Section:
    """An entry of the page's navigation."""

    id: str
    title: str


@dataclass(frozen=True)
class Page:
    """Everything the template ``report.html.j2`` may name."""

    title: str
    basis: str
    audited: str
    caution: str
    citation: str
    sections: list[Section]
    tiles: list[Tile]
    summary: list[Statement]
    mechanisms: list[Card]
    mechanism_note: str
    folded_mechanisms: list[Folded]
    difference_figures: list[Drawn]
    folded_differences: list[Folded]
    persons: list[Drawn]
    forecast_facts: list[tuple[str, str]]
    leaderboard: list[Mapping[str, Any]]
    forecast_figures: list[Drawn]
    calibration_figures: list[Drawn]
    suggestions: list[Mapping[str, Any]]
    safeguards: Mapping[str, Any]
    withheld: list[Mapping[str, Any]]
    withheld_note: str
    declared: list[tuple[str, str]]
    tables: list[Mapping[str, Any]]
    provenance: list[tuple[str, str]]


def report_html(record: Mapping[str, Any]) -> str:
    """Render an audit record.

    Parameters
    ----------
    record : mapping
        That keeps the contract of ``audit.json``.

    Returns
    -------
    str
        One HTML document: no script, no request to anywhere, every text escaped.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=PackageLoader("scs_ml.report"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.filters["shown"] = words.cell_text
    style = files("scs_ml.report").joinpath("templates/report.css").read_text(encoding="utf-8")
    template = environment.get_template("report.html.j2")
    return template.render(page=page_of(record), style=Markup(style))  # noqa: S704 - a file of the package


def page_of(record: Mapping[str, Any]) -> Page:
    """Compute what the page shows, before anything is rendered."""
    findings = record["findings"]
    persons = person_figures(record)
    return Page(
        title=record["scheme"]["title"],
        basis=record["scheme"]["basis"],
        audited=audited_text(record),
        caution=words.CAUTION,
        citation=record["scheme"]["citation"],
        sections=_sections(with_persons=bool(persons)),
        tiles=tiles(findings),
        summary=summary_of(record),
        mechanisms=mechanism_cards(findings),
        mechanism_note=mechanism_note(findings),
        folded_mechanisms=folded_mechanisms(findings),
        difference_figures=difference_figures(record),
        folded_differences=folded_differences(findings),
        persons=persons,
        forecast_facts=forecast_facts(record["forecast"]),
        leaderboard=[t for t in record["tables"] if t["name"] == "leaderboard"],
        forecast_figures=forecast_figures(record),
        calibration_figures=calibration_figures(record),
        safeguards={
            "title": "What the safeguards answered",
            "columns": ["rule", "outcome", "detail", "columns", "rows"],
            "rows": [
                [g["rule"], g["outcome"], g["detail"], ", ".join(g["columns"]), g["rows"]]
                for g in record["safeguards"]
            ],
        },
        suggestions=[t for t in record["tables"] if t["name"] == SUGGESTIONS_TABLE],
        withheld=[t for t in record["tables"] if t["name"] == words.WITHHELD_EFFECT],
        withheld_note=words.WITHHELD_NOTE,
        declared=sorted(record["declared"].items()),
        tables=[t for t in record["tables"] if t["name"] not in _ELSEWHERE],
        provenance=provenance(record),
    )


def _sections(*, with_persons: bool) -> list[Section]:
    titles = {
        "summary": "Summary",
        "mechanisms": "Mechanisms",
        "differences": "Differences",
        "persons": "Single forecasts",
        "forecast": "Forecast",
        "safeguards": "Safeguards",
        "tables": "Tables",
        "provenance": "Provenance",
    }
    return [Section(key, title) for key, title in titles.items() if with_persons or key != "persons"]
