from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete
from sqlalchemy.orm import Session

from survey.models import Desk, FormerDeskField, Score
from survey.services.change_desk import rename_desk
from survey.settings import today
from tests.support.scored_province import Cell, give_score, log_in, past_wave, words
from tests.support.small_province import SmallProvince

STAFF = ("C1", "C2", "C3", "C4", "C5", "C6")


@pytest.fixture
def answered(session: Session, province: SmallProvince) -> SmallProvince:
    """Yên Sơn: 24 people in one month and 12 two months later rate all on civil servants; Mỹ Lâm: 6 people."""
    for number in range(42):
        agency = "yen-son" if number < 36 else "my-lam"
        rating = 0 if number == 0 else 5 if number % 3 else 2
        day = today() - timedelta(days=70 if number < 24 else 5)
        province.answer(session, {code: rating if code == "C2" else 4 for code in STAFF}, agency=agency, day=day)
    return province


@pytest.fixture
def head(app: Flask, answered: SmallProvince) -> FlaskClient:
    return log_in(app, role="agency_head", agency="yen-son")


def test_a_criterion_is_told_in_the_citizens_words_with_its_levels_and_its_parts(head: FlaskClient, answered: SmallProvince) -> None:
    page = words(head.get("/agencies/yen-son/criteria/C2"))
    asked = next(c for c in answered.questionnaire.criteria if c.code == "C2")
    assert asked.text["vi"] in page
    assert "68,57 % hài lòng, n = 35" in page
    assert "69 % trả lời từ “hài lòng” trở lên; 31 % trả lời từ “không hài lòng” trở xuống." in page
    assert "Rất hài lòng 69 % 24 Hài lòng 0 % 0 Bình thường 0 % 0 Không hài lòng 31 % 11 Rất không hài lòng 0 % 0" in page
    assert "Không có ý kiến (không tính) – 1" in page
    months = page.split("Theo tháng")[1]
    early, late = (today() - timedelta(days=days) for days in (70, 5))
    assert months.index(f"{early:%m/%Y} 69,57 %") < months.index(f"{late:%m/%Y} 66,67 %")
    assert "Theo lĩnh vực: chưa quầy nào của đơn vị được đặt lĩnh vực. Có thể đặt lĩnh vực cho từng quầy tại trang Quầy và mã QR ." in page


def test_a_dimension_lists_its_criteria_with_the_lowest_first(head: FlaskClient, answered: SmallProvince) -> None:
    page = words(head.get("/agencies/yen-son/dimensions/STAFF"))
    text = {c.code: c.text["vi"] for c in answered.questionnaire.criteria}
    assert page.index(text["C2"]) < min(page.index(text[code]) for code in STAFF if code != "C2")
    assert "Thấp hơn rõ rệt so với các mục còn lại: Lắng nghe ý kiến" in page


def test_the_change_of_a_criterion_is_told_with_its_interval(head: FlaskClient, session: Session, answered: SmallProvince) -> None:
    assert "Chưa có đợt khảo sát nào trước đây để so sánh." in words(head.get("/agencies/yen-son/criteria/C2"))
    before = past_wave(session, date(2019, 10, 1), date(2019, 12, 31))
    give_score(
        session, answered.questionnaire, before, answered.agency_ids["yen-son"], Cell(200), others={"C2": Cell(60, 0.95), "C1": Cell(9)}
    )
    assert "Giảm 26,43 điểm phần trăm so với 2019-10-01: chắc chắn (trong khoảng" in words(head.get("/agencies/yen-son/criteria/C2"))
    assert "có quá ít phiếu theo hình thức này để so sánh" in words(head.get("/agencies/yen-son/criteria/C1"))


def test_sub_agencies_of_few_are_hidden_with_those_that_would_tell_them(app: Flask, answered: SmallProvince) -> None:
    page = words(log_in(app, role="department").get("/agencies/tinh/criteria/C2"))
    table = page.split("Theo đơn vị trực thuộc")[1]
    assert "UBND phường Mỹ Lâm chưa đủ phiếu để tính chỉ số 6" in table
    assert "UBND xã Yên Sơn không hiển thị" in table
    assert "68,57" not in page


def test_fields_of_service_stand_beside_the_desks_as_they_were_when_the_wave_opened(
    app: Flask, head: FlaskClient, session: Session, answered: SmallProvince
) -> None:
    desk = session.get_one(Desk, answered.desk_ids["yen-son"])
    rename_desk(session, desk.id, name_vi=desk.name_vi, name_en=desk.name_en, field="Đất đai", today=today())
    page = words(head.get("/agencies/yen-son/criteria/C2"))
    assert "khi đợt này mở, chưa quầy nào có phiếu ở đây được đặt lĩnh vực" in page
    session.execute(delete(FormerDeskField))  # as if the desk had had its field from the beginning
    session.execute(delete(Score))
    session.commit()
    page = words(head.get("/agencies/yen-son/criteria/C2"))
    assert "Theo lĩnh vực Lĩnh vực Chỉ số" in page
    assert "Đất đai không hiển thị" in page.split("Theo lĩnh vực")[1]  # its one desk is hidden, for it would tell the six of Mỹ Lâm
    assert re.search(r"[,;]Theo lĩnh vực[,;]Đất đai[,;]", head.get("/agencies/yen-son/criteria/C2/export.csv?table=indices").text)
    above = words(log_in(app, role="department").get("/agencies/tinh/criteria/C2"))
    assert "Theo lĩnh vực: xem ở trang của từng đơn vị có quầy phục vụ lĩnh vực ấy." in above


def test_each_mode_leads_to_the_same_page_in_that_mode(head: FlaskClient, session: Session, answered: SmallProvince) -> None:
    head.get("/agencies/yen-son")  # scores the wave
    give_score(session, answered.questionnaire, answered.wave, answered.agency_ids["yen-son"], Cell(40, 0.9), mode="kiosk")
    page = head.get("/agencies/yen-son/criteria/C2")
    assert "mã QR tại quầy 68,57 %" in words(page)
    assert "máy tại quầy 90,00 %" in words(page)
    assert "/agencies/yen-son/criteria/C2?wave=2026-Q4&amp;mode=kiosk" in page.text
    old = words(head.get("/agencies/yen-son/criteria/C2?mode=kiosk"))
    assert "Kết quả này có từ trước khi có bảng theo tháng và theo quầy." in old


@pytest.mark.parametrize("path", ["dimensions/C2", "criteria/STAFF", "criteria/Z9", "criteria/ALL"])
def test_an_unknown_measure_is_not_found(head: FlaskClient, path: str) -> None:
    assert head.get(f"/agencies/yen-son/{path}").status_code == 404


def test_a_mode_without_responses_says_so(head: FlaskClient) -> None:
    assert "Chưa có chỉ số" in words(head.get("/agencies/yen-son/criteria/C2?mode=paper"))
