"""A fresh database for every test. The migrations run once per session and system; each test gets a copy of the outcome."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg.sql import SQL, Composable, Identifier
from sqlalchemy import make_url
from sqlalchemy.orm import Session

from survey.database import make_engine, upgrade


def in_memory() -> Path | None:
    """A folder that lies in memory, where the machine has one with room: a database there is as safe as before from a process that is
    killed, and each of its thousands of commits does not wait for a disk. None where there is none: then any folder will do."""
    folder = Path("/dev/shm")
    roomy = folder.is_dir() and os.access(folder, os.W_OK) and shutil.disk_usage(folder).free > 2 * 2**30
    return folder if roomy else None


class SqliteDatabases:
    """Databases as files in `folder`; they go with the folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._template: Path | None = None

    @contextmanager
    def empty(self) -> Iterator[str]:
        yield f"sqlite:///{self._new_path()}"

    @contextmanager
    def migrated(self) -> Iterator[str]:
        if self._template is None:
            self._template = self._folder / "template.sqlite3"
            upgrade(f"sqlite:///{self._template}")
        path = self._new_path()
        shutil.copyfile(self._template, path)
        yield f"sqlite:///{path}"
        for file in self._folder.glob(f"{path.name}*"):
            file.unlink(missing_ok=True)  # whoever closes it last takes its log along

    def _new_path(self) -> Path:
        return self._folder / f"{uuid.uuid4().hex}.sqlite3"


class PostgresqlDatabases:
    """Databases on one server. `url` is that of a database whose user may create others."""

    def __init__(self, url: str) -> None:
        self._url = make_url(url).set(drivername="postgresql+psycopg")
        self._session = f"sipas_test_{uuid.uuid4().hex[:8]}"
        self._count = 0
        self._template: str | None = None

    @contextmanager
    def empty(self) -> Iterator[str]:
        with self._database("template0") as name:
            yield self._url_of(name)

    @contextmanager
    def migrated(self) -> Iterator[str]:
        if self._template is None:
            template = self._create("template0")
            upgrade(self._url_of(template))
            self._template = template
        with self._database(self._template) as name:
            yield self._url_of(name)

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A session on a migrated database, for tests of what only PostgreSQL does."""
        with self.migrated() as url:
            engine = make_engine(url)
            try:
                with Session(engine, expire_on_commit=False) as session:
                    yield session
            finally:
                engine.dispose()

    def close(self) -> None:
        if self._template is not None:
            self._drop(self._template)

    @contextmanager
    def _database(self, template: str) -> Iterator[str]:
        name = self._create(template)
        try:
            yield name
        finally:
            self._drop(name)

    def _create(self, template: str) -> str:
        self._count += 1
        name = f"{self._session}_{self._count}"
        # A copy of files is several times faster than one through the write-ahead log when both are small and nothing is fsynced.
        self._execute(SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY").format(Identifier(name), Identifier(template)))
        return name

    def _drop(self, name: str) -> None:
        self._execute(SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(name)))

    def _execute(self, statement: Composable) -> None:
        url = self._url.set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(statement)

    def _url_of(self, name: str) -> str:
        return self._url.set(database=name).render_as_string(hide_password=False)
