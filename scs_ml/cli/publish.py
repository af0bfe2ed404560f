"""``scs-ml publish``."""

from __future__ import annotations

from pathlib import Path

import click

from scs_ml.cli.output import json_option, key_option, progress_bars, rows_option, show_json, show_table
from scs_ml.cli.recording import recorder_for, records_option


@click.command()
@click.argument("scheme")
@click.argument("table", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="Folder to write: private_tables.json and private_tables.md.",
)
@click.option(
    "--epsilon",
    type=click.FloatRange(0, 100, min_open=True),
    default=1.0,
    show_default=True,
    help="Privacy loss of all tables together; smaller hides more.",
)
@key_option
@records_option
@rows_option
@json_option
def publish(
    scheme: str,
    table: Path,
    out: Path,
    epsilon: float,
    key: bytes | None,
    row_filter: str | None,
    as_json: bool,
) -> int:
    """Publish how many of each group are in each category of TABLE, with differential privacy.

    The epsilons of all publications of a table add up, and their sum is bounded: 1, or what the scheme
    declares as `privacy_budget` before the first. Needs the extra `privacy`.

    \b
    Example:
      scs-ml publish taiwan default.csv --epsilon 0.5 -o data/published/taiwan
    """
    from scs_ml.schemes import load_scheme
    from scs_ml.workflow.publishing import PAGE, publish_table

    loaded = load_scheme(scheme)
    recorder = recorder_for(loaded)
    with progress_bars() as progress:
        done = publish_table(
            loaded,
            table,
            out,
            epsilon=epsilon,
            key=key,
            row_filter=row_filter,
            recorder=recorder,
            progress=progress,
        )
    record = done.as_record()
    if as_json:
        show_json({"published": str(out), **record})
        return 0
    for each in done.tables:
        show_table(each)
    click.echo(
        f"{record['mechanism']}, epsilon {epsilon:g}: a count is off by "
        f"{record['expected absolute error of a count']:.1f} people on average"
    )
    if done.left_out:
        click.echo(f"not published, as the scheme names no groups: {', '.join(done.left_out)}")
    if done.spent is not None:
        click.echo(f"privacy budget: {done.spent.epsilon:g} of {done.spent.total:g} spent")
    click.echo(f"tables: {out / PAGE}")
    return 0
