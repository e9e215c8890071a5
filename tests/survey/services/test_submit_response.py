from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from itertools import pairwise
from threading import Barrier
from uuid import uuid4

import pytest
from sqlalchemy import Engine, func, inspect, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from survey.domain.receipt_code import stored_id
from survey.domain.submission import Submission
from survey.errors import Conflict
from survey.models import Comment, Response, ResponseMark, Tally
from survey.services.blur_order import blur_order
from survey.services.change_wave import close_wave, open_wave
from survey.services.recount_tallies import recount_tallies
from survey.services.submit_response import submit_response
from survey.settings import today
from tests.support.databases import PostgresqlDatabases
from tests.support.small_province import SmallProvince, build_small_province


def test_a_response_and_its_tallies_are_stored_together(session: Session, province: SmallProvince) -> None:
    province.answer(session, {"A1": 5, "G1": 4})
    assert session.scalar(select(func.count()).select_from(Response)) == 1
    assert set(session.scalars(select(Tally.measure))) == {"A1", "ACCESS", "ALL", "G1"}
    assert recount_tallies(session, repair=False) == []


def test_a_wave_that_closes_while_a_form_is_on_its_way_takes_nothing(session: Session, province: SmallProvince) -> None:
    close_wave(session, "2026-Q4", today=today())
    with pytest.raises(Conflict, match="takes no responses"):
        province.answer(session, {"A1": 5})
    assert session.scalar(select(func.count()).select_from(Response)) == 0


def test_the_same_id_with_other_answers_keeps_the_first(session: Session, province: SmallProvince) -> None:
    response_id = uuid4()
    province.answer(session, {"A1": 5}, response_id=response_id)
    province.answer(session, {"A1": 1}, response_id=response_id)
    assert session.scalars(select(Response.ratings)).all() == [{"A1": 5}]
    assert recount_tallies(session, repair=False) == []


def test_a_hundred_parallel_equal_posts_leave_one_response(engine: Engine, session: Session, province: SmallProvince) -> None:
    submission = Submission(uuid4(), "full", {"A1": 5, "B1": 4}, {})
    at_once = Barrier(20)

    def send(number: int) -> bool:
        if number < 20:
            at_once.wait()
        with Session(engine) as own:
            code = province.urls["yen-son"].removeprefix("/s/")
            return submit_response(own, submission, province.questionnaire, province.unit(), code=code, language="vi")

    with ThreadPoolExecutor(20) as threads:
        new = list(threads.map(send, range(100)))
    assert sum(new) == 1
    assert session.scalar(select(func.count()).select_from(Response)) == 1
    assert recount_tallies(session, repair=False) == []


def test_many_people_at_one_desk_at_once_are_all_counted(engine: Engine, session: Session, province: SmallProvince) -> None:
    def send(number: int) -> None:
        with Session(engine) as own:
            province.answer(own, {"A1": 1 + number % 5, "C3": 4, "G1": 5})

    with ThreadPoolExecutor(10) as threads:
        list(threads.map(send, range(60)))
    assert session.scalar(select(Tally.respondents).where(Tally.measure == "ALL")) == 60
    assert recount_tallies(session, repair=False) == []


def test_nothing_is_kept_that_tells_who_or_when(engine: Engine) -> None:
    kept = {column["name"] for column in inspect(engine).get_columns("response")}
    assert kept == {
        "id",
        "wave_id",
        "desk_id",
        "responded_on",
        "mode",
        "language",
        "form",
        "ratings",
        "answers",
        "marked",
        "helped",
        "from_own_network",
        "answering_time",
    }
    comment = {column["name"] for column in inspect(engine).get_columns("comment")}
    assert comment == {"id", "wave_id", "agency_id", "text", "readable"}


def test_comments_become_readable_only_five_together(session: Session, province: SmallProvince) -> None:
    for number in range(7):
        province.answer(session, {"A1": 4}, comment=f"Góp ý {number}")
    assert session.scalar(select(func.count()).select_from(Comment).where(Comment.readable)) == 5


def test_the_order_in_which_rows_come_back_does_not_tell_the_order_of_arrival(session: Session, province: SmallProvince) -> None:
    sent = [province.answer(session, {"A1": 4}) for _ in range(60)]
    blur_order(session)
    stored = session.scalars(select(Response.id)).all()
    assert set(stored) == set(sent)
    places = [sent.index(response_id) for response_id in stored]
    rising = sum(a < b for a, b in pairwise(places))
    assert 15 < rising < 45  # 59 steps, half of them rise by chance; all would if the order were kept


def test_a_repeat_of_the_same_post_stores_its_comment_once(session: Session, province: SmallProvince) -> None:
    response_id = uuid4()
    for _ in range(2):
        province.answer(session, {"A1": 4}, comment="Cảm ơn", response_id=response_id)
    assert session.scalars(select(Comment.text)).all() == ["Cảm ơn"]


def test_a_comment_that_cannot_be_stored_takes_its_ratings_back_so_that_both_can_be_sent_again(
    session: Session, province: SmallProvince
) -> None:
    response_id = uuid4()
    session.execute(text("ALTER TABLE comment RENAME TO comment_away"))
    session.commit()
    with pytest.raises(DBAPIError):
        province.answer(session, {"A1": 5}, comment="một", response_id=response_id)
    session.rollback()
    session.execute(text("ALTER TABLE comment_away RENAME TO comment"))
    session.commit()
    assert session.scalar(select(func.count()).select_from(Response)) == 0
    province.answer(session, {"A1": 5}, comment="một", response_id=response_id)
    assert session.scalars(select(Comment.text)).all() == ["một"]
    assert session.scalars(select(Response.id)).all() == [stored_id(response_id)]
    assert recount_tallies(session, repair=False) == []


def test_many_comments_at_once_are_all_kept_and_released_by_five(engine: Engine, session: Session, province: SmallProvince) -> None:
    def send(number: int) -> None:
        with Session(engine) as own:
            province.answer(own, {"A1": 4}, comment=str(number), agency=("yen-son", "my-lam")[number % 2])

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(send, range(24)))
    assert set(session.scalars(select(Comment.text))) == {str(number) for number in range(24)}
    assert session.scalar(select(func.count()).select_from(Comment).where(Comment.readable)) == 20


def test_comments_that_a_wave_left_waiting_are_released_with_those_of_the_next(session: Session, province: SmallProvince) -> None:
    for _ in range(4):
        province.answer(session, {"A1": 4}, comment="trước")
    close_wave(session, "2026-Q4", today=today())
    following = open_wave(
        session, code="2100-Q1", name_vi="Quý I/2100", name_en="Quarter 1, 2100", opens_on=date(2100, 1, 1), closes_on=date(2100, 3, 31),
        questionnaire="sipas-2017",
    )  # fmt: skip
    assert not session.scalars(select(Comment.id).where(Comment.readable)).all()
    replace(province, wave=following).answer(session, {"A1": 4}, comment="sau")
    readable = session.execute(select(Comment.wave_id, Comment.text).where(Comment.readable)).all()
    assert sorted(map(tuple, readable)) == [*[(province.wave.id, "trước")] * 4, (following.id, "sau")]


def test_postgresql_joins_no_comment_to_a_response_by_its_transaction_or_place(postgresql_databases: PostgresqlDatabases) -> None:
    with postgresql_databases.session() as session:
        province = build_small_province(session)
        for number in range(14):
            agency = ("yen-son", "my-lam")[number % 2]
            province.answer(session, {"A1": 4}, agency=agency, comment=f"{number:02}" if number % 3 else "")
        for table in ("response", "tally"):
            assert not session.execute(text(f"SELECT 1 FROM {table} t JOIN comment c ON c.xmin = t.xmin")).all()
        waiting = session.execute(text("SELECT id, xmin::text FROM comment WHERE NOT readable ORDER BY ctid")).all()
        assert len(waiting) > 2
        assert len({number for _, number in waiting}) == 1
        batch = session.execute(text("SELECT xmin::text, count(*) FROM comment WHERE readable GROUP BY 1")).all()
        assert all(count >= 5 for _, count in batch)
        session.rollback()
        blur_order(session)
        numbers = session.execute(text("SELECT DISTINCT xmin::text FROM comment UNION SELECT DISTINCT xmin::text FROM response")).all()
        assert len(numbers) == 1


def test_postgresql_lays_waiting_comments_in_the_order_of_their_ids(postgresql_databases: PostgresqlDatabases) -> None:
    with postgresql_databases.session() as session:
        province = build_small_province(session)
        for number in range(8):
            province.answer(session, {"A1": 4}, agency=("yen-son", "my-lam")[number % 2], comment=str(number))
            ids = session.scalars(text("SELECT id FROM comment WHERE NOT readable ORDER BY ctid")).all()
            assert ids == sorted(ids)
            session.rollback()


def test_a_response_of_a_burst_is_stored_with_its_mark_and_counted_as_marked_once(session: Session, province: SmallProvince) -> None:
    response_id = uuid4()
    submission = Submission(response_id, "full", {"A1": 5}, {})
    code = province.urls["yen-son"].removeprefix("/s/")
    for _ in range(2):
        submit_response(
            session,
            submission,
            province.questionnaire,
            province.unit(),
            code=code,
            language="vi",
            burst="burst_desk",
            from_own_network=True,
        )
    marks = session.execute(select(ResponseMark.response_id, ResponseMark.reason, ResponseMark.marked_by, ResponseMark.marked_on)).all()
    assert [tuple(mark) for mark in marks] == [(stored_id(response_id), "burst_desk", "sipas", today())]
    assert session.execute(select(Tally.marked, Tally.respondents).where(Tally.measure == "ALL")).all() == [(True, 1)]
    assert session.scalars(select(Response.from_own_network)).all() == [True]
    assert recount_tallies(session, repair=False) == []
