"""``scs-ml train``."""

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


@click.command()
@click.argument("scheme")
@click.argument("table", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=None,
    help="Folder of the bundle (default: models/<scheme>).",
)
@click.option("--family", "families", multiple=True, help="Train only this family (may be given again).")
@key_option
@rows_option
@seed_option
@json_option
def train(
    scheme: str,
    table: Path,
    out: Path | None,
    families: tuple[str, ...],
    key: bytes | None,
    row_filter: str | None,
    seed: int,
    as_json: bool,
) -> int:
    """Backtest the four families on TABLE, fit the best, and save it as a bundle.

    \b
    Example:
      scs-ml train suining data/worlds/suining-0/office/table.parquet -o models/suining
    """
    from scs_ml.data import read_table
    from scs_ml.schemes import load_scheme
    from scs_ml.storage import save_bundle
    from scs_ml.workflow import bundle_metadata, stage
    from scs_ml.workflow import train as run_train

    loaded = load_scheme(scheme)
    with progress_bars() as progress:
        with stage(progress, "read"):
            dataset = read_table(table, loaded, key=key, row_filter=row_filter)
        trained = run_train(dataset, loaded, families=families or None, seed=seed, progress=progress)
    folder = save_bundle(
        trained.forecaster,
        loaded,
        out or Path("models") / loaded.name,
        seed=seed,
        metadata=bundle_metadata(trained, row_filter=row_filter),
    )
    if as_json:
        show_json(
            {"bundle": str(folder), "family": trained.name, "leaderboard": trained.leaderboard.as_records()}
        )
        return 0
    show_table(trained.leaderboard.as_table())
    click.echo(f"saved {trained.name} to {folder}")
    return 0
