"""`sipas report`: the official report of a frozen analysis."""

from __future__ import annotations

import re
from pathlib import Path

import click

from survey.errors import Conflict, Unavailable


@click.command("report")
@click.argument("wave")
@click.option("--output", "-o", type=click.Path(path_type=Path), metavar="FILE.docx", help="bao-cao-WAVE-REVISION.docx when not given.")
@click.option("--revision", type=click.IntRange(min=1), help="A frozen revision; the newest when not given.")
@click.option("--language", type=click.Choice(["vi", "en"]), default="vi", show_default=True)
def command(wave: str, output: Path | None, revision: int | None, language: str) -> None:
    """Write the report of WAVE as a Word document, ready to be numbered and signed.

    It tells a frozen analysis only: close the wave and run `sipas wave run` first. A file that is there is never overwritten,
    since it may have been edited by hand.
    """
    content, number = _content(wave, revision, language)
    path = output or Path(f"bao-cao-{re.sub(r'[^0-9A-Za-z._-]+', '-', wave)}-{number}.docx")
    try:
        with path.open("xb") as file:
            file.write(content)
    except FileExistsError as error:
        raise Conflict(f"{path} is there already and may have been edited. Choose another file with --output.") from error
    except OSError as error:
        raise Unavailable(f"{path} cannot be written ({error.strerror}). Choose another file with --output.") from error
    click.echo(f"{path}: report of wave {wave}, revision {number}.")


def _content(wave_code: str, revision: int | None, language: str) -> tuple[bytes, int]:
    """The document and the revision that it tells."""
    from survey.cli.session import open_session
    from survey.queries.waves import all_waves, find_in
    from survey.reports.facts import gather
    from survey.reports.wave_report import wave_report
    from survey.services.audit import record_alone
    from survey.services.change_wave import find_wave
    from survey.settings import today

    with open_session() as session:
        wave = find_in(all_waves(session), find_wave(session, wave_code).code)
        facts = gather(session, wave, revision=revision, made_on=today())
        record_alone(session, "exported", f"report of wave {wave_code}, revision {facts.run.revision}")
        return wave_report(facts, language=language), facts.run.revision
