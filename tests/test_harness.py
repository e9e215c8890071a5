"""The harness keeps its promises: fresh databases, a real browser, no network, and nothing skipped in CI."""

from __future__ import annotations

import ast
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from flask import Flask, request
from flask.testing import FlaskClient
from sqlalchemy import Engine, inspect, text
from sqlalchemy.orm import Session

from survey.database import make_engine, transaction
from tests.support.browser import assert_accessible
from tests.support.serving import serve

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.support.browser import Pages

PROJECT = Path(__file__).resolve().parent.parent


# --- databases ---


@pytest.mark.parametrize("visit", [1, 2])
def test_each_test_gets_a_migrated_database_of_its_own(engine: Engine, visit: int) -> None:
    with engine.begin() as connection:
        tables = inspect(connection).get_table_names()
        assert {"alembic_version", "response", "visited"} & set(tables) == {"alembic_version", "response"}, f"visit {visit}"
        connection.execute(text("CREATE TABLE visited (id INTEGER)"))


def test_an_empty_database_has_no_table(empty_database_url: str) -> None:
    engine = make_engine(empty_database_url)
    assert inspect(engine).get_table_names() == []
    engine.dispose()


def test_postgresql_knows_vietnamese_letters(postgresql_databases: object) -> None:
    with postgresql_databases.empty() as url:
        engine = make_engine(url)
        with engine.connect() as connection:
            assert connection.scalar(text("SELECT lower('ĐẢM BẢO Ở UBND')")) == "đảm bảo ở ubnd"
        engine.dispose()


# --- the browser ---


@pytest.fixture
def sample() -> Iterator[str]:
    """The address of pages that show what the browser sends, and break."""
    app = Flask("sample")
    page = '<!doctype html><html lang="vi"><title>Thử</title><main><h1>Thử</h1>{}</main>'
    app.add_url_rule("/", "language", lambda: page.format(request.headers["Accept-Language"]))
    app.add_url_rule("/unlabelled", "unlabelled", lambda: page.format("<input><img src='data:,'>"))
    app.add_url_rule("/broken", "broken", lambda: page.format("<script>nonsense()</script>"))
    with serve(app) as url:
        yield url


def test_the_phone_is_small_and_vietnamese(sample: str, phone_page: Page) -> None:
    phone_page.goto(sample)
    assert phone_page.viewport_size == {"width": 360, "height": 640}
    assert "vi-VN" in phone_page.content()
    assert_accessible(phone_page)


def test_the_laptop_is_wider(sample: str, laptop_page: Page) -> None:
    laptop_page.goto(sample)
    assert laptop_page.evaluate("[innerWidth, innerHeight]") == [1280, 800]


def test_an_inaccessible_page_is_found_out(sample: str, laptop_page: Page) -> None:
    laptop_page.goto(f"{sample}/unlabelled")
    with pytest.raises(AssertionError, match=r"(?s)image-alt.*label"):
        assert_accessible(laptop_page)


def test_a_script_error_is_heard(sample: str, new_page: Pages) -> None:
    new_page().goto(f"{sample}/broken")
    assert "nonsense is not defined" in new_page.complaints.pop()


def test_a_phone_without_scripts_can_be_had(sample: str, new_page: Pages) -> None:
    new_page(java_script_enabled=False).goto(f"{sample}/broken")
    assert new_page.complaints == []


def test_the_browser_knows_no_other_host(phone_page: Page) -> None:
    with pytest.raises(Exception, match="ERR_NAME_NOT_RESOLVED"):
        phone_page.goto("http://sipas.example/")


# --- the app ---


def test_client_session_and_browser_meet_in_one_database(client: FlaskClient, session: Session, live_server: str, phone_page: Page) -> None:
    with transaction(session):
        session.execute(text("DROP TABLE alembic_version"))
    assert client.get("/readyz").status_code == 503
    assert phone_page.goto("/readyz").status == 503
    assert phone_page.goto("/healthz").json() == {"status": "alive"}


# --- pytest ---


def test_a_connection_beyond_this_machine_is_blocked() -> None:
    with socket.socket() as outside, pytest.raises(Exception, match=r"192\.0\.2\.1"):
        outside.connect(("192.0.2.1", 80))


@pytest.mark.parametrize(("ci", "outcome"), [("true", "1 failed"), ("", "1 skipped")])
def test_a_skip_is_a_failure_in_ci_and_named_elsewhere(ci: str, outcome: str, tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text("from tests.conftest import pytest_make_collect_report, pytest_runtest_makereport\n")
    (tmp_path / "test_it.py").write_text("from tests.support.requirements import need\ndef test_it():\n    need('no-such-program')\n")
    command = [sys.executable, "-m", "pytest", "-ra", "-p", "no:cacheprovider", "--rootdir", tmp_path, tmp_path]
    environment = {**os.environ, "CI": ci, "PYTHONPATH": str(PROJECT)}
    run = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert outcome in run.stdout
    assert "needs the program no-such-program" in run.stdout


_OF_THE_DAY = {"today", "now", "yesterday", "tomorrow"}


def _said_when_read(node: ast.AST) -> Iterator[ast.AST]:
    """What runs when a file is read: all but the bodies of its functions."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Lambda) or (isinstance(node, ast.FunctionDef) and child in node.body):
            continue
        yield child
        yield from _said_when_read(child)


def test_no_test_asks_for_the_day_when_its_file_is_read() -> None:
    """The tests take longer than it is to midnight, some day."""
    found = []
    for path in (PROJECT / "tests").rglob("*.py"):
        calls = (node.func for node in _said_when_read(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call))
        found += [
            f"{path.relative_to(PROJECT)}:{call.lineno}" for call in calls if getattr(call, "attr", getattr(call, "id", "")) in _OF_THE_DAY
        ]
    assert found == []


# --- setting up, with a stand-in for uv that installs nothing and writes down how it was called ---

_UV = """#!/bin/sh
if [ "$1" = --version ]; then echo "uv $UV_VERSION"; else echo "$* cache=$UV_CACHE_DIR" >>"$CALLS"; fi
"""


class Newcomer:
    """Somebody with a copy of the project in a folder with a space in its name."""

    def __init__(self, folder: Path) -> None:
        self.home = folder
        self.copy = folder / "a copy"
        self._calls = folder / "calls"
        (folder / "bin").mkdir()
        self.program("uv", _UV)
        (self.copy / ".ci").mkdir(parents=True)
        for name in (".ci/setup", "pyproject.toml", "uv.lock"):
            (self.copy / name).write_bytes((PROJECT / name).read_bytes())

    def program(self, name: str, script: str) -> str:
        path = self.home / "bin" / name
        path.write_text(script)
        path.chmod(0o755)
        return str(path)

    def setup(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        path = f"{self.home / 'bin'}:{os.environ['PATH']}"
        base = {"PATH": path, "HOME": str(self.home), "CALLS": str(self._calls), "UV_VERSION": "99.0.0"}
        command = ["sh", self.copy / ".ci" / "setup", *arguments]
        return subprocess.run(command, env={**base, **environment}, capture_output=True, text=True, check=False)

    @property
    def installs(self) -> list[str]:
        return self._calls.read_text().splitlines() if self._calls.exists() else []


@pytest.fixture
def newcomer(tmp_path: Path) -> Newcomer:
    return Newcomer(tmp_path)


def test_setup_installs_once_what_the_lock_pins(newcomer: Newcomer) -> None:
    first, second = newcomer.setup(), newcomer.setup()
    assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stderr
    assert len(newcomer.installs) == 1
    assert "sync --quiet --frozen" in newcomer.installs[0]
    assert second.stdout == "setup: ready: .venv/bin/sipas\n"


def test_setup_installs_again_when_the_lock_changes(newcomer: Newcomer) -> None:
    newcomer.setup()
    with (newcomer.copy / "uv.lock").open("a") as lock:
        lock.write("# changed\n")
    newcomer.setup()
    assert len(newcomer.installs) == 2


def test_what_is_set_up_for_tests_serves_to_run_sipas(newcomer: Newcomer) -> None:
    newcomer.setup("dev")
    newcomer.setup()
    assert len(newcomer.installs) == 1
    assert "--group dev" in newcomer.installs[0]


def test_a_broken_environment_is_replaced(newcomer: Newcomer) -> None:
    newcomer.setup()
    (newcomer.copy / ".venv" / "bin" / "python").unlink()
    assert "making a new one" in newcomer.setup().stdout
    assert len(newcomer.installs) == 2


def test_a_moved_environment_is_replaced_for_its_scripts_name_the_old_place(newcomer: Newcomer) -> None:
    newcomer.setup()
    newcomer.copy = newcomer.copy.rename(newcomer.home / "moved")
    assert "making a new one" in newcomer.setup().stdout


def test_setup_works_without_a_home_that_can_be_written_to(newcomer: Newcomer) -> None:
    run = newcomer.setup(HOME="/proc/nowhere")
    assert run.returncode == 0, run.stderr
    assert newcomer.installs[0].endswith(f"cache={newcomer.copy}/.venv/cache")


def test_an_old_python_is_named_with_the_remedy(newcomer: Newcomer) -> None:
    old = newcomer.program("old-python", '#!/bin/sh\nif [ "$1" = --version ]; then echo Python 3.9.2; else exit 1; fi\n')
    run = newcomer.setup(PYTHON=old)
    assert run.returncode == 2
    assert "needs Python 3.11 or later; here is Python 3.9.2" in run.stderr
    assert "make setup PYTHON=" in run.stderr
    assert not (newcomer.copy / ".venv").exists()
