"""The database of one process: engine options, the session, one way to write, and the migrations."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask_sqlalchemy_lite import SQLAlchemy
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from survey.settings import PROJECT

#: Objects stay readable after commit: pages are rendered after the service has ended its transaction.
db = SQLAlchemy(session_options={"expire_on_commit": False})

#: The INSERT that can say ON CONFLICT, by dialect.
INSERT: Mapping[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}

_WRITE = {"sipas_write": True}


def engine_options(url: str) -> dict[str, Any]:
    """Options that make both databases behave alike. SQLite waits up to 30 s for another writer."""
    if url.startswith("sqlite"):
        return {"url": url, "connect_args": {"timeout": 30, "check_same_thread": False}}
    return {"url": url, "pool_pre_ping": True, "pool_size": 8, "max_overflow": 24}


def make_engine(url: str) -> Engine:
    """A stand-alone engine, for migrations and tests; pages use `db`."""
    return prepare(create_engine(**engine_options(url)))


def prepare(engine: Engine) -> Engine:
    """Set SQLite to durable WAL and explicit transactions; nothing to do for PostgreSQL."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _configure_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def _configure_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the driver must not begin transactions behind our back
    # secure_delete: what citizens have erased shall not lie on in a free corner of the file.
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=30000", "secure_delete=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    # A write transaction takes the lock at once: a reader that turns writer later could fail half-way.
    immediate = connection.get_execution_options().get("sipas_write")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


@contextmanager
def transaction(session: Session) -> Iterator[Session]:
    """One write transaction: all of it is committed, or none."""
    if session.get_bind().dialect.name == "sqlite":
        if session.in_transaction():
            session.commit()  # a read transaction must end before a write one can begin
        session.connection(execution_options=_WRITE)
    try:
        yield session
        session.commit()
    except BaseException:
        session.rollback()
        raise


@contextmanager
def snapshot(session: Session) -> Iterator[Session]:
    """One read transaction that sees the database as it is at its begin, and lets others write meanwhile."""
    session.commit()
    if session.get_bind().dialect.name == "postgresql":  # on SQLite every read transaction is one
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
    try:
        yield session
    finally:
        session.rollback()


@contextmanager
def write_connection(session: Session, *, one_statement: bool = False) -> Iterator[Connection]:
    """As `transaction`, on a connection of its own: a session's bookkeeping costs as much as storing a response does.

    With `one_statement`, PostgreSQL is spared BEGIN and COMMIT, and two ways to the server: a statement alone is a transaction.
    """
    if session.in_transaction():
        session.commit()
    with session.get_bind().engine.connect() as connection:
        if one_statement and connection.dialect.name == "postgresql":
            connection.execution_options(isolation_level="AUTOCOMMIT")
            yield connection
            return
        connection.execution_options(**_WRITE)
        with connection.begin():
            yield connection


@contextmanager
def in_a_hurry(session: Session) -> Iterator[Connection]:
    """A write transaction on a connection of its own that waits half a second for others and no longer."""
    with session.get_bind().engine.connect() as connection:
        connection.detach()  # what is set here must not come back from the pool
        if connection.dialect.name == "sqlite":
            for pragma in ("busy_timeout=500", "cache_size=10"):  # of a large row most goes to the disk at once
                connection.connection.cursor().execute(f"PRAGMA {pragma}")
        connection.execution_options(**_WRITE)
        with connection.begin():
            if connection.dialect.name == "postgresql":
                connection.exec_driver_sql("SET LOCAL lock_timeout = 500; SET LOCAL statement_timeout = 2000")
            yield connection


@contextmanager
def trial(session: Session) -> Iterator[Connection]:
    """As `in_a_hurry`, but nothing of it stays."""
    with in_a_hurry(session) as connection:
        yield connection
        connection.rollback()


def alembic_config(url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(PROJECT / "migrations").replace("%", "%%"))
    config.attributes["url"] = url
    return config


def upgrade(url: str, revision: str = "head") -> None:
    """Bring the database to `revision` by the migrations."""
    command.upgrade(alembic_config(url), revision)


def downgrade(url: str, revision: str) -> None:
    command.downgrade(alembic_config(url), revision)


def is_empty(file: Path) -> bool:
    """Whether nothing was ever made in this file of SQLite's."""
    with closing(sqlite3.connect(file)) as connection:
        return not connection.execute("SELECT 1 FROM sqlite_master").fetchone()


def is_current(connection: Connection) -> bool:
    """Whether the database stands at the newest migration."""
    script = ScriptDirectory.from_config(alembic_config(""))
    return set(MigrationContext.configure(connection).get_current_heads()) == set(script.get_heads())
