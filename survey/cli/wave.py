"""`sipas wave`: survey waves."""

from __future__ import annotations

import sys
from datetime import date, datetime
from typing import Any

import click

from survey.cli.table import format_option, show
from survey.domain.wave import INSTRUMENTS, MODES

_DAY = click.DateTime(["%Y-%m-%d"])


@click.group("wave")
def command() -> None:
    """Open, close, analyse and publish survey waves."""


@command.command("list")
@format_option
def list_(format_: str) -> None:
    """List waves with their state; a wave that is open but has not begun is planned."""
    from survey.cli.session import open_session
    from survey.queries.waves import all_waves
    from survey.settings import today

    with open_session() as session:
        show(
            [
                {
                    "code": wave.code,
                    "name": wave.name("vi"),
                    "instrument": wave.instrument,
                    "opens_on": wave.opens_on,
                    "closes_on": wave.closes_on,
                    "state": wave.stage(today()),
                }
                for wave in sorted(all_waves(session), key=lambda wave: wave.opens_on)
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
@click.option("--mode", "modes", type=click.Choice(MODES), multiple=True, help="A way of answering; all of the instrument if not given.")
@click.option("--for", "participants", metavar="AGENCY", multiple=True, help="Only this agency and those below it; may be repeated.")
def open_(code: str, name_vi: str, name_en: str | None, opens_on: datetime, closes_on: datetime, **plan: Any) -> None:
    """Create wave CODE, which takes responses between two days."""
    from survey.cli.session import open_session
    from survey.services.change_wave import open_wave

    plan["modes"] = plan["modes"] or None  # click gives an empty tuple where there is no --mode

    with open_session() as session:
        open_wave(
            session, code=code, name_vi=name_vi, name_en=name_en or name_vi, opens_on=_date(opens_on), closes_on=_date(closes_on), **plan
        )
    click.echo(f"Wave {code} takes responses from {_date(opens_on)} to {_date(closes_on)}.")


def _date(value: datetime) -> date:
    return value.date()


@command.command()
@click.argument("code")
@click.option("--name", "name_vi", help="The Vietnamese name that pages show.")
@click.option("--name-en", help="The English name.")
@click.option("--from", "opens_on", type=_DAY, help="First day, as 2026-10-01.")
@click.option("--to", "closes_on", type=_DAY, help="Last day, as 2026-12-31.")
@click.option("--questionnaire")
@click.option("--mode", "modes", type=click.Choice(MODES), multiple=True, help="The ways of answering, in place of the present ones.")
@click.option("--for", "participants", metavar="AGENCY", multiple=True, help="The agencies that take part, in place of the present ones.")
def change(code: str, **given: object) -> None:
    """Change wave CODE: everything while it is planned, its names and last day while it is open, nothing any more once it is closed."""
    from survey.cli.session import open_session
    from survey.services.change_wave import change_wave
    from survey.settings import today

    changes = {name: value.date() if isinstance(value, datetime) else value for name, value in given.items() if value}
    with open_session() as session:
        change_wave(session, code, today=today(), **changes)
    click.echo(f"Wave {code} is changed." if changes else "Nothing was given to change.")


@command.command()
@click.argument("code")
@click.option("--reason", required=True, help="Why; it stands in the audit log.")
def cancel(code: str, reason: str) -> None:
    """Take back planned wave CODE, which has not opened; its code is free again."""
    from survey.cli.session import open_session
    from survey.services.cancel_wave import cancel_wave
    from survey.settings import today

    with open_session() as session:
        cancel_wave(session, code, reason=reason, today=today())
    click.echo(f"Wave {code} is taken back.")


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
    """Close the waves whose last day is over, and compute the live scores up to yesterday.

    Pages do both when needed; run it nightly so that nobody waits.
    """
    from survey.cli.session import open_session
    from survey.services.change_wave import close_ended_waves
    from survey.services.refresh_scores import refresh_scores
    from survey.settings import today

    with open_session() as session:
        ended = close_ended_waves(session, today=today())
        waves = refresh_scores(session, today=today())
    if ended:
        click.echo(f"Closed: {', '.join(ended)}.")
    click.echo(f"Computed: {', '.join(waves)}." if waves else "All scores are fresh.")
