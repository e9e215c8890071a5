"""`sipas agency`: agencies."""

from __future__ import annotations

import click

from survey.cli import agency_change
from survey.cli.table import format_option, show


@click.group("agency")
def command() -> None:
    """List and change agencies, and the networks that they say are their own."""


for _one in agency_change.COMMANDS:
    command.add_command(_one)


@command.command("list")
@format_option
def list_(format_: str) -> None:
    """List all agencies with parent and validity."""
    from survey.cli.session import open_session
    from survey.queries.agency_list import list_agencies

    with open_session() as session:
        show(list_agencies(session), format_)


@command.group("network")
def network() -> None:
    """Networks of offices. Of a response only yes or no is kept: whether it came from one of its agency's own."""


@network.command("add")
@click.argument("agency")
@click.argument("cidr")
def add(agency: str, cidr: str) -> None:
    """Say that CIDR (such as 203.0.113.0/24) is AGENCY's own; it holds for the desks of all agencies below, too."""
    from survey.cli.session import open_session
    from survey.services.declare_network import declare_network

    with open_session() as session:
        click.echo(f"{declare_network(session, agency, cidr)} is a network of {agency}. It is heeded within a minute.")


@network.command("list")
@format_option
def list_networks(format_: str) -> None:
    """List the networks of all agencies."""
    from survey.cli.session import open_session
    from survey.queries import own_networks

    with open_session() as session:
        show(own_networks.list_networks(session), format_)


@network.command("remove")
@click.argument("agency")
@click.argument("cidr")
def remove(agency: str, cidr: str) -> None:
    """Say that CIDR is no longer AGENCY's own. What is stored stays."""
    from survey.cli.session import open_session
    from survey.services.declare_network import withdraw_network

    with open_session() as session:
        click.echo(f"{withdraw_network(session, agency, cidr)} is no network of {agency} any more.")
