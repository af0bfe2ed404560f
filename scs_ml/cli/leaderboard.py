"""``scs-ml leaderboard``."""

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

ON_TERMINAL = (
    "splits",
    "leaderboard",
    "group_scores",
    "thin_files",
    "indicator_drift",
    "calibration_drift",
    "category_migration",
)


@click.command()
@click.argument("scheme")
@click.argument("table", type=click.Path(path_type=Path))
@click.option("--family", "families", multiple=True, help="Backtest only this family (may be given again).")
@click.option("--quick", is_flag=True, help="Backtest the four families that train tries by default.")
@click.option(
    "--folds", type=click.IntRange(1), default=3, show_default=True, help="Periods that test, the last ones."
)
@click.option(
    "--embargo",
    type=click.IntRange(1),
    default=None,
    help="Periods from the last one learned from to the one tested (default: the horizon).",
)
@click.option("--entity-disjoint", is_flag=True, help="Test on people that nothing was learned from.")
@click.option(
    "--jobs",
    type=click.IntRange(min=-1),
    default=1,
    show_default=True,
    help="Fits at a time (-1: one for each core).",
)
@click.option(
    "-o",
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=None,
    help="Folder for every table as CSV, and leaderboard.json.",
)
@ledger_option
@key_option
@records_option
@rows_option
@seed_option
@json_option
def leaderboard(
    scheme: str,
    table: Path,
    families: tuple[str, ...],
    quick: bool,
    folds: int,
    embargo: int | None,
    entity_disjoint: bool,
    jobs: int,
    out: Path | None,
    ledger: Path | None,
    key: bytes | None,
    row_filter: str | None,
    seed: int,
    as_json: bool,
) -> int:
    """Backtest forecasters on later periods of TABLE and say which ranks are ties.

    Every family of the registry, beside persistence, climatology and the transition table: all figures with
    intervals, by group, where the record is short, and what drifted.

    \b
    Example:
      scs-ml leaderboard suining data/worlds/suining-0/office/table.parquet --quick -o data/runs/leaderboard
    """
    from scs_ml.data import read_ledger
    from scs_ml.exceptions import ScsError
    from scs_ml.forecast import USUAL
    from scs_ml.schemes import load_scheme
    from scs_ml.workflow import evaluate, save_evaluation, stage

    if quick and families:
        raise ScsError("--quick and --family exclude one another", remedy="give one of them")
    if jobs == 0:
        raise ScsError("--jobs 0 is no number of fits at a time", remedy="give 1 or more, or -1")
    loaded = load_scheme(scheme)
    recorder = recorder_for(loaded)
    with progress_bars() as progress:
        with stage(progress, "read"):
            dataset = recorder.read_table(table, loaded, key=key, row_filter=row_filter)
            events = (
                None
                if ledger is None
                else read_ledger(ledger, loaded, dataset, key=key, withdrawn=recorder.withdrawn())
            )
            recorder.read_beside(ledger, "ledger")
        done = evaluate(
            dataset,
            loaded,
            ledger=events,
            families=USUAL if quick else families or ("all",),
            n_folds=folds,
            embargo=embargo,
            entity_disjoint=entity_disjoint,
            n_jobs=jobs,
            seed=seed,
            progress=progress,
        )
    folder = None if out is None else save_evaluation(done, out)
    recorder.done("train", dataset=dataset, seed=seed, kept=False)
    if as_json:
        show_json({**done.as_record(), "folder": None if folder is None else str(folder)})
        return 0
    for name in ON_TERMINAL:
        if (shown := done.table(name)) is not None:
            show_table(shown)
    click.echo(f"seed {seed}; best {done.leaderboard.best()}; ranks that overlap are ties")
    if folder is not None:
        click.echo(f"every table: {folder}")
    return 0
