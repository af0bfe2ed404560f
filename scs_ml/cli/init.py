"""``scs-ml init``."""

from __future__ import annotations

from pathlib import Path

import click

from scs_ml.cli.output import json_option, show_json
from scs_ml.exceptions import ScsError


@click.command()
@click.argument("table", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where to write (default: here, under TABLE's name).",
)
@click.option("--name", default=None, help="Name of the scheme (default: the table's name).")
@json_option
def init(table: Path, out: Path | None, name: str | None, as_json: bool) -> int:
    """Draft a scheme YAML from a CSV or Parquet TABLE.

    Column kinds and roles are guessed; what the table cannot tell is marked TODO, and a scheme with a TODO
    left in it is refused until you answer it.

    \b
    Example:
      scs-ml init scores.csv -o scores.yaml
    """
    from scs_ml.data import draft_scheme
    from scs_ml.storage import atomic_file

    bare = table.with_suffix("") if table.suffix.lower() == ".gz" else table
    target = out or Path(bare.stem + ".yaml")
    if target.exists():
        raise ScsError(
            "the scheme file exists already",
            where=str(target),
            remedy="choose another name with -o, or remove it",
        )
    text = draft_scheme(table, name=name)
    with atomic_file(target) as temporary:
        temporary.write_text(text, encoding="utf-8")
    questions = text.count("TODO:")
    if as_json:
        show_json({"scheme": str(target), "questions": questions})
    else:
        click.echo(
            f"wrote {target}: answer its {questions} TODO lines, then run: scs-ml check {target} {table}"
        )
    return 0
