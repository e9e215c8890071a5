"""Who knows the user writes no SQL and ends no transaction: pages, commands and reports ask queries and services."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from survey.settings import PROJECT

FILES = sorted(file for room in ("web", "cli", "reports") for file in (PROJECT / "survey" / room).rglob("*.py"))

#: What these rooms may know of the database: the session that they hand on, what can go wrong with it, and which database it is.
KNOWN = {"sqlalchemy.orm.Session", "sqlalchemy.URL", "sqlalchemy.make_url", "sqlalchemy.inspect"}
KNOWN |= {f"survey.database.{name}" for name in ("db", "engine_options", "is_current", "is_empty", "prepare", "upgrade")}
DATABASES = ("sqlalchemy", "sqlite3", "psycopg", "survey.database")
ASKING = {"add", "add_all", "begin", "commit", "delete", "exec_driver_sql", "execute", "flush", "merge", "query", "scalar", "scalars"}


def of_a_database(module: str) -> bool:
    return any(module == one or module.startswith(f"{one}.") for one in DATABASES)


def imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def asked(tree: ast.AST) -> Iterator[str]:
    """Calls of a session or a connection, `db.session.execute(...)` as well as `session.execute(...)`, that are a query or a change."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ASKING:
            of = ast.unparse(node.func.value).removesuffix("()").rpartition(".")[2]
            if of in ("session", "connection"):
                yield ast.unparse(node.func)


def foreign(text: str) -> list[str]:
    tree = ast.parse(text)
    names = [name for name in imported(tree) if of_a_database(name)]
    return [*(name for name in names if name not in KNOWN and not name.startswith("sqlalchemy.exc.")), *asked(tree)]


def test_pages_commands_and_reports_write_no_sql_and_commit_nothing() -> None:
    assert len(FILES) > 80
    found = {str(file.relative_to(PROJECT)): foreign(file.read_text(encoding="utf-8")) for file in FILES}
    assert {name: what for name, what in found.items() if what} == {}


@pytest.mark.parametrize(
    "written",
    [
        "from sqlalchemy import select", "from sqlalchemy.orm import Session, aliased", "import sqlalchemy as sa", "import sqlite3",
        "def late():\n    from sqlalchemy import func, text", "from survey.database import db, transaction",
        "db.session.execute(statement)", "session.query(User)", "db.session.connection().execute('SELECT 1')", "session.commit()",
    ],
)  # fmt: skip
def test_a_statement_or_a_commit_is_found(written: str) -> None:
    assert foreign(written)


def test_handing_on_the_session_is_no_statement() -> None:
    assert (
        foreign("from sqlalchemy.exc import DBAPIError\nfrom survey.database import db\nlist_people(db.session, now=session.get('at'))")
        == []
    )
