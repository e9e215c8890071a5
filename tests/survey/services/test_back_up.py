from __future__ import annotations

import os
import stat
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import pytest
from sqlalchemy import Engine, create_engine, func, make_url, select
from sqlalchemy.orm import Session

from survey.database import make_engine
from survey.errors import Conflict, Unavailable
from survey.models import Model, Response, Tally
from survey.services.back_up import back_up
from survey.services.recount_tallies import recount_tallies
from tests.support.databases import PostgresqlDatabases, SqliteDatabases
from tests.support.requirements import postgresql_install
from tests.support.small_province import SmallProvince, build_small_province
from tests.support.waiting import wait_for

Databases = SqliteDatabases | PostgresqlDatabases


@pytest.fixture(autouse=True)
def pg_dump_of_the_server(database_system: Databases, monkeypatch: pytest.MonkeyPatch) -> None:
    """pg_dump must not be older than the server: the one that came with it is used."""
    if isinstance(database_system, PostgresqlDatabases):
        monkeypatch.setenv("PATH", f"{postgresql_install() / 'bin'}:{os.environ['PATH']}")


@contextmanager
def restored(copy: Path, databases: Databases) -> Iterator[Engine]:
    """The backup as a database again."""
    if isinstance(databases, SqliteDatabases):
        engine = make_engine(f"sqlite:///{copy}")
        yield engine
        engine.dispose()
        return
    with databases.empty() as url:
        address = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        subprocess.run(["pg_restore", "--no-owner", "--exit-on-error", f"--dbname={address}", copy], check=True)
        engine = make_engine(url)
        yield engine
        engine.dispose()


def counts(session: Session) -> dict[str, int]:
    return {table.name: session.scalar(select(func.count()).select_from(table)) or 0 for table in Model.metadata.sorted_tables}


def test_a_backup_holds_every_row(
    session: Session, engine: Engine, province: SmallProvince, tmp_path: Path, database_system: Databases
) -> None:
    for _ in range(7):
        province.answer(session, {"A1": 5}, comment="Cảm ơn")
    before = counts(session)
    session.rollback()
    back_up(engine, tmp_path / "copy")
    with restored(tmp_path / "copy", database_system) as copy, Session(copy) as found:
        assert counts(found) == before
        assert recount_tallies(found, repair=False) == []


def test_a_backup_under_load_is_one_moment_in_which_tallies_and_responses_agree(
    session: Session, engine: Engine, province: SmallProvince, tmp_path: Path, database_system: Databases
) -> None:
    session.rollback()
    stop, sent = Event(), []

    def send() -> None:
        with Session(engine, expire_on_commit=False) as own:
            while not stop.is_set():
                sent.append(province.answer(own, {"A1": 4, "B2": 2}))

    writers = [Thread(target=send) for _ in range(3)]
    for writer in writers:
        writer.start()
    try:
        wait_for(lambda: len(sent) >= 20, "20 responses are stored")
        at_least = len(sent)
        back_up(engine, tmp_path / "copy")
    finally:
        stop.set()
        for writer in writers:
            writer.join()
    with restored(tmp_path / "copy", database_system) as copy, Session(copy) as found:
        kept = set(found.scalars(select(Response.id)))
        assert at_least <= len(kept) <= len(sent)
        assert kept <= set(sent)
        assert found.scalar(select(Tally.respondents).where(Tally.measure == "ALL")) == len(kept)
        assert recount_tallies(found, repair=False) == []


def test_a_backup_is_one_file_that_only_its_owner_reads(engine: Engine, province: SmallProvince, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    back_up(engine, folder / "today")
    assert [path.name for path in folder.iterdir()] == ["today"]
    assert stat.S_IMODE((folder / "today").stat().st_mode) == 0o600


def test_an_existing_file_is_never_overwritten(engine: Engine, province: SmallProvince, tmp_path: Path) -> None:
    (tmp_path / "yesterday").write_text("precious")
    with pytest.raises(Conflict, match="yesterday is there already"):
        back_up(engine, tmp_path / "yesterday")
    assert (tmp_path / "yesterday").read_text() == "precious"


@pytest.mark.parametrize("place", ["no/such/folder", "file/below"])
def test_a_place_that_cannot_be_written_is_told(engine: Engine, tmp_path: Path, place: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Unavailable, match="cannot be written"):
        back_up(engine, tmp_path / place)


def test_a_half_written_copy_of_an_earlier_attempt_does_no_harm(engine: Engine, province: SmallProvince, tmp_path: Path) -> None:
    (tmp_path / "copy.unfinished").write_text("half")
    back_up(engine, tmp_path / "copy")
    assert not (tmp_path / "copy.unfinished").exists()


def test_a_database_without_tables_is_no_backup(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'empty.sqlite3'}")
    with pytest.raises(Unavailable, match="sipas db upgrade"):
        back_up(engine, tmp_path / "copy")
    engine.dispose()
    assert not (tmp_path / "copy").exists()


def test_a_damaged_database_is_found_out_and_no_copy_kept(tmp_path: Path, sqlite_databases: SqliteDatabases) -> None:
    with sqlite_databases.migrated() as url:
        path = Path(str(make_url(url).database))
        content = bytearray(path.read_bytes())
        content[4096 * 3 : 4096 * 5] = os.urandom(4096 * 2)
        damaged = tmp_path / "damaged.sqlite3"
        damaged.write_bytes(content)
    engine = create_engine(f"sqlite:///{damaged}")
    with pytest.raises(Unavailable, match=r"damaged|cannot be copied"):
        back_up(engine, tmp_path / "copy")
    engine.dispose()
    assert not list(tmp_path.glob("copy*"))


def test_a_machine_without_pg_dump_is_told_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    engine = create_engine("postgresql+psycopg://nobody@127.0.0.1:1/none")
    with pytest.raises(Unavailable, match=r"pg_dump is not on PATH. Install the package postgresql-client"):
        back_up(engine, tmp_path / "copy")
    assert not list(tmp_path.glob("copy*"))


def test_a_failing_pg_dump_says_why_and_its_password_is_on_no_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = tmp_path / "pg_dump"
    fake.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/arguments; echo "no route; $PGPASSWORD" >&2; exit 1\n')
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setattr("survey.services.back_up.blur_order", lambda session: "")  # there is no server
    engine = create_engine("postgresql+psycopg://sipas:s3cret@db.example/sipas?sslmode=require")
    with pytest.raises(Unavailable, match="pg_dump failed: no route; s3cret"):
        back_up(engine, tmp_path / "copy")
    assert (tmp_path / "arguments").read_text().split()[-1] == "--dbname=postgresql://sipas@db.example/sipas?sslmode=require"
    assert not list(tmp_path.glob("copy*"))


def test_an_archive_of_postgresql_keeps_no_order_of_arrival(
    postgresql_databases: PostgresqlDatabases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", f"{postgresql_install() / 'bin'}:{os.environ['PATH']}")
    with postgresql_databases.migrated() as url:
        engine = make_engine(url)
        with Session(engine, expire_on_commit=False) as session:
            province = build_small_province(session)
            sent = [str(province.answer(session, {"A1": 4})) for _ in range(30)]
        back_up(engine, tmp_path / "copy")
        engine.dispose()
    arguments = ["pg_restore", "--data-only", "--table=response", "--file=-", str(tmp_path / "copy")]
    lines = subprocess.run(arguments, check=True, capture_output=True, text=True).stdout.splitlines()
    assert [line.split("\t")[0] for line in lines if line[:36] in sent] == sorted(sent)


def test_a_server_that_does_not_answer_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pg_dump").write_text("#!/bin/sh\n")
    (tmp_path / "pg_dump").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    with pytest.raises(Unavailable, match="The order of arrival cannot be taken out"):
        back_up(create_engine("postgresql+psycopg://nobody@127.0.0.1:1/none"), tmp_path / "copy")
    assert not (tmp_path / "copy").exists()
