"""What a request tells of a person is planted as canaries, sent through the real server, and looked for wherever anything is kept."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from time import sleep
from uuid import UUID

import pytest
from sqlalchemy import Engine, func, inspect, select, text
from sqlalchemy.orm import Session

from survey.domain.receipt_code import receipt_code, stored_id
from survey.domain.slip_code import in_groups
from survey.models import Comment, Response, ResponseMark
from survey.settings import VIETNAM
from tests.support.real_server import RealServer, new_fields, real_server
from tests.support.requirements import postgresql_install
from tests.support.small_province import SmallProvince, build_small_province

ADDRESS, MADE_UP = "203.0.113.87", "198.51.100.213"
WORDS = (
    "CanaryBrowser/7.3",
    "0912345678",
    "canary-cookie",
    "canary-referer",
    "canary-query",
    "canary-unknown",
    "canary-name",
    "canary-boundary",
)
HEADERS = {
    "X-Forwarded-For": f"{MADE_UP}, {ADDRESS}",
    "X-Real-IP": MADE_UP,
    "Forwarded": f"for={MADE_UP}",
    "User-Agent": f"Mozilla/5.0 {WORDS[0]} (Linux; Android 9; CanaryModel)",
    "Cookie": "session=canary-cookie; id=canary-cookie",
    "Referer": "https://canary-referer.example/",
    "X-Phone": "0912345678",
    "X-Request-ID": "canary-query",
}
#: Fields that no questionnaire has.
OTHERS = {"phone": "0912345678", "name": "canary-name", "zz": "canary-unknown", "responded_at": "canary-unknown", "marked": "1"}
SENT = 60


@pytest.fixture
def province(session: Session) -> SmallProvince:
    return build_small_province(session)


@pytest.fixture
def server(database_url: str, province: SmallProvince, tmp_path: Path) -> Iterator[RealServer]:
    with real_server(database_url, tmp_path, SIPAS_TRUSTED_PROXIES="1") as server:
        yield server


def test_nothing_of_a_person_reaches_database_log_error_report_or_backup(
    server: RealServer, engine: Engine, session: Session, province: SmallProvince, tmp_path: Path
) -> None:
    url = province.urls["yen-son"]
    began = datetime.now(UTC)
    _provoke_errors(server, session, url)
    told = server.log.read_text()
    assert told.count("unexpected JSONDecodeError") == 1
    assert "Traceback" not in told

    sent = [_send(server, url, number) for number in range(SENT)]
    assert server.get(f"{url}?phone=0912345678&q=canary-query", HEADERS).status == 200
    assert server.log.read_text() == told  # of what went well not a word
    session.rollback()
    assert session.scalar(select(func.count()).select_from(Response)) == SENT
    assert session.scalar(select(func.count()).select_from(ResponseMark)) == 0

    instants = _written_instants(began, datetime.now(UTC))
    session.rollback()  # a backup waits for whoever reads
    sleep(2.1)  # that staff made a backup, and when, is written down; that shall not be one of the citizens' seconds
    backup = _back_up(server, engine, tmp_path / "backup")
    for place, content in {"log": told.encode(), "home": _files_in(server.home), "database": _database(engine), "backup": backup}.items():
        for canary in (*WORDS, ADDRESS, MADE_UP, "CanaryModel"):
            assert canary.encode() not in content, (place, canary)
            assert canary.encode("utf-16-le") not in content, (place, canary)
        for address in (ADDRESS, MADE_UP):
            assert ip_address(address).packed not in content, (place, address)
        if place != "log":  # a fault has its time there, but no desk and no answers
            assert not instants.search(content), place
    for response_id in sent:
        assert response_id not in told
    assert url.removeprefix("/s/") not in told


def test_a_contact_is_found_nowhere_in_clear_and_withdrawn_words_nowhere_at_all(
    server: RealServer, engine: Engine, session: Session, province: SmallProvince, tmp_path: Path
) -> None:
    """As a person does it: a comment that wants an answer, a phone number left on its page, replaced, and in the end all withdrawn."""
    words, phones = "canary-words Quầy đóng cửa", ("0912345678", "0987654321")
    fields = new_fields(O1=words, wants_answer="yes")
    assert server.post(province.urls["yen-son"], fields, HEADERS).status == 200
    code = receipt_code(UUID(fields["response_id"]))
    for phone in phones:
        assert server.post("/r?lang=vi", {"code": code, "do": "contact", "contact": phone}, HEADERS).status == 200

    def found(name: str) -> dict[str, set[str]]:
        session.rollback()
        if engine.dialect.name == "sqlite":
            session.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))  # its journal keeps what was until it is written back
            session.rollback()
        backup = _back_up(server, engine, tmp_path / name)
        places = {"log": server.log.read_bytes(), "home": _files_in(server.home), "database": _database(engine), "backup": backup}
        wanted = (words, *phones, code, in_groups(code), fields["response_id"], *WORDS)
        return {place: {one for one in wanted if one.encode() in content} for place, content in places.items()}

    assert found("kept") == {"log": set(), "home": set(), "database": {words}, "backup": {words}}
    assert server.post("/r?lang=vi", {"code": code, "do": "erase"}, HEADERS).status == 200
    assert found("erased") == {"log": set(), "home": set(), "database": set(), "backup": set()}


def test_the_order_in_a_backup_is_not_the_order_of_arrival(
    server: RealServer, engine: Engine, session: Session, province: SmallProvince, tmp_path: Path
) -> None:
    url = province.urls["yen-son"]
    sent = [_send(server, url, number, comment=f"Góp ý {number}") for number in range(SENT)]
    backup = _back_up(server, engine, tmp_path / "backup")
    responses = [found.decode() for found in re.findall(rb"(?m)^([0-9a-f-]{36})\t\d+\t\d+\t2\d{3}-", backup)]
    comments = [found.decode() for found in re.findall(rb"(?m)^([0-9a-f-]{36})\t\d+\t\d+\tG", backup)]
    assert len(responses) == len(comments) == SENT
    stored = sorted(str(stored_id(UUID(response_id))) for response_id in sent)
    assert stored == sorted(responses) == responses  # the order of random ids
    assert comments == sorted(comments)
    assert not set(comments) & set(responses)


def test_no_column_joins_a_comment_to_its_ratings(engine: Engine, session: Session, province: SmallProvince) -> None:
    for number in range(10):
        province.answer(session, {"A1": 4}, comment=f"Góp ý {number}")
    foreign = {(key["referred_table"], *key["constrained_columns"]) for key in inspect(engine).get_foreign_keys("comment")}
    assert foreign == {("wave", "wave_id"), ("agency", "agency_id")}
    names = [column.key for column in Comment.__table__.columns]
    shared = {name for name in names if name in {column.key for column in Response.__table__.columns}} - {"id"}
    assert shared == {"wave_id"}
    session.rollback()
    of_comments, of_responses = (set(map(str, session.scalars(select(table.id)))) for table in (Comment, Response))
    assert len(of_comments) == len(of_responses) == 10
    assert not of_comments & of_responses
    # All ten are of one wave and one agency: whatever is stored of a comment but its words and its random id is the same for all.
    assert session.execute(select(func.count(func.distinct(Comment.wave_id)), func.count(func.distinct(Comment.agency_id)))).one() == (1, 1)


def test_no_column_can_hold_a_time_of_day_or_an_address(engine: Engine) -> None:
    """Of citizens' tables. Staff have accounts, and what they do is theirs to answer for."""
    for table in ("response", "response_mark", "comment", "feedback_case", "case_contact", "tally", "slip"):
        kinds = {column["name"]: str(column["type"]).upper() for column in inspect(engine).get_columns(table)}
        assert not {name for name, kind in kinds.items() if "TIME" in kind or "INET" in kind or "CIDR" in kind}
        assert not {name for name in kinds if re.search(r"(^|_)(at|ip|address|agent|phone|cookie|device|user)($|_)", name)}


def _send(server: RealServer, url: str, number: int, comment: str = "") -> str:
    """From one of many addresses, for many from one would be a burst; each carries the canaries."""
    fields = new_fields(O1=comment, **OTHERS)
    headers = HEADERS | {"User-Agent": f"{HEADERS['User-Agent']} {number}", "X-Forwarded-For": f"{MADE_UP}, {ADDRESS}"}
    reply = server.post(f"{url}?phone=0912345678&q=canary-query", fields, headers)
    assert reply.status == 200, reply.text
    return fields["response_id"]


def _provoke_errors(server: RealServer, session: Session, url: str) -> None:
    """A 500 from our own code and a 503 from the database, each with all canaries on board."""
    kept = session.execute(text("SELECT sha256, content FROM questionnaire")).one()
    change = text("UPDATE questionnaire SET sha256 = :sha256, content = :content")
    session.execute(change, {"sha256": "broken", "content": "{"})
    session.commit()
    assert server.post(f"{url}?phone=0912345678", new_fields(**OTHERS), HEADERS).status == 500
    session.execute(change, {"sha256": kept.sha256, "content": kept.content})
    session.execute(text("ALTER TABLE tally RENAME TO tally_away"))
    session.commit()
    assert server.post(f"{url}?phone=0912345678", new_fields(**OTHERS), HEADERS).status == 503
    session.execute(text("ALTER TABLE tally_away RENAME TO tally"))
    session.commit()


def _written_instants(first: datetime, last: datetime) -> re.Pattern[bytes]:
    """Any second between the two as it may be written: a time of day in Vietnam or UTC, or seconds since 1970."""
    ways = []
    for second in range(int((last - first).total_seconds()) + 2):
        at = first + timedelta(seconds=second)
        ways += [f"{at:%H:%M:%S}", f"{at.astimezone(VIETNAM):%H:%M:%S}", f"{at:%H%M%S}Z", str(int(at.timestamp()))]
    return re.compile("|".join(map(re.escape, ways)).encode())


def _files_in(folder: Path) -> bytes:
    return b"\n".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def _database(engine: Engine) -> bytes:
    """SQLite's files byte by byte; every row of every table of PostgreSQL, and what it knows of its clients' statements."""
    if engine.dialect.name == "sqlite":
        path = Path(str(engine.url.database))
        assert path.with_name(f"{path.name}-wal").exists()
        return b"\n".join(file.read_bytes() for file in path.parent.glob(f"{path.name}*"))
    rows = []
    connection = engine.raw_connection()
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT quote_ident(schemaname) || '.' || quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public'")
            for (table,) in cursor.fetchall():
                with cursor.copy(f"COPY {table} TO STDOUT") as copy:
                    rows += [bytes(block) for block in copy]
    finally:
        connection.close()
    return b"".join(rows)


def _back_up(server: RealServer, engine: Engine, target: Path) -> bytes:
    """What `sipas backup` wrote, as text where it is an archive, with the rows in the order in which they lie there."""
    install = {"PATH": f"{postgresql_install() / 'bin'}:{os.environ['PATH']}"}
    command = [str(Path(sys.executable).parent / "sipas"), "backup", str(target)]
    subprocess.run(command, env=server.environment | install, check=True, capture_output=True)
    if engine.dialect.name == "postgresql":
        return subprocess.run([postgresql_install() / "bin/pg_restore", "--file=-", target], check=True, capture_output=True).stdout
    return target.read_bytes() + _rows_as_they_lie(target)


def _rows_as_they_lie(path: Path) -> bytes:
    import sqlite3
    from contextlib import closing

    lines = []
    with closing(sqlite3.connect(path)) as connection:
        for table in ("response", "comment", "response_mark"):
            for found, *others in connection.execute(f"SELECT * FROM {table}"):
                dashed = f"{found[:8]}-{found[8:12]}-{found[12:16]}-{found[16:20]}-{found[20:]}"
                lines.append("\t".join(map(str, (dashed, *others))))
    return ("\n" + "\n".join(lines) + "\n").encode()
