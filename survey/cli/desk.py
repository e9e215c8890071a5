"""`sipas desk`: desks and their addresses."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import BinaryIO

import click

from survey.cli.table import format_option, show
from survey.errors import Invalid, NotFound


@click.group("desk")
def command() -> None:
    """List desks, issue and revoke their addresses, draw QR codes, print slips."""


@command.command("list")
@click.option("--agency", help="Only the desks of this agency.")
@format_option
def list_(agency: str | None, format_: str) -> None:
    """List the open desks of living agencies with the path of their form."""
    from survey.cli.session import open_session
    from survey.queries.agency_list import list_desks
    from survey.settings import today

    with open_session() as session:
        desks = list_desks(session, today=today())
    show([desk for desk in desks if agency is None or desk["agency"] == agency], format_)


@command.command()
@click.argument("desk_id", type=int)
def issue(desk_id: int) -> None:
    """Give desk DESK_ID a new address; the old one stops working."""
    from survey.cli.session import open_session
    from survey.services.issue_desk_code import issue_desk_code
    from survey.settings import today

    with open_session() as session:
        click.echo(f"/s/{issue_desk_code(session, desk_id, today=today())}")


@command.command()
@click.argument("code")
def revoke(code: str) -> None:
    """Take the address /s/CODE back. Responses already given stay."""
    from survey.cli.session import open_session
    from survey.services.issue_desk_code import revoke_desk_code
    from survey.settings import today

    with open_session() as session:
        revoke_desk_code(session, code.rsplit("/", 1)[-1], today=today())
    click.echo("Revoked. Whoever opens it now reads that another code hangs at the desk.")


@command.command()
@click.argument("desk_id", type=int)
@click.option("--output", "-o", type=click.Path(path_type=Path), required=True, help="A file that ends in .svg or .png.")
def qr(desk_id: int, output: Path) -> None:
    """Draw the QR code of desk DESK_ID into a file."""
    from survey.cli.session import open_session
    from survey.qr_code import draw
    from survey.queries.agency_list import list_desks
    from survey.settings import read_settings, today

    settings = read_settings()
    with open_session() as session:
        url = next((desk["url"] for desk in list_desks(session, today=today()) if desk["id"] == desk_id), None)
    if url is None:
        raise NotFound(f"Desk {desk_id} has no address. `sipas desk list` shows the desks, `sipas desk issue {desk_id}` gives one.")
    image = draw(settings.base_url + url, output.suffix.lstrip(".").lower())
    try:
        output.write_bytes(image)
    except OSError as error:
        raise Invalid(f"{output} cannot be written ({error.strerror}).") from error
    click.echo(f"{output}: {settings.base_url}{url}")
    if settings.is_local:
        click.echo("This code leads to this machine only. Set SIPAS_BASE_URL to the address that phones can reach.", err=True)


@command.command()
@click.argument("desk_id", type=int)
@click.option("--count", type=int, default=100, show_default=True, help="How many slips; ten lie on a sheet.")
@click.option("--output", "-o", type=click.Path(path_type=Path), required=True, help="A new PDF file.")
def slips(desk_id: int, count: int, output: Path) -> None:
    """Print COUNT single-use slips of desk DESK_ID into a PDF, the only place where their numbers stand."""
    from survey.cli.session import open_session
    from survey.domain.slip_code import slip_key
    from survey.reports.slips_pdf import draw_slips
    from survey.services.print_slips import print_slips
    from survey.settings import read_settings, today

    settings = read_settings()
    with open_session() as session, new_file(output) as file:
        draw = partial(draw_slips, base_url=settings.base_url)
        key = slip_key(settings.secret_key)
        file.write(print_slips(session, desk_id, count, key=key, today=today(), printed_by="sipas desk slips", draw=draw))
    click.echo(f"{output}: {count} slips. Print them, then delete the file.")
    if settings.is_local:
        click.echo("These slips lead to this machine only. Set SIPAS_BASE_URL to the address that phones can reach.", err=True)


@contextmanager
def new_file(path: Path) -> Iterator[BinaryIO]:
    """A file for the owner's eyes that was not there (an earlier batch is never overwritten), and is gone when something fails."""
    try:
        file = os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb")
    except OSError as error:
        raise Invalid(f"{path} cannot be written ({error.strerror}). Choose another name.") from error
    try:
        with file:
            yield file
    except BaseException:
        path.unlink(missing_ok=True)
        raise
