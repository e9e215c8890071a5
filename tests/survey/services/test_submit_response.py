from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from threading import Barrier
from uuid import uuid4

from sqlalchemy import Engine, func, inspect, select
from sqlalchemy.orm import Session

from survey.domain.submission import Submission
from survey.models import Comment, Response, Tally
from survey.services.recount_tallies import recount_tallies
from survey.services.submit_response import submit_response
from tests.support.small_province import SmallProvince


def test_a_response_and_its_tallies_are_stored_together(session: Session, province: SmallProvince) -> None:
    province.answer(session, {"A1": 5, "G1": 4})
    assert session.scalar(select(func.count()).select_from(Response)) == 1
    assert set(session.scalars(select(Tally.measure))) == {"A1", "ACCESS", "ALL", "G1"}
    assert recount_tallies(session, repair=False) == []


def test_the_same_id_with_other_answers_keeps_the_first(session: Session, province: SmallProvince) -> None:
    response_id = province.answer(session, {"A1": 5})
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
            return submit_response(own, submission, province.questionnaire, province.unit(), language="vi")

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
    assert kept == {"id", "wave_id", "desk_id", "responded_on", "mode", "language", "form", "ratings", "answers", "marked"}
    comment = {column["name"] for column in inspect(engine).get_columns("comment")}
    assert comment == {"id", "wave_id", "agency_id", "text", "readable"}


def test_comments_become_readable_only_five_together(session: Session, province: SmallProvince) -> None:
    for number in range(7):
        province.answer(session, {"A1": 4}, comment=f"Góp ý {number}")
    assert session.scalar(select(func.count()).select_from(Comment).where(Comment.readable)) == 5


def test_the_order_in_which_rows_come_back_does_not_tell_the_order_of_arrival(session: Session, province: SmallProvince) -> None:
    from survey.services.blur_order import blur_order

    sent = [province.answer(session, {"A1": 4}) for _ in range(60)]
    blur_order(session)
    stored = session.scalars(select(Response.id)).all()
    assert set(stored) == set(sent)
    places = [sent.index(response_id) for response_id in stored]
    rising = sum(a < b for a, b in pairwise(places))
    assert 15 < rising < 45  # 59 steps, half of them rise by chance; all would if the order were kept
