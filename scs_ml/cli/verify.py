"""``scs-ml verify``."""

from __future__ import annotations

from pathlib import Path

import click

from scs_ml.cli.output import (
    json_option,
    key_option,
    progress_bars,
    rows_option,
    seed_option,
    show_json,
    show_table,
)
from scs_ml.cli.recording import recorder_for, records_option
from scs_ml.core import Table


@click.group()
def verify() -> None:
    """Settle findings by looking cases up: plan the sample, answer it, then `audit --verified`."""


@verify.command()
@click.argument("scheme")
@click.argument("table", type=click.Path(path_type=Path))
@click.option(
    "--ledger",
    type=click.Path(path_type=Path),
    required=True,
    help="Events the office recorded: what can be looked up.",
)
@click.option(
    "--model", "bundle", type=click.Path(path_type=Path), help="Audit the forecaster of this bundle."
)
@click.option("--score", "score_column", help="Audit the score or category in this column.")
@click.option(
    "--limit",
    type=click.IntRange(1, 200),
    default=200,
    show_default=True,
    help="Most cases that can be looked up.",
)
@click.option(
    "-o",
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    help="CSV file to write: one line per case.",
)
@key_option
@records_option
@rows_option
@seed_option
@json_option
def plan(
    scheme: str,
    table: Path,
    ledger: Path,
    bundle: Path | None,
    score_column: str | None,
    limit: int,
    out: Path,
    key: bytes | None,
    row_filter: str | None,
    seed: int,
    as_json: bool,
) -> int:
    """Draw the cases whose truth a human should look up: how many, which, and why.

    Add a column `happened` (true or false) to the file, leave out what nobody could settle, and give it to
    `scs-ml audit --verified`.

    \b
    Example:
      scs-ml verify plan suining table.parquet --ledger ledger.parquet -o data/runs/plan.csv
      scs-ml audit suining table.parquet --ledger ledger.parquet --verified answers.csv -o data/runs/settled
    """
    from scs_ml.schemes import load_scheme
    from scs_ml.workflow import Source, plan_table

    loaded = load_scheme(scheme)
    recorder = recorder_for(loaded)
    source = Source(loaded, table, bundle, score_column, ledger, None, key, row_filter)
    with progress_bars() as progress:
        drawn = plan_table(source, out, limit=limit, seed=seed, recorder=recorder, progress=progress)
    counts = drawn.groupby(["why", "indicator", "stratum"], sort=False).size().rename("cases").reset_index()
    if as_json:
        strata = counts.to_dict(orient="records")
        show_json({"plan": str(out), "cases": len(drawn), "strata": strata})
        return 0
    rows = tuple(tuple(row) for row in counts.to_numpy(dtype=object).tolist())
    show_table(Table("plan", f"Cases to look up: {len(drawn)}", tuple(counts.columns), rows))
    click.echo(f"plan: {out} (add a column `happened`, then audit with --verified)")
    return 0
