"""``scs-ml society``."""

from __future__ import annotations

from pathlib import Path

import click

from scs_ml.cli.output import json_option, key_option, progress_bars, rows_option, show_json, show_table
from scs_ml.cli.recording import recorder_for, records_option


@click.command()
@click.argument("scheme")
@click.argument("table", type=click.Path(path_type=Path))
@click.option(
    "--by",
    multiple=True,
    help="Sensitive attribute, situation, indicator with levels, or area to group by (default: everybody). "
    "Given again, the groupings are crossed.",
)
@key_option
@records_option
@rows_option
@json_option
def society(
    scheme: str, table: Path, by: tuple[str, ...], key: bytes | None, row_filter: str | None, as_json: bool
) -> int:
    """Place groups and periods on the society scale: ++, +>-, +=-, +<-, -- or "cannot tell".

    \b
    Example:
      scs-ml society suining data/worlds/suining-0/office/table.parquet --by minority
      scs-ml society suining data/worlds/suining-0/office/table.parquet --by minority --by sex
    """
    from scs_ml.audit import society_scale
    from scs_ml.report import table_record
    from scs_ml.safeguards import suppress_tables
    from scs_ml.schemes import load_scheme
    from scs_ml.workflow import stage

    loaded = load_scheme(scheme)
    recorder = recorder_for(loaded)
    with progress_bars() as progress, stage(progress, "read"):
        dataset = recorder.read_table(table, loaded, key=key, row_filter=row_filter)
    tables = suppress_tables(society_scale(dataset, loaded, by=by or None), loaded)
    recorder.done("audit", dataset=dataset)
    if as_json:
        show_json({"tables": [table_record(each) for each in tables]})
        return 0
    for each in tables:
        show_table(each)
    named = {each.name for each in tables}
    if "society_differences" in named and "society_changes" not in named:
        click.echo(
            "not attributed to indicators: that takes a rule card, and a table with all its indicators "
            "(in Python, an explanation does too)"
        )
    return 0
