"""What commands share: progress bars, tables on the terminal, JSON on standard output."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table as RichTable
from rich.text import Text

from scs_ml.core import AuditReport, Kind, Table
from scs_ml.core import Progress as ProgressCall
from scs_ml.safeguards import disclose, load_key

MOST_FINDINGS = 20  # on the terminal; the report has them all

json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of text.")
seed_option = click.option(
    "--seed", type=click.IntRange(0), default=0, show_default=True, help="Seed of every random draw."
)


def _key(_ctx: click.Context, _parameter: click.Parameter, path: str | None) -> bytes | None:
    return None if path is None else load_key(path)


key_option = click.option(
    "--key",
    type=click.Path(dir_okay=False),
    callback=_key,
    help="Pseudonym key file (default: $SCS_ML_KEY, then ./scs_ml.key).",
)
ledger_option = click.option(
    "--ledger",
    type=click.Path(path_type=Path),
    help="Events the office recorded: real people learn from none of a disaster, accident or emergency.",
)
rows_option = click.option(
    "--rows", "row_filter", default=None, help="Keep only the rows of this named filter of the scheme."
)


@contextmanager
def progress_bars() -> Iterator[ProgressCall]:
    """Show one bar per kind of work on standard error, and give the callback that moves them."""
    bars = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
    )
    tasks: dict[str, Any] = {}

    def step(what: str, done: int, total: int) -> None:
        bars.start()
        if what not in tasks:
            tasks[what] = bars.add_task(what, total=total)
        bars.update(tasks[what], completed=done, total=total)

    try:
        yield step
    finally:
        bars.stop()


def show_json(body: Mapping[str, Any]) -> None:
    """Print one JSON object on standard output."""
    click.echo(json.dumps({"ok": True, **body}, ensure_ascii=False, indent=2))


def show_table(table: Table) -> None:
    """Print a table on the terminal; numbers to the right, shares with four digits."""
    # As Text: a label with square brackets is a label, not markup.
    drawn = RichTable(title=Text(_shown(table.title)), title_justify="left")
    for at, name in enumerate(table.columns):
        numeric = any(isinstance(row[at], int | float) for row in table.rows)
        drawn.add_column(Text(_shown(name)), justify="right" if numeric else "left")
    for row in table.rows:
        drawn.add_row(*(Text(_cell(value)) for value in row))
    Console(width=None if Console().is_terminal else 160).print(drawn)


def _cell(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:.4f}"
    return f"{value:,}" if isinstance(value, int) else _shown(str(value))


def _shown(text: str) -> str:
    """Give a text without the characters that steer a terminal."""
    return "".join(each for each in text if unicodedata.category(each) != "Cc")


def flags_table(report: AuditReport, kind: Kind | None = None) -> Table:
    """Give the first flags, of one kind or of both, in the report's order; the title counts all.

    A flag loses its effect where the report does not tell it either.
    """
    disclosed = disclose(report.tables, report.findings, report.scheme, total=report.forecast.get("rows"))
    told = {id(each) for each, shown in zip(report.findings, disclosed.told, strict=True) if shown}
    found, rows = report.flags(kind), []
    for each in found[:MOST_FINDINGS]:
        effect = each.effect if id(each) in told else None
        through = [each.indicator] if each.indicator else []
        if each.boundary is not None:
            through.append(report.scheme.scale.boundary_label(each.boundary))
        rows.append(
            (
                each.kind,
                each.check,
                " and ".join(f"{name} = {value}" for name, value in each.group),
                " at ".join(through),
                None if effect is None else effect.metric,
                None if effect is None else f"{effect.value:+.3f} [{effect.low:+.3f}, {effect.high:+.3f}]",
                None if effect is None else effect.unit,
            )
        )
    title = f"Flags: {len(found)}"
    if len(found) > len(rows):
        title += f" (the first {len(rows)} shown)"
    columns = ("kind", "check", "group", "through", "metric", "effect", "unit")
    return Table("flags", title, columns, tuple(rows))
