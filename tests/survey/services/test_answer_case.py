"""The agency answers while the citizen takes the case back: one of them is first, and nothing is lost or comes back in silence."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest
from sqlalchemy import Engine, select, text, update
from sqlalchemy.orm import Session

from survey.database import transaction
from survey.domain.feedback_case import ANSWERED, WITHDRAWN
from survey.errors import Conflict
from survey.models import FeedbackCase
from survey.services.answer_case import answer_case
from survey.services.withdraw_case import withdraw_case
from survey.settings import today
from tests.support.cases import give_case
from tests.support.small_province import SmallProvince
from tests.support.waiting import wait_for


def test_who_answers_while_the_citizen_withdraws_is_told_so(engine: Engine, session: Session, province: SmallProvince) -> None:
    own = province.agency_ids["yen-son"]
    case_id = give_case(session, own, "Phòng chờ thiếu ghế")
    with ThreadPoolExecutor(1) as pool, Session(engine) as citizen:
        with transaction(citizen):
            citizen.execute(update(FeedbackCase).values(text="", state=WITHDRAWN))
            answered = pool.submit(answer, engine, case_id, own)
            wait_for(lambda: somebody_waits(engine), "the answer to wait for the citizen")
        with pytest.raises(Conflict) as refused:
            answered.result()
    assert refused.value.code == "case_gone"
    session.rollback()
    assert session.execute(select(FeedbackCase.state, FeedbackCase.text, FeedbackCase.answer)).all() == [(WITHDRAWN, "", "")]


def test_who_withdraws_after_the_answer_takes_it_along(engine: Engine, session: Session, province: SmallProvince) -> None:
    own = province.agency_ids["yen-son"]
    case_id = give_case(session, own, "Phòng chờ thiếu ghế")
    answer(engine, case_id, own)
    withdraw_case(session, session.scalars(select(FeedbackCase.digest)).one())
    session.rollback()
    assert session.execute(select(FeedbackCase.state, FeedbackCase.answer, FeedbackCase.answered_on)).all() == [(WITHDRAWN, "", None)]


def answer(engine: Engine, case_id: UUID, own: int) -> None:
    with Session(engine) as agency:
        answer_case(agency, case_id, agencies={own}, state=ANSWERED, answer="Đã thêm ghế.", today=today())


def somebody_waits(engine: Engine) -> bool:
    """On PostgreSQL; SQLite lets nobody begin to write, which needs no proof."""
    if engine.dialect.name == "sqlite":
        return True
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    with engine.connect() as connection:
        return bool(connection.execute(text(waiting)).scalar_one())
