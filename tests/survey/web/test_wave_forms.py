"""The form with which Sở Nội vụ plans a wave and changes it."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.models import Response
from survey.queries.wave_plans import wave_plans
from survey.queries.waves import WaveView
from survey.services.change_wave import change_wave, find_wave
from survey.settings import today
from survey.web.wave_calendar import calendar
from tests.support.scored_province import log_in, words
from tests.support.small_province import SmallProvince

NEW = "/department/waves/new"
DAYS = {"opens_on": "2098-01-01", "closes_on": "2098-03-31"}
SAMPLE: dict[str, Any] = {
    "code": "2098-mau", "name_vi": "Đợt mẫu 2098", "name_en": "", "instrument": "sample", "questionnaire": "sipas-2017",
    "modes": ["invitation", "slip"], "everybody": "no", "participants": ["my-lam"], **DAYS,
}  # fmt: skip
one_system = pytest.mark.parametrize("database_system", ["sqlite"], indirect=True)


@pytest.fixture
def analyst(app: Flask, province: SmallProvince) -> FlaskClient:
    client = log_in(app, role="analyst")
    app.config["WTF_CSRF_ENABLED"] = False
    return client


def test_a_wave_is_planned_shown_on_the_calendar_and_changed(analyst: FlaskClient, session: Session) -> None:
    answer = analyst.post(NEW, data=SAMPLE)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/department/waves/2098-mau")
    plan = wave_plans(session)["2098-mau"]
    assert (plan.name_en, plan.modes, plan.participants) == ("Đợt mẫu 2098", ("invitation",), ("my-lam",))
    page = words(analyst.get("/department/waves"))
    assert "Đợt mẫu 2098 Đã lập, chưa mở · 01/01/2098" in page
    assert "1 cơ quan được chọn" in page
    form = analyst.get("/department/waves/2098-mau/edit").text
    assert 'value="2098-01-01"' in form
    assert re.search(r'value="my-lam" checked', form)
    again = SAMPLE | {"everybody": "yes", "closes_on": "2098-04-30", "modes": "paper"}
    assert analyst.post("/department/waves/2098-mau/edit", data=again).status_code == 303
    session.rollback()
    session.expire_all()
    plan = wave_plans(session)["2098-mau"]
    assert (plan.participants, plan.closes_on, plan.modes) == ((), date(2098, 4, 30), ("paper",))


@one_system
def test_a_planned_wave_is_taken_back_once_a_reason_is_given(analyst: FlaskClient, session: Session) -> None:
    analyst.post(NEW, data=SAMPLE)
    assert 'href="/department/waves/2098-mau/cancel"' in analyst.get("/department/waves").text
    assert "Mã này dùng lại được" in words(analyst.get("/department/waves/2098-mau/cancel"))
    nothing = analyst.post("/department/waves/2098-mau/cancel", data={"reason": " "})
    assert (nothing.status_code, "Xin ghi lý do." in words(nothing)) == (422, True)
    answer = analyst.post("/department/waves/2098-mau/cancel", data={"reason": "Hoãn sang năm sau"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/department/waves")
    assert "2098-mau" not in analyst.get("/department/waves").text
    assert analyst.post(NEW, data=SAMPLE).status_code == 303
    refused = analyst.post("/department/waves/2026-Q4/cancel", data={"reason": "Hoãn"})
    assert (refused.status_code, "không hủy được nữa" in words(refused)) == (409, True)
    assert 'href="/department/waves/2026-Q4/cancel"' not in analyst.get("/department/waves").text


@pytest.mark.parametrize(("wrong", "said"), [
    ({"code": "2026-Q4"}, "Đã có đợt khảo sát khác mang mã này"),
    ({"instrument": "desk", "modes": "open_qr"}, "Các đợt cùng loại không được trùng ngày"),
    ({"closes_on": "2097-01-01"}, "Ngày cuối đứng trước ngày đầu"),
    ({"opens_on": "2020-01-01", "closes_on": "2020-02-01"}, "Ngày cuối không thể ở quá khứ"),
    ({"opens_on": ""}, "Xin ghi đầy đủ cả hai ngày"),
    ({"modes": "kiosk"}, "Xin chọn ít nhất một hình thức trả lời"),
    ({"participants": []}, "Xin chọn ít nhất một cơ quan"),
])  # fmt: skip
@one_system
def test_what_is_wrong_is_said_beside_its_field_and_what_was_typed_stays(
    analyst: FlaskClient, session: Session, wrong: dict[str, Any], said: str
) -> None:
    answer = analyst.post(NEW, data=SAMPLE | wrong)
    assert answer.status_code == 422
    assert said in words(answer)
    assert answer.text.count('aria-describedby="problem"') == 1
    assert 'value="Đợt mẫu 2098"' in answer.text
    assert set(wave_plans(session)) == {"2026-Q4"}


@one_system
def test_of_an_open_wave_only_names_and_last_day_are_read_whatever_is_sent(
    analyst: FlaskClient, session: Session, province: SmallProvince
) -> None:
    page = analyst.get("/department/waves/2026-Q4/edit")
    assert set(re.findall(r'<(?:input|select) id="(\w+)"', page.text)) == {"name_vi", "name_en", "closes_on"}
    sent = SAMPLE | {"name_vi": "Tên mới", "closes_on": (today() + timedelta(days=900)).isoformat()}
    assert analyst.post("/department/waves/2026-Q4/edit", data=sent).status_code == 303
    session.refresh(province.wave)
    assert (province.wave.code, province.wave.name_vi, province.wave.instrument) == ("2026-Q4", "Tên mới", "desk")
    past = analyst.post("/department/waves/2026-Q4/edit", data={"name_vi": "X", "closes_on": "2021-01-01"})
    assert (past.status_code, "Ngày cuối không thể ở quá khứ" in words(past)) == (422, True)


@one_system
def test_a_closed_wave_offers_nothing_to_change(analyst: FlaskClient, session: Session, province: SmallProvince) -> None:
    province.wave.state = "closed"
    session.commit()
    answer = analyst.get("/department/waves/2026-Q4/edit")
    assert (answer.status_code, "không sửa được nữa" in words(answer)) == (409, True)
    assert "/edit" not in analyst.get("/department/waves/2026-Q4").text


@one_system
def test_a_look_at_the_waves_closes_those_whose_last_day_is_over(analyst: FlaskClient, session: Session, province: SmallProvince) -> None:
    wave = find_wave(session, "2026-Q4")
    wave.closes_on = today() - timedelta(days=2)
    session.commit()
    assert "Đã đóng" in words(analyst.get("/department/waves/2026-Q4"))
    session.refresh(wave)
    assert wave.state == "closed"


@one_system
def test_a_desk_outside_a_wave_says_kindly_that_there_is_no_survey(
    app: Flask, session: Session, province: SmallProvince
) -> None:  # fmt: skip
    change_wave(session, "2026-Q4", today=date(2019, 1, 1), participants=("my-lam",))
    outside = app.test_client().get(province.urls["yen-son"])
    assert "Hiện không có đợt khảo sát nào" in words(outside)
    assert 'type="radio"' in app.test_client().get(province.urls["my-lam"]).text


@one_system
def test_a_way_in_that_a_wave_does_not_offer_is_closed(app: Flask, session: Session, province: SmallProvince) -> None:
    change_wave(session, "2026-Q4", today=date(2019, 1, 1), modes=("kiosk",))
    url = province.urls["yen-son"]
    assert 'type="radio"' not in app.test_client().get(url).text
    sent = app.test_client().post(url, data={"response_id": "8e5b4a9e-1111-4111-8111-111111111111", "form": "full", "A1": "5"})
    assert sent.status_code < 500
    assert session.scalars(select(Response)).all() == []


def view(code: str, first: date, last: date) -> WaveView:
    return WaveView(1, code, {}, "desk", "open", first, last, False, 0, 0, None, 1, "q", "x")


def test_bars_lie_where_their_days_do_and_every_wave_of_the_last_years_has_one() -> None:
    waves = [
        view("a", date(2026, 1, 1), date(2026, 3, 31)),
        view("b", date(2025, 4, 1), date(2025, 6, 30)),
        view("old", date(2010, 1, 1), date(2010, 2, 1)),
    ]
    drawn = calendar(waves, date(2026, 4, 1))
    assert (drawn.first, drawn.last) == (date(2021, 1, 1), date(2026, 6, 30))
    assert set(drawn.bars) == {"a", "b"}
    begin, width = drawn.bars["a"]
    assert 0 < begin < begin + width <= drawn.today < 100
    assert {quarter.name for quarter in drawn.quarters} == {""}  # too many to be named
    near = calendar(waves[:2], date(2026, 4, 1))
    assert [(quarter.name, quarter.year) for quarter in near.quarters] == [
        ("II", "2025"),
        ("III", ""),
        ("IV", ""),
        ("I", "2026"),
        ("II", ""),
    ]
    assert near.bars["b"][0] == 0
    assert calendar([], date(2026, 4, 15)).bars == {}
