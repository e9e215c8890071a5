"""What a citizen was thanked for is there after the server was killed; what could not be stored comes back on the page."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import sleep
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, event, func, make_url, select, text
from sqlalchemy.orm import Session

from survey.database import db
from survey.domain.receipt_code import stored_id
from survey.models import Response
from survey.services.recount_tallies import recount_tallies
from tests.support.real_server import fields_of, new_fields, real_server
from tests.support.small_province import SmallProvince, build_small_province
from tests.support.waiting import wait_for

THANKS = "Đánh giá đã được ghi nhận"


@pytest.fixture
def province(session: Session) -> SmallProvince:
    return build_small_province(session)


def test_every_acknowledged_response_survives_kill_9_under_load(
    database_url: str, session: Session, province: SmallProvince, tmp_path: Path
) -> None:
    acknowledged: list[str] = []
    over = threading.Event()
    with real_server(database_url, tmp_path, SIPAS_TRUSTED_PROXIES="1") as server:

        def phone(number: int) -> None:
            sent = 0
            while not over.is_set():
                sent += 1
                fields, headers = new_fields(), {"X-Forwarded-For": f"10.{number}.{sent // 250}.{sent % 250}"}
                try:
                    reply = server.post(province.urls["yen-son"], fields, headers)
                except OSError:  # the server is away just now
                    sleep(0.02)
                    continue
                if reply.status == 200 and THANKS in reply.text:
                    acknowledged.append(fields["response_id"])

        with ThreadPoolExecutor(6) as phones:
            running = [phones.submit(phone, number) for number in range(6)]
            try:
                wait_for(lambda: len(acknowledged) >= 100, "100 responses are acknowledged")
                server.kill()
                before = len(acknowledged)
                server.start()
                wait_for(lambda: len(acknowledged) >= before + 30, "it recovers by itself")
            finally:
                over.set()
        assert all(done.exception() is None for done in running)
    session.rollback()
    stored = set(session.scalars(select(Response.id)))
    assert {stored_id(UUID(response_id)) for response_id in acknowledged} <= stored
    assert recount_tallies(session, repair=False) == []


def count(session: Session) -> int:
    session.rollback()
    return session.scalar(select(func.count()).select_from(Response)) or 0


def test_a_reply_that_is_lost_after_the_commit_costs_nothing(
    live_server: str, client: FlaskClient, session: Session, province: SmallProvince
) -> None:
    """The line is cut as soon as the form is on its way; the phone sends it again."""
    fields, url = new_fields(), province.urls["yen-son"]
    body = "&".join(f"{name}={value}" for name, value in fields.items()).encode()
    host, _, port = live_server.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port))) as line:
        head = f"POST {url} HTTP/1.0\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
        line.sendall(head.encode() + body)
        line.shutdown(socket.SHUT_WR)
        wait_for(lambda: count(session) == 1, "the response is stored though nobody hears the reply")
    again = client.post(url, data=fields)
    assert (again.status_code, THANKS in again.text) == (200, True)
    session.rollback()
    assert session.scalars(select(Response.id)).all() == [stored_id(UUID(fields["response_id"]))]


class Trouble:
    """A database that cannot store just now."""

    def __init__(self, kind: str, app: Flask, engine: Engine) -> None:
        self.kind, self.engine, self.sqlite = kind, engine, engine.dialect.name == "sqlite"
        with app.app_context():
            self.served = db.engine
        self.undo: list[Callable[[], object]] = []

    def begin(self) -> None:
        getattr(self, f"_{self.kind}_{'sqlite' if self.sqlite else 'postgresql'}")()

    def end(self) -> None:
        for undo in self.undo:
            undo()

    def _gone_sqlite(self) -> None:
        self.served.dispose()
        self.engine.dispose()
        path = Path(str(self.engine.url.database))
        files = [file for file in path.parent.glob(f"{path.name}*") if file.is_file()]
        for file in files:
            file.rename(file.with_name(f"away-{file.name}"))
        path.mkdir()  # neither can it be opened, nor is an empty one made in its place

        def back() -> None:
            path.rmdir()
            for file in files:
                file.with_name(f"away-{file.name}").rename(file)

        self.undo = [back]

    def _gone_postgresql(self) -> None:
        name = make_url(str(self.engine.url)).database
        self._ask(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        self._ask(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
        self.undo = [lambda: self._ask(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")]

    def _ask(self, statement: str) -> None:
        """From the neighbouring database."""
        from survey.database import make_engine

        neighbour = make_engine(self.engine.url.set(database="postgres").render_as_string(hide_password=False))
        with neighbour.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text(statement))
        neighbour.dispose()

    def _locked_sqlite(self) -> None:
        """Another writer sits on it for longer than the app waits (which is cut short here)."""
        self.served.dispose()
        event.listen(self.served, "connect", lambda connection, _: connection.execute("PRAGMA busy_timeout=50"))
        self._hold("BEGIN IMMEDIATE")

    def _locked_postgresql(self) -> None:
        self.served.dispose()

        def wait_briefly(connection: object, _: object) -> None:
            with connection.cursor() as cursor:  # type: ignore[attr-defined]
                cursor.execute("SET lock_timeout = '50ms'")
            connection.commit()  # type: ignore[attr-defined]

        event.listen(self.served, "connect", wait_briefly)
        self._hold("LOCK TABLE tally IN ACCESS EXCLUSIVE MODE")

    def _hold(self, statement: str) -> None:
        connection = self.engine.connect()
        if self.sqlite:
            connection.exec_driver_sql("COMMIT")  # the engine's own BEGIN
        connection.exec_driver_sql(statement)
        self.undo = [connection.rollback if not self.sqlite else lambda: connection.exec_driver_sql("ROLLBACK"), connection.invalidate]

    def _full_sqlite(self) -> None:
        self.served.dispose()
        full = [True]

        def no_more_pages(connection: object, *_: object) -> None:
            pages = connection.execute("PRAGMA page_count").fetchone()[0] if full else 10**9  # type: ignore[attr-defined]
            connection.execute(f"PRAGMA max_page_count={pages}")  # type: ignore[attr-defined]

        event.listen(self.served, "checkout", no_more_pages)
        with self.engine.begin() as connection:  # no free page is left
            connection.execute(text("CREATE TABLE filler (x)"))
        self.undo = [full.clear]

    def _full_postgresql(self) -> None:
        """As the server says when its disk is full."""
        with self.engine.begin() as connection:
            connection.execute(text("CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION "
                                    "'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$"))  # fmt: skip
            connection.execute(text("CREATE TRIGGER full_disk BEFORE INSERT ON tally EXECUTE FUNCTION full_disk()"))

        def space() -> None:
            with self.engine.begin() as connection:
                connection.execute(text("DROP TRIGGER full_disk ON tally"))
                connection.execute(text("DROP FUNCTION full_disk()"))

        self.undo = [space]


@pytest.mark.parametrize("kind", ["gone", "locked", "full"])
def test_answers_come_back_on_the_page_while_the_database_is_away_and_can_be_sent_from_there(
    app: Flask, client: FlaskClient, engine: Engine, session: Session, province: SmallProvince, kind: str
) -> None:
    url = province.urls["yen-son"]
    session.close()
    trouble = Trouble(kind, app, engine)
    trouble.begin()
    try:
        taken, fields = _first_refused(client, url)
        answers = [client.post(url, data=fields) for _ in range(2)]
        ready = client.get("/readyz")
    finally:
        trouble.end()
    for answer in answers:
        assert answer.status_code == 503
        assert fields_of(answer.text) == fields
        assert "vẫn còn trên trang này" in answer.text
        assert "Traceback" not in answer.text
        assert "sqlite" not in answer.text.lower()
        assert "psycopg" not in answer.text.lower()
    assert ready.status_code == 503
    assert ("cannot be reached" if kind == "gone" else "no response can be stored") in ready.text
    assert client.get("/readyz").status_code == 200
    assert client.post(url, data=fields_of(answers[-1].text)).status_code == 200
    assert set(session.scalars(select(Response.id))) == {*taken, stored_id(UUID(fields["response_id"]))}
    assert recount_tallies(session, repair=False) == []


def _first_refused(client: FlaskClient, url: str) -> tuple[list[UUID], dict[str, str]]:
    """Which forms were still taken (what is full has room for a few) and the first that was not."""
    taken: list[UUID] = []
    for number in range(200):
        fields = new_fields(N5="late")
        if client.post(url, data=fields, environ_base={"REMOTE_ADDR": f"10.0.0.{number}"}).status_code == 503:
            return taken, fields
        taken.append(stored_id(UUID(fields["response_id"])))
    raise AssertionError("Everything was taken.")
