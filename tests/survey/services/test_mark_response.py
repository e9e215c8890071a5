from __future__ import annotations

from datetime import date
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.errors import Conflict, Invalid, NotFound
from survey.models import Response, ResponseMark, Tally
from survey.services.mark_response import mark_response, unmark_response
from tests.support.small_province import SmallProvince

TODAY = date(2026, 11, 22)


def test_a_mark_moves_the_response_to_the_marked_tallies_and_deletes_nothing(session: Session, province: SmallProvince) -> None:
    response_id = province.answer(session, {"A1": 5})
    mark_response(session, response_id, reason="giống hệt nhau", by="sonoivu", today=TODAY)
    sums = dict(session.execute(select(Tally.marked, Tally.respondents).where(Tally.measure == "ALL")).all())
    assert sums == {False: 0, True: 1}
    assert session.get_one(Response, response_id).ratings == {"A1": 5}


def test_a_lifted_mark_stays_on_record(session: Session, province: SmallProvince) -> None:
    response_id = province.answer(session, {"A1": 5})
    mark_response(session, response_id, reason="nghi ngờ", by="an", today=TODAY)
    unmark_response(session, response_id, by="binh", today=TODAY)
    mark = session.scalars(select(ResponseMark)).one()
    assert (mark.reason, mark.marked_by, mark.lifted_by, mark.lifted_on) == ("nghi ngờ", "an", "binh", TODAY)


def test_a_mark_needs_a_reason(session: Session, province: SmallProvince) -> None:
    with pytest.raises(Invalid, match="reason"):
        mark_response(session, province.answer(session, {"A1": 5}), reason="  ", by="an", today=TODAY)


def test_marking_twice_is_a_conflict(session: Session, province: SmallProvince) -> None:
    response_id = province.answer(session, {"A1": 5})
    mark_response(session, response_id, reason="nghi ngờ", by="an", today=TODAY)
    with pytest.raises(Conflict):
        mark_response(session, response_id, reason="nghi ngờ", by="an", today=TODAY)


def test_an_unknown_response_is_not_found(session: Session) -> None:
    with pytest.raises(NotFound):
        mark_response(session, uuid4(), reason="nghi ngờ", by="an", today=TODAY)
