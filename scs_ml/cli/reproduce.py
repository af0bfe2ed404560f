"""``scs-ml reproduce``."""

from __future__ import annotations

from pathlib import Path

import click

from scs_ml.cli.output import json_option, key_option, progress_bars, show_json
from scs_ml.cli.recording import recorder_if_kept, records_option

_ANEW = click.Path(path_type=Path)


@click.command()
@click.argument("run", type=click.Path(file_okay=False, path_type=Path))
@click.option("--scheme", help="Hold this scheme against the one the run was computed by.")
@click.option("--table", type=_ANEW, help="Where the table lies now.")
@click.option("--model", type=_ANEW, help="Where the bundle lies now.")
@click.option("--ledger", type=_ANEW, help="Where the events lie now.")
@click.option("--verified", type=_ANEW, help="Where the verification answers lie now.")
@click.option("--background", type=_ANEW, help="Where the background rows lie now.")
@key_option
@records_option
@json_option
def reproduce(run: Path, scheme: str | None, key: bytes | None, as_json: bool, **anew: Path | None) -> int:
    """Compute a RUN again from what its run.json names, and compare its audit.json.

    On the same type of CPU, with as many threads and the same versions, every byte must be the same;
    elsewhere every number within 1e-8, and all else equal. Which of the two was tested is said. Exits with
    0 where the run came out as it did, with 1 where it did not (or people of it were erased or withdrew).

    \b
    Example:
      scs-ml reproduce data/runs/compas
      scs-ml reproduce data/runs/compas --table elsewhere/compas_two_years.csv
    """
    from scs_ml.workflow import reproduce as run_again

    recorder = recorder_if_kept()
    given = {role: path for role, path in anew.items() if path is not None}
    with progress_bars() as progress:
        done = run_again(run, given=given, scheme=scheme, key=key, recorder=recorder, progress=progress)
    recorder.note("reproduce", run=recorder.run_of(run), outcome=done.outcome, tested=done.tested)
    code = int(done.outcome != "reproduced")
    if as_json:
        show_json(
            {
                "run": str(run),
                "outcome": done.outcome,
                "tested": done.tested,
                "why": done.why,
                "elsewhere": list(done.elsewhere),
            }
        )
        return code
    for each in done.elsewhere:
        click.echo(f"computed elsewhere: {each}")
    click.echo(_SAID[done.outcome, done.tested] + (f": {done.why}" if done.why else ""))
    return code


_SAID = {
    ("reproduced", "bytes"): "reproduced: audit.json is the same, byte for byte",
    ("reproduced", "numbers"): "reproduced: every number of audit.json within 1e-8, all else the same",
    ("differs", "bytes"): "differs, on the same machine with the same versions",
    ("differs", "numbers"): "differs by more than 1e-8",
    ("not reproducible", "nothing"): "not reproducible",
}
