"""`sipas backup`: the whole database in one file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from sqlalchemy import URL


@click.command("backup")
@click.argument("file", type=click.Path(path_type=Path))
def command(file: Path) -> None:
    """Copy the whole database into the new FILE and check the copy. SIPAS may go on serving meanwhile.

    SQLite gives a SQLite file; PostgreSQL gives an archive of pg_dump (package postgresql-client). An existing file is never
    overwritten. The copy holds everything that the database holds: keep it as safe.
    """
    from sqlalchemy import inspect

    from survey.cli.session import open_session
    from survey.services.audit import record_alone
    from survey.services.back_up import back_up
    from survey.settings import read_settings

    with open_session() as session:
        engine = session.connection().engine
        session.rollback()
        if inspect(engine).has_table("audit_entry"):  # an older database is copied before it is upgraded
            record_alone(session, "exported", "the whole database")
        back_up(engine, file)
        url = engine.url
    click.echo(f"{file}: the whole database, {file.stat().st_size / 1e6:.1f} MB, checked.")
    click.echo(f"To restore: stop SIPAS, {_restore(url, file)}, start it again and run `sipas db upgrade`.")
    click.echo(f"Keep {read_settings().home / 'secret_key'} (or SIPAS_SECRET_KEY) with it: without that key no password works.")


def _restore(url: URL, file: Path) -> str:
    if url.get_backend_name() == "sqlite":
        return f"delete {url.database}-wal and {url.database}-shm, copy {file} over {url.database}"
    return f"run `pg_restore --clean --if-exists --no-owner --dbname={url.render_as_string()} {file}`"
