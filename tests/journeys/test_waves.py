"""Sở Nội vụ plans a wave with a new questionnaire, and two persons bring another wave's result to the agencies."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.database import db
from survey.models import Response
from survey.reports.questionnaire_files import questionnaire_zip
from survey.services.add_user import add_user
from survey.services.mark_response import mark_response
from survey.settings import today
from tests.support.analyses import finish_analyses
from tests.support.browser import LAPTOP, PHONE, Pages, assert_accessible
from tests.support.scored_province import PASSWORD
from tests.support.small_province import SmallProvince
from tests.support.staff_pages import log_in

pytestmark = pytest.mark.parametrize("database_system", ["sqlite"], indirect=True)
Enter = Callable[..., Page]


@pytest.fixture
def enter(app: Flask, live_server: str, new_page: Pages) -> Enter:
    """Logs a person of a role in, on a device of their own."""

    def enter(role: str, device: dict[str, object], *, agency: str | None = None) -> Page:
        email = f"{role}@example.vn"
        with app.app_context():
            add_user(db.session, email=email, password=PASSWORD, role=role, agency_code=agency, second_factor_waived=True)
        return log_in(new_page(device), email)

    return enter


def assert_fits(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert_accessible(page)


@pytest.mark.parametrize("device", [PHONE, LAPTOP], ids=["phone", "laptop"])
def test_an_analyst_uploads_a_questionnaire_looks_at_it_and_plans_a_wave_with_it(
    enter: Enter, province: SmallProvince, tmp_path: Path, device: dict[str, object]
) -> None:
    first, *others = province.questionnaire.criteria
    reworded = replace(first, text={"vi": "Nơi ngồi chờ rộng rãi", "en": "The waiting area is spacious"})
    folder = tmp_path / "phieu.zip"
    folder.write_bytes(questionnaire_zip(replace(province.questionnaire, code="sipas-2027", criteria=(reworded, *others))))

    page = enter("analyst", device)
    page.get_by_role("link", name="Phiếu khảo sát", exact=True).click()
    assert_fits(page)
    page.get_by_label("Sổ Excel (.xlsx) hoặc tệp ZIP").set_input_files(folder)
    page.get_by_role("button", name="Kiểm tra và lưu").click()
    expect(page).to_have_url(re.compile("/department/questionnaires/sipas-2027$"))
    assert_fits(page)
    page.get_by_role("link", name="Khác gì so với sipas-2017").click()
    expect(page.get_by_text("Nơi ngồi chờ rộng rãi")).to_be_visible()
    assert_fits(page)
    page.get_by_role("link", name="Về trang của phiếu khảo sát").click()
    page.get_by_role("link", name="phiếu đầy đủ (Tiếng Việt)").click()
    expect(page.get_by_text("không trả lời hay gửi được tại đây")).to_be_visible()
    expect(page.get_by_role("radio").first).to_be_disabled()
    expect(page.get_by_role("button", name="Gửi", exact=False).first).to_be_disabled()
    assert_accessible(page)

    page.goto("/department/waves")
    assert_fits(page)
    page.get_by_role("link", name="Lập một đợt khảo sát").click()
    page.get_by_label("Loại khảo sát").select_option(label="khảo sát chọn mẫu")
    page.get_by_label("Phiếu khảo sát", exact=True).select_option("sipas-2027")
    page.get_by_label("Mã", exact=True).fill("mau-1")
    page.get_by_label("Tên tiếng Việt").fill("Đợt chọn mẫu")
    page.get_by_label("Ngày đầu").fill("2098-10-01")
    page.get_by_label("Ngày cuối").fill("2098-09-01")
    page.get_by_label("thư mời").check()
    page.get_by_role("button", name="Lập đợt khảo sát này").click()
    expect(page.get_by_text("Ngày cuối đứng trước ngày đầu.")).to_be_visible()
    expect(page.get_by_label("Tên tiếng Việt")).to_have_value("Đợt chọn mẫu")
    assert_fits(page)
    page.get_by_label("Ngày cuối").fill("2098-12-01")
    page.get_by_role("button", name="Lập đợt khảo sát này").click()
    expect(page.get_by_role("heading", name="Đợt chọn mẫu")).to_be_visible()
    expect(page.get_by_text("phiếu sipas-2027")).to_be_visible()
    expect(page.get_by_text("Đã lập, chưa mở")).to_be_visible()
    assert_fits(page)
    page.get_by_role("link", name="Hủy đợt khảo sát").click()
    expect(page.get_by_role("heading", name="Hủy đợt khảo sát này?")).to_be_visible()
    assert_fits(page)
    page.get_by_label("Vì sao hủy đợt này?").fill("Hoãn sang năm sau")
    page.get_by_role("button", name="Hủy đợt khảo sát").click()
    expect(page).to_have_url(re.compile("/department/waves$"))
    expect(page.get_by_role("heading", name="Đợt chọn mẫu")).to_have_count(0)


def test_a_result_goes_from_the_analyst_through_the_approver_to_the_agency(enter: Enter, session: Session, province: SmallProvince) -> None:
    for rating in [5] * 9 + [2] * 6:
        province.answer(session, dict.fromkeys(province.questionnaire.dimension_of, rating), day=today() - timedelta(days=3))
    analyst = enter("analyst", LAPTOP)
    wave = "/department/waves/2026-Q4"

    def analyse(reason: str | None = None) -> None:
        analyst.goto(f"{wave}/analyse")
        if reason:
            analyst.get_by_label("Vì sao cần có bản mới?").fill(reason)
        analyst.get_by_role("button", name="Chạy phân tích").click()
        finish_analyses()
        analyst.goto(wave)

    analyst.goto(f"{wave}/close")
    analyst.get_by_role("button", name="Đóng đợt khảo sát").click()
    expect(analyst.get_by_text("Đã đóng")).to_be_visible()
    analyse()
    expect(analyst.get_by_role("heading", name="Bản số 1: chờ người thứ hai phê duyệt")).to_be_visible()
    assert_fits(analyst)

    head = enter("agency_head", PHONE, agency="yen-son")
    expect(head.get_by_text("Số liệu này là tạm tính")).to_be_visible()
    approver = enter("approver", PHONE)
    approver.goto(f"{wave}/publish")
    shown = approver.get_by_role("region", name="Tỉnh Tuyên Quang, mã QR tại quầy")
    expect(shown).to_contain_text("60,00 % hài lòng")
    expect(shown).to_contain_text("n = 15")
    assert_fits(approver)
    approver.get_by_label("Điều cần sửa").fill("Còn phiếu trùng")
    approver.get_by_role("button", name="Trả lại người phân tích").click()
    expect(approver.get_by_text("Còn phiếu trùng")).to_be_visible()

    for response_id in session.scalars(select(Response.id).order_by(Response.id).limit(5)).all():
        mark_response(session, response_id, reason="trùng", by="an", today=today())
    analyse("Đã đánh dấu năm phiếu trùng")
    approver.goto(f"{wave}/publish")
    approver.get_by_role("link", name="Xem có gì thay đổi so với bản số 1").click()
    expect(approver.get_by_text("Lý do có bản mới: Đã đánh dấu năm phiếu trùng")).to_be_visible()
    assert_fits(approver)
    approver.goto(f"{wave}/publish")
    approver.get_by_role("button", name="Phê duyệt và công bố").click()
    expect(approver.get_by_role("heading", name="Bản số 2: đã công bố")).to_be_visible()
    assert_fits(approver)
    head.reload()
    expect(head.get_by_text("Số liệu này là tạm tính")).to_have_count(0)
    expect(head.locator("main")).to_contain_text("kết quả đã chốt, bản số 2")


def test_the_page_of_a_running_analysis_leads_to_the_result_by_itself(enter: Enter, session: Session, province: SmallProvince) -> None:
    for _ in range(12):
        province.answer(session, {"A1": 5, "B1": 4}, day=today() - timedelta(days=3))
    province.wave.state = "closed"
    session.commit()
    page = enter("analyst", PHONE)
    page.goto("/department/waves/2026-Q4/analyse")
    page.get_by_role("button", name="Chạy phân tích").click()
    expect(page.get_by_role("heading", name="Bản số 1: chờ người thứ hai phê duyệt")).to_be_visible(timeout=120_000)
    finish_analyses()
