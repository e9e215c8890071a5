"""How a comment that wants an answer is stored, handed over and forgotten."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import Engine, func, inspect, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from survey.domain.disclosure import BATCH
from survey.domain.feedback_case import CONTACT_KEPT_FOR, UNANSWERED_KEPT_FOR, WORDS_KEPT_FOR
from survey.domain.submission import Submission
from survey.models import CaseContact, Comment, FeedbackCase, Response
from survey.queries.feedback_cases import feedback_cases
from survey.services.blur_order import blur_order
from survey.services.submit_response import submit_response
from survey.services.tidy_cases import Tidied, tidy_cases
from tests.support.databases import PostgresqlDatabases
from tests.support.small_province import SmallProvince, build_small_province

WEDNESDAY = date(2026, 9, 2)
MONDAY, NEXT = WEDNESDAY - timedelta(days=2), WEDNESDAY + timedelta(days=5)


def ask(session: Session, province: SmallProvince, receipt: str, *, agency: str = "yen-son", on: date = WEDNESDAY) -> Submission:
    """One person rates and asks for an answer."""
    sent = Submission(uuid4(), "full", {"A1": 4}, {}, f"Xin trả lời {receipt}", wants_answer=True)
    code = province.urls[agency].removeprefix("/s/")
    submit_response(session, sent, province.questionnaire, province.unit(agency, day=on), code=code, language="vi", receipt=receipt)
    return sent


def others(session: Session, province: SmallProvince, count: int, *, on: date = WEDNESDAY) -> None:
    for _ in range(count):
        province.answer(session, {"A1": 5}, day=on)


def test_a_comment_that_wants_an_answer_becomes_a_case_and_no_comment(session: Session, province: SmallProvince) -> None:
    ask(session, province, "r1")
    case = session.scalars(select(FeedbackCase)).one()
    assert (case.digest, case.text, case.state, case.readable) == ("r1", "Xin trả lời r1", "waiting", False)
    assert case.week_on == MONDAY
    assert session.scalar(select(func.count()).select_from(Comment)) == 0
    assert session.scalar(select(func.count()).select_from(Response)) == 1


def test_a_repeat_opens_no_second_case(session: Session, province: SmallProvince) -> None:
    sent, code = ask(session, province, "r1"), province.urls["yen-son"].removeprefix("/s/")
    for receipt in ("r1", "r2"):
        submit_response(session, sent, province.questionnaire, province.unit(), code=code, language="vi", receipt=receipt)
    assert session.scalars(select(FeedbackCase.digest)).all() == ["r1"]


def test_a_case_that_cannot_be_stored_takes_its_ratings_back(session: Session, province: SmallProvince) -> None:
    session.execute(text("ALTER TABLE feedback_case RENAME TO feedback_case_away"))
    session.commit()
    with pytest.raises(DBAPIError):
        ask(session, province, "r1")
    session.rollback()
    session.execute(text("ALTER TABLE feedback_case_away RENAME TO feedback_case"))
    session.commit()
    assert session.scalar(select(func.count()).select_from(Response)) == 0


def test_no_column_joins_a_case_to_its_ratings(engine: Engine, session: Session, province: SmallProvince) -> None:
    sent = [ask(session, province, f"r{number}") for number in range(10)]
    foreign = {(key["referred_table"], *key["constrained_columns"]) for key in inspect(engine).get_foreign_keys("feedback_case")}
    assert foreign == {("agency", "agency_id")}
    columns = [column.key for column in FeedbackCase.__table__.columns]
    assert not {name for name in columns if name in {column.key for column in Response.__table__.columns}} - {"id"}
    session.rollback()
    cases, responses = set(session.scalars(select(FeedbackCase.id))), set(session.scalars(select(Response.id)))
    forms = {one.response_id for one in sent}
    assert len(cases) == len(responses) == 10
    assert not cases & responses
    assert not forms & (cases | responses)  # what the form carried, and the receipt code is made of, is kept nowhere
    same = session.execute(select(FeedbackCase.agency_id, FeedbackCase.week_on, FeedbackCase.readable, FeedbackCase.state)).all()
    assert len(set(same)) == 1


def test_a_case_is_handed_over_on_the_monday_after_its_week(session: Session, province: SmallProvince) -> None:
    ask(session, province, "r1")
    others(session, province, BATCH)
    assert tidy_cases(session, today=NEXT - timedelta(days=1)) == Tidied()
    assert tidy_cases(session, today=NEXT) == Tidied(readable=1)
    assert session.execute(select(FeedbackCase.readable, FeedbackCase.week_on)).all() == [(True, MONDAY)]
    assert tidy_cases(session, today=NEXT) == Tidied()


def test_a_case_waits_until_five_responses_can_hide_it_and_then_for_a_monday(session: Session, province: SmallProvince) -> None:
    ask(session, province, "r1")  # the first of the five
    others(session, province, BATCH - 2)
    assert tidy_cases(session, today=NEXT) == Tidied()
    others(session, province, 1, on=NEXT)
    for days in range(1, 7):  # on none of them: that day would tell that r1 is not the fifth, hence one of four
        assert tidy_cases(session, today=NEXT + timedelta(days=days)) == Tidied()
    assert tidy_cases(session, today=NEXT + timedelta(days=7)) == Tidied(readable=1)
    assert session.scalars(select(FeedbackCase.week_on)).one() == NEXT


def test_the_monday_of_a_case_does_not_tell_whether_it_came_in_the_thin_week_or_in_the_next(
    session: Session, province: SmallProvince
) -> None:
    others(session, province, 1)  # had this one asked, it would be handed over on the same Monday
    others(session, province, BATCH - 2, on=NEXT)
    ask(session, province, "r1", on=NEXT)
    assert tidy_cases(session, today=NEXT + timedelta(days=7)) == Tidied(readable=1)


@pytest.mark.parametrize("mode", ["kiosk", "paper"])
def test_responses_that_can_hold_no_comment_hide_nobody(session: Session, province: SmallProvince, mode: str) -> None:
    ask(session, province, "r1")
    for _ in range(BATCH):
        province.answer(session, {"A1": 5}, day=WEDNESDAY, mode=mode)
    assert tidy_cases(session, today=NEXT) == Tidied()


def test_responses_of_other_agencies_or_earlier_weeks_hide_nobody(session: Session, province: SmallProvince) -> None:
    others(session, province, BATCH, on=MONDAY - timedelta(days=1))
    for number in range(BATCH):
        ask(session, province, f"m{number}", agency="my-lam")
    ask(session, province, "r1")
    assert tidy_cases(session, today=NEXT) == Tidied(readable=BATCH)
    assert session.scalars(select(FeedbackCase.digest).where(FeedbackCase.readable.is_(False))).all() == ["r1"]


def test_a_case_that_waited_long_does_not_tell_for_how_long(session: Session, province: SmallProvince) -> None:
    ask(session, province, "old")
    later = WEDNESDAY + timedelta(weeks=3)
    for number in range(BATCH):
        ask(session, province, f"r{number}", on=later)
    assert tidy_cases(session, today=later + timedelta(days=5)).readable == BATCH + 1
    assert set(session.scalars(select(FeedbackCase.week_on))) == {MONDAY + timedelta(weeks=3)}


def test_a_case_that_nobody_answers_is_forgotten_too(session: Session, province: SmallProvince) -> None:
    ask(session, province, "r1")
    others(session, province, BATCH)
    tidy_cases(session, today=NEXT)
    session.add(CaseContact(case_id=session.scalars(select(FeedbackCase.id)).one(), sealed="…"))
    session.commit()
    last = MONDAY + timedelta(days=UNANSWERED_KEPT_FOR)
    assert tidy_cases(session, today=last - timedelta(days=1)) == Tidied()
    assert tidy_cases(session, today=last) == Tidied(contacts=1, words=1)
    assert session.execute(select(FeedbackCase.text, FeedbackCase.state)).all() == [("", "waiting")]
    page = feedback_cases(session, [province.agency_ids["yen-son"]])
    assert (page.never_answered, page.gone, page.total, page.cases) == (1, 0, 0, ())


def test_the_way_to_reach_somebody_is_forgotten_before_the_words_are(session: Session, province: SmallProvince) -> None:
    for receipt in ("answered", "open", "withdrawn"):
        ask(session, province, receipt)
    cases = {case.digest: case for case in session.scalars(select(FeedbackCase))}
    session.add_all([CaseContact(case_id=case.id, sealed="…") for case in cases.values()])
    session.execute(
        update(FeedbackCase).where(FeedbackCase.digest == "answered").values(state="answered", answer="Đã sửa", answered_on=WEDNESDAY)
    )
    session.execute(update(FeedbackCase).where(FeedbackCase.digest == "withdrawn").values(state="withdrawn", text=""))
    session.commit()
    assert tidy_cases(session, today=WEDNESDAY).contacts == 1
    assert tidy_cases(session, today=WEDNESDAY + timedelta(days=CONTACT_KEPT_FOR - 1)).contacts == 0
    assert tidy_cases(session, today=WEDNESDAY + timedelta(days=CONTACT_KEPT_FOR)).contacts == 1
    assert session.scalars(select(CaseContact.case_id)).all() == [cases["open"].id]
    assert tidy_cases(session, today=WEDNESDAY + timedelta(days=WORDS_KEPT_FOR - 1)).words == 0
    assert tidy_cases(session, today=WEDNESDAY + timedelta(days=WORDS_KEPT_FOR)).words == 1
    words = {case.digest: (case.text, case.answer) for case in session.scalars(select(FeedbackCase))}
    assert words == {"answered": ("", ""), "open": ("Xin trả lời open", ""), "withdrawn": ("", "")}


def test_postgresql_joins_no_case_to_a_response_by_its_transaction_or_place(postgresql_databases: PostgresqlDatabases) -> None:
    with postgresql_databases.session() as session:
        province = build_small_province(session)
        for number in range(8):
            ask(session, province, f"r{number}", agency=("yen-son", "my-lam")[number % 2])
            cases = session.execute(text("SELECT id, xmin::text FROM feedback_case ORDER BY ctid")).all()
            assert [case.id for case in cases] == sorted(case.id for case in cases)
            assert len({case.xmin for case in cases}) == 1
            session.rollback()
        assert not session.execute(text("SELECT 1 FROM response r JOIN feedback_case c ON c.xmin = r.xmin")).all()
        session.rollback()
        blur_order(session)
        numbers = text("SELECT DISTINCT xmin::text FROM feedback_case UNION SELECT DISTINCT xmin::text FROM response")
        assert len(session.execute(numbers).all()) == 1
