"""``scs-ml key``."""

from __future__ import annotations

from pathlib import Path

import click

from scs_ml.cli.output import json_option, show_json


@click.group()
def key() -> None:
    """Make the key that turns identifiers into pseudonyms. It stays with the owner of the data.

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
