"""``scs-ml log``."""

from __future__ import annotations

from pathlib import Path

import click

from scs_ml.cli.output import json_option, show_json, show_table
from scs_ml.cli.recording import announce, now, records_folder, records_option
from scs_ml.core import Table


@click.group()
def log() -> None:
    """Keep, show and check the log of what was done with people's data.

    \b
    Example:
      scs-ml log check --auditor-key k0.key --checkpoint 2026-03.json
    """


@log.command()
@click.option("--name", required=True, help="Of the house, as bundles and checkpoints show it.")
@click.option(
    "--auditor-key",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where to write the auditor's key; best on a medium that leaves the house.",
)
@records_option
@json_option
def init(name: str, auditor_key: Path | None, as_json: bool) -> int:
    """Begin records: a log, a register of people, and the key that signs bundles.

    \b
    Example:
      scs-ml log init --name "Statistics office" --auditor-key /media/auditor/k0.key
    """
    from scs_ml.exceptions import ScsError
    from scs_ml.records import open_records
    from scs_ml.storage import key_fingerprint

    folder = records_folder()
    if (folder / "house.json").exists():
        raise ScsError(
            "there are records in this folder already",
            where=str(folder),
            remedy="name another with --records",
        )
    records = open_records(folder, create=True, name=name, auditor_key=auditor_key)
    fingerprint = key_fingerprint(records.signer.public_key)
    if auditor_key is None:
        announce(records)
    if as_json:
        show_json({"records": str(folder), "name": name, "key_fingerprint": fingerprint})
        return 0
    click.echo(f"{folder}: records of {name}, whose key has the fingerprint {fingerprint}")
    if auditor_key is not None:
        click.echo(f"hand {auditor_key} to your auditor and keep no copy")
    return 0


@log.command()
@click.option(
    "-o",
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    help="File to write, for the auditor to keep.",
)
@records_option
@json_option
def checkpoint(out: Path, as_json: bool) -> int:
    """Sign how many entries the log has and how the last one ends, for an auditor to keep.

    \b
    Example:
      scs-ml log checkpoint -o 2026-03.json
    """
    from scs_ml.records import make_checkpoint, open_records, save_checkpoint

    made = make_checkpoint(open_records(records_folder()), at=now())
    save_checkpoint(made, out)
    if as_json:
        show_json({"checkpoint": str(out), "entries": made.index, "head": made.head, "at": made.at})
    else:
        click.echo(f"wrote {out}: {made.index:,} entries by {made.at}; the auditor keeps it, not the house")
    return 0


@log.command()
@click.option(
    "--auditor-key",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The key that was handed over when the log was begun.",
)
@click.option(
    "--checkpoint",
    "checkpoints",
    type=click.Path(dir_okay=False, path_type=Path),
    multiple=True,
    help="A checkpoint that was kept elsewhere; may be given again.",
)
@records_option
@json_option
def check(auditor_key: Path | None, checkpoints: tuple[Path, ...], as_json: bool) -> int:
    """Say whether the log is what was written, or name the first record that is not. Exit code 1: it is not.

    \b
    Example:
      scs-ml log check
      scs-ml log check --auditor-key k0.key --checkpoint 2026-02.json --checkpoint 2026-03.json
    """
    from scs_ml.records import check_log, load_checkpoint
    from scs_ml.safeguards import load_key

    found = check_log(
        records_folder(),
        auditor_key=None if auditor_key is None else load_key(auditor_key),
        checkpoints=[load_checkpoint(each) for each in checkpoints],
    )
    whole = found.first_altered is None
    if as_json:
        show_json(
            {
                "whole": whole,
                "entries": found.entries,
                "first_altered": found.first_altered,
                "why": found.why or None,
                "checked": list(found.checked),
                "not_checked": list(found.unchecked),
            }
        )
        return int(not whole)
    if whole:
        click.echo(f"OK: {found.entries:,} records are as they were written, as far as was checked")
    else:
        click.echo(f"ALTERED: record {found.first_altered} is the first; {found.why}")
    for each in found.checked:
        click.echo(f"  checked: {each}")
    for each in found.unchecked:
        click.echo(f"  not checked: {each}")
    return int(not whole)


@log.command()
@click.option("--last", type=click.IntRange(1), default=20, show_default=True, help="How many entries.")
@click.option("--action", default=None, help="Only entries of this action, such as forecast or refused.")
@records_option
@json_option
def show(last: int, action: str | None, as_json: bool) -> int:
    """Show the last entries: when, what, with which command, about how many people.

    \b
    Example:
      scs-ml log show --last 5
      scs-ml log show --action refused
    """
    from scs_ml.records import open_records

    entries = list(open_records(records_folder()).log.entries(action))
    shown = entries[-last:]
    if as_json:
        names = ("index", "at", "action", "body")
        show_json({"entries": [{name: getattr(entry, name) for name in names} for entry in shown]})
        return 0
    rows = []
    for entry in shown:
        body = dict(entry.body)
        people = body.get("people") or {}
        what = next((str(body[k]) for k in ("run", "file", "scheme", "rule") if body.get(k)), "")
        rows.append(
            (str(entry.index), entry.at, entry.action, body.get("command"), what, people.get("count"))
        )
    title = (
        f"Entries {len(entries) - len(shown) + 1} to {len(entries)} of {len(entries)}" if shown else "None"
    )
    show_table(Table("log", title, ("#", "at", "action", "command", "of", "people"), tuple(rows)))
    return 0


@log.command()
@click.argument("house", type=click.Path(dir_okay=False, path_type=Path))
@records_option
@json_option
def trust(house: Path, as_json: bool) -> int:
    """Trust the bundles of another house, whose HOUSE file (house.json of its records) you were given.

    Compare the fingerprint that is printed with the one the other house tells you by another way.

    \b
    Example:
      scs-ml log trust from-bank/house.json
    """
    from scs_ml.records import open_records
    from scs_ml.records.office import read_house
    from scs_ml.storage import key_fingerprint

    records = open_records(records_folder())
    known = read_house(house)
    public_key = bytes.fromhex(known["public_key"])
    if public_key not in records.trusted_keys():
        records.log.append("trust", {"command": "log trust", **known}, at=now())
    fingerprint = key_fingerprint(public_key)
    if as_json:
        show_json({"name": known["name"], "key_fingerprint": fingerprint})
    else:
        click.echo(f"bundles signed by {known['name']} ({fingerprint}) are trusted from now on; it is logged")
    return 0
