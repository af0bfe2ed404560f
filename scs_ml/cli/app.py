"""The group that holds every command, and the one place where errors become messages and exit codes."""

from __future__ import annotations

import importlib
import json
import sys
from typing import Any

import click

from scs_ml import __version__
from scs_ml.exceptions import SafeguardError, ScsError

# Command -> its one-line summary. A command's module is imported only when it runs: --help stays quick.
# To add one: a module in scs_ml/cli with a click command of the same name, and a line here.
COMMANDS = {
    "demo": "Simulate a pilot with planted wrongs, audit it, and compare.",
    "init": "Draft a scheme from a table.",
    "check": "Check a table against a scheme.",
    "log": "Keep, show and check the log of what was done with people's data.",
    "key": "Make or change the key that turns identifiers into pseudonyms.",
    "train": "Train forecasters and save the best as a bundle.",
    "leaderboard": "Backtest forecasters on later periods, with ranks that may be ties.",
    "forecast": "Forecast people's next category from a bundle.",
    "audit": "Audit a model or an existing score.",
    "verify": "Plan which cases a human should look up.",
    "explain": "Explain a model's forecasts by indicator.",
    "sheet": "Write a person's own sheet: what is forecast, why, and what would change it.",
    "publish": "Publish group tables with differential privacy.",
    "society": "Place groups on the society scale.",
    "reproduce": "Compute a run again, and compare byte for byte.",
    "report": "Write a run's report again from its audit.json.",
    "subject": "Do what a person may ask for: export, withdraw, erase.",
    "experiment": "Let simulated people react to being scored, and see what groups face.",
    "bench": "Measure the audit's power and false alarms on planted wrongs.",
}

EXIT_CODES = """\b
Exit codes:
  0  done
  1  findings at or over --fail-on
  2  bad input: the message says what, where and what to do
  3  refused by a safeguard
"""


class _Lazy(click.Group):
    """Commands imported on demand."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command = getattr(importlib.import_module(f"scs_ml.cli.{cmd_name}"), cmd_name)
        assert isinstance(command, click.Command)  # noqa: S101 - a registry line without its command is our bug
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; that it was refused is recorded, whichever command it was."""
        try:
            return super().invoke(ctx)
        except SafeguardError as error:
            from scs_ml.cli.recording import record_refusal

            record_refusal(ctx, error)
            raise

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=_Lazy, epilog=EXIT_CODES, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="scs-ml")
def cli() -> None:
    """Forecast, explain and audit scores that put people in ordered categories.

    An audit bench that takes the side of the people being scored. It reads tables; it lists no one and
    decides nothing.
    """


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit with its code.

    Parameters
    ----------
    arguments : list of str, optional
        ``sys.argv[1:]`` where not given.
    """
    given = sys.argv[1:] if arguments is None else arguments
    as_json = "--json" in given
    try:
        code = cli.main(given, prog_name="scs-ml", standalone_mode=False)
    except ScsError as error:
        _say(error, as_json=as_json)
        sys.exit(error.exit_code)
    except OSError as error:
        # The machine's no: a full disk, a folder that may not be written to.
        what = f"the file system refuses: {error.strerror or error}"
        where = None if error.filename is None else str(error.filename)
        _say(ScsError(what, where=where, remedy="give another path, or make room there"), as_json=as_json)
        sys.exit(ScsError.exit_code)
    except click.ClickException as error:
        if as_json:
            _say(ScsError(error.format_message(), remedy="see --help"), as_json=True)
        else:
            error.show()
        sys.exit(ScsError.exit_code)
    except click.Abort:
        click.echo("stopped", err=True)
        sys.exit(130)
    sys.exit(code if isinstance(code, int) else 0)


def _say(error: ScsError, *, as_json: bool) -> None:
    if as_json:
        body: dict[str, Any] = {
            "error": type(error).__name__,
            "what": error.what,
            "where": error.where,
            "remedy": error.remedy,
        }
        if isinstance(error, SafeguardError):
            body["rule"] = error.rule
        click.echo(json.dumps({"ok": False, **body}, ensure_ascii=False))
    else:
        click.echo(f"{'refused' if isinstance(error, SafeguardError) else 'error'}: {error}", err=True)
