"""`sipas export`: the scores of a wave as CSV."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from survey.errors import Conflict, Unavailable


@click.command("export")
@click.argument("wave")
@click.option("--output", "-o", type=click.Path(path_type=Path), metavar="FILE", help="Where to write; the screen when not given.")
@click.option("--revision", type=click.IntRange(min=1), help="A frozen revision; what the pages show when not given.")
def command(wave: str, output: Path | None, revision: int | None) -> None:
    """Write all scores of WAVE that may be shown, as CSV for spreadsheets (UTF-8, comma, shares between 0 and 1).

    One row per agency, mode, basis and measure. What would tell of few people is empty, with the reason in the column why.
    """
    content = _content(wave, revision)
    if output is None:
        sys.stdout.buffer.write(content)
        return
    try:
        output.write_bytes(content)
    except OSError as error:
        raise Unavailable(f"{output} cannot be written ({error.strerror}). Choose another file with --output.") from error
    click.echo(f"{output}: {len(content.splitlines()) - 1} scores.")


def _content(wave_code: str, revision: int | None) -> bytes:
    from survey.cli.session import open_session
    from survey.queries.wave_results import frozen_run, wave_results
    from survey.queries.waves import all_waves, find_in
    from survey.reports.scores_csv import scores_csv
    from survey.services.audit import record_alone
    from survey.services.change_wave import find_wave
    from survey.services.refresh_scores import refresh_scores
    from survey.settings import today

    with open_session() as session:
        wave = find_in(all_waves(session), find_wave(session, wave_code).code)
        if revision is not None:
            frozen_run(session, wave, revision)
        elif not wave.is_frozen:
            refresh_scores(session, today=today())
        chosen = wave.revision if revision is None else revision
        results = wave_results(session, wave, revision=chosen)
        if not results:
            raise Conflict(f"Wave {wave_code} has no scores yet: they begin on the day after the first responses.")
        record_alone(session, "exported", f"scores of wave {wave_code}, revision {chosen}")
    return scores_csv(results, revision=chosen)
