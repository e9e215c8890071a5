"""Copy the whole database into one file while it is in use."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import URL, Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from survey.errors import Conflict, Unavailable
from survey.services.blur_order import blur_order

#: The last words of a program that failed; more would not be one line.
_LAST_WORDS = 300


def back_up(engine: Engine, target: Path) -> None:
    """Write a copy of `engine`'s database, as it is at one moment, into the new file `target`.

    SQLite is copied by its online backup, PostgreSQL by pg_dump (custom format); responses may arrive meanwhile. The copy is
    checked, and only a copy that is sound gets its name. Nobody but the owner may read it: it holds the accounts' password hashes.
    An archive of pg_dump keeps the order in which rows lie for ever, so the order of arrival is taken out first; only what
    arrives between that and the dump's first moment still stands at the end.

    Raises
    ------
    Conflict
        `target` is there already.
    Unavailable
        The database, the place of `target` or pg_dump cannot be used, or the copy is not sound.
    """
    copy = _copy_sqlite if engine.dialect.name == "sqlite" else _copy_postgresql
    with _new_file(target) as unfinished:
        copy(engine, unfinished)


@contextmanager
def _new_file(target: Path) -> Iterator[Path]:
    """An empty file beside `target`, which takes its place when all went well. `target` is reserved meanwhile."""
    _reserve(target)
    unfinished = target.with_name(f"{target.name}.unfinished")
    try:
        unfinished.unlink(missing_ok=True)
        _reserve(unfinished)
        yield unfinished
        with unfinished.open("rb") as file:
            os.fsync(file.fileno())
        unfinished.replace(target)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        target.unlink(missing_ok=True)
        raise


def _reserve(path: Path) -> None:
    """Create an empty file that only the owner may read."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError as error:
        raise Conflict(f"{path} is there already; a backup never overwrites. Choose another name.") from error
    except OSError as error:
        raise Unavailable(f"{path} cannot be written ({error.strerror}). Choose another place.") from error


def _copy_sqlite(engine: Engine, target: Path) -> None:
    """In one step: in WAL mode that is one moment, and writers need not wait for it."""
    source = engine.raw_connection()
    try:
        connection = source.driver_connection
        if not isinstance(connection, sqlite3.Connection) or not _tables(connection):
            raise Unavailable("The database has no tables yet. Run `sipas db upgrade` first.")
        with closing(sqlite3.connect(target)) as copy:
            connection.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")  # one file, without a log beside it
            _check(copy)
    except sqlite3.Error as error:
        raise Unavailable(f"The database cannot be copied: {error}.") from error
    finally:
        source.close()


def _tables(connection: sqlite3.Connection) -> int:
    count: int = connection.execute("SELECT count(*) FROM sqlite_master WHERE type = 'table'").fetchone()[0]
    return count


def _check(copy: sqlite3.Connection) -> None:
    found = [str(row[0]) for row in copy.execute("PRAGMA integrity_check")]
    if found != ["ok"] or copy.execute("PRAGMA foreign_key_check").fetchone() is not None:
        raise Unavailable(f"The copy is damaged, and so may be the database: {found[0]}. Nothing was kept; restore an earlier backup.")


def _copy_postgresql(engine: Engine, target: Path) -> None:
    """The password goes by the environment: other users of the machine can read a command line."""
    _find("pg_dump")
    try:
        with Session(engine) as session:
            blur_order(session)
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        raise Unavailable(f"The order of arrival cannot be taken out before the copy: {reason}. Is `sipas db upgrade` done?") from error
    url = engine.url._replace(drivername="postgresql", password=None).difference_update_query(["password"])
    address = url.render_as_string(hide_password=False)
    _run("pg_dump", "--format=custom", f"--file={target}", f"--dbname={address}", password=_password(engine.url))
    _run("pg_restore", "--list", str(target), password=None)


def _password(url: URL) -> str | None:
    given = url.password or url.query.get("password")
    return str(given) if given else None


def _find(program: str) -> str:
    path = shutil.which(program)
    if path is None:
        raise Unavailable(f"{program} is not on PATH. Install the package postgresql-client, not older than the server.")
    return path


def _run(program: str, *arguments: str, password: str | None) -> None:
    path = _find(program)
    environment = os.environ | ({"PGPASSWORD": password} if password else {})
    done = subprocess.run([path, *arguments], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)  # noqa: S603
    if done.returncode:
        words = " ".join(done.stderr.decode(errors="replace").split())[-_LAST_WORDS:]
        raise Unavailable(f"{program} failed: {words} Its version must not be older than the server's (package postgresql-client).")
