"""What the headline would be under other choices is computed with the scores, and tells of nobody."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from survey.models import Response
from survey.queries.sensitivity import sensitivity
from survey.queries.waves import all_waves, find_in
from survey.services.change_wave import close_wave
from survey.services.hide_numbers import Row
from survey.services.mark_response import mark_response
from survey.services.refresh_scores import refresh_scores
from survey.services.score_agencies import overall
from survey.services.score_wave import score_wave
from tests.support.small_province import SmallProvince

MONDAY = date(2026, 10, 5)


def fill(session: Session, province: SmallProvince, count: int, *, rating: int, agency: str = "yen-son", own: bool = False) -> list[UUID]:
    """So many full forms over ten days; `own` ones came over the office's own network."""
    ids = [
        province.answer(session, {"A1": rating}, agency=agency, day=MONDAY + timedelta(days=number % 10)) for number in range(count)
    ]  # fmt: skip
    if own:
        session.execute(update(Response).where(Response.id.in_(ids)).values(from_own_network=True))
        session.commit()
    return ids


def choices(session: Session, province: SmallProvince, *, before: date | None = None, agency: str = "yen-son") -> Row:
    scores = score_wave(session, province.wave, before=before, findings="frozen" if before is None else "live")
    found: Row = next(s for s in scores if (s.agency_id, s.basis) == (province.agency_ids[agency], "all")).findings["sensitivity"]
    return found


def test_without_the_offices_own_network_its_responses_are_left_out_whole(session: Session, province: SmallProvince) -> None:
    fill(session, province, 20, rating=5)
    fill(session, province, 10, rating=2)
    fill(session, province, 20, rating=5, own=True)
    found = choices(session, province)["not_own_network"]
    assert (found["index"], found["respondents"]) == (pytest.approx(2 / 3), 30)
    assert 0 < found["ci_low"] < found["index"] < found["ci_high"] < 1


@pytest.mark.parametrize(("own", "told"), [(4, False), (5, True)])
def test_fewer_than_five_from_the_own_network_are_not_told(session: Session, province: SmallProvince, own: int, *, told: bool) -> None:
    fill(session, province, 30, rating=4)
    fill(session, province, own, rating=2, own=True)
    assert ("not_own_network" in choices(session, province)) is told


def test_where_nothing_came_from_there_nothing_is_told(session: Session, province: SmallProvince) -> None:
    fill(session, province, 30, rating=4)
    assert set(choices(session, province)) == {"unweighted"}


def test_unweighted_counts_every_rating_alike(session: Session, province: SmallProvince) -> None:
    """Short forms give one criterion of five or six a weight of its own; plain counting does not know it."""
    short = province.questionnaire.asked("short-0")
    for number in range(20):
        province.answer(session, dict.fromkeys(short, 5), form="short-0", day=MONDAY + timedelta(days=number % 10))
    for number in range(20):
        every = dict.fromkeys(province.questionnaire.dimension_of, 2)
        province.answer(session, every, day=MONDAY + timedelta(days=number % 10))
    found = choices(session, province)["unweighted"]
    assert (found["index"], found["respondents"]) == (pytest.approx(5 / 28), 40)  # 5 ratings against 23 on each pair of forms
    weighted = overall(score_wave(session, province.wave)[0].estimates)["index"]
    assert weighted == pytest.approx(0.5)


def test_under_ten_people_no_choice_shows_an_index(session: Session, province: SmallProvince) -> None:
    fill(session, province, 9, rating=5)
    found = choices(session, province)["unweighted"]
    assert (found["index"], found["ci_low"], found["respondents"]) == (None, None, 9)


def test_what_is_withheld_from_those_above_is_withheld_here_too(session: Session, province: SmallProvince) -> None:
    fill(session, province, 5, rating=5)
    fill(session, province, 40, rating=4, agency="my-lam")
    assert choices(session, province, agency="my-lam")["unweighted"]["withheld"]


def test_live_numbers_without_some_people_move_by_whole_batches_of_those_left_out(session: Session, province: SmallProvince) -> None:
    """Else a look before and one after a single marked response would tell, by both numbers, what this one person answered."""
    for t in range(8):
        for number in range(6):
            response_id = province.answer(session, {"A1": 4}, day=MONDAY + timedelta(days=t))
            if number == 0:  # one is marked, one from the own network, on each day
                mark_response(session, response_id, reason="aged_code", by="sipas", today=MONDAY)
            if number == 1:
                session.execute(update(Response).where(Response.id == response_id).values(from_own_network=True))
                session.commit()
    left_out = []
    for t in range(1, 9):
        before = MONDAY + timedelta(days=t)
        scores = score_wave(session, province.wave, before=before, findings="live")
        yen_son = {score.basis: score for score in scores if score.agency_id == province.agency_ids["yen-son"]}
        whole, unmarked = yen_son["all"], yen_son.get("unmarked")
        people = overall(whole.estimates)["respondents"]
        others = whole.findings["sensitivity"].get("not_own_network", {"respondents": people})["respondents"]
        left_out.append((people - overall(unmarked.estimates)["respondents"] if unmarked else 0, people - others))
    assert left_out == [(0, 0)] * 4 + [(5, 5)] * 4


def test_the_box_of_the_department_says_whether_a_choice_matters(session: Session, province: SmallProvince) -> None:
    fill(session, province, 60, rating=5)
    fill(session, province, 40, rating=2, own=True)
    close_wave(session, "2026-Q4", today=MONDAY + timedelta(days=20))
    refresh_scores(session, today=MONDAY + timedelta(days=20))
    (box,) = sensitivity(session, find_in(all_waves(session), "2026-Q4"))
    assert [(choice.name, choice.matters, choice.difference) for choice in box.choices] == [
        ("unmarked", False, None), ("not_own_network", True, pytest.approx(0.4)), ("unweighted", False, 0.0),
    ]  # fmt: skip
