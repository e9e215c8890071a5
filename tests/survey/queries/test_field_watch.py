from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import event, select, update
from sqlalchemy.orm import Session

from survey.errors import Invalid
from survey.models import Agency, Desk, DeskCode, SlipBatch
from survey.queries.agency_list import list_desks
from survey.queries.expected_responses import KIND, WAVE_BEFORE
from survey.queries.field_watch import AgencyWatch, FieldWatch, field_watch
from survey.queries.waves import all_waves, find_in
from survey.services.change_desk import close_desk
from survey.services.count_dead_codes import MOST, count_dead_codes
from survey.services.import_agencies import import_agencies
from survey.services.issue_desk_code import issue_desk_code, revoke_desk_codes
from survey.services.mark_response import mark_response
from survey.services.review_flag import Finding, review_flag, undo_review
from survey.settings import today
from tests.support.days import yesterday
from tests.support.scored_province import Cell, give_score, past_wave
from tests.support.small_province import SmallProvince

BURST = {"flag": "burst", "n": 12, "observed": 6, "expected": 1.2, "p_value": 0.0002}


def watch(session: Session, province: SmallProvince) -> FieldWatch:
    session.expire_all()
    return field_watch(session, find_in(all_waves(session), province.wave.code), today=today())


def of(session: Session, province: SmallProvince, code: str) -> AgencyWatch:
    return next(agency for agency in watch(session, province).agencies if agency.code == code)


def answers(session: Session, province: SmallProvince, agency: str, *, days: int, a_day: int = 1, last: date | None = None) -> None:
    """The same number on each of the `days` up to the last."""
    for number in range(days * a_day):
        province.answer(session, {"A1": 4}, agency=agency, day=(last or yesterday()) - timedelta(days=number // a_day))


@pytest.mark.parametrize("database_system", ["sqlite"], indirect=True)
def test_no_question_reads_the_tallies_of_all_measures(session: Session, province: SmallProvince) -> None:
    """SQLite is apt to: grouped by desk alone it walks the whole table, and at a million responses the page is late."""
    asked: list[tuple[str, Any]] = []
    event.listen(session.get_bind(), "before_cursor_execute", lambda _c, _k, said, given, *_: asked.append((said, given)))
    watch(session, province)
    about_tallies = [(said, given) for said, given in asked if "FROM tally" in said]
    assert about_tallies
    for said, given in about_tallies:
        steps = [row[3] for row in session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {said}", given)]
        reading = [step for step in steps if " tally " in f" {step} "]
        assert all("ix_tally_whole" in step for step in reading), reading


def test_the_pace_of_the_wave_before_says_what_to_expect(session: Session, province: SmallProvince) -> None:
    earlier = replace(province, wave=past_wave(session, date(2019, 1, 1), date(2019, 12, 31)))
    answers(session, earlier, "yen-son", days=10, a_day=3, last=date(2019, 6, 20))
    session.get_one(Desk, province.desk_ids["yen-son"]).agency.valid_from = date(2018, 1, 1)
    session.commit()
    answers(session, province, "yen-son", days=4)
    province.answer(session, {"A1": 4}, day=today())
    found = of(session, province, "yen-son")
    assert (found.received, found.expected, found.expected_from) == (4, 12.0, WAVE_BEFORE)  # the unfinished day is left out
    assert found.far_fewer
    assert found.days == (1, 1, 1, 1)


def test_an_agency_without_a_pace_of_its_own_is_measured_by_its_kind(session: Session, province: SmallProvince) -> None:
    answers(session, province, "yen-son", days=10, a_day=2)
    answers(session, province, "my-lam", days=10)
    assert of(session, province, "my-lam").expected is None  # two agencies are no kind
    row = {
        "code": "xa-3",
        "kind": "commune",
        "parent": "tinh",
        "name_vi": "Xã 3",
        "name_en": "Xã 3",
        "valid_from": "2025-07-01",
        "valid_to": "",
    }
    import_agencies(session, [row], desks=[{"agency": "xa-3", "name_vi": "Quầy", "name_en": "Desk"}], today=today())
    desk = session.scalars(select(Desk).join(Agency).where(Agency.code == "xa-3")).one()
    url = next(each["url"] for each in list_desks(session, today=today()) if each["agency"] == "xa-3")
    third = replace(province, agency_ids={"xa-3": desk.agency_id}, desk_ids={"xa-3": desk.id}, urls={"xa-3": url})
    answers(session, third, "xa-3", days=3)
    found = of(session, province, "xa-3")
    assert (found.received, found.expected, found.expected_from) == (3, 10.0, KIND)


def test_without_a_pace_what_to_expect_cannot_be_told(session: Session, province: SmallProvince) -> None:
    answers(session, province, "yen-son", days=3)
    found = of(session, province, "yen-son")
    assert (found.expected, found.expected_from, found.share, found.far_fewer) == (None, None, None, False)


def test_a_desk_that_received_nothing_for_ten_open_days_is_silent_and_comes_first(session: Session, province: SmallProvince) -> None:
    answers(session, province, "yen-son", days=10)
    found = watch(session, province)
    assert [agency.code for agency in found.concerned] == ["my-lam"]
    assert [(desk.silent_days, desk.last_on) for desk in found.agencies[0].silent] == [(10, None)]


def test_a_desk_that_was_not_there_yet_is_not_called_silent(session: Session, province: SmallProvince) -> None:
    answers(session, province, "yen-son", days=10)
    session.execute(update(DeskCode).where(DeskCode.desk_id == province.desk_ids["my-lam"]).values(issued_on=yesterday()))
    assert watch(session, province).concerned == ()


def test_a_desk_is_silent_while_the_silence_that_was_found_lasts(session: Session, province: SmallProvince) -> None:
    answers(session, province, "yen-son", days=12)
    answers(session, province, "my-lam", days=4, last=yesterday() - timedelta(days=8))
    flag = {
        "flag": "silent_desk",
        "desk": province.desk_ids["my-lam"],
        "day": None,
        "n": 12,
        "observed": 8,
        "expected": 2.0,
        "p_value": 0.001,
    }
    give_score(
        session, province.questionnaire, province.wave, province.agency_ids["my-lam"], Cell(4), findings={"quality": [flag]}
    )  # fmt: skip
    assert [desk.silent_days for desk in of(session, province, "my-lam").silent] == [8]
    answers(session, province, "my-lam", days=1)
    assert of(session, province, "my-lam").silent == ()
    assert of(session, province, "my-lam").concerns == 0


def test_a_desk_without_a_valid_code_is_named(session: Session, province: SmallProvince) -> None:
    revoke_desk_codes(session, province.desk_ids["yen-son"], today=yesterday())
    assert len(of(session, province, "yen-son").without_code) == 1
    assert of(session, province, "my-lam").without_code == ()


def test_who_is_not_asked_in_the_wave_is_not_missed(session: Session, province: SmallProvince) -> None:
    answers(session, province, "yen-son", days=10)
    province.wave.participants = [session.get_one(Agency, province.agency_ids["yen-son"])]
    province.wave.modes = ["slip"]
    session.commit()
    revoke_desk_codes(session, province.desk_ids["yen-son"], today=yesterday())
    assert [(agency.code, agency.concerns) for agency in watch(session, province).agencies] == [("yen-son", 0)]


def test_a_closed_desk_is_not_watched(session: Session, province: SmallProvince) -> None:
    session.get_one(Desk, province.desk_ids["yen-son"]).closed_on = yesterday()
    session.commit()
    assert "yen-son" not in [agency.code for agency in watch(session, province).agencies]


@pytest.mark.parametrize("marked", [False, True])
def test_a_flag_of_a_day_is_settled_once_the_day_is_marked(session: Session, province: SmallProvince, *, marked: bool) -> None:
    ids = [province.answer(session, {"A1": 5}, day=yesterday()) for _ in range(6)]
    flag = BURST | {"desk": province.desk_ids["yen-son"], "day": yesterday().isoformat()}
    if marked:
        for response_id in ids:
            mark_response(session, response_id, reason="x", by="an", today=today())
    give_score(
        session, province.questionnaire, province.wave, province.agency_ids["yen-son"], Cell(6), findings={"quality": [flag]}
    )  # fmt: skip
    found = of(session, province, "yen-son")
    assert [(f.day, f.observed, f.marked, f.is_settled) for f in found.flags] == [(yesterday(), 6, 6 if marked else 0, marked)]
    assert (found.concerns, found.marked) == ((0, 6) if marked else (1, 0))


# --- findings that somebody has looked at ---


def finding(province: SmallProvince, observed: int) -> Finding:
    return Finding(province.wave.id, province.desk_ids["yen-son"], "open_qr", "perfect_forms", None, observed)


@pytest.mark.parametrize(("looked_at", "concerns"), [(31, 0), (30, 1)])
def test_a_finding_that_was_looked_at_is_no_work_until_it_has_doubled(
    session: Session, province: SmallProvince, looked_at: int, concerns: int
) -> None:
    flag = BURST | {"flag": "perfect_forms", "desk": province.desk_ids["yen-son"], "day": None, "observed": 60, "days": []}
    give_score(session, province.questionnaire, province.wave, province.agency_ids["yen-son"], Cell(6), findings={"quality": [flag]})
    assert of(session, province, "yen-son").concerns == 1
    review_flag(session, finding(province, looked_at), reason="Hội trường đông", by="an", today=today())
    assert of(session, province, "yen-son").concerns == concerns
    review_flag(session, finding(province, 60), reason="Vẫn vậy", by="bình", today=today())
    assert [f.review.reason for f in of(session, province, "yen-son").flags if f.review] == ["Vẫn vậy" if concerns else "Hội trường đông"]
    undo_review(session, finding(province, 60), by="an", today=today())
    assert of(session, province, "yen-son").concerns == 1
    with pytest.raises(Invalid, match="Say why"):
        review_flag(session, finding(province, 60), reason="  ", by="an", today=today())


# --- codes on the wall ---


def test_old_codes_that_are_still_opened_are_told_of_for_two_weeks(session: Session, province: SmallProvince) -> None:
    answers(session, province, "yen-son", days=3)
    desk = province.desk_ids["yen-son"]
    opened = {(desk, today()): 2, (desk, today() - timedelta(days=13)): 5, (desk, today() - timedelta(days=14)): 90}
    count_dead_codes(session, opened)
    count_dead_codes(session, {(desk, today()): 3, (desk, yesterday()): 2 * MOST})
    count_dead_codes(session, {})
    found = of(session, province, "yen-son")
    assert [(code.count, code.last_on) for code in found.dead_codes] == [(10 + MOST, today())]
    assert found.concerns == 1
    close_desk(session, desk, today=today())
    assert of(session, province, "yen-son").dead_codes == found.dead_codes  # most of all where the desk is gone


def test_a_code_that_nobody_answers_by_since_it_was_issued_is_told(session: Session, province: SmallProvince) -> None:
    desk = province.desk_ids["yen-son"]
    answers(session, province, "my-lam", days=30)
    answers(session, province, "yen-son", days=2, last=yesterday() - timedelta(days=25))
    issue_desk_code(session, desk, today=yesterday() - timedelta(days=9))
    assert [each.unused_since for each in of(session, province, "yen-son").unused] == [yesterday() - timedelta(days=9)]
    issue_desk_code(session, desk, today=yesterday() - timedelta(days=8))
    assert of(session, province, "yen-son").unused == ()  # only nine open days since


# --- sample surveys ---


def test_of_a_sample_survey_only_desks_that_people_were_invited_to_rate_are_watched_and_no_pace_is_expected(
    session: Session, province: SmallProvince
) -> None:
    province.wave.instrument, province.wave.modes = "sample", ["invitation", "paper"]
    common = {"printed_on": today(), "printed_by": "x", "key_check": "x", "wave_id": province.wave.id}
    session.add(SlipBatch(desk_id=province.desk_ids["yen-son"], printed_count=40, **common))
    session.commit()
    for number in range(12):
        province.answer(session, {"A1": 4}, agency="yen-son", day=yesterday() - timedelta(days=number), mode="invitation")
    count_dead_codes(session, {(province.desk_ids["my-lam"], today()): 9})  # of a poster, which leads to the other survey
    found = watch(session, province)
    assert [(a.code, a.received, a.invited, a.expected, a.concerns) for a in found.agencies] == [("yen-son", 12, 40, None, 0)]
    assert found.is_sample
