"""`sipas desk`: desks and their addresses."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import BinaryIO

import click

from survey.cli import desk_change
from survey.cli.table import format_option, show
from survey.errors import Invalid, NotFound

#: The pages that the kinds of addresses lead to: the poster's form, the tablet at the desk, the screen whose QR code changes.
_PATHS = {"poster": "/s/", "kiosk": "/k/", "display": "/d/"}
_kind_option = click.option("--kind", type=click.Choice(list(_PATHS)), default="poster", show_default=True, help="What the address is for.")


@click.group("desk")
def command() -> None:
    """List, add, rename and close desks, issue and revoke their addresses, draw QR codes, print slips."""


for _one in desk_change.COMMANDS:
    command.add_command(_one)


@command.command("list")
@click.option("--agency", help="Only the desks of this agency.")
@_kind_option
@format_option
def list_(agency: str | None, kind: str, format_: str) -> None:
    """List the open desks of living agencies with the path of their form, of their kiosk or of their display."""
    from survey.cli.session import open_session
    from survey.queries.agency_list import list_desks
    from survey.queries.screens import list_screens
    from survey.settings import today

    with open_session() as session:
        desks = [desk for desk in list_desks(session, today=today()) if agency is None or desk["agency"] == agency]
        screens = list_screens(session, [desk["id"] for desk in desks]) if kind != "poster" else {}
    if kind != "poster":
        for desk in desks:
            code = screens.get((desk["id"], kind))
            desk["url"] = f"{_PATHS[kind]}{code}" if code else None
            del desk["short_url"]
    show(desks, format_)


@command.command()
@click.argument("desk_id", type=int)
@_kind_option
def issue(desk_id: int, kind: str) -> None:
    """Give desk DESK_ID a new address; the old one of the same kind stops working."""
    from survey.cli.session import open_session
    from survey.services.issue_desk_code import issue_desk_code
    from survey.settings import today

    with open_session() as session:
        click.echo(f"{_PATHS[kind]}{issue_desk_code(session, desk_id, today=today(), kind=kind)}")


@command.command()
@click.argument("code")
def revoke(code: str) -> None:
    """Take the address /s/CODE back, or /k/CODE of a kiosk, or /d/CODE of a display. Responses already given stay."""
    from survey.cli.session import open_session
    from survey.services.issue_desk_code import revoke_desk_code
    from survey.settings import today

    with open_session() as session:
        revoke_desk_code(session, code.rsplit("/", 1)[-1], today=today())
    click.echo("Revoked. Whoever opens it now reads that it is no longer in use.")


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
@click.option("--size", type=click.Choice(["a4", "a5", "tent"]), default="a4", show_default=True, help="a5: two on a sheet; tent: to fold.")
@click.option("--language", type=click.Choice(["vi", "en"]), default="vi", show_default=True)
@click.option("--output", "-o", type=click.Path(path_type=Path), required=True, help="A PDF file.")
def poster(desk_id: int, size: str, language: str, output: Path) -> None:
    """Draw the poster of desk DESK_ID, with its QR code and short address, into a PDF to print."""
    from survey.cli.session import open_session
    from survey.models import Desk
    from survey.queries.desk_list import desk_rows
    from survey.reports.poster_pdf import draw_poster
    from survey.settings import read_settings, today

    settings = read_settings()
    with open_session() as session:
        desk = session.get(Desk, desk_id)
        rows = desk_rows(session, [desk.agency_id], today=today()) if desk else ()
        row = next((row for row in rows if row.id == desk_id and row.url), None)
        if row is None:
            raise NotFound(f"Desk {desk_id} has no address. `sipas desk list` shows the desks, `sipas desk issue {desk_id}` gives one.")
        base_url = settings.base_url
        pdf = draw_poster(row.desk, url=row.url, short_url=row.short_url, base_url=base_url, size=size, language=language)
    try:
        output.write_bytes(pdf)
    except OSError as error:
        raise Invalid(f"{output} cannot be written ({error.strerror}).") from error
    click.echo(f"{output}: {base_url}{row.url}")
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


@command.command()
@click.option("--agency", help="Only the batches of this agency and those below it.")
@format_option
def batches(agency: str | None, format_: str) -> None:
    """List the batches of slips: how many were printed, are used, are left."""
    show_batches(agency, format_, invitations=False)


@command.command()
@click.argument("batch_id", type=int)
@click.option("--reason", required=True, help="Everyone who sees the list of batches reads it.")
def withdraw(batch_id: int, reason: str) -> None:
    """Withdraw batch BATCH_ID of slips. Those that are left open nothing any more; responses already given stay."""
    withdraw_batch(batch_id, reason, invitations=False)


def show_batches(agency: str | None, format_: str, *, invitations: bool) -> None:
    from survey.cli.session import open_session
    from survey.domain.agency_tree import subtree
    from survey.queries.agencies import find_agency, parents_of
    from survey.queries.slips import list_batches

    with open_session() as session:
        root = find_agency(session, agency) if agency else None
        if agency and root is None:
            raise NotFound(f"There is no agency {agency!r}. `sipas agency list` shows the agencies.")
        below = subtree(root.id, parents_of(session)) if root else None
        found = list_batches(session, below, invitations=invitations)
    names = ("id", "wave", "agency", "desk", "printed", "used", "left", "printed_on", "printed_by", "withdrawn_on", "withdrawn_reason")
    show([{name: getattr(batch, name) for name in names if invitations or name != "wave"} for batch in found], format_)


def withdraw_batch(batch_id: int, reason: str, *, invitations: bool) -> None:
    from survey.cli.session import open_session
    from survey.queries.slips import list_batches
    from survey.services.withdraw_slips import withdraw_slips
    from survey.settings import today

    with open_session() as session:
        batch = next((batch for batch in list_batches(session, invitations=invitations) if batch.id == batch_id), None)
        if batch is None:
            what, command = ("invitations", "invitation list") if invitations else ("slips", "desk batches")
            raise NotFound(f"There is no batch of {what} {batch_id}. `sipas {command}` shows them.")
        by = "sipas invitation withdraw" if invitations else "sipas desk withdraw"
        withdraw_slips(session, batch_id, reason=reason, today=today(), withdrawn_by=by)
    click.echo(f"Batch {batch_id} is withdrawn: {batch.left} left of it open nothing any more.")


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
