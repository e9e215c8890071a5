"""`sipas user`: staff accounts."""

from __future__ import annotations

import time

import click

from survey.cli.table import format_option, show
from survey.domain.permissions import GRANTS

_role_option = click.option(
    "--role", type=click.Choice(list(GRANTS)), required=True, help="department: analyst and approver in one person."
)
_agency_option = click.option("--agency", help="The code of the agency of an agency head or viewer.")


@click.group("user")
def command() -> None:
    """Add, list and change staff accounts."""


@command.command()
@click.argument("email")
@_role_option
@_agency_option
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
    """List accounts, with the number of places where each is logged in."""
    from survey.cli.session import open_session
    from survey.queries.people import list_people

    with open_session() as session:
        show(
            [
                {
                    "email": person.user.email,
                    "role": ", ".join(sorted(person.user.role_names)),
                    "agency": person.user.agency.code if person.user.agency else None,
                    "active": person.user.active,
                    "second_factor": person.user.has_second_factor,
                    "sessions": person.sessions,
                }
                for person in list_people(session, now=int(time.time()))
            ],
            format_,
        )


@command.command("role")
@click.argument("email")
@_role_option
@_agency_option
def change_role(email: str, role: str, agency: str | None) -> None:
    """Give EMAIL another role. Its log-ins end."""
    from survey.cli.session import open_session
    from survey.services import change_user

    with open_session() as session:
        user = change_user.change_role(session, email, role=role, agency_code=agency)
    click.echo(f"{user.email} is {role} now and has been logged out.")


@command.command()
@click.argument("email")
def disable(email: str) -> None:
    """Let EMAIL log in no more, and log it out. What it did stays."""
    _set_active(email, active=False)


@command.command()
@click.argument("email")
def enable(email: str) -> None:
    """Let EMAIL log in again."""
    _set_active(email, active=True)


@command.command("password")
@click.argument("email")
@click.password_option(help="Asked for when not given.")
def set_password(email: str, password: str) -> None:
    """Give EMAIL another password. Its log-ins end."""
    from survey.cli.session import open_session
    from survey.services import change_user

    with open_session() as session:
        user = change_user.set_password(session, email, password)
    click.echo(f"{user.email} has another password and has been logged out.")


@command.command("second-factor-reset")
@click.argument("email")
def reset_second_factor(email: str) -> None:
    """Take EMAIL's second factor away, when phone and recovery codes are lost."""
    from survey.cli.session import open_session
    from survey.services import change_user

    with open_session() as session:
        user = change_user.reset_second_factor(session, email)
    again = " and is led to make a new one at the next log-in" if user.check_tf_required_setup() else ""
    click.echo(f"{user.email} has no second factor any more{again}.")


@command.command("log-out")
@click.argument("email")
def log_out(email: str) -> None:
    """End all log-ins of EMAIL."""
    from survey.cli.session import open_session
    from survey.services import change_user

    with open_session() as session:
        click.echo(f"Ended {change_user.end_sessions(session, email)} log-ins of {email}.")


def _set_active(email: str, *, active: bool) -> None:
    from survey.cli.session import open_session
    from survey.services import change_user

    with open_session() as session:
        user = change_user.set_active(session, email, active=active)
    click.echo(f"{user.email} can log in." if active else f"{user.email} can log in no more and has been logged out.")
