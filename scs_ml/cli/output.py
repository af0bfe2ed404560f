"""What commands share: progress bars, tables on the terminal, JSON on standard output."""

from __future__ import annotations

import json
import math
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

from scs_ml.core import Kind, Table
from scs_ml.core import Progress as ProgressCall
from scs_ml.safeguards import load_key

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


def flags_table(run: Path, kind: Kind | None = None) -> Table:
    """Give the first flags of a finished run, of one kind or of both; the title counts all.

    They are read from ``audit.json``, so that the terminal tells what the run does, and no more.
    """
    record = json.loads((run / "audit.json").read_text(encoding="utf-8"))
    flags = [f for f in record["findings"] if f["verdict"] == "flag" and kind in (None, f["kind"])]
    rows = []
    for each in flags[:MOST_FINDINGS]:
        effect, boundary = each["effect"], each["boundary"]
        through = [each["indicator"]] if each["indicator"] else []
        through += [boundary["label"]] if boundary else []
        metric = interval = unit = None
        if effect is not None:
            metric, unit = effect["metric"], effect["unit"]
            numbers = [
                math.nan if effect[name] is None else effect[name] for name in ("value", "low", "high")
            ]
            interval = "{:+.3f} [{:+.3f}, {:+.3f}]".format(*numbers)
        group = " and ".join(f"{pair['attribute']} = {pair['value']}" for pair in each["group"])
        rows.append((each["kind"], each["check"], group, " at ".join(through), metric, interval, unit))
    title = f"Flags: {len(flags)}"
    if len(flags) > len(rows):
        title += f" (the first {len(rows)} shown)"
    columns = ("kind", "check", "group", "through", "metric", "effect", "unit")
    return Table("flags", title, columns, tuple(rows))
