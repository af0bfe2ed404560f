"""``scs-ml train``."""

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
from scs_ml.core import Table
from scs_ml.exceptions import ScsError


@click.command()
@click.argument("scheme")
@click.argument("table", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=None,
    help="Folder of the bundle (default: models/<scheme>/latest).",
)
@click.option(
    "--family",
    "families",
    multiple=True,
    help="Train only this family (may be given again); all: every one there is; none: only --estimator.",
)
@click.option(
    "--estimator",
    "brought",
    multiple=True,
    metavar="MODULE:NAME",
    help="Backtest an estimator of your own, too: package.module:name or file.py:name (may be given again). "
    "The module is run.",
)
@click.option(
    "--search",
    type=click.IntRange(min=1),
    metavar="N",
    help="Also try N settings of every family that has hyper-parameters to search.",
)
@click.option("--jobs", type=click.IntRange(min=1), default=1, help="Processes of the search.")
@click.option(
    "--resume",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder by which a search that was stopped goes on.",
)
@ledger_option
@key_option
@records_option
@rows_option
@seed_option
@json_option
def train(
    scheme: str,
    table: Path,
    out: Path | None,
    families: tuple[str, ...],
    brought: tuple[str, ...],
    search: int | None,
    jobs: int,
    resume: Path | None,
    ledger: Path | None,
    key: bytes | None,
    row_filter: str | None,
    seed: int,
    as_json: bool,
) -> int:
    """Backtest forecasters on TABLE, fit the best, calibrated where that helps, and save it as a bundle.

    \b
    Example:
      scs-ml train suining data/worlds/suining-0/office/table.parquet -o models/suining/latest
      scs-ml train scores.yaml scores.csv --family logit --estimator mine.py:pipeline
      scs-ml train scores.yaml scores.csv --search 30 --jobs 2 --resume data/searches/scores
    """
    from scs_ml.data import read_ledger
    from scs_ml.schemes import load_scheme
    from scs_ml.storage import require_replaceable, require_storable, save_bundle
    from scs_ml.workflow import Tuning, bundle_metadata, find_candidates, load_estimator, stage
    from scs_ml.workflow import train as run_train

    if search is None and (resume or jobs > 1):
        raise ScsError("--jobs and --resume belong to a search", remedy="give --search N, too")
    tuning = None if search is None else Tuning(search, jobs, resume)
    loaded = load_scheme(scheme)
    recorder = recorder_for(loaded)
    folder = out or Path("models") / loaded.name / "latest"
    require_replaceable(folder, "manifest.json")
    if "none" in families and set(families) != {"none"}:
        raise ScsError("--family none stands beside others", remedy="give it alone, or leave it out")
    candidates = {} if "none" in families else find_candidates(families or None, loaded, seed)
    own = dict(map(load_estimator, brought))
    for name, factory in find_candidates(own, loaded, seed).items() if own else ():
        require_storable(factory(), loaded, folder)
        candidates[name] = factory
    with progress_bars() as progress:
        with stage(progress, "read"):
            dataset = recorder.read_table(table, loaded, key=key, row_filter=row_filter)
            events = (
                None
                if ledger is None
                else read_ledger(ledger, loaded, dataset, key=key, withdrawn=recorder.withdrawn())
            )
            recorder.read_beside(ledger, "ledger")
        trained = run_train(
            dataset,
            loaded,
            ledger=events,
            families=candidates,
            tuning=tuning,
            seed=seed,
            progress=progress,
        )
    save_bundle(
        trained.forecaster,
        loaded,
        folder,
        seed=seed,
        metadata=bundle_metadata(trained, row_filter=row_filter),
        signer=recorder.signer,
    )
    recorder.trained(trained.splits.train, loaded, folder, seed=seed, family=trained.name)
    gates = trained.splits.train.gates
    if as_json:
        show_json(
            {
                "bundle": str(folder),
                "family": trained.name,
                "leaderboard": trained.leaderboard.as_records(),
                "tuned": None if trained.search is None else dict(trained.search.chosen.parameters),
                "safeguards": [f"{gate.rule}: {gate.outcome}" for gate in gates],
            }
        )
        return 0
    show_table(trained.leaderboard.as_table())
    if trained.search:
        show_table(trained.search.as_table())
    # Columns that were kept from the model, and rows: who trains has to see it, not only who audits.
    if acted := tuple((each.rule, each.outcome, each.detail) for each in gates if each.outcome != "kept"):
        show_table(Table("safeguards", "Safeguards", ("rule", "outcome", "detail"), acted))
    click.echo(f"saved {trained.name} to {folder}")
    return 0
