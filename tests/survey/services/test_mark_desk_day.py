from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey.errors import Conflict, Invalid, NotFound, SipasError
from survey.models import Response, ResponseMark, Tally
from survey.queries.audit_log import list_entries
from survey.queries.marks import day_counts, marks_of
from survey.queries.waves import WaveView, all_waves, find_in
from survey.services.change_wave import close_wave
from survey.services.mark_desk_day import DeskDay, lift_marks, mark_desk_day
from survey.services.mark_response import mark_response, unmark_response
from survey.services.preview_mark import NO_INDEX, NOT_RELEASED, TOO_FEW, preview_mark
from survey.services.recount_tallies import recount_tallies
from survey.services.refresh_scores import refresh_scores
from survey.services.score_agencies import overall
from survey.services.score_wave import score_wave
from tests.support.small_province import SmallProvince

MONDAY = date(2026, 10, 5)
TODAY = date(2026, 11, 22)


def unit(province: SmallProvince, day: date = MONDAY, agency: str = "yen-son") -> DeskDay:
    return DeskDay(province.wave.id, province.desk_ids[agency], day, "open_qr")


def fill(session: Session, province: SmallProvince, *counts: int, rating: int = 4) -> list[UUID]:
    """So many responses on each day from Monday on."""
    return [
        province.answer(session, {"A1": rating, "G1": 5}, day=MONDAY + timedelta(days=t)) for t, n in enumerate(counts) for _ in range(n)
    ]


def mark(session: Session, desk_day: DeskDay, *, reason: str = "all_alike", note: str = "") -> int:
    return mark_desk_day(session, desk_day, reason=reason, note=note, by="an", today=TODAY)


def lift(session: Session, desk_day: DeskDay, *, marked_for: str = "all_alike", reason: str = "đã giải thích") -> int:
    return lift_marks(session, desk_day, marked_for=marked_for, reason=reason, by="binh", today=TODAY)


def wave_of(session: Session, province: SmallProvince) -> WaveView:
    return find_in(all_waves(session), province.wave.code)


def test_a_marked_day_moves_whole_between_the_tallies_and_deletes_nothing(session: Session, province: SmallProvince) -> None:
    fill(session, province, 6, 3)
    assert mark(session, unit(province)) == 6
    counted = select(Tally.marked, func.sum(Tally.respondents)).where(Tally.measure == "ALL").group_by(Tally.marked)
    assert dict(session.execute(counted).all()) == {False: 3, True: 6}
    assert recount_tallies(session, repair=False) == []
    assert session.scalar(select(func.count()).select_from(Response)) == 9


def test_a_lifted_day_keeps_who_marked_and_lifted_it_and_both_reasons(session: Session, province: SmallProvince) -> None:
    fill(session, province, 6)
    mark(session, unit(province), note="ba chồng phiếu")
    assert lift(session, unit(province), marked_for="all_alike: ba chồng phiếu") == 6
    assert recount_tallies(session, repair=False) == []
    (group,) = marks_of(session, province.wave.id, [province.desk_ids["yen-son"]])
    assert (group.count, group.marked_by, group.reason) == (6, "an", "all_alike: ba chồng phiếu")
    assert (group.lifted_by, group.lifted_on, group.lifted_reason) == ("binh", TODAY, "đã giải thích")
    assert day_counts(session, province.wave.id, province.desk_ids["yen-son"], MONDAY) == {"open_qr": (6, 0)}


def test_marking_and_lifting_leave_an_entry_each_with_before_and_after(session: Session, province: SmallProvince) -> None:
    fill(session, province, 6)
    mark(session, unit(province))
    lift(session, unit(province))
    lifted, marked = list_entries(session, limit=2)
    assert marked.subject == f"wave 2026-Q4, yen-son, desk {province.desk_ids['yen-son']}, 2026-10-05, open_qr"
    assert (marked.action, marked.before, marked.after) == ("desk_day_marked", '{"marked":0}', '{"marked":6,"reason":"all_alike"}')
    assert (lifted.action, lifted.before) == ("desk_day_unmarked", '{"marked":6,"reason":"all_alike"}')
    assert lifted.after == '{"marked":0,"reason":"đã giải thích"}'


def test_marks_of_the_system_stay_when_a_person_lifts_the_own_ones(session: Session, province: SmallProvince) -> None:
    ids = fill(session, province, 11)
    for response_id in ids[:5]:
        mark_response(session, response_id, reason="burst_device", by="sipas", today=MONDAY)
    assert mark(session, unit(province)) == 6
    assert lift(session, unit(province)) == 6
    assert day_counts(session, province.wave.id, province.desk_ids["yen-son"], MONDAY) == {"open_qr": (6, 5)}
    assert lift(session, unit(province), marked_for="burst_device") == 5


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"reason": "gian lận"}, "mark_needs_reason"),
        ({"reason": "other", "note": " "}, "mark_needs_note"),
        ({"note": "x" * 301}, "note_too_long"),
    ],
)
def test_a_mark_needs_a_reason_that_says_something(session: Session, province: SmallProvince, arguments: dict[str, str], code: str) -> None:
    fill(session, province, 6)
    with pytest.raises(Invalid) as refused:
        mark(session, unit(province), **arguments)
    assert refused.value.code == code


def test_fewer_than_five_are_neither_marked_nor_lifted_for_the_change_would_tell_their_answers(
    session: Session, province: SmallProvince
) -> None:
    ids = fill(session, province, 4)
    with pytest.raises(Invalid, match="Fewer than 5"):
        mark(session, unit(province))
    mark_response(session, ids[0], reason="all_alike", by="an", today=TODAY)
    with pytest.raises(Invalid, match="Fewer than 5"):
        lift(session, unit(province))
    assert recount_tallies(session, repair=False) == []


def test_a_day_that_is_not_over_is_not_marked(session: Session, province: SmallProvince) -> None:
    with pytest.raises(Invalid, match="over"):
        mark(session, unit(province, day=TODAY))


def test_marking_or_lifting_twice_is_a_conflict(session: Session, province: SmallProvince) -> None:
    fill(session, province, 5)
    mark(session, unit(province))
    with pytest.raises(Conflict):
        mark(session, unit(province))
    lift(session, unit(province))
    with pytest.raises(Conflict):
        lift(session, unit(province))
    with pytest.raises(Invalid, match="why"):
        lift(session, unit(province), reason=" ")


def test_an_unknown_desk_is_not_found(session: Session, province: SmallProvince) -> None:
    with pytest.raises(NotFound):
        mark(session, replace(unit(province), desk_id=999))


@pytest.mark.parametrize("database_system", ["sqlite"], indirect=True)
@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.tuples(st.sampled_from(["day", "lift", "one", "unmark"]), st.integers(0, 2)), max_size=8))
def test_whatever_is_marked_and_lifted_the_tallies_stay_exact(
    session: Session, province: SmallProvince, steps: list[tuple[str, int]]
) -> None:
    ids = list(session.scalars(select(Response.id).order_by(Response.id))) or sorted(fill(session, province, 7, 6, 3))
    for step, number in steps:
        day = unit(province, MONDAY + timedelta(days=number))
        try:
            if step == "day":
                mark(session, day)
            elif step == "lift":
                lift(session, day)
            elif step == "one":
                mark_response(session, ids[number], reason="all_alike", by="an", today=TODAY)
            else:
                unmark_response(session, ids[number], by="an", today=TODAY)
        except SipasError:
            session.rollback()
    assert recount_tallies(session, repair=False) == []
    standing = select(func.count()).select_from(ResponseMark).where(ResponseMark.lifted_on.is_(None))
    assert session.scalar(standing) == session.scalar(select(func.count()).select_from(Response).where(Response.marked))


# --- the preview ---


def test_the_preview_is_what_the_scores_say_afterwards(session: Session, province: SmallProvince) -> None:
    fill(session, province, 20, rating=5)
    for t in range(1, 4):
        fill(session, province, *[0] * t, 10, rating=2)
    close_wave(session, "2026-Q4", today=TODAY)
    refresh_scores(session, today=TODAY)
    agency = province.agency_ids["yen-son"]
    preview = preview_mark(session, wave_of(session, province), agency, unit(province), today=TODAY)
    assert preview.everything == preview.now
    assert (preview.now and preview.now.index, preview.then and preview.then.respondents) == (0.4, 30)
    mark(session, unit(province))
    scores = {score.basis: overall(score.estimates) for score in score_wave(session, province.wave) if score.agency_id == agency}
    assert (scores["unmarked"]["index"], scores["unmarked"]["respondents"]) == (preview.then and preview.then.index, 30)
    assert scores["all"]["index"] == 0.4


def test_no_preview_where_it_would_tell_the_answers_of_few(session: Session, province: SmallProvince) -> None:
    ids = fill(session, province, 9, 30, 12)
    agency = province.agency_ids["yen-son"]
    day = {t: unit(province, MONDAY + timedelta(days=t)) for t in range(3)}
    refresh_scores(session, today=TODAY)
    wave = wave_of(session, province)
    assert preview_mark(session, wave, agency, day[0], today=TODAY).why == TOO_FEW
    assert preview_mark(session, wave, agency, day[1], today=TODAY).why is None
    mark_response(session, ids[0], reason="burst_desk", by="sipas", today=TODAY)
    refresh_scores(session, today=TODAY)
    with_one_mark = preview_mark(session, wave, agency, day[1], today=TODAY)
    assert with_one_mark.now == with_one_mark.everything  # one marked response waits for four others, so nobody is told what it says


def test_no_preview_of_a_day_that_waits_for_its_batch_nor_where_no_index_is_shown(session: Session, province: SmallProvince) -> None:
    fill(session, province, 30, 4)
    agency, waits = province.agency_ids["yen-son"], unit(province, MONDAY + timedelta(days=1))
    wave = wave_of(session, province)
    assert preview_mark(session, wave, agency, waits, today=TODAY).why == NO_INDEX  # nothing is scored yet
    refresh_scores(session, today=TODAY)
    assert preview_mark(session, wave, agency, waits, today=TODAY).why == NOT_RELEASED
