"""`sipas db`: the database."""

from __future__ import annotations

import click

from survey.errors import Conflict


@click.group("db")
def command() -> None:
    """Upgrade, check and repair the database."""


@command.command()
def upgrade() -> None:
    """Create the database or bring it to the newest version."""
    from survey.database import upgrade as migrate
    from survey.settings import make_home, read_settings

    settings = read_settings()
    make_home(settings.home)
    migrate(settings.database_url)
    click.echo("The database is up to date.")


@command.command()
@click.option("--repair/--no-repair", default=True, show_default=True, help="Store the recount where it differs.")
def recount(repair: bool) -> None:
    """Prove the tallies: count them again from the responses, and repair what differs."""
    from tqdm import tqdm

    from survey.cli.session import open_session
    from survey.queries.stored_response import count_responses
    from survey.services.recount_tallies import recount_tallies

    with open_session() as session:
        total = count_responses(session)
        with tqdm(total=total, unit=" responses", delay=1) as bar:
            differences = recount_tallies(session, repair=repair, progress=bar.update)
    for difference in differences[:20]:
        click.echo(f"differs: {difference.key} stored {difference.stored} counted {difference.counted}")
    if not differences:
        click.echo(f"All tallies are exactly what the {total} responses give.")
    elif repair:
        click.echo(f"Repaired {len(differences)} tally rows; they are now what the {total} responses give.")
    else:
        raise Conflict(f"{len(differences)} tally rows differ from the responses. Run `sipas db recount` to repair them.")


@command.command("blur-order")
def blur_order() -> None:
    """Rewrite stored responses in random order (PostgreSQL keeps the order of arrival until then; run it nightly)."""
    from survey.cli.session import open_session
    from survey.services.blur_order import blur_order as blur

    with open_session() as session:
        click.echo(blur(session))


@command.command()
def tidy() -> None:
    """Hand comments that want an answer to their agencies, and forget what has been kept long enough (run it nightly)."""
    from survey.cli.session import open_session
    from survey.services.tidy_cases import tidy_cases
    from survey.settings import today

    with open_session() as session:
        done = tidy_cases(session, today=today())
    click.echo(f"{done.readable} cases can be read now; {done.contacts} contacts and the words of {done.words} cases were forgotten.")
