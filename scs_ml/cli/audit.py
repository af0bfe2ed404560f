"""``scs-ml audit``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from scs_ml.cli.output import (
    flags_table,
    json_option,
    key_option,
    progress_bars,
    rows_option,
    seed_option,
    show_json,
    show_table,
)
from scs_ml.cli.recording import recorder_for, records_option
from scs_ml.core import Kind
from scs_ml.exceptions import ScsError

if TYPE_CHECKING:
    from scs_ml.workflow import Run

FAIL_ON: dict[str, tuple[Kind, ...]] = {
    "never": (),
    "mechanism": ("mechanism",),
    "difference": ("difference", "mechanism"),
}


@click.command()
@click.argument("scheme")
@click.argument("table", type=click.Path(path_type=Path))
@click.option(
    "--model", "bundle", type=click.Path(path_type=Path), help="Audit the forecaster of this bundle."
)
@click.option(
    "--score", "score_column", help="Audit the score or category in this column; no model is needed."
)
@click.option("--ledger", "ledger_path", type=click.Path(path_type=Path), help="Events the office recorded.")
@click.option("--verified", "answers_path", type=click.Path(path_type=Path), help="Verification answers.")
@click.option(
    "--background",
    type=click.Path(path_type=Path),
    help="Rows with which the office explains the score by comparison: were they chosen?",
)
@click.option(
    "-o",
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="Run folder to write: audit.json, report.html, card.md and what the findings call for.",
)
@click.option(
    "--fail-on",
    type=click.Choice(list(FAIL_ON)),
    default="never",
    show_default=True,
    help="Exit with 1 when a finding of this kind (or a graver one) is flagged.",
)
@key_option
@records_option
@rows_option
@seed_option
@json_option
def audit(
    scheme: str,
    table: Path,
    bundle: Path | None,
    score_column: str | None,
    ledger_path: Path | None,
    answers_path: Path | None,
    background: Path | None,
    out: Path,
    fail_on: str,
    key: bytes | None,
    row_filter: str | None,
    seed: int,
    as_json: bool,
) -> int:
    """Audit a model (--model), an existing score (--score), or the scheme's own score where neither is named.

    \b
    Example:
      scs-ml audit compas compas_two_years.csv --score score_text -o data/runs/compas
      scs-ml audit suining table.parquet --model models/suining/latest --ledger ledger.parquet -o data/runs/s
    """
    from scs_ml.schemes import load_scheme
    from scs_ml.workflow import audit_table

    if bundle is not None and score_column is not None:
        raise ScsError(
            "--model and --score name two different things to audit", remedy="give one of them, and run twice"
        )
    loaded = load_scheme(scheme)
    recorder = recorder_for(loaded)
    with progress_bars() as progress:
        run = audit_table(
            loaded,
            table,
            out,
            bundle=bundle,
            score_column=score_column,
            ledger=ledger_path,
            verified=answers_path,
            background=background,
            key=key,
            row_filter=row_filter,
            seed=seed,
            recorder=recorder,
            progress=progress,
        )
    _show(run, as_json=as_json)
    return int(any(run.report.flags(kind) for kind in FAIL_ON[fail_on]))


def _show(run: Run, *, as_json: bool) -> None:
    report, folder, plan = run.report, run.folder, run.plan
    flags = {kind: len(report.flags(kind)) for kind in FAIL_ON["difference"]}
    explanation = report.forecast.get("explanation") or {}
    fidelity = explanation.get("fidelity")
    if as_json:
        show_json(
            {
                "run": str(folder),
                "flags": flags,
                "findings": len(report.findings),
                "fidelity": fidelity,
                "verification_plan": None if plan is None else str(plan),
                "wronged_people": None if run.wronged is None else str(run.wronged),
                "safeguards": [f"{gate.rule}: {gate.outcome}" for gate in report.safeguards],
            }
        )
        return
    show_table(flags_table(folder))
    if fidelity:
        told = ", ".join(f"{name} {value:.3f}" for name, value in fidelity.items())
        click.echo(f"fidelity of the surrogate behind the SHAP view: {told}; its findings stay differences")
    if plan is not None:
        click.echo(f"cases to look up: {plan} (answer them, then run again with --verified)")
    if run.wronged is not None:
        click.echo(f"who would have a better category without what was flagged: {run.wronged}")
    click.echo(f"{flags['mechanism']} mechanism and {flags['difference']} difference flags")
    click.echo(f"report: {folder / 'report.html'}")
