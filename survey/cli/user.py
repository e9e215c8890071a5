"""`sipas user`: staff accounts."""

from __future__ import annotations

import click

from survey.cli.table import format_option, show
from survey.domain.permissions import GRANTS


@click.group("user")
def command() -> None:
    """Add and list staff accounts."""


@command.command()
@click.argument("email")
@click.option("--role", type=click.Choice(list(GRANTS)), required=True, help="department: analyst and approver in one person.")
@click.option("--agency", help="The code of the agency of an agency head or viewer.")
@click.password_option(help="Asked for when not given.")
def add(email: str, role: str, agency: str | None, password: str) -> None:
    """Add an account for EMAIL."""
    from survey.cli.session import open_session
    from survey.services.add_user import add_user

    with open_session() as session:
        user = add_user(session, email=email, password=password, role=role, agency_code=agency)
    click.echo(f"Added {user.email} as {role}.")


@command.command("list")
@format_option
def list_(format_: str) -> None:
    """List accounts."""
    from sqlalchemy import select

    from survey.cli.session import open_session
    from survey.models import User

    with open_session() as session:
        users = session.scalars(select(User).order_by(User.email))
        show(
            [
                {
                    "email": user.email,
                    "role": ", ".join(role.name for role in user.roles),
                    "agency": user.agency.code if user.agency else None,
                    "active": user.active,
                }
                for user in users
            ],
            format_,
        )
