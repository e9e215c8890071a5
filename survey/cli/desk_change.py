"""`sipas desk add`, `rename`, `close` and `open`: as on the page of an agency's desks."""

from __future__ import annotations

import click

_name_vi = click.option("--name-vi", required=True, help="Vietnamese name.")
_name_en = click.option("--name-en", default="", help="English name; without one it is the Vietnamese name.")
_FIELD = "Field of service that it works in, such as đất đai."


@click.command()
@click.argument("agency")
@_name_vi
@_name_en
@click.option("--field", default="", help=_FIELD)
def add(agency: str, name_vi: str, name_en: str, field: str) -> None:
    """Add a desk to AGENCY, with an address."""
    from survey.cli.session import open_session
    from survey.queries.agency_list import list_desks
    from survey.services.change_desk import add_desk
    from survey.settings import today

    with open_session() as session:
        desk_id = add_desk(session, agency, name_vi=_tidy(name_vi), name_en=_tidy(name_en), field=field, today=today())
        url = next((desk["url"] for desk in list_desks(session, today=today()) if desk["id"] == desk_id), None)
    click.echo(f"Desk {desk_id}: {url or f'its address holds from the day on which {agency} begins'}")


@click.command()
@click.argument("desk_id", type=int)
@_name_vi
@_name_en
@click.option("--field", help=f"{_FIELD} Without this it stays as it is.")
def rename(desk_id: int, name_vi: str, name_en: str, field: str | None) -> None:
    """Give desk DESK_ID another name, at once and everywhere. Address and results stay."""
    from survey.cli.session import open_session
    from survey.models import Desk
    from survey.services.change_desk import rename_desk
    from survey.settings import today

    with open_session() as session:
        desk = session.get(Desk, desk_id)
        serves = (desk.field if desk else None) or "" if field is None else field
        rename_desk(session, desk_id, name_vi=_tidy(name_vi), name_en=_tidy(name_en), field=serves, today=today())
    click.echo(f"Desk {desk_id} is called {_tidy(name_vi)} from now on.")


@click.command()
@click.argument("desk_id", type=int)
def close(desk_id: int) -> None:
    """Close desk DESK_ID: it takes no responses any more, and its addresses are taken back. What was answered stays."""
    from survey.cli.session import open_session
    from survey.services.change_desk import close_desk
    from survey.settings import today

    with open_session() as session:
        close_desk(session, desk_id, today=today())
    click.echo(f"Desk {desk_id} is closed. `sipas desk open {desk_id}` opens it again under a new address.")


@click.command("open")
@click.argument("desk_id", type=int)
def open_(desk_id: int) -> None:
    """Open desk DESK_ID again, under a new address."""
    from survey.cli.session import open_session
    from survey.services.change_desk import open_desk_again
    from survey.settings import today

    with open_session() as session:
        open_desk_again(session, desk_id, today=today())
    click.echo(f"Desk {desk_id} is open. `sipas desk list` shows its new address.")


COMMANDS = (add, rename, close, open_)


def _tidy(name: str) -> str:
    return " ".join(name.split())
