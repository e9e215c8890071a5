"""The console script `sipas`. Errors are one line that says what is wrong and how to mend it, exit code 2."""

from __future__ import annotations

import sys
from importlib import import_module

import click

from survey.errors import SipasError

#: command -> what `sipas --help` says of it. Each lives in survey/cli/<command>.py and is imported only when it is called.
COMMANDS = {
    "demo": "Set up the Tuyên Quang demonstration and start it.",
    "serve": "Start the web server.",
    "db": "Upgrade, check and repair the database.",
    "user": "Add, list and change staff accounts.",
    "agency": "List, merge, split, move, end and rename agencies.",
    "desk": "List, add, rename and close desks, issue and revoke their addresses, draw QR codes.",
    "invitation": "Make, list and withdraw invitations to a sample survey.",
    "wave": "Open, close, analyse and publish survey waves.",
    "import": "Load questionnaires, agencies and published benchmarks.",
    "analyse": "Estimate the index with its interval, from a CSV file or a wave.",
    "report": "Write the report of a frozen analysis as a Word document.",
    "export": "Write the scores of a wave as CSV.",
    "audit": "Read the audit log and prove it unchanged.",
    "backup": "Copy the whole database into one file.",
}


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"survey.cli.{'import_' if cmd_name == 'import' else cmd_name}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):  # the table above, so that --help imports nothing
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="sipas")
def sipas() -> None:
    """SIPAS measures how satisfied citizens are with the one-stop desks of a Vietnamese province."""


def main() -> None:
    """Run `sipas`; every expected failure becomes one line on standard error and exit code 2."""
    try:
        code = sipas.main(prog_name="sipas", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        code = 2
    except click.ClickException as error:
        code = _fail(error.format_message())
    except SipasError as error:
        code = _fail(error.message)
    except click.Abort:
        code = _fail("stopped by the keyboard")
    except BrokenPipeError:
        code = 0
    except Exception as error:  # noqa: BLE001 - what is not of the database is raised again
        code = _fail(_database_message(error))
    sys.exit(code if isinstance(code, int) else 0)


def _fail(message: str) -> int:
    click.echo(f"sipas: {' '.join(message.split())}", err=True)
    return 2


def _database_message(error: Exception) -> str:
    """One line for a database that cannot be used; anything else is a defect and is raised with its traceback."""
    from sqlalchemy.exc import DBAPIError

    if not isinstance(error, DBAPIError):
        raise error
    reason = str(error.orig)
    if "no such table" in reason or "UndefinedTable" in type(error.orig).__name__:
        return "The database has no tables yet. Run `sipas db upgrade` first."
    return f"The database cannot be used: {reason} Check SIPAS_DATABASE_URL and that the server runs."
