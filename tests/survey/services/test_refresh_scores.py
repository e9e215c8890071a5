from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from survey.models import LIVE, Score
from survey.services import refresh_scores as module
from survey.services.change_wave import close_wave
from survey.services.mark_response import mark_response
from survey.services.refresh_scores import refresh_scores
from survey.services.score_agencies import overall
from survey.services.score_wave import score_wave
from survey.settings import today
from tests.support.small_province import SmallProvince

MONDAY = date(2026, 10, 5)


def live(session: Session, province: SmallProvince) -> int:
    """How many respondents the live score of Yên Sơn holds."""
    score = session.get(Score, (province.wave.id, "open_qr", "all", LIVE, province.agency_ids["yen-son"]))
    return 0 if score is None else int(overall(score.estimates)["respondents"])


def test_scores_are_computed_once_a_day(session: Session, province: SmallProvince) -> None:
    for _ in range(12):
        province.answer(session, {"A1": 5}, day=MONDAY)
    tuesday = MONDAY + timedelta(days=1)
    assert refresh_scores(session, today=tuesday) == ["2026-Q4"]
    assert refresh_scores(session, today=tuesday) == []
    assert live(session, province) == 12
    assert refresh_scores(session, today=tuesday + timedelta(days=1)) == ["2026-Q4"]


def test_closing_counts_what_still_waited(session: Session, province: SmallProvince) -> None:
    for _ in range(12):
        province.answer(session, {"A1": 5}, day=MONDAY)
    province.answer(session, {"A1": 5}, day=MONDAY + timedelta(days=1))
    later = MONDAY + timedelta(days=9)
    refresh_scores(session, today=later)
    assert live(session, province) == 12
    close_wave(session, "2026-Q4", today=today())
    refresh_scores(session, today=later)
    assert live(session, province) == 13


def test_a_mark_has_the_live_scores_computed_anew(session: Session, province: SmallProvince) -> None:
    ids = [province.answer(session, {"A1": 5}, day=MONDAY) for _ in range(20)]
    today = MONDAY + timedelta(days=2)
    refresh_scores(session, today=today)
    for response_id in ids[:6]:
        mark_response(session, response_id, reason="nghi ngờ", by="an", today=today)
    assert refresh_scores(session, today=today) == ["2026-Q4"]
    assert set(session.scalars(select(Score.basis))) == {"all", "unmarked"}


def test_a_wave_without_responses_needs_no_scores(session: Session, province: SmallProvince) -> None:
    assert refresh_scores(session, today=MONDAY) == []


def test_two_processes_that_refresh_at_once_store_the_scores_once(
    engine: Engine, session: Session, province: SmallProvince, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(12):
        province.answer(session, {"A1": 5}, day=MONDAY)
    both = Barrier(2, timeout=60)

    def score_both(*arguments: Any, **options: Any) -> Any:
        scores = score_wave(*arguments, **options)
        both.wait()  # neither has stored when the other looks
        return scores

    def refresh(_: int) -> list[str]:
        with Session(engine, expire_on_commit=False) as own:
            return refresh_scores(own, today=MONDAY + timedelta(days=1))

    monkeypatch.setattr(module, "score_wave", score_both)
    with ThreadPoolExecutor(2) as threads:
        assert sorted(threads.map(refresh, range(2))) == [[], ["2026-Q4"]]
    assert live(session, province) == 12
