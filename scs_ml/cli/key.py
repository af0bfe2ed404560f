"""``scs-ml key``."""

from __future__ import annotations

from pathlib import Path

import click

from scs_ml.cli.output import json_option, progress_bars, show_json
from scs_ml.cli.recording import now, recorder_of_requests, records_option


@click.group()
def key() -> None:
    """Make or change the key that turns identifiers into pseudonyms. It stays with the owner of the data.

    \b
    Example:
      scs-ml key new
    """


@key.command()
@click.option(
    "-o",
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("scs_ml.key"),
    show_default=True,
    help="Where to write the key.",
)
@json_option
def new(out: Path, as_json: bool) -> int:
    """Write a new random key; an existing one is never overwritten.

    \b
    Example:
      scs-ml key new
    """
    from scs_ml.safeguards import new_key

    path = new_key(out)
    if as_json:
        show_json({"key": str(path)})
    else:
        click.echo(f"wrote {path}: keep it with the data, back it up, and never share the two together")
    return 0


@key.command()
@click.argument("table", type=click.Path(path_type=Path))
@click.option("--scheme", required=True, help="Scheme of the table: which of its columns name people.")
@click.option("--old", type=click.Path(dir_okay=False, path_type=Path), required=True, help="Key until now.")
@click.option(
    "--new", "new_file", type=click.Path(dir_okay=False, path_type=Path), required=True, help="New key."
)
@click.option("--ledger", type=click.Path(path_type=Path), help="Event ledger: informants are in it.")
@click.option("--database", "databases", multiple=True, metavar="URL", help="Rewrite this database, too.")
@records_option
@json_option
def rotate(
    table: Path,
    scheme: str,
    old: Path,
    new_file: Path,
    ledger: Path | None,
    databases: tuple[str, ...],
    as_json: bool,
) -> int:
    """Change the key: everything that was written gets the pseudonyms that the new key makes.

    Which old pseudonym becomes which new one can be told only of people in TABLE (and its ledger): anyone
    else keeps the old one, and is counted.

    \b
    Example:
      scs-ml key rotate scores.csv --scheme scores.yaml --old scs_ml.key --new scs_ml-2027.key
    """
    from scs_ml.safeguards import load_key
    from scs_ml.workflow.erasing import rename_people
    from scs_ml.workflow.holdings import renamings

    pairs = renamings(table, scheme, load_key(old), load_key(new_file), ledger=ledger)
    records, recorder = recorder_of_requests()
    with progress_bars() as progress:
        renamed, kept, unreachable = rename_people(
            records, pairs, databases, at=now(), note=recorder.note, progress=progress
        )
    if as_json:
        show_json({"renamed": renamed, "kept": kept, "unreachable": unreachable})
        return 0
    click.echo(f"{renamed:,} people of the register have new pseudonyms; keep {new_file}, and destroy {old}")
    if kept:
        click.echo(
            f"{kept:,} are not in the table and keep their old ones: rotate with a table that holds them"
        )
    if unreachable:
        click.echo(f"{unreachable:,} who withdrew or were erased are kept out under the old key only")
    return 0
