"""The house's records, from the command line: where they lie, and the recorder that a command writes with."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scs_ml.exceptions import SafeguardError, ScsError

if TYPE_CHECKING:
    from scs_ml.records import Records
    from scs_ml.schemes import Scheme
    from scs_ml.workflow.recording import Recorder

VARIABLE, DEFAULT = "SCS_ML_RECORDS", Path("scs_records")
_FOLDER, _RECORDER = "scs_ml.records folder", "scs_ml.recorder"


def _keep(context: click.Context, _parameter: click.Parameter, folder: Path | None) -> None:
    context.meta[_FOLDER] = folder


records_option = click.option(
    "--records",
    type=click.Path(file_okay=False, path_type=Path),
    expose_value=False,
    callback=_keep,
    help="Records folder (default: $SCS_ML_RECORDS, then ./scs_records).",
)


def now() -> str:
    """Give the time in UTC."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def records_folder() -> Path:
    """Give where the records lie: as the command says, else the variable, else in the working folder."""
    given: Path | None = click.get_current_context().meta.get(_FOLDER)
    return given or Path(os.environ.get(VARIABLE) or DEFAULT)


def recorder_for(scheme: Scheme) -> Recorder:
    """Give what the command records with: real people's records are begun where there are none.

    Of simulated people nothing is recorded but where records are kept already.
    """
    if not _begun() and not scheme.real_people:
        return recorder_if_kept()
    return _recorder(records_begun())


def recorder_of_requests() -> tuple[Records, Recorder]:
    """Give the records, and what a command writes with that does what a person asked for."""
    records = records_begun()
    return records, _recorder(records)


def records_begun() -> Records:
    """Give the records, begun where there are none."""
    from scs_ml.records import open_records

    begun = _begun()
    records = open_records(records_folder(), create=True)
    if not begun:
        announce(records)
    return records


def recorder_if_kept() -> Recorder:
    """Give what the command records with where records are kept already, and nobody's recorder elsewhere."""
    from scs_ml.records import open_records

    return _recorder(open_records(records_folder()) if _begun() else None)


def announce(records: Records) -> None:
    """Say that records were begun, and what to do with the key that proves them."""
    from scs_ml.records.office import AUDITOR_KEY

    click.echo(
        f"records begun in {records.folder}: hand {records.folder / AUDITOR_KEY} to your auditor and delete "
        "it there, or nothing proves them",
        err=True,
    )


def record_refusal(context: click.Context, error: SafeguardError) -> None:
    """Add to the log that a command was refused, and by which rule, where records are kept."""
    try:
        recorder = context.meta.get(_RECORDER) or recorder_if_kept()
        command = recorder.command or str(context.invoked_subcommand)
        recorder.note("refused", rule=error.rule, command=command)
    except (ScsError, OSError) as failed:
        # The refusal stands, whether or not it could be written down.
        click.echo(f"the refusal could not be recorded: {failed}", err=True)


def _begun() -> bool:
    return (records_folder() / "house.json").is_file()


def _recorder(records: Records | None) -> Recorder:
    from scs_ml.workflow.recording import NOBODY, Recorder

    context = click.get_current_context()
    if records is None:
        return NOBODY
    command = context.command_path.removeprefix(context.find_root().command_path).strip()
    recorder = Recorder(records, now, command)
    context.meta[_RECORDER] = recorder
    if records.register.pending():
        from scs_ml.workflow.erasing import finish_errands

        finish_errands(records, recorder.note)
        click.echo("finished what an earlier command had begun", err=True)
    return recorder
