"""``scs-ml explain``."""

from __future__ import annotations

from pathlib import Path

import click

from scs_ml.cli.output import (
    json_option,
    key_option,
    ledger_option,
    progress_bars,
    rows_option,
    seed_option,
    show_json,
    show_table,
)
from scs_ml.cli.recording import recorder_for, records_option


@click.command()
@click.argument("bundle", type=click.Path(path_type=Path))
@click.argument("table", type=click.Path(path_type=Path))
@click.option("--by", default=None, help="Sensitive attribute: show mean SHAP values per group as well.")
@click.option("--person", default=None, help="Pseudonym: the reasons behind this person's forecast.")
@click.option(
    "--limit",
    type=click.IntRange(1),
    default=None,
    help="Rows explained at the most (sampled); 50,000, or 500 of a model without exact values.",
)
@ledger_option
@key_option
@records_option
@rows_option
@seed_option
@json_option
def explain(
    bundle: Path,
    table: Path,
    by: str | None,
    person: str | None,
    limit: int | None,
    ledger: Path | None,
    key: bytes | None,
    row_filter: str | None,
    seed: int,
    as_json: bool,
) -> int:
    """Explain the forecasts of a BUNDLE on TABLE: which indicators move them, and by how much.

    \b
    Example:
      scs-ml explain models/suining/latest data/worlds/suining-0/office/table.parquet --by minority
    """
    from scs_ml.storage import load_bundle
    from scs_ml.workflow import explain_table

    loaded = load_bundle(bundle)
    recorder = recorder_for(loaded.scheme)
    with progress_bars() as progress:
        told = explain_table(
            loaded,
            table,
            by=by,
            person=person,
            limit=limit,
            ledger=ledger,
            key=key,
            row_filter=row_filter,
            seed=seed,
            recorder=recorder,
            progress=progress,
        )
    if as_json:
        show_json(told.as_record())
        return 0
    for each in told.tables:
        show_table(each)
    for sentence in told.reasons:
        click.echo(sentence)
    click.echo(told.engine)
    return 0
