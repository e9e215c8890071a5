"""`sipas wave`: survey waves."""

from __future__ import annotations

import sys
from datetime import date, datetime

import click

from survey.cli.table import format_option, show
from survey.domain.wave import INSTRUMENTS

_DAY = click.DateTime(["%Y-%m-%d"])


@click.group("wave")
def command() -> None:
    """Open, close, analyse and publish survey waves."""


@command.command("list")
@format_option
def list_(format_: str) -> None:
    """List waves with their state."""
    from sqlalchemy import select

    from survey.cli.session import open_session
    from survey.models import Wave

    with open_session() as session:
        waves = session.scalars(select(Wave).order_by(Wave.opens_on))
        show(
            [
                {
                    "code": wave.code,
                    "name": wave.name_vi,
                    "instrument": wave.instrument,
                    "opens_on": wave.opens_on,
                    "closes_on": wave.closes_on,
                    "state": wave.state,
                }
                for wave in waves
            ],
            format_,
        )


@command.command("open")
@click.argument("code")
@click.option("--name", "name_vi", required=True, help="The Vietnamese name that pages show.")
@click.option("--name-en", help="The English name; the Vietnamese one when not given.")
@click.option("--from", "opens_on", type=_DAY, required=True, help="First day, as 2026-10-01.")
@click.option("--to", "closes_on", type=_DAY, required=True, help="Last day, as 2026-12-31.")
@click.option("--questionnaire", default="sipas-2017", show_default=True)
@click.option("--instrument", type=click.Choice(INSTRUMENTS), default=INSTRUMENTS[0], show_default=True)
def open_(
    code: str, name_vi: str, name_en: str | None, opens_on: datetime, closes_on: datetime, questionnaire: str, instrument: str
) -> None:
    """Create wave CODE, which takes responses between two days."""
    from survey.cli.session import open_session
    from survey.services.change_wave import open_wave

    with open_session() as session:
        open_wave(
            session,
            code=code,
            name_vi=name_vi,
            name_en=name_en or name_vi,
            opens_on=_date(opens_on),
            closes_on=_date(closes_on),
            questionnaire=questionnaire,
            instrument=instrument,
        )
    click.echo(f"Wave {code} takes responses from {_date(opens_on)} to {_date(closes_on)}.")


def _date(value: datetime) -> date:
    return value.date()


@command.command()
@click.argument("code")
def close(code: str) -> None:
    """Close wave CODE for good."""
    from survey.cli.session import open_session
    from survey.services.change_wave import close_wave
    from survey.settings import today

    with open_session() as session:
        close_wave(session, code, today=today())
    click.echo(f"Wave {code} is closed. `sipas wave run {code}` analyses it.")


@command.command()
@click.argument("code")
@click.option("--by", default="command line", show_default=True, help="Who is to be named as having run it.")
@click.option("--reason", help="Why there is to be a new revision; needed to correct a published result.")
def run(code: str, by: str, reason: str | None) -> None:
    """Analyse closed wave CODE and freeze the result as a new revision, which another person is to approve."""
    from tqdm import tqdm

    from survey.cli.session import open_session
    from survey.services.run_analysis import run_analysis
    from survey.settings import today

    with open_session() as session, tqdm(total=100, desc=f"analysing {code}", unit="%", leave=False, file=sys.stderr, delay=1) as bar:
        result = run_analysis(
            session, code, by=by, today=today(), reason=reason, progress=lambda share: bar.update(round(100 * share) - bar.n)
        )  # fmt: skip
    click.echo(f"Revision {result.revision} of wave {code} is frozen. `sipas wave publish {code} --by NAME` approves and publishes it.")
    click.echo(f"inputs SHA-256 {result.inputs_sha256}")
    click.echo(f"result SHA-256 {result.result_sha256}")


@command.command()
@click.argument("code")
@click.option("--by", required=True, help="Who approves: not the one who ran it.")
def publish(code: str, by: str) -> None:
    """Approve the newest frozen run of wave CODE, as another person than the one who ran it, and declare it to be the wave's result."""
    from survey.cli.session import open_session
    from survey.services.approve_run import publish_wave
    from survey.settings import today

    with open_session() as session:
        publish_wave(session, code, by=by, today=today())
    click.echo(f"Wave {code} is published.")


@command.command("return")
@click.argument("code")
@click.option("--by", required=True, help="Who returns it: not the one who ran it.")
@click.option("--reason", required=True, help="What is to be put right.")
def return_(code: str, by: str, reason: str) -> None:
    """Send the newest frozen run of wave CODE back with a reason instead of approving it."""
    from survey.cli.session import open_session
    from survey.services.approve_run import return_run
    from survey.settings import today

    with open_session() as session:
        return_run(session, code, by=by, today=today(), reason=reason)
    click.echo(f"The newest revision of wave {code} is returned.")


@command.command()
def refresh() -> None:
    """Compute the live scores up to yesterday (pages do it when needed; run it nightly so that nobody waits)."""
    from survey.cli.session import open_session
    from survey.services.refresh_scores import refresh_scores
    from survey.settings import today

    with open_session() as session:
        waves = refresh_scores(session, today=today())
    click.echo(f"Computed: {', '.join(waves)}." if waves else "All scores are fresh.")
