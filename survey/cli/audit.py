"""`sipas audit`: the log of what the staff did."""

from __future__ import annotations

import re

import click

from survey.cli.table import format_option, show
from survey.errors import Conflict, Invalid


@click.group("audit")
def command() -> None:
    """Read the audit log, and prove that nothing in it was changed."""


@command.command("list")
@click.option("--last", "limit", type=click.IntRange(1, 100_000), default=50, show_default=True, help="How many of the newest.")
@format_option
def list_(limit: int, format_: str) -> None:
    """List the newest entries, newest first. Times are UTC."""
    from dataclasses import asdict

    from survey.cli.session import open_session
    from survey.queries.audit_log import list_entries

    with open_session() as session:
        entries = [asdict(entry) for entry in list_entries(session, limit=limit)]
    if format_ == "table":  # what somebody typed must not draw lines of its own on the screen
        entries = [{name: _one_line(value) for name, value in entry.items() if name != "previous_sha256"} for entry in entries]
    show(entries, format_)


@command.command()
@click.option("--noted", metavar="NUMBER:SHA256", help="What an earlier call said: it must still stand there.")
def verify(noted: str | None) -> None:
    """Recompute the hash of every entry. Exit code 2 and the numbers of the entries when something does not fit.

    Note down the last line and keep it elsewhere: who can write to the database can make a whole new chain, but not one that
    leads through an entry that you have noted.
    """
    from survey.cli.session import open_session
    from survey.queries.audit_log import verify_audit_log

    with open_session() as session:
        proof = verify_audit_log(session, noted=_read(noted))
    if proof.faults:
        faults = ", ".join(f"entry {fault.number} {fault.what}" for fault in proof.faults[:20])
        more = f" and {len(proof.faults) - 20} more" if len(proof.faults) > 20 else ""
        raise Conflict(f"The audit log is not as it was written: {faults}{more}. Compare it with a backup (`sipas audit list`).")
    click.echo(f"All {proof.number} entries are as they were written.")
    click.echo(f"{proof.number}:{proof.sha256}")


def _read(noted: str | None) -> tuple[int, str] | None:
    if noted is None:
        return None
    if not re.fullmatch(r"[0-9]{1,9}:[0-9a-f]{64}", noted):
        raise Invalid("--noted is what `sipas audit verify` printed last: a number, a colon and 64 hexadecimal digits.")
    number, _, sha256 = noted.partition(":")
    return int(number), sha256


def _one_line(value: object) -> str:
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in str(value if value is not None else ""))
