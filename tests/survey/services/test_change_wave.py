from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy.orm import Session

from survey.errors import Conflict, Invalid, NotFound
from survey.models import Wave
from survey.services.approve_run import publish_wave
from survey.services.change_wave import close_wave, open_wave
from survey.settings import today
from tests.support.small_province import SmallProvince

WAVE: dict[str, Any] = {
    "code": "2019-Q4",
    "name_vi": "Quý IV/2019",
    "name_en": "Quarter 4, 2019",
    "opens_on": date(2019, 10, 1),
    "closes_on": date(2019, 12, 31),
    "questionnaire": "sipas-2017",
}


def new_wave(session: Session, **changes: Any) -> Wave:
    return open_wave(session, **WAVE | changes)


def test_waves_of_one_instrument_may_not_overlap(session: Session, province: SmallProvince) -> None:
    with pytest.raises(Conflict, match="2026-Q4"):
        new_wave(session, closes_on=date(2020, 1, 1))
    assert new_wave(session, closes_on=date(2020, 1, 1), instrument="sample").state == "open"


def test_a_wave_may_not_close_before_it_opens(session: Session, province: SmallProvince) -> None:
    with pytest.raises(Invalid, match="before"):
        new_wave(session, closes_on=date(2019, 9, 30))


def test_a_questionnaire_that_is_not_loaded_is_named(session: Session, province: SmallProvince) -> None:
    with pytest.raises(NotFound, match="sipas-9999"):
        new_wave(session, questionnaire="sipas-9999")


def test_a_closed_wave_does_not_open_again_or_close_twice(session: Session, province: SmallProvince) -> None:
    close_wave(session, "2026-Q4", today=today())
    with pytest.raises(Conflict, match="closed"):
        close_wave(session, "2026-Q4", today=today())


def test_a_wave_that_is_closed_early_leaves_its_other_days_to_the_next(session: Session, province: SmallProvince) -> None:
    close_wave(session, "2026-Q4", today=date(2026, 11, 20))
    with pytest.raises(Conflict, match="2026-11-20"):
        new_wave(session, opens_on=date(2026, 11, 20), closes_on=date(2099, 12, 31))
    assert new_wave(session, opens_on=date(2026, 11, 21), closes_on=date(2099, 12, 31)).state == "open"


def test_only_an_analysed_wave_is_published(session: Session, province: SmallProvince) -> None:
    with pytest.raises(Conflict, match="open"):
        publish_wave(session, "2026-Q4", by="người duyệt", today=today())
