"""A fresh database of each system, as safe against a power cut as a production one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import psutil  # type: ignore[import-untyped]
from sqlalchemy import Engine, text

from tests.support.databases import PostgresqlDatabases, SqliteDatabases
from tests.support.postgres import postgres_server

SYSTEMS = ("sqlite", "postgresql")

# The tests' server is started without fsync, which a benchmark may not do.
_DURABLE = ("max_connections=200", "listen_addresses=")


@contextmanager
def fresh_database(system: str) -> Iterator[str]:
    """The address of an empty database at the newest migration. SIPAS_TEST_POSTGRES_URL names another server."""
    if system == "sqlite":
        with TemporaryDirectory(prefix="sipas-benchmark-") as folder, SqliteDatabases(Path(folder)).migrated() as url:
            yield url
        return
    with _server() as server:
        databases = PostgresqlDatabases(server)
        with databases.migrated() as url:
            yield url.replace("postgresql://", "postgresql+psycopg://")
        databases.close()


@contextmanager
def _server() -> Iterator[str]:
    given = os.environ.get("SIPAS_TEST_POSTGRES_URL")
    if given:
        yield given
        return
    with patch("tests.support.postgres._CARELESS", _DURABLE), postgres_server() as url:
        yield url


class ServerClock:
    """CPU seconds of a PostgreSQL server on this machine; always 0 for SQLite, which works inside the process that asks."""

    def __init__(self, engine: Engine) -> None:
        self._server: psutil.Process | None = None
        if engine.dialect.name == "postgresql":
            with engine.connect() as connection:
                backend = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
            self._server = psutil.Process(backend).parent()

    def seconds(self) -> float:
        if self._server is None:
            return 0.0
        times = [process.cpu_times() for process in self._server.children()]
        return float(sum(time.user + time.system for time in times))
