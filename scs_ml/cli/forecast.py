"""``scs-ml forecast``."""

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
)
from scs_ml.cli.recording import recorder_for, records_option


@click.command()
@click.argument("bundle", type=click.Path(path_type=Path))
@click.argument("table", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    help="Parquet (or .csv) file to write.",
)
@ledger_option
@key_option
@records_option
@rows_option
@seed_option
@json_option
def forecast(
    bundle: Path,
    table: Path,
    out: Path,
    ledger: Path | None,
    key: bytes | None,
    row_filter: str | None,
    seed: int,
    as_json: bool,
) -> int:
    """Forecast the next category of the people in TABLE with a BUNDLE.

    Only the bases `synthetic` and `agreed` let forecasts of single people leave; any other is refused.
    The rows are ordered by pseudonym: the file is no ranking. Where the scheme says when a person must
    decide, each row says whether one must, and why.

    \b
    Example:
      scs-ml forecast models/suining/latest data/worlds/suining-0/office/table.parquet -o forecasts.parquet
    """
    from scs_ml.data import read_ledger, write_frame
    from scs_ml.safeguards import require_open
    from scs_ml.storage import load_bundle
    from scs_ml.workflow import forecast_table, stage

    loaded = load_bundle(bundle)
    recorder = recorder_for(loaded.scheme)
    require_open(loaded.scheme, "person_export")
    recorder.require_trusted(loaded)
    with progress_bars() as progress:
        with stage(progress, "read"):
            dataset = recorder.read_table(table, loaded.scheme, key=key, row_filter=row_filter)
            events = (
                None
                if ledger is None
                else read_ledger(ledger, loaded.scheme, dataset, key=key, withdrawn=recorder.withdrawn())
            )
            recorder.read_beside(ledger, "ledger")
        forecasts = forecast_table(
            loaded, dataset, ledger=events, row_filter=row_filter, seed=seed, progress=progress
        )
    recorder.will_write(out, "forecast", loaded.scheme, forecasts["subject"])
    write_frame(forecasts, out)
    recorder.forecast(loaded, dataset, forecasts, out, seed=seed)
    people = len(forecasts)
    left = int(forecasts["person_decides"].sum()) if "person_decides" in forecasts else None
    explained = int(forecasts["indirect_share"].notna().sum()) if "indirect_share" in forecasts else people
    if as_json:
        show_json({"forecasts": str(out), "people": people, "person_decides": left, "explained": explained})
    else:
        click.echo(f"wrote {people:,} forecasts to {out}; a forecast is advice to a human reviewer")
        if left is not None:
            click.echo(f"a person must decide on {left:,} of them; the column `why` says why")
        if explained < people:
            click.echo(
                f"indirect_share is known for {explained:,} of them, drawn at random: the rest took too long"
            )
    return 0
