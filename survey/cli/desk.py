"""`sipas desk`: desks and their addresses."""

from __future__ import annotations

from pathlib import Path

import click

from survey.cli.table import format_option, show
from survey.errors import Invalid, NotFound


@click.group("desk")
def command() -> None:
    """List desks, issue and revoke their addresses, draw QR codes."""


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
