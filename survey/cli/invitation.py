"""`sipas invitation`: personal links to a sample survey."""

from __future__ import annotations

from pathlib import Path

import click

from survey.cli.desk import new_file, show_batches, withdraw_batch
from survey.cli.table import format_option
from survey.errors import Invalid


@click.group("invitation")
def command() -> None:
    """Make, list and withdraw invitations to a sample survey."""


@command.command()
@click.argument("wave")
@click.argument("desk_id", type=int)
@click.option("--count", type=int, default=100, show_default=True, help="How many people are invited.")
@click.option("--form", type=click.Choice(["full", "short"]), default="full", show_default=True, help="What they open with.")
@click.option("--output", "-o", type=click.Path(path_type=Path), required=True, help="A new file that ends in .xlsx, .csv or .pdf.")
def make(wave: str, desk_id: int, count: int, form: str, output: Path) -> None:
    """Make COUNT personal links to WAVE for people who were served at desk DESK_ID.

    They stand in the file alone: a table to send from, or cards to put into letters.
    """
    from survey.cli.session import open_session
    from survey.domain.slip_code import slip_key
    from survey.reports.invitations import FORMATS
    from survey.services.change_wave import find_wave
    from survey.services.make_invitations import make_invitations
    from survey.settings import read_settings, today

    settings = read_settings()
    if (ending := output.suffix.lstrip(".").lower()) not in FORMATS:
        raise Invalid(f"{output} must end in {', '.join(f'.{known}' for known in FORMATS)}.")
    draw = FORMATS[ending][1]
    with open_session() as session, new_file(output) as file:
        last_day = find_wave(session, wave).closes_on
        made = make_invitations(
            session, wave, desk_id, count, full_form=form == "full", key=slip_key(settings.secret_key), today=today(),
            made_by="sipas invitation make", draw=lambda desk, codes: draw(desk, codes, settings.base_url, last_day),
        )  # fmt: skip
        file.write(made)
    click.echo(f"{output}: {count} invitations. Send them, then delete the file.")
    if settings.is_local:
        click.echo("These invitations lead to this machine only. Set SIPAS_BASE_URL to the address that phones can reach.", err=True)


@command.command("list")
@click.option("--agency", help="Only the batches of this agency and those below it.")
@format_option
def list_(agency: str | None, format_: str) -> None:
    """List the batches of invitations: how many were made, are used, are left."""
    show_batches(agency, format_, invitations=True)


@command.command()
@click.argument("batch_id", type=int)
@click.option("--reason", required=True, help="Everyone who sees the list of batches reads it.")
def withdraw(batch_id: int, reason: str) -> None:
    """Withdraw batch BATCH_ID. Invitations that are left open nothing any more; responses already given stay."""
    withdraw_batch(batch_id, reason, invitations=True)
