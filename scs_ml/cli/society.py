"""``scs-ml society``."""

from __future__ import annotations

from pathlib import Path

import click

from scs_ml.cli.output import json_option, key_option, progress_bars, rows_option, show_json, show_table


@click.command()
@click.argument("scheme")
@click.argument("table", type=click.Path(path_type=Path))
@click.option("--by", default=None, help="Sensitive attribute or situation to group by (default: everybody).")
@key_option
@rows_option
@json_option
def society(
    scheme: str, table: Path, by: str | None, key: bytes | None, row_filter: str | None, as_json: bool
) -> int:
    """Place groups and periods on the society scale: ++, +>-, +=-, +<-, -- or "cannot tell".

    \b
    Example:
      scs-ml society suining data/worlds/suining-0/office/table.parquet --by minority
    """
    from scs_ml.audit import society_scale
    from scs_ml.data import read_table
    from scs_ml.report import table_record
    from scs_ml.safeguards import suppress_tables
    from scs_ml.schemes import load_scheme
    from scs_ml.workflow import stage

    loaded = load_scheme(scheme)
    with progress_bars() as progress, stage(progress, "read"):
        dataset = read_table(table, loaded, key=key, row_filter=row_filter)
    tables = suppress_tables(society_scale(dataset, loaded, by=by), loaded)
    if as_json:
        show_json({"tables": [table_record(each) for each in tables]})
        return 0
    for each in tables:
        show_table(each)
    return 0
