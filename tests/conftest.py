"""Fixtures that all tests share, and the rule that CI skips nothing. docs/decisions/0031-test-harness.md shows their use."""

from __future__ import annotations

import os
import time
from collections.abc import Generator, Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, TypeVar

import hypothesis
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from survey import create_app
from survey.database import db, make_engine
from survey.settings import VIETNAM, read_settings
from tests.support.databases import PostgresqlDatabases, SqliteDatabases, in_memory
from tests.support.postgres import postgres_server
from tests.support.serving import serve
from tests.support.thrift import CompiledTemplates, cheap_passwords, dear_passwords

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tests.support.browser import Pages

Report = TypeVar("Report", pytest.TestReport, pytest.CollectReport)
LONGEST_TEST = timedelta(minutes=3)
IN_CI = os.environ.get("CI", "").lower() in {"1", "true"}

# Examples are bounded by their number: whatever looks at the clock fails on a busy machine.
_BY_THE_CLOCK = [hypothesis.HealthCheck.too_slow]
hypothesis.settings.register_profile("sipas", deadline=None, suppress_health_check=_BY_THE_CLOCK, print_blob=True)
hypothesis.settings.load_profile("sipas")


# --- nothing is skipped in CI ---


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    return _no_skip_in_ci((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    return _no_skip_in_ci((yield))


def _no_skip_in_ci(report: Report) -> Report:
    if IN_CI and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.longrepr = f"In CI nothing is skipped. {reason}"
    return report


# --- no test sees two days ---


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    """A test may ask for today's date twice. Within the last minutes of a day in Vietnam none is begun: it waits for the next."""
    now = datetime.now(VIETNAM)
    midnight = datetime.combine(now.date() + timedelta(days=1), datetime.min.time(), VIETNAM)
    if (left := midnight - now) < LONGEST_TEST:
        time.sleep(left.total_seconds())


# --- databases ---


@pytest.fixture(scope="session")
def sqlite_databases() -> Iterator[SqliteDatabases]:
    with TemporaryDirectory(prefix="sipas-sqlite-", dir=in_memory()) as folder:
        yield SqliteDatabases(Path(folder))


@pytest.fixture(scope="session")
def postgresql_databases() -> Iterator[PostgresqlDatabases]:
    """On the server of SIPAS_TEST_POSTGRES_URL, else on one started for this session."""
    with ExitStack() as stack:
        url = os.environ.get("SIPAS_TEST_POSTGRES_URL") or stack.enter_context(postgres_server())
        databases = PostgresqlDatabases(url)
        stack.callback(databases.close)
        yield databases


@pytest.fixture(params=["sqlite", "postgresql"])
def database_system(request: pytest.FixtureRequest) -> SqliteDatabases | PostgresqlDatabases:
    """Runs the test twice, once on each."""
    return request.getfixturevalue(f"{request.param}_databases")


@pytest.fixture
def database_url(database_system: SqliteDatabases | PostgresqlDatabases) -> Iterator[str]:
    """A fresh database at the newest migration, on either system."""
    with database_system.migrated() as url:
        yield url


@pytest.fixture
def empty_database_url(database_system: SqliteDatabases | PostgresqlDatabases) -> Iterator[str]:
    """A fresh database without a table, on either system: for tests of the migrations."""
    with database_system.empty() as url:
        yield url


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = make_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """A session as pages and commands have it, on the test's database; `app` and `client` of the same test see what it commits."""
    with Session(engine, expire_on_commit=False) as session:
        yield session


# --- the app ---

COMPILED = CompiledTemplates()
cheap_passwords()


@pytest.fixture
def full_price(monkeypatch: pytest.MonkeyPatch) -> None:
    """Passwords cost what they cost outside of tests."""
    dear_passwords(monkeypatch)


@pytest.fixture
def app(database_url: str, tmp_path: Path) -> Iterator[Flask]:
    """The app as `sipas serve` makes it, on the test's database."""
    settings = read_settings({"SIPAS_HOME": str(tmp_path / "instance"), "SIPAS_DATABASE_URL": database_url})
    app = create_app(settings)
    app.testing = True
    app.jinja_env.bytecode_cache = COMPILED
    yield app
    with app.app_context():
        for engine in db.engines.values():
            engine.dispose()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def live_server(app: Flask) -> Iterator[str]:
    """The address of the running app."""
    with serve(app) as url:
        yield url


# --- the browser ---


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    from tests.support.browser import launch

    with launch() as browser:
        yield browser


@pytest.fixture
def new_page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Pages]:
    """Opens pages on new devices. When the test has a `live_server`, ``page.goto("/s/…")`` goes there. No page may complain."""
    from tests.support.browser import Pages

    base_url = request.getfixturevalue("live_server") if "live_server" in request.fixturenames else None
    with ExitStack() as contexts:
        pages = Pages(browser, base_url, contexts)
        yield pages
        assert not pages.complaints, "\n".join(pages.complaints)


@pytest.fixture
def phone_page(new_page: Pages) -> Page:
    from tests.support.browser import PHONE

    return new_page(PHONE)


@pytest.fixture
def laptop_page(new_page: Pages) -> Page:
    from tests.support.browser import LAPTOP

    return new_page(LAPTOP)
