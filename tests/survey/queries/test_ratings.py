from __future__ import annotations

from datetime import date, timedelta

import numpy as np
from sqlalchemy import update
from sqlalchemy.orm import Session

from survey.domain.submission import ANSWERING_TIMES
from survey.models import Response
from survey.queries.desk_days import measures_of
from survey.queries.ratings import UNKNOWN_TIME, Ratings, read_ratings
from tests.support.small_province import SmallProvince

MONDAY = date(2026, 10, 5)


def read(session: Session, province: SmallProvince, *, last_days: dict[int, date] | None = None, mode: str = "open_qr") -> Ratings:
    return read_ratings(session, province.wave.id, mode, measures_of(province.questionnaire), last_days=last_days)


def test_every_person_has_a_row_of_ratings_an_agency_and_a_desk_day(session: Session, province: SmallProvince) -> None:
    province.answer(session, {"A1": 5, "G1": 0}, day=MONDAY)
    province.answer(session, {"A1": 4, "E4": 1}, day=MONDAY)
    province.answer(session, {"B1": 3}, day=MONDAY, agency="my-lam")
    found = read(session, province)
    of_yen_son = found.agencies == province.agency_ids["yen-son"]
    assert (of_yen_son.sum(), len(set(found.units[of_yen_son])), len(set(found.units))) == (2, 1, 2)
    rated = measures_of(province.questionnaire).rated
    given = {tuple((code, value) for code, value in zip(rated, row, strict=True) if not np.isnan(value)) for row in found.given.tolist()}
    assert given == {(("A1", 5.0), ("G1", 0.0)), (("A1", 4.0), ("E4", 1.0)), (("B1", 3.0),)}


def test_what_is_not_released_is_not_read(session: Session, province: SmallProvince) -> None:
    for number in range(3):
        province.answer(session, {"A1": 5}, day=MONDAY + timedelta(days=number))
    province.answer(session, {"A1": 5}, day=MONDAY, agency="my-lam")
    assert len(read(session, province, last_days={province.desk_ids["yen-son"]: MONDAY + timedelta(days=1)}).units) == 2


def test_another_mode_is_not_read(session: Session, province: SmallProvince) -> None:
    province.answer(session, {"A1": 5}, day=MONDAY, mode="kiosk")
    assert read(session, province).given.shape == (0, len(measures_of(province.questionnaire).rated))


def test_of_the_answering_time_the_place_of_its_class_is_read(session: Session, province: SmallProvince) -> None:
    told = dict(zip((1, 2, 3, 4, 5), (*ANSWERING_TIMES, None), strict=True))
    for rating, time in told.items():
        response_id = province.answer(session, {"A1": rating}, day=MONDAY)
        session.execute(update(Response).where(Response.id == response_id).values(answering_time=time))
    session.commit()
    found = read(session, province)
    rated = np.nanmax(found.given, axis=1).astype(int)
    assert dict(zip(rated.tolist(), found.times.tolist(), strict=True)) == {1: 0, 2: 1, 3: 2, 4: 3, 5: UNKNOWN_TIME}
