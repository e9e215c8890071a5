from __future__ import annotations

from threading import Barrier, Thread

from sqlalchemy import event, select, text
from sqlalchemy.orm import Session

from survey.database import make_engine
from survey.models import LogInAttempt
from survey.services.log_in_attempts import FORGOTTEN_AFTER, FREE, LONGEST_WAIT, attempt_key, begin_attempt, end_attempts, wait_after
from tests.support.databases import PostgresqlDatabases
from tests.support.waiting import wait_for

KEY = attempt_key("a@b.vn", key="secret")


def test_the_first_failures_cost_nothing_and_then_each_wait_is_twice_the_last_up_to_a_limit() -> None:
    assert [wait_after(n) for n in range(FREE)] == [0] * FREE
    assert [wait_after(n) for n in range(FREE, FREE + 4)] == [30, 60, 120, 240]
    assert wait_after(10**6) == LONGEST_WAIT


def test_who_comes_too_early_is_sent_away_without_being_counted(session: Session) -> None:
    assert [begin_attempt(session, KEY, now=1000) for _ in range(FREE)] == [0] * FREE
    assert begin_attempt(session, KEY, now=1010) == 20
    assert begin_attempt(session, KEY, now=1029) == 1
    assert begin_attempt(session, KEY, now=1030) == 0
    assert begin_attempt(session, KEY, now=1031) == 59


def test_success_forgets_the_failures(session: Session) -> None:
    for _ in range(FREE):
        begin_attempt(session, KEY, now=1000)
    end_attempts(session, KEY)
    assert begin_attempt(session, KEY, now=1000) == 0


def test_a_day_later_all_is_forgotten(session: Session) -> None:
    for _ in range(FREE):
        begin_attempt(session, KEY, now=1000)
    begin_attempt(session, "another", now=1001 + FORGOTTEN_AFTER)
    assert session.scalars(select(LogInAttempt.key)).all() == ["another"]


def test_each_account_is_counted_by_itself_and_nobody_can_read_which_it_is(session: Session) -> None:
    for _ in range(FREE + 1):
        begin_attempt(session, KEY, now=1000)
    assert begin_attempt(session, attempt_key("c@d.vn", key="secret"), now=1000) == 0
    assert attempt_key(" A@b.vn ", key="secret") == KEY
    assert attempt_key("a@b.vn", key="another secret") != KEY
    assert len(attempt_key("\ud800", key="secret")) == 64


def test_many_at_once_are_all_counted(database_url: str) -> None:
    answers: list[int] = []
    start, engine = Barrier(12), make_engine(database_url)

    def attempt() -> None:
        with Session(engine) as own:
            start.wait()
            answers.append(begin_attempt(own, KEY, now=1000))

    threads = [Thread(target=attempt) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    engine.dispose()
    assert sorted(answers) == [0] * FREE + [30] * (12 - FREE)


def test_an_attempt_is_counted_also_while_somebody_elses_success_forgets_them(postgresql_databases: PostgresqlDatabases) -> None:
    """Only PostgreSQL lets two write at once: a row that has been found may be gone before it is held."""
    with postgresql_databases.migrated() as url:
        engine, others = make_engine(url), make_engine(url)
        with Session(engine) as failing, Session(others) as succeeding, others.connect() as watching:
            watching.execution_options(isolation_level="AUTOCOMMIT")  # in a transaction each look would tell the same
            begin_attempt(failing, KEY, now=1000)
            success = Thread(target=end_attempts, args=(succeeding, KEY))
            waiting = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")

            @event.listens_for(engine, "after_cursor_execute")
            def succeed(*executed: object) -> None:
                """As soon as the row has been found, whichever way: the success is through, or waits for the attempt."""
                if str(executed[2]).startswith("INSERT INTO log_in_attempt") and success.ident is None:
                    success.start()
                    wait_for(lambda: not success.is_alive() or watching.execute(waiting).scalar_one() == 1, "the success")

            assert begin_attempt(failing, KEY, now=1001) == 0
            success.join()
        engine.dispose()
        others.dispose()
