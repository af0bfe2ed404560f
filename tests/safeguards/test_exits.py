"""Every exit in one table, in code and docs; none lists people by category."""

from __future__ import annotations

import re

import click
import pytest

from scs_ml.cli.app import cli
from scs_ml.safeguards import EXITS, OPENS, state_of
from tests.support import ROOT


def leaves(group, path=()):
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from leaves(command, (*path, name))
        else:
            yield " ".join((*path, name)), command


COMMANDS = dict(leaves(cli))


def test_the_table_of_the_docs_is_the_table_of_the_code():
    text = (ROOT / "docs" / "safeguards.md").read_text(encoding="utf-8")
    table = text[text.index("| command | what |") :].split("\n\n")[0]
    head, _, *rows = [[cell.strip(" `") for cell in row.strip("|").split("|")] for row in table.splitlines()]
    assert head[4:] == list(OPENS)
    told = [(e.command, e.what, e.about, e.to, *(state_of(e, kind) for kind in OPENS)) for e in EXITS]
    assert [tuple(row) for row in rows] == told


def test_only_worlds_are_open_everywhere():
    assert {state_of(each, "synthetic") for each in EXITS} <= {"open", "noise"}
    for kind in ("agreed", "audit"):
        for each in EXITS:
            if each.to == "anybody":
                assert state_of(each, kind) != "open", f"{each.command}: {each.what}"
    persons = [each for each in EXITS if each.about == "persons"]
    assert {state_of(each, "benchmark") for each in persons} == {"closed"}


def test_every_command_on_a_table_of_people_is_in_the_table():
    """A command that reads a table has an exit here, or makes something that is about nobody."""
    # A draft of a scheme; the office's own table under a new key; whether a run comes out the same.
    about_nobody = {"init", "key rotate", "reproduce"}
    reading = {name for name, each in COMMANDS.items() if any(p.name == "table" for p in each.params)}
    assert reading - about_nobody <= {each.command for each in EXITS}
    assert {each.command for each in EXITS} <= set(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_no_option_sorts_or_chooses_people_by_category(name):
    for parameter in COMMANDS[name].params:
        assert not re.search(r"sort|rank|order|top|worst|categor", parameter.name), parameter.name
