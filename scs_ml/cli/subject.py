"""``scs-ml subject``."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scs_ml.cli.output import json_option, progress_bars, show_json
from scs_ml.cli.recording import now, recorder_of_requests, records_option
from scs_ml.exceptions import ScsError

if TYPE_CHECKING:
    from scs_ml.records.rows import Person
    from scs_ml.workflow.erasing import Erasure
    from scs_ml.workflow.holdings import Holdings

_SHOWN = 5
_PATH = click.Path(path_type=Path)

_WHO = (
    click.argument("identity", required=False, metavar="[ID]"),
    click.option("--pseudonym", help="Who is meant, where the pseudonym is known and not the identifier."),
    click.option("--scheme", help="Scheme of the tables: which of their columns says who a row is of."),
    click.option("--key", type=_PATH, help="Pseudonym key file (default: $SCS_ML_KEY, then ./scs_ml.key)."),
    records_option,
    json_option,
)
_WHERE = (
    click.option("--table", "tables", type=_PATH, multiple=True, help="A table that names people in clear."),
    click.option("--ledger", "ledgers", type=_PATH, multiple=True, help="An event ledger, likewise."),
    click.option("--answers", type=_PATH, multiple=True, help="Verification answers to its events."),
    click.option("--folder", "folders", type=_PATH, multiple=True, help="A folder of files by pseudonym."),
    click.option("--database", "databases", multiple=True, metavar="URL", help="SQLite or PostgreSQL."),
)


def who(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say who is meant."""
    for each in reversed(_WHO):
        command = each(command)
    return command


def who_and_where(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add these, and those that say what there is besides what the register lists."""
    for each in reversed(_WHERE):
        command = each(command)
    return who(command)


@click.group()
def subject() -> None:
    """Do what a person may ask for: see, withdraw, be erased; and delete what is past its time.

    An ID is hashed with the key at once and kept nowhere; `-` reads it from standard input, so that no
    history of commands keeps it either.
    """


@subject.command()
@click.option("-o", "--out", type=click.Path(file_okay=False, path_type=Path), required=True, help="Folder.")
@who_and_where
def export(out: Path, as_json: bool, **given: Any) -> int:
    """Write everything that is held about a person: rows, forecasts, views, sheets, entries of the log.

    \b
    Example:
      scs-ml subject export 4711 --scheme scores.yaml --table scores.csv -o for-4711
    """
    from scs_ml.workflow.exporting import export_person

    person, _, holdings = _person(given)
    records, recorder = recorder_of_requests()
    done = export_person(records, person, holdings, out, at=now(), note=recorder.note)
    if as_json:
        show_json({"folder": str(out), "rows": done.rows, "views": done.views, "sheets": done.sheets})
    else:
        click.echo(
            f"wrote {done.rows:,} rows, {done.views} views and {done.sheets} sheets to {out}: it is for them"
        )
    return 0


@subject.command()
@who
def withdraw(as_json: bool, **given: Any) -> int:
    """Keep a person out of everything that is read from now on.

    \b
    Example:
      scs-ml subject withdraw 4711
    """
    person, _, _ = _person(given)
    records, recorder = recorder_of_requests()
    at = now()
    fresh = records.register.withdraw(person.names, at=at) > 0
    if fresh:
        recorder.note("withdraw", people={"count": 1})
    if as_json:
        show_json({"withdrawn": True, "before": not fresh})
    else:
        click.echo("left out from the next run on" if fresh else "they had withdrawn already")
    return 0


@subject.command()
@who_and_where
def erase(as_json: bool, **given: Any) -> int:
    """Take a person out of everything that was written, and out of what is named; prove it by a search.

    Files are rewritten one by one, each whole or not at all; a command that was stopped is finished by the
    next one. A model that learned from the person stays as it is: `status` says so.

    \b
    Example:
      scs-ml subject erase 4711 --scheme scores.yaml --table scores.csv --ledger events.csv
    """
    from scs_ml.workflow.erasing import erase_person

    person, identity, holdings = _person(given)
    records, recorder = recorder_of_requests()
    with progress_bars() as progress:
        done = erase_person(
            records,
            person,
            holdings,
            at=now(),
            note=recorder.note,
            identity=identity,
            progress=progress,
        )
    _show_erasure(done, as_json=as_json)
    if done.complete:
        return 0
    left = [*map(str, done.searched.places), *done.places, *done.searched.unread]
    raise ScsError(
        "what could be rewritten was, and the person is still found, or could not be looked for",
        where=_hidden("; ".join(left[:_SHOWN]), [*person.names, identity]),
        remedy="take them out there by hand (scs_ml edits only what it can read), then ask again; or see "
        "that it is a longer name of somebody else, in which theirs stands",
    )


@subject.command()
@records_option
@json_option
def expire(as_json: bool) -> int:
    """Delete what was written about persons and is past the limit of retention of its basis.

    \b
    Example:
      scs-ml subject expire
    """
    from scs_ml.workflow.expiring import expire as expire_artefacts

    records, recorder = recorder_of_requests()
    deleted = expire_artefacts(records, now=now(), note=recorder.note)
    if as_json:
        show_json({"deleted": [str(each) for each in deleted]})
    else:
        for each in deleted:
            click.echo(f"deleted {each}")
        click.echo(f"{len(deleted)} were past their limit")
    return 0


@subject.command()
@records_option
@json_option
def status(as_json: bool) -> int:
    """Count what the register holds: people, those who are out, files, and models trained on the erased.

    \b
    Example:
      scs-ml subject status
    """
    from scs_ml.workflow.expiring import what_is_kept

    kept = what_is_kept(recorder_of_requests()[0], now=now())
    if as_json:
        show_json(vars(kept))
        return 0
    click.echo(f"{kept.people:,} people known, {kept.out:,} pseudonyms kept out")
    click.echo(", ".join(f"{n} {kind}" for kind, n in kept.artefacts.items()) or "nothing written")
    click.echo(f"{kept.over} past their limit of retention")
    for name, n in kept.trained_before.items():
        click.echo(f"{name} was trained before {n:,} were erased, and does not unlearn them: train it again")
    return 0


def _person(given: dict[str, Any]) -> tuple[Person, str | None, Holdings]:
    """Turn what was given into pseudonyms, before anything else."""
    from scs_ml.records.rows import Person
    from scs_ml.workflow.holdings import Holdings

    identity, pseudonym = given.pop("identity"), given.pop("pseudonym")
    holdings = Holdings(**given)
    if (identity is None) == (pseudonym is None):
        raise ScsError("say who is meant, in one way", remedy="give an ID, or --pseudonym P")
    if pseudonym is not None:
        return Person(pseudonym.strip().lower()), None, holdings
    if identity == "-":
        identity = sys.stdin.readline().rstrip("\r\n")
    if not identity.strip():
        raise ScsError("the ID is empty", remedy="give it as it stands in the table")
    return holdings.person(identity), identity, holdings


def _show_erasure(done: Erasure, *, as_json: bool) -> None:
    files = len(done.removed.rewritten) + len(done.removed.deleted)
    if as_json:
        if done.complete:
            searched = {"files": done.searched.files, "bytes": done.searched.size}
            counts = {"rows": done.removed.rows, "files": files, "runs": done.runs, "bundles": done.bundles}
            show_json(counts | {"searched": searched, "found": 0})
        return
    click.echo(
        f"{done.removed.rows:,} rows and entries went, from {files} files; {done.runs} runs lost the person"
    )
    if done.bundles:
        click.echo(f"{done.bundles} models learned from them before, and do not unlearn: train again")
    found = len(done.searched.places) + len(done.places)
    click.echo(f"searched {done.searched.size:,} bytes in {done.searched.files:,} files: found {found} times")


def _hidden(text: str, names: Sequence[str | None]) -> str:
    for name in filter(None, names):
        text = text.replace(name, "...")
    return text
