"""`sipas agency`: agencies."""

from __future__ import annotations

import click

from survey.cli.table import format_option, show


@click.group("agency")
def command() -> None:
    """List agencies."""


@command.command("list")
@format_option
def list_(format_: str) -> None:
    """List all agencies with parent and validity."""
    from survey.cli.session import open_session
    from survey.queries.agency_list import list_agencies

    with open_session() as session:
        show(list_agencies(session), format_)
