"""``scs-ml bench``."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scs_ml.cli.output import json_option, progress_bars, seed_option, show_json, show_table
from scs_ml.cli.recording import recorder_if_kept, records_option
from scs_ml.core import Table

if TYPE_CHECKING:
    from scs_ml.bench import Bench, Cost


@click.command()
@click.option("--quick", is_flag=True, help="Fewer worlds: a look in minutes, not the figures to report.")
@seed_option
@click.option(
    "--hidden-seed",
    is_flag=True,
    help="Draw the seed from the operating system. Only its SHA-256 is printed before the run, and the seed "
    "itself with the results: nobody could tune on these worlds, and nobody could choose among seeds. "
    "(To go on after a stop, the seed lies beside the run folder, readable by you alone, until then.)",
)
@click.option(
    "--workers",
    type=click.IntRange(1),
    default=os.cpu_count() or 1,
    show_default="cores",
    help="Processes; the results do not depend on it.",
)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Run folder (default: data/runs/bench-...). A run that was stopped goes on.",
)
@click.option("--only", multiple=True, help="Plant only this mechanism or decoy; may be given again.")
@click.option(
    "--worlds",
    "scaling",
    type=click.FloatRange(0, min_open=True),
    default=1.0,
    show_default=True,
    help="Times as many worlds.",
)
@click.option("--no-rivals", is_flag=True, help="Leave other tools out.")
@click.option(
    "--fail-on",
    type=click.Choice(["never", "missed"]),
    default="never",
    show_default=True,
    help="Exit with 1 when a target is missed.",
)
@records_option
@json_option
def bench(
    quick: bool,
    seed: int,
    hidden_seed: bool,
    workers: int,
    out: Path | None,
    only: tuple[str, ...],
    scaling: float,
    no_rivals: bool,
    fail_on: str,
    as_json: bool,
) -> int:
    """Plant wrongs in simulated worlds, audit them, and say what was found, missed and falsely flagged.

    \b
    Example:
      scs-ml bench --quick
      scs-ml bench --only illness_misread --only conduct_gap --worlds 0.1 --seed 7
      scs-ml bench --hidden-seed --out data/runs/bench-final
    """
    from scs_ml.bench import FULL, QUICK, bench, commitment

    recorder = recorder_if_kept()
    counts = (QUICK if quick else FULL).scaled(scaling) if scaling != 1.0 else (QUICK if quick else FULL)
    size = "quick" if quick else "full"
    folder = out or Path("data/runs") / f"bench-{size}-{'hidden' if hidden_seed else seed}"
    if hidden_seed:
        seed = _hidden_seed(folder)
        click.echo(f"seed, committed to: sha256 {commitment(seed)}", err=True)
    with progress_bars() as progress:
        done = bench(
            folder,
            counts=counts,
            seed=seed,
            only=only,
            rivals=not no_rivals,
            workers=workers,
            announce=_announce,
            progress=progress,
        )
    _kept(folder).unlink(missing_ok=True)
    recorder.done("audit", seed=seed, worlds=size)
    _show(done, seed, as_json=as_json)
    return int(fail_on == "missed" and any(target.met is False for target in done.summary.targets))


def _hidden_seed(folder: Path) -> int:
    """Give the seed of the stopped run, or draw one and keep it until the results tell it."""
    kept = _kept(folder)
    if kept.exists():
        return int(kept.read_text(encoding="ascii"))
    seed = secrets.randbits(63)
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.touch(mode=0o600)
    kept.write_text(str(seed), encoding="ascii")
    return seed


def _kept(folder: Path) -> Path:
    return folder.with_name(f".{folder.name}.hidden-seed")


def _announce(cost: Cost) -> None:
    click.echo(
        f"{cost.worlds:,} worlds, {cost.done:,} there already; {cost.seconds_per_world:.2f} s a world on "
        f"one core (measured); about {cost.seconds / 60:.0f} minutes to go",
        err=True,
    )


def _show(done: Bench, seed: int, *, as_json: bool) -> None:
    targets = done.summary.targets
    page = done.folder / "index.html"
    if as_json:
        record = done.summary.as_record()
        show_json({"seed": seed, "targets": record["targets"], "run": str(done.folder), "page": str(page)})
        return
    words = {True: "met", False: "missed", None: "not measured"}
    rows = tuple(
        (t.number, t.title, t.arm, t.asked, t.value, t.low, t.high, t.n, words[t.met]) for t in targets
    )
    columns = ("#", "target", "handed over", "asked", "measured", "low", "high", "of", "verdict")
    show_table(Table("targets", "Targets", columns, rows))
    click.echo(f"seed: {seed}\npage: {page}")
