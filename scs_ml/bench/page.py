"""The page of a bench: one self-contained HTML file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from itertools import groupby
from typing import Any

from scs_ml.bench.cases import ARMS
from scs_ml.bench.powers import Power
from scs_ml.bench.summary import Summary, Target
from scs_ml.core import Table
from scs_ml.report.plots.canvas import FAINT, SERIES, canvas, to_svg

_FOLDED = ("power", "false_flags", "decoys", "cells", "coverage", "errors", "cost")
_MARKERS = ("o", "s", "D")


@dataclass(frozen=True)
class Line:
    """A row of the table of targets."""

    number: int
    title: str
    arm: str
    asked: str
    figure: str
    interval: str
    n: int
    tone: str  # class of the style sheet
    met: str


def bench_html(summary: Summary) -> str:
    """Render a bench.

    Parameters
    ----------
    summary : Summary

    Returns
    -------
    str
        One HTML document: no script, no request to anywhere, every text escaped.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=PackageLoader("scs_ml.bench"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.filters["shown"] = shown
    style = files("scs_ml.report").joinpath("templates/report.css").read_text(encoding="utf-8")
    return environment.get_template("bench.html.j2").render(
        style=Markup(style),  # noqa: S704 - a file of the package
        run=summary.run,
        lines=[line(each) for each in summary.targets],
        curves=[(slug, Markup(svg)) for slug, svg in power_curves(summary.powers)],  # noqa: S704 - drawn here
        confusions=[
            summary.table(f"confusion_{arm}") for arm in ARMS if summary.table(f"confusion_{arm}").rows
        ],
        people=summary.table("people"),
        rivals=summary.table("rivals"),
        strata=Markup(strata_figure(summary.table("false_flags"))),  # noqa: S704 - drawn here
        folded=[summary.table(name) for name in _FOLDED],
    )


def line(target: Target) -> Line:
    """Write a target as the page shows it."""
    tone, met = {True: ("clear", "met"), False: ("flag", "missed"), None: ("unsure", "not measured")}[
        target.met
    ]
    interval = "" if target.low is None or target.high is None else f"{target.low:.3f} to {target.high:.3f}"
    figure = "-" if target.value is None else f"{target.value:.3f}"
    return Line(target.number, target.title, target.arm, target.asked, figure, interval, target.n, tone, met)


def shown(value: Any) -> str:
    """Write a table's cell."""
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:.3f}"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def power_curves(found: Sequence[Power]) -> list[tuple[str, str]]:
    """Draw, for each mechanism, power by strength in every arm, with the limit dashed."""
    drawn = []
    for slug, of_one in groupby(found, key=lambda each: each.slug):
        powers = list(of_one)
        people = min({each.people for each in powers}, key=lambda n: (n != 2_000, n))
        drawn.append((slug, _curve(slug, [each for each in powers if each.people == people])))
    return drawn


def _curve(slug: str, powers: Sequence[Power]) -> str:
    with canvas(4.6, 3.0) as (figure, axes):
        told = []
        for arm, colour, marker in zip(ARMS, SERIES, _MARKERS, strict=False):
            rows = sorted((each for each in powers if each.arm == arm), key=lambda each: each.strength)
            strength = [each.strength for each in rows]
            value = [each.found.value for each in rows]
            spread = [
                [max(0.0, each.found.value - each.found.low) for each in rows],
                [max(0.0, each.found.high - each.found.value) for each in rows],
            ]
            axes.errorbar(strength, value, yerr=spread, color=colour, marker=marker, markersize=4, label=arm)
            known = [(each.strength, each.limit.value) for each in rows if each.limit is not None]
            if known:
                axes.plot(*zip(*known, strict=True), color=colour, linestyle="--", linewidth=1)
            told += [f"{arm} {each.strength:g}: {each.found.value:.2f}" for each in rows]
        axes.set_ylim(-0.03, 1.05)
        axes.set_xlim(left=0)
        axes.set_xlabel("strength (SD of the score, or its own unit)")
        axes.set_ylabel("share of worlds found")
        axes.grid(color=FAINT, alpha=0.3, linewidth=0.6)
        axes.legend(loc="lower right")
        return to_svg(figure, f"Power on {slug}", f"Dashed: the limit. {'; '.join(told)}")


def strata_figure(table: Table) -> str:
    """Draw the share of null worlds flagged, by stratum, with everything handed over."""
    rows = [row for row in table.rows if row[0] == ARMS[-1] and row[3] is not None]
    with canvas(7.6, 1.2 + 0.24 * max(1, len(rows))) as (figure, axes):
        axes.axvline(0.05, color=SERIES[1], linestyle="--", linewidth=1)
        for at, (_, _, _, value, low, high) in enumerate(rows):
            axes.plot([float(low or 0), float(high or 0)], [at, at], color=SERIES[0], linewidth=1.6)
            axes.plot([float(value or 0)], [at], "o", color=SERIES[0], markersize=4)
        axes.set_yticks(range(len(rows)), [str(row[1]) for row in rows])
        axes.set_ylim(len(rows) - 0.4, -0.6)
        axes.set_xlim(left=0)
        axes.set_xlabel("share of worlds without anything that are flagged; dashed: .05")
        axes.grid(axis="x", color=FAINT, alpha=0.3, linewidth=0.6)
        described = "; ".join(f"{row[1]}: {shown(row[3])}" for row in rows)
        return to_svg(figure, "False flags by stratum", described)
