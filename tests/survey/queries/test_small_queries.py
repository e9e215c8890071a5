"""Queries with one or two things to prove each."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from survey.errors import NotFound
from survey.models import Benchmark
from survey.queries.benchmarks import all_benchmarks, dimension_benchmarks
from survey.queries.received_by_wave import received_by_wave
from survey.queries.responses_by_day import responses_by_day
from survey.queries.vietnamese_order import alphabetical
from survey.queries.waves import all_waves, pick_wave
from survey.services.approve_run import publish_wave
from survey.services.change_wave import close_wave
from survey.services.mark_response import mark_response
from survey.services.run_analysis import run_analysis
from survey.settings import today
from tests.support.scored_province import past_wave
from tests.support.small_province import SmallProvince

DAY = date(2026, 11, 2)


def test_vietnamese_names_follow_the_vietnamese_alphabet() -> None:
    names = ["Đồng Văn", "Du Già", "Ỷ La", "An Tường", "Ân Thi", "Bắc Mê", "Ăn", "Hà", "Hả", "Ha"]
    assert sorted(names, key=alphabetical) == ["An Tường", "Ăn", "Ân Thi", "Bắc Mê", "Du Già", "Đồng Văn", "Ha", "Hà", "Hả", "Ỷ La"]


def test_responses_are_counted_by_day_over_the_desks_of_the_agencies(session: Session, province: SmallProvince) -> None:
    ids = province.agency_ids
    for day, agency in ((DAY, "yen-son"), (DAY, "yen-son"), (DAY, "my-lam"), (DAY + timedelta(days=2), "yen-son")):
        province.answer(session, {"A1": 4, "A2": 5}, agency=agency, day=day)
    province.answer(session, {"A1": 4}, day=DAY, mode="kiosk")
    received = responses_by_day(session, province.wave.id, "open_qr", {ids["yen-son"], ids["my-lam"]})
    assert received.days == ((DAY, 3), (DAY + timedelta(days=2), 1))
    assert (received.total, received.marked) == (4, 0)
    assert responses_by_day(session, province.wave.id, "open_qr", {ids["my-lam"]}).total == 1
    assert received_by_wave(session) == {province.wave.id: 5}


def test_marked_responses_stay_in_the_count(session: Session, province: SmallProvince) -> None:
    responses: list[UUID] = [province.answer(session, {"A1": 4}, day=DAY) for _ in range(3)]
    mark_response(session, responses[0], reason="test", by="test", today=DAY)
    received = responses_by_day(session, province.wave.id, "open_qr", {province.agency_ids["yen-son"]})
    assert (received.total, received.marked) == (3, 1)


def benchmark(session: Session, year: int, measure: str, *, scope: str = "national", method: str = "2010-01-01") -> None:
    session.add(Benchmark(scope=scope, year=year, measure=measure, percent=Decimal("80.5"), method=method, source="s"))
    session.flush()


def test_dimension_marks_are_the_newest_complete_set(session: Session, province: SmallProvince) -> None:
    for year, measures in ((2019, "AB"), (2023, "AB"), (2024, "A")):
        for measure in measures:
            benchmark(session, year, measure)
    assert {(b.year, b.measure) for b in dimension_benchmarks(all_benchmarks(session), {"A", "B"})} == {(2023, "A"), (2023, "B")}
    assert dimension_benchmarks(all_benchmarks(session), {"A", "C"}) == ()


def test_a_new_method_is_told_within_one_series_only(session: Session, province: SmallProvince) -> None:
    benchmark(session, 2021, "ALL")
    benchmark(session, 2022, "ALL", method="new")
    benchmark(session, 2020, "ALL", scope="Tuyên Quang", method="other")
    assert [b.year for b in all_benchmarks(session) if b.new_method] == [2022]
    assert all_benchmarks(session)[0].share == Decimal("0.805")


def test_the_newest_wave_that_has_begun_is_shown_first(session: Session, province: SmallProvince) -> None:
    past_wave(session, date(2010, 1, 1), date(2010, 2, 1))
    waves = all_waves(session)
    assert [wave.code for wave in waves] == ["2026-Q4", "2010-01-01"]
    for day, code in ((date(2026, 1, 1), "2026-Q4"), (date(2011, 1, 1), "2010-01-01"), (date(2000, 1, 1), "2026-Q4")):
        wave = pick_wave(waves, None, today=day)
        assert wave is not None
        assert wave.code == code
    assert pick_wave((), None, today=DAY) is None
    with pytest.raises(NotFound):
        pick_wave(waves, "none", today=DAY)


def test_a_sample_survey_does_not_push_the_desk_survey_aside(session: Session, province: SmallProvince) -> None:
    desk, *_ = all_waves(session)
    sample = replace(desk, code="sample", instrument="sample", opens_on=date(2026, 11, 1))
    assert pick_wave((sample, desk), None, today=date(2026, 11, 20)) == desk
    assert pick_wave((sample,), None, today=date(2026, 11, 20)) == sample


def test_pages_show_the_published_revision_until_a_newer_one_is_published(session: Session, province: SmallProvince) -> None:
    ids = [province.answer(session, {"A1": 5}, day=date(2026, 10, 5)) for _ in range(12)]
    close_wave(session, "2026-Q4", today=today())
    run_analysis(session, "2026-Q4", by="an", today=date(2026, 11, 22))
    publish_wave(session, "2026-Q4", by="người duyệt", today=today())
    mark_response(session, ids[0], reason="nghi ngờ", by="an", today=date(2026, 11, 22))
    run_analysis(session, "2026-Q4", by="an", today=date(2026, 11, 22), reason="đánh dấu")
    (wave,) = all_waves(session)
    assert (wave.revision, wave.newest_revision, wave.may_publish) == (1, 2, True)
    publish_wave(session, "2026-Q4", by="người duyệt", today=today())
    (wave,) = all_waves(session)
    assert (wave.revision, wave.may_publish) == (2, False)
