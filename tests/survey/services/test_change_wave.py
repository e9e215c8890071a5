from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy.orm import Session

from survey.domain.wave import FIELDS, MAY_CHANGE, WavePlan
from survey.errors import Conflict, Invalid, NotFound, SipasError
from survey.models import SlipBatch, Wave
from survey.queries.audit_log import list_entries
from survey.queries.open_desk import find_desk
from survey.queries.wave_plans import plan_of
from survey.services.approve_run import publish_wave
from survey.services.audit import works_for
from survey.services.cancel_wave import cancel_wave
from survey.services.change_wave import change_wave, close_ended_waves, close_wave, open_wave
from survey.services.import_questionnaire import import_questionnaire
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


# --- what may be changed when ---

NOVEMBER = date(2026, 11, 20)
CHANGES: dict[str, Any] = {
    "code": "2019-cuoi-nam",
    "name_vi": "Cuối năm 2019",
    "name_en": "The end of 2019",
    "instrument": "sample",
    "questionnaire": "sipas-2017-b",
    "modes": ("slip",),
    "participants": ("my-lam",),
    "opens_on": date(2019, 10, 2),
    "closes_on": date(2019, 12, 30),
}
#: Each instrument has ways of answering of its own.
OTHERS: dict[str, dict[str, Any]] = {"instrument": {"modes": ("invitation",)}}


@pytest.fixture
def wave(session: Session, province: SmallProvince) -> Wave:
    import_questionnaire(session, replace(province.questionnaire, code="sipas-2017-b"), today=NOVEMBER)
    return new_wave(session)


@pytest.mark.parametrize(("now", "state", "today_is"), [
    ("planned", "open", date(2019, 9, 1)), ("open", "open", date(2019, 11, 1)), ("closed", "open", date(2020, 1, 2)),
    ("closed", "closed", date(2019, 9, 1)), ("analysed", "analysed", date(2019, 9, 1)), ("published", "published", date(2019, 9, 1)),
])  # fmt: skip
@pytest.mark.parametrize("database_system", ["sqlite"], indirect=True)
def test_each_field_may_be_changed_in_the_stages_of_the_table_and_in_no_other(
    session: Session, wave: Wave, now: str, state: str, today_is: date
) -> None:
    wave.state = state
    session.commit()
    changed = []
    for field in reversed(FIELDS):  # the code comes last: the wave is found by it
        before = plan_of(wave)
        try:
            change_wave(session, "2019-Q4", today=today_is, **{field: CHANGES[field]} | OTHERS.get(field, {}))
        except Conflict:
            session.refresh(wave)
            assert plan_of(wave) == before
        else:
            assert getattr(plan_of(wave), field) == CHANGES[field]
            changed.append(field)
    assert frozenset(changed) == MAY_CHANGE[now]


def test_a_plan_is_changed_as_a_whole_or_not_at_all(session: Session, wave: Wave) -> None:
    changed = change_wave(session, "2019-Q4", today=date(2019, 9, 1), **CHANGES | {"modes": ("invitation",)})
    assert plan_of(changed) == WavePlan(**CHANGES | {"modes": ("invitation",)})
    with pytest.raises(Invalid, match="before"):
        change_wave(session, changed.code, today=date(2019, 9, 1), name_vi="Tên khác", closes_on=date(2019, 10, 1))
    session.refresh(changed)
    assert changed.name_vi == "Cuối năm 2019"


REFUSED: list[tuple[str, Any, str]] = [
    ("code", "hai từ", "wave_code"), ("code", "new", "wave_code"), ("code", "2026-Q4", "wave_code_taken"), ("name_vi", " ", "wave_name"),
    ("modes", (), "wave_modes"), ("modes", ("invitation",), "wave_modes"), ("participants", ("nowhere",), "wave_participants"),
    ("closes_on", date(2020, 1, 1), "wave_overlap"), ("opens_on", date(2020, 1, 1), "wave_dates"),
    ("questionnaire", "x", "wave_questionnaire"),
]  # fmt: skip


def test_a_plan_that_cannot_be_is_refused_by_name(session: Session, wave: Wave) -> None:
    before = plan_of(wave)
    for field, value, code in REFUSED:
        with pytest.raises(SipasError) as refusal:
            change_wave(session, "2019-Q4", today=date(2019, 9, 1), **{field: value})
        assert refusal.value.code == code
        session.refresh(wave)
        assert plan_of(wave) == before


def test_an_open_wave_may_end_sooner_or_later_but_not_in_the_past(session: Session, wave: Wave) -> None:
    assert change_wave(session, "2019-Q4", today=date(2019, 11, 1), closes_on=date(2019, 11, 1)).closes_on == date(2019, 11, 1)
    with pytest.raises(Invalid, match="past"):
        change_wave(session, "2019-Q4", today=date(2019, 11, 1), closes_on=date(2019, 10, 31))


def test_a_wave_closes_by_itself_when_the_last_late_form_of_a_kiosk_has_come(session: Session, wave: Wave) -> None:
    works_for(session, "an@example.vn")
    assert close_ended_waves(session, today=date(2020, 1, 1)) == []
    assert close_ended_waves(session, today=date(2020, 1, 2)) == ["2019-Q4"]
    assert (wave.state, wave.closes_on) == ("closed", date(2019, 12, 31))
    entry = list_entries(session)[0]
    assert (entry.who, entry.action) == ("SIPAS", "wave_closed")
    assert session.info["who"] == "an@example.vn"
    assert close_ended_waves(session, today=date(2020, 1, 3)) == []


# --- taking a plan back ---


def test_a_planned_wave_is_taken_back_with_a_reason_and_its_code_is_free_again(session: Session, wave: Wave) -> None:
    before = date(2019, 9, 1)
    with pytest.raises(Invalid, match="why"):
        cancel_wave(session, "2019-Q4", reason=" ", today=before)
    cancel_wave(session, "2019-Q4", reason="Hoãn sang  năm sau", today=before)
    entry = list_entries(session)[0]
    assert (entry.action, entry.subject, entry.after) == ("wave_cancelled", "2019-Q4", '{"reason":"Hoãn sang năm sau"}')
    assert '"closes_on":"2019-12-31"' in (entry.before or "")
    assert new_wave(session).code == "2019-Q4"


def test_a_wave_that_has_opened_or_has_invitations_is_not_taken_back(session: Session, wave: Wave, province: SmallProvince) -> None:
    with pytest.raises(Conflict, match="only a planned wave"):
        cancel_wave(session, "2019-Q4", reason="Hoãn", today=wave.opens_on)
    desk = province.desk_ids["yen-son"]
    session.add(SlipBatch(desk_id=desk, printed_count=1, printed_on=date(2019, 9, 1), printed_by="x", key_check="x", wave_id=wave.id))
    session.commit()
    with pytest.raises(Conflict) as refusal:
        cancel_wave(session, "2019-Q4", reason="Hoãn", today=date(2019, 9, 1))
    assert refusal.value.code == "wave_has_invitations"


# --- whom it asks ---


def asks(session: Session, province: SmallProvince, agency: str) -> bool:
    desk = find_desk(session, province.urls[agency].removeprefix("/s/"), today=NOVEMBER)
    assert desk is not None
    assert desk.wave is not None
    return desk.wave.is_open


@pytest.mark.parametrize(("chosen", "asked"), [((), {"yen-son", "my-lam"}), (("my-lam",), {"my-lam"}), (("tinh",), {"yen-son", "my-lam"})])
def test_only_desks_of_those_who_take_part_are_open_and_a_chosen_agency_brings_those_below(
    session: Session, province: SmallProvince, chosen: tuple[str, ...], asked: set[str]
) -> None:
    change_wave(session, "2026-Q4", today=date(2019, 1, 1), participants=chosen)
    assert {agency for agency in province.urls if asks(session, province, agency)} == asked
