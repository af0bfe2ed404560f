"""Every command is documented: a summary, an example whose options exist, a place in the manual."""

from __future__ import annotations

import re
import shlex

import click
import pytest

from scs_ml.cli.app import COMMANDS, EXIT_CODES, cli
from tests.support import ROOT


def commands(group=cli, path=()):
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name), command


ALL = dict(commands())
MANUAL = (ROOT / "docs" / "command_line.md").read_text(encoding="utf-8")


def examples(text):
    """Command lines that call scs-ml, joined where a backslash continues them."""
    joined = text.replace("\\\n", " ")
    return [shlex.split(m) for m in re.findall(r"^\s*(?:\$ )?scs-ml (.+)$", joined, flags=re.MULTILINE)]


def parse(words):
    """Find the command of an example and parse its arguments as click would; a wrong option raises."""
    path = next(path for path in ALL if tuple(words[: len(path)]) == path)
    command, arguments = ALL[path], words[len(path) :]
    # Parsed without conversion: files of an example need not exist here.
    parser = command.make_parser(click.Context(command))
    given, rest, _ = parser.parse_args(list(arguments))
    assert not rest
    for parameter in command.get_params(click.Context(command)):
        if parameter.required:
            assert given.get(parameter.name), f"{words}: {parameter.name} is missing"
    return path


def test_registry_and_commands_agree():
    assert {path[0] for path in ALL} == set(COMMANDS)


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_command_has_a_summary_a_help_for_every_option_and_an_example_that_parses(path):
    command = ALL[path]
    assert command.help.split("\n")[0].endswith((".", ","))
    found = examples(command.help)
    assert found, "its docstring lacks an example"
    # The first calls the command itself; others may show what its output is for.
    assert parse(found[0]) == path
    for words in found[1:]:
        parse(words)
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, f"{parameter.name} has no help"
    assert any(parameter.name == "as_json" for parameter in command.params)


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_command_stands_in_the_manual_with_a_worked_example(path):
    assert f"## `scs-ml {' '.join(path)}`" in MANUAL
    assert path in {parse(words) for words in examples(MANUAL)}


def test_every_option_stands_in_the_manual():
    for command in ALL.values():
        for option in (p for p in command.params if isinstance(p, click.Option)):
            assert any(f"`{name}`" in MANUAL or f"{name} " in MANUAL for name in option.opts), option.opts


def test_every_example_of_the_manual_parses():
    for words in examples(MANUAL):
        parse(words)


def test_exit_codes_are_told_in_the_help_and_in_the_manual(run):
    shown = run("--help")
    assert shown.code == 0
    for line in EXIT_CODES.split("\n")[2:]:
        if line.strip():
            assert line.strip() in shown.out
    for code in ("0", "1", "2", "3", "130"):
        assert re.search(rf"^\| {code} \|", MANUAL, flags=re.MULTILINE)


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_help_is_shown(run, path):
    shown = run(*path, "--help")
    assert shown.code == 0
    assert "Example:" in shown.out
