"""``scs-ml check``."""

from __future__ import annotations

from pathlib import Path

import click

from scs_ml.cli.output import json_option, key_option, progress_bars, rows_option, show_json, show_table
from scs_ml.cli.recording import recorder_for, records_option


@click.command()
@click.argument("scheme")
@click.argument("table", type=click.Path(path_type=Path))
@key_option
@records_option
@rows_option
@json_option
def check(scheme: str, table: Path, key: bytes | None, row_filter: str | None, as_json: bool) -> int:
    """Check a TABLE against a SCHEME (a built-in name or a YAML file), and say what it holds.

    \b
    Example:
      scs-ml check compas compas_two_years.csv --rows propublica
    """
    from scs_ml.schemes import load_scheme
    from scs_ml.workflow import stage

    loaded = load_scheme(scheme)
    recorder = recorder_for(loaded)
    with progress_bars() as progress, stage(progress, "read"):
        summary = recorder.check_table(table, loaded, key=key, row_filter=row_filter)
    if as_json:
        show_json({"summary": summary.as_record()})
        return 0
    for each in summary.tables():
        show_table(each)
    click.echo(f"{table} keeps the rules of scheme {loaded.name}")
    return 0
