"""``scs-ml experiment``."""

from __future__ import annotations

import os
from pathlib import Path

import click

from scs_ml.cli.output import json_option, progress_bars, seed_option, show_json, show_table
from scs_ml.cli.recording import recorder_if_kept, records_option
from scs_ml.exceptions import ScsError


@click.command()
@click.option(
    "--people", type=click.IntRange(200), default=4000, show_default=True, help="People in each county."
)
@click.option(
    "--periods",
    type=click.IntRange(1, 200),
    default=10,
    show_default=True,
    help="Quarters that people live through after the first score.",
)
@click.option(
    "--feedback",
    type=click.FloatRange(0, 5),
    multiple=True,
    default=(0.5, 1.0),
    show_default=True,
    help="How strongly people and others react; may be given again. 0 is always run beside.",
)
@click.option(
    "--replicates", type=click.IntRange(3), default=40, show_default=True, help="Counties, each its own seed."
)
@click.option(
    "--listing/--no-listing", default=True, show_default=True, help="Whether the worst category is a list."
)
@click.option(
    "--cross-domain/--no-cross-domain",
    default=True,
    show_default=True,
    help="Whether a listing closes every area, or only the one in which trust was broken.",
)
@click.option(
    "--minimum-stay",
    type=click.IntRange(1),
    default=4,
    show_default=True,
    help="Quarters that a listing lasts at least.",
)
@click.option(
    "--plant",
    multiple=True,
    default=("over_policing=0.15",),
    show_default=True,
    help="Wrong or real difference planted, with its strength while nobody reacts; may be given again. "
    "`none` plants nothing.",
)
@click.option(
    "--attribute",
    type=click.Choice(["minority", "registration", "sex", "age_group"]),
    default="minority",
    show_default=True,
    help="By which groups are formed.",
)
@seed_option
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
    help="Run folder for the tables and the page (default: data/runs/experiment-SEED).",
)
@records_option
@json_option
def experiment(
    people: int,
    periods: int,
    feedback: tuple[float, ...],
    replicates: int,
    listing: bool,
    cross_domain: bool,
    minimum_stay: int,
    plant: tuple[str, ...],
    attribute: str,
    seed: int,
    workers: int,
    out: Path | None,
    as_json: bool,
) -> int:
    """Let simulated people react to being scored, and say what a policy does to groups.

    \b
    Example:
      scs-ml experiment
      scs-ml experiment --feedback 1 --no-cross-domain --periods 20
      scs-ml experiment --plant none --attribute age_group
    """
    from scs_ml.storage import require_replaceable
    from scs_ml.workflow import answer_table, planted_text, write_experiment
    from scs_ml.workflow.experimenting import PAGE
    from scs_ml.worlds import DECOYS, Policy, WorldSettings, answer_sentences, run_experiment

    recorder = recorder_if_kept()
    folder = out or Path("data/runs") / f"experiment-{seed}"
    require_replaceable(folder, PAGE)
    planted = _planted(plant)
    settings = WorldSettings(
        n_people=people,
        n_periods=periods + 1,
        seed=seed,
        mechanisms={slug: strength for slug, strength in planted.items() if slug not in DECOYS},
        decoys={slug: strength for slug, strength in planted.items() if slug in DECOYS},
    )
    policies = [
        Policy(feedback=each, listing=listing, cross_domain=cross_domain, minimum_stay=minimum_stay)
        for each in feedback
    ]
    with progress_bars() as progress:
        result = run_experiment(
            settings,
            policies,
            attribute=attribute,
            replicates=replicates,
            workers=workers,
            progress=progress,
        )
    page = write_experiment(result, folder)
    recorder.done("audit", seed=seed, replicates=replicates)
    said = answer_sentences(result)
    if as_json:
        tables = {
            table.name: [dict(zip(table.columns, row, strict=True)) for row in table.rows]
            for table in result.as_tables()
        }
        show_json({"seed": seed, "answer": said, "tables": tables, "page": str(page)})
        return 0
    show_table(answer_table(result))
    click.echo(
        f"{replicates} counties of {people:,} invented people, {planted_text(result)}; effects assumed."
    )
    for each in said:
        click.echo(f"- {each}")
    click.echo(f"seed: {seed}\npage: {page}")
    return 0


def _planted(given: tuple[str, ...]) -> dict[str, float]:
    """Read ``slug=strength`` pairs."""
    if given == ("none",):
        return {}
    planted = {}
    for each in given:
        slug, _, strength = each.partition("=")
        try:
            planted[slug] = float(strength)
        except ValueError:
            raise ScsError(
                f"--plant {each}: no strength", remedy="write it as over_policing=0.15, or none alone"
            ) from None
    return planted
