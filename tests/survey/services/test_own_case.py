"""What the writer of a feedback case may do with it: leave a contact, replace it, take it back, withdraw the case."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from survey.domain.feedback_case import ANSWERED, CONTACT_KEPT_FOR, LONGEST_CONTACT, WITHDRAWN
from survey.errors import Conflict, Invalid, NotFound
from survey.models import AuditEntry, CaseContact, FeedbackCase
from survey.queries.receipt import find_receipt
from survey.sealing import unseal
from survey.services.leave_contact import checked_contact, forget_contact, leave_contact
from survey.services.open_case import open_case
from survey.services.tidy_cases import tidy_cases
from survey.services.withdraw_case import withdraw_case
from survey.settings import today
from tests.support.cases import give_case
from tests.support.small_province import SmallProvince

SECRET = "x" * 32
WORDS = "Quầy đóng cửa lúc ba giờ chiều"


@pytest.fixture
def case_id(session: Session, province: SmallProvince) -> UUID:
    return give_case(session, province.agency_ids["yen-son"], WORDS)


def digest_of(session: Session, case_id: UUID) -> str:
    return session.get_one(FeedbackCase, case_id).digest


def leave(session: Session, case_id: UUID, contact: str, *, on: date | None = None) -> None:
    leave_contact(session, digest_of(session, case_id), contact, secret=SECRET, today=on or today())


def contacts(session: Session) -> dict[UUID, str | None]:
    session.rollback()
    return {case_id: unseal(sealed, SECRET) for case_id, sealed in session.execute(select(CaseContact.case_id, CaseContact.sealed))}


def stored(session: Session, case_id: UUID) -> FeedbackCase:
    session.rollback()
    return session.get_one(FeedbackCase, case_id, populate_existing=True)


def test_a_contact_is_kept_sealed_replaced_and_taken_back(session: Session, case_id: UUID) -> None:
    leave(session, case_id, " 0912 345 678 ")
    leave(session, case_id, " 0912 345 678 ")
    assert contacts(session) == {case_id: "0912 345 678"}
    assert "0912" not in (session.scalar(select(CaseContact.sealed)) or "")
    leave(session, case_id, "lan@example.vn")
    assert contacts(session) == {case_id: "lan@example.vn"}
    for _ in range(2):
        forget_contact(session, digest_of(session, case_id))
        assert contacts(session) == {}


def test_the_contacts_of_others_stay_as_they_are(session: Session, province: SmallProvince, case_id: UUID) -> None:
    others = [give_case(session, province.agency_ids["my-lam"], WORDS) for _ in range(3)]
    for number, one in enumerate([case_id, *others]):
        leave(session, one, f"091234567{number}")
    forget_contact(session, digest_of(session, others[0]))
    withdraw_case(session, digest_of(session, others[1]))
    assert contacts(session) == {case_id: "0912345670", others[2]: "0912345673"}


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("0912345678", "0912345678"), ("+84 912.345.678", "+84 912.345.678"), ("(0207) 3822-000", "(0207) 3822-000"),
        ("\t0912\u00a0345\n678\x00\u200b", "0912 345 678"), ("a@b.vn", "a@b.vn"),
        (" lan.nguyen+mot@tinh.gov.vn ", "lan.nguyen+mot@tinh.gov.vn"),
    ],
)  # fmt: skip
def test_a_phone_number_or_an_email_address_is_taken_without_what_cannot_be_seen(typed: str, kept: str) -> None:
    assert checked_contact(typed) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "", " ", "\x00", "Chị Lan", "0912345678 chị Lan", "1234567", "1" * 16, "a@b", "@b.vn", "a@", "a@b.vn c@d.vn", "a@b@c.vn", "a@b.",
        "٠٩١٢٣٤٥٦٧٨", "<script>", f"{'a' * LONGEST_CONTACT}@b.vn", "(" * 150_000, "1 " * 150_000,
    ],
)  # fmt: skip
def test_anything_else_is_refused(typed: str) -> None:
    with pytest.raises(Invalid):
        checked_contact(typed)


@given(st.text())
def test_whatever_is_typed_is_refused_or_short_and_printable(typed: str) -> None:
    try:
        kept = checked_contact(typed)
    except Invalid:
        return
    assert kept.isprintable()
    assert 0 < len(kept) <= LONGEST_CONTACT


def test_a_refused_contact_leaves_the_one_that_was_kept(session: Session, case_id: UUID) -> None:
    leave(session, case_id, "0912345678")
    with pytest.raises(Invalid):
        leave(session, case_id, "Chị Lan")
    assert contacts(session) == {case_id: "0912345678"}


def test_a_contact_is_taken_for_as_long_as_it_would_be_kept_and_no_longer(session: Session, province: SmallProvince) -> None:
    first = today() - timedelta(days=CONTACT_KEPT_FOR)
    answered = {day: give_case(session, province.agency_ids["yen-son"], WORDS, state=ANSWERED, answered_on=day, answer="Đã sửa.")
                for day in (first, first + timedelta(days=1))}  # fmt: skip
    with pytest.raises(Conflict):
        leave(session, answered[first], "0912345678")
    kept = answered[first + timedelta(days=1)]
    leave(session, kept, "0912345678")
    tidy_cases(session, today=today())
    assert contacts(session) == {kept: "0912345678"}
    tidy_cases(session, today=today() + timedelta(days=1))
    assert contacts(session) == {}


def test_withdrawing_erases_words_answer_and_contact_and_twice_is_fine(session: Session, province: SmallProvince) -> None:
    case_id = give_case(
        session, province.agency_ids["yen-son"], WORDS, state=ANSWERED, answer="Xin lỗi Ông/Bà", contact="0912345678", secret=SECRET
    )
    other = give_case(session, province.agency_ids["yen-son"], "Cảm ơn")
    for _ in range(2):
        withdraw_case(session, digest_of(session, case_id))
        case = stored(session, case_id)
        assert (case.text, case.answer, case.answered_on, case.state) == ("", "", None, WITHDRAWN)
        assert contacts(session) == {}
    assert stored(session, other).text == "Cảm ơn"


def test_a_withdrawn_case_takes_no_contact(session: Session, case_id: UUID) -> None:
    withdraw_case(session, digest_of(session, case_id))
    with pytest.raises(Conflict):
        leave(session, case_id, "0912345678")
    assert contacts(session) == {}


def test_a_code_that_leads_nowhere_changes_nothing(session: Session, case_id: UUID) -> None:
    leave(session, case_id, "0912345678")
    with pytest.raises(NotFound):
        withdraw_case(session, "unknown")
    with pytest.raises(NotFound):
        leave_contact(session, "unknown", "0987654321", secret=SECRET, today=today())
    forget_contact(session, "unknown")
    assert contacts(session) == {case_id: "0912345678"}
    assert stored(session, case_id).text == WORDS


def test_nothing_of_it_is_in_the_audit_log(session: Session, case_id: UUID) -> None:
    before = session.scalars(select(AuditEntry.number)).all()
    leave(session, case_id, "0912345678")
    forget_contact(session, digest_of(session, case_id))
    withdraw_case(session, digest_of(session, case_id))
    assert session.scalars(select(AuditEntry.number)).all() == before


def test_many_citizens_and_forms_at_once_neither_lose_a_contact_nor_wait_in_a_circle(
    engine: Engine, session: Session, province: SmallProvince
) -> None:
    agency = province.agency_ids["yen-son"]
    cases = [give_case(session, agency, WORDS, readable=False, weeks_ago=0) for _ in range(12)]
    digests = [digest_of(session, one) for one in cases]
    session.rollback()

    def act(number: int) -> None:
        with Session(engine) as own:
            if number % 3 == 2:
                withdraw_case(own, digests[number])
            else:
                leave_contact(own, digests[number], f"09123456{number:02}", secret=SECRET, today=today())
            with engine.connect() as connection, connection.execution_options(sipas_write=True).begin():
                open_case(connection, WORDS, uuid4().hex, agency_id=agency, today=today())

    with ThreadPoolExecutor(12) as threads:
        list(threads.map(act, range(12)))
    assert contacts(session) == {one: f"09123456{number:02}" for number, one in enumerate(cases) if number % 3 != 2}
    assert len(session.scalars(select(FeedbackCase.id)).all()) == 24


@pytest.mark.parametrize("database_system", ["postgresql"], indirect=True)
@pytest.mark.parametrize(
    "act",
    [
        forget_contact,
        withdraw_case,
        lambda session, digest: leave_contact(session, digest, "0912345678", secret=SECRET, today=today()),
        lambda session, digest: find_receipt(session, digest, today=today()),
        lambda session, _: tidy_cases(session, today=today() + timedelta(days=CONTACT_KEPT_FOR)),
    ],
    ids=["forget", "withdraw", "leave", "read", "tidy"],
)
def test_whatever_is_done_with_a_case_takes_the_tables_in_the_order_of_the_nightly_blur(
    engine: Engine, session: Session, province: SmallProvince, act: Callable[[Session, str], object]
) -> None:
    case_id = give_case(
        session, province.agency_ids["yen-son"], WORDS, state=ANSWERED, answer="Đã sửa", contact="0912345678", secret=SECRET
    )
    digest = digest_of(session, case_id)
    session.rollback()

    def other() -> None:
        with Session(engine) as own:
            act(own, digest)

    waits = text("SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'feedback_case'::regclass")
    with ThreadPoolExecutor(1) as thread, engine.connect() as blurring, engine.connect() as watching:
        with blurring.begin():
            blurring.execute(text("LOCK TABLE feedback_case IN ACCESS EXCLUSIVE MODE"))
            done = thread.submit(other)
            while not watching.scalar(waits):
                watching.rollback()
            blurring.execute(text("LOCK TABLE case_contact IN ACCESS EXCLUSIVE MODE NOWAIT"))  # an error, if it were held by then
        done.result()


@pytest.mark.parametrize("database_system", ["postgresql"], indirect=True)
def test_postgresql_does_not_tell_whose_contact_came_last(session: Session, province: SmallProvince) -> None:
    cases = [give_case(session, province.agency_ids["yen-son"], WORDS) for _ in range(6)]
    for one in sorted(cases, reverse=True):
        leave(session, one, "0912345678")
    rows = session.execute(text("SELECT case_id, xmin::text FROM case_contact ORDER BY ctid")).all()
    assert [case_id for case_id, _ in rows] == sorted(cases)
    assert len({number for _, number in rows}) == 1


@pytest.mark.parametrize("database_system", ["sqlite"], indirect=True)
def test_erased_words_are_in_no_byte_of_sqlites_files(session: Session, engine: Engine, case_id: UUID) -> None:
    leave(session, case_id, "0912345678")
    sealed = session.scalar(select(CaseContact.sealed)) or ""
    assert {WORDS in bytes_of(session, engine), sealed in bytes_of(session, engine)} == {True}  # so the search would find them
    withdraw_case(session, digest_of(session, case_id))
    assert {WORDS in bytes_of(session, engine), sealed in bytes_of(session, engine)} == {False}


def bytes_of(session: Session, engine: Engine) -> str:
    """The database's files once its journal is written back, as every backup finds them."""
    session.commit()
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA secure_delete").scalar() == 1  # whatever this build of SQLite begins with
    raw = engine.raw_connection()
    try:
        raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        raw.close()
    file = Path(str(engine.url.database))
    return b"".join(one.read_bytes() for one in file.parent.glob(f"{file.name}*")).decode("utf-8", "replace")
