"""``scs-ml demo``."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from scs_ml.cli.output import (
    flags_table,
    json_option,
    progress_bars,
    seed_option,
    show_json,
    show_table,
)
from scs_ml.cli.recording import recorder_if_kept, records_option
from scs_ml.core import Table


@click.command()
@seed_option
@click.option(
    "--people", type=click.IntRange(500), default=20_000, show_default=True, help="People simulated."
)
@click.option("--quarters", type=click.IntRange(5), default=8, show_default=True, help="Quarters observed.")
@click.option(
    "--root",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(),
    help="Folder for data/ and models/ (default: here).",
)
@records_option
@json_option
def demo(seed: int, people: int, quarters: int, root: Path, as_json: bool) -> int:
    """Simulate the Suining pilot with three planted mechanisms and one decoy, and audit it.

    \b
    Example:
      scs-ml demo
      scs-ml demo --people 5000 --seed 7
    """
    from scs_ml.workflow import demo as run_demo

    recorder = recorder_if_kept()
    with progress_bars() as progress:
        done = run_demo(
            seed=seed, n_people=people, n_periods=quarters, root=root, recorder=recorder, progress=progress
        )
    report_page = done.run_folder / "report.html"
    if as_json:
        show_json(
            {
                "leaderboard": done.trained.leaderboard.as_records(),
                "planted": [asdict(line) for line in done.planted],
                "flags": [f.check for f in done.report.flags("mechanism")],
                "world": str(done.world_folder),
                "bundle": str(done.bundle_folder),
                "report": str(report_page),
            }
        )
        return 0
    show_table(done.trained.leaderboard.as_table())
    show_table(flags_table(done.run_folder, "mechanism"))
    show_table(
        Table(
            "planted",
            "What was planted, and what the audit made of it",
            ("planted", "kind", "strength (SD)", "outcome"),
            tuple((line.slug, line.kind, line.strength, line.outcome) for line in done.planted),
        )
    )
    click.echo(f"world:  {done.world_folder}\nbundle: {done.bundle_folder}\nreport: {report_page}")
    return 0
