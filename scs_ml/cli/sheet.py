"""``scs-ml sheet``."""

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
from scs_ml.exceptions import ScsError


@click.command()
@click.argument("bundle", type=click.Path(path_type=Path))
@click.argument("table", type=click.Path(path_type=Path))
@click.option("--person", default=None, help="Pseudonym: write this person's sheet.")
@click.option(
    "--all", "everybody", is_flag=True, help="Write everybody's, one file for each person in a folder."
)
@click.option(
    "--lang", "language", default="en", show_default=True, help="Language: ar az de en es fr ru zh."
)
@click.option(
    "--plan",
    type=click.Path(dir_okay=False, path_type=Path),
    default=None,
    help="Basis audit: the verification plan that the person was drawn into.",
)
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path),
    required=True,
    help="HTML file to write; with --all a folder.",
)
@ledger_option
@key_option
@records_option
@rows_option
@seed_option
@json_option
def sheet(
    bundle: Path,
    table: Path,
    person: str | None,
    everybody: bool,
    language: str,
    plan: Path | None,
    out: Path,
    ledger: Path | None,
    key: bytes | None,
    row_filter: str | None,
    seed: int,
    as_json: bool,
) -> int:
    """Write a person's own sheet: what is forecast, from which data, why, how sure, and what would change it.

    In plain language, as one HTML file that prints on one or two pages. Only the bases `synthetic` and
    `agreed` give everybody a sheet; under `audit` only a person drawn into a verification sample has one.

    \b
    Example:
      scs-ml sheet models/suining/latest table.parquet --person 1b6a06f2cd91e04d --lang az -o sheet.html
      scs-ml sheet models/suining/latest table.parquet --all -o sheets
    """
    from scs_ml.storage import load_bundle
    from scs_ml.workflow import write_sheets

    if everybody == (person is not None):
        raise ScsError("whose sheet?", remedy="give --person PSEUDONYM, or --all")
    loaded = load_bundle(bundle)
    recorder = recorder_for(loaded.scheme)
    with progress_bars() as progress:
        done = write_sheets(
            loaded,
            table,
            out,
            person=person,
            language=language,
            plan=plan,
            ledger=ledger,
            key=key,
            row_filter=row_filter,
            seed=seed,
            recorder=recorder,
            progress=progress,
        )
    logged = [{"rule": gate.rule, "outcome": gate.outcome, "detail": gate.detail} for gate in done.gates]
    if as_json:
        show_json({"sheets": str(done.out), "people": done.people, "safeguards": logged})
    else:
        made = "sheet" if person is not None else f"{done.people:,} sheets, one file for each person"
        click.echo(f"{made}: {done.out} (a forecast is advice to a human reviewer)")
    return 0
