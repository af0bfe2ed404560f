"""``scs-ml report``."""

from __future__ import annotations

from pathlib import Path

import click

from scs_ml.cli.output import json_option, progress_bars, show_json
from scs_ml.cli.recording import recorder_if_kept, records_option


@click.command()
@click.argument("run", type=click.Path(path_type=Path))
@records_option
@json_option
def report(run: Path, as_json: bool) -> int:
    """Check a RUN folder's audit.json against its schema, and write report.html and card.md from it again.

    \b
    Example:
      scs-ml report data/runs/demo-0
    """
    from scs_ml.report import rewrite_report
    from scs_ml.workflow import stage
    from scs_ml.workflow.recording import file_sha256

    recorder = recorder_if_kept()
    recorder.require_in_time(run)
    with progress_bars() as progress, stage(progress, "report"):
        folder = rewrite_report(run)
    recorder.done("audit", run=recorder.run_of(folder), audit_sha256=file_sha256(folder / "audit.json"))
    if as_json:
        show_json({"report": str(folder / "report.html"), "card": str(folder / "card.md")})
    else:
        click.echo(f"report: {folder / 'report.html'}")
    return 0
