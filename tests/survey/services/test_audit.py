from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from threading import Barrier, Thread

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from survey.database import make_engine, transaction
from survey.domain.audit_chain import CHANGED, INSERTED, MISSING, Fault
from survey.queries.audit_log import list_entries, verify_audit_log
from survey.services.audit import ITSELF, record, record_alone, works_for

NOON = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)


@pytest.fixture
def three(session: Session) -> Session:
    """A log of three entries."""
    works_for(session, "a@b.vn")
    for number in range(3):
        record_alone(session, "exported", f"file {number}")
    return session


INSERT = """
    INSERT INTO audit_entry (number, at, who, action, subject, previous_sha256, sha256)
    SELECT 4, at, who, action, subject, sha256, 'x' FROM audit_entry WHERE number = 3
"""


def tamper(session: Session, statement: str) -> None:
    """As somebody can who owns the database: the triggers go first."""
    with transaction(session):
        if session.get_bind().dialect.name == "sqlite":
            for name in session.scalars(text("SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'guard_audit%'")).all():
                session.execute(text(f"DROP TRIGGER {name}"))
        else:
            session.execute(text("ALTER TABLE audit_entry DISABLE TRIGGER USER"))
        session.execute(text(statement))


def test_an_entry_says_who_did_what_when_and_what_it_was_before(session: Session) -> None:
    works_for(session, "a@b.vn")
    with transaction(session):
        record(session, "wave_closed", "2026-Q4", before={"state": "open"}, after={"state": "closed", "closes_on": NOON.date()}, now=NOON)
    (entry,) = list_entries(session)
    assert (entry.number, entry.at, entry.who, entry.action, entry.subject) == (
        1, "2026-11-22T05:00:00.000000Z", "a@b.vn", "wave_closed", "2026-Q4",
    )  # fmt: skip
    assert json.loads(entry.before or "") == {"state": "open"}
    assert json.loads(entry.after or "") == {"state": "closed", "closes_on": "2026-11-22"}


def test_where_nobody_was_named_the_program_did_it(session: Session) -> None:
    record_alone(session, "exported", "x")
    assert list_entries(session)[0].who == ITSELF


def test_an_entry_goes_with_the_change_that_it_tells_of(session: Session) -> None:
    def fail() -> None:
        with transaction(session):
            record(session, "wave_closed", "2026-Q4")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert list_entries(session) == []
    assert verify_audit_log(session).faults == ()


def test_an_entry_outside_a_write_transaction_is_a_defect(session: Session) -> None:
    if session.get_bind().dialect.name == "sqlite":
        with pytest.raises(RuntimeError, match="write transaction"):
            record(session, "exported", "x")


def test_an_unknown_action_is_a_defect(session: Session) -> None:
    with pytest.raises(LookupError, match="flown"):
        record_alone(session, "flown", "x")


@pytest.mark.parametrize("subject", ["a\nb", '","', "😀" * 300, "'; DROP TABLE audit_entry; --"])
def test_what_somebody_typed_stays_text(session: Session, subject: str) -> None:
    record_alone(session, "refused", subject, after={"typed": subject})
    assert list_entries(session)[0].subject == subject[:200]
    assert verify_audit_log(session).faults == ()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entry SET who = 'x' WHERE number = 2",
        "DELETE FROM audit_entry",
        "UPDATE audit_head SET number = 1",
        "UPDATE audit_head SET sha256 = 'x'",
        "DELETE FROM audit_head",
        "INSERT INTO audit_head (id, number, sha256) VALUES (2, 0, 'x')",
    ],
)
def test_the_database_lets_the_log_only_grow(three: Session, statement: str) -> None:
    with pytest.raises(DBAPIError):
        three.execute(text(statement))
    three.rollback()
    assert len(list_entries(three)) == 3
    assert verify_audit_log(three).faults == ()


def test_postgresql_does_not_let_it_be_truncated_either(three: Session) -> None:
    if three.get_bind().dialect.name == "postgresql":
        with pytest.raises(DBAPIError, match="only grows"):
            three.execute(text("TRUNCATE audit_entry"))


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("UPDATE audit_entry SET who = 'someone else' WHERE number = 1", Fault(1, CHANGED)),
        ("UPDATE audit_entry SET after = '{}' WHERE number = 3", Fault(3, CHANGED)),
        ("UPDATE audit_entry SET sha256 = 'x' WHERE number = 2", Fault(2, CHANGED)),
        ("DELETE FROM audit_entry WHERE number = 2", Fault(2, MISSING)),
        ("DELETE FROM audit_entry WHERE number = 3", Fault(3, MISSING)),
        (INSERT, Fault(4, INSERTED)),
    ],
)
def test_whatever_was_done_to_the_log_is_found_and_named(three: Session, statement: str, fault: Fault) -> None:
    tamper(three, statement)
    assert fault in verify_audit_log(three).faults
    assert {found.number for found in verify_audit_log(three).faults} == {fault.number}


def test_a_whole_new_chain_does_not_lead_through_an_entry_that_was_noted(three: Session) -> None:
    proof = verify_audit_log(three)
    assert verify_audit_log(three, noted=(proof.number, proof.sha256)).faults == ()
    assert verify_audit_log(three, noted=(2, proof.sha256)).faults == (Fault(2, CHANGED),)
    assert verify_audit_log(three, noted=(7, proof.sha256)).faults == (Fault(7, MISSING),)


def test_many_who_write_at_once_make_one_chain(database_url: str, session: Session) -> None:
    threads, each = 8, 5
    start = Barrier(threads)

    def write(engine: Engine, name: str) -> Callable[[], None]:
        def run() -> None:
            with Session(engine) as own:
                works_for(own, name)
                start.wait()
                for number in range(each):
                    record_alone(own, "exported", f"{name} {number}")

        return run

    engine = make_engine(database_url)
    running = [Thread(target=write(engine, f"person {n}")) for n in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    engine.dispose()
    proof = verify_audit_log(session)
    assert (proof.number, proof.faults) == (threads * each, ())
    entries = list_entries(session, limit=1000)
    assert sorted(entry.number for entry in entries) == list(range(1, threads * each + 1))
    assert {entry.who for entry in entries} == {f"person {n}" for n in range(threads)}


def test_a_sign_that_no_database_stores_is_replaced(session: Session) -> None:
    record_alone(session, "refused", "GET /a\x00b", after={"typed": "\x00"})
    assert list_entries(session)[0].subject == "GET /a\N{REPLACEMENT CHARACTER}b"


def test_pages_of_the_list_follow_one_another(three: Session) -> None:
    assert [entry.number for entry in list_entries(three, limit=2)] == [3, 2]
    assert [entry.number for entry in list_entries(three, before=2)] == [1]
