"""An agency invites people who were drawn and tells them what became of what others said; a citizen follows a link and is thanked."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from flask import Flask
from openpyxl import load_workbook
from playwright.sync_api import Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.database import db
from survey.models import Response
from survey.services.add_user import add_user
from survey.services.change_wave import open_wave
from tests.support.browser import LAPTOP, PHONE, Pages, assert_accessible, follow
from tests.support.scored_province import PASSWORD
from tests.support.small_province import SmallProvince
from tests.support.staff_pages import log_in

pytestmark = pytest.mark.parametrize("database_system", ["sqlite"], indirect=True)
Head = Callable[[dict[str, Any]], Page]


@pytest.fixture
def head(app: Flask, live_server: str, new_page: Pages, province: SmallProvince) -> Head:
    """The head of Yên Sơn, logged in on a device."""
    with app.app_context():
        add_user(db.session, email="head@yenson.vn", password=PASSWORD, role="agency_head", agency_code="yen-son")

    def head(device: dict[str, Any]) -> Page:
        return log_in(new_page(device), "head@yenson.vn")

    return head


def holds(page: Page, device: dict[str, Any]) -> None:
    assert_accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= device["viewport"]["width"]


def rate(page: Page) -> None:
    for card in page.locator(".rate").all():
        card.get_by_text("Hài lòng", exact=True).click()
    follow(page.get_by_role("button", name="Gửi đánh giá", exact=True))


@pytest.mark.parametrize("device", [PHONE, LAPTOP], ids=["phone", "laptop"])
def test_a_head_sends_links_and_a_person_who_was_drawn_answers_once(
    head: Head, new_page: Pages, session: Session, province: SmallProvince, device: dict[str, Any]
) -> None:
    page = head(device)
    page.goto("/agencies/yen-son/invitations")
    expect(page.get_by_text("Hiện không có khảo sát chọn mẫu nào")).to_be_visible()
    open_wave(
        session, code="M-2026", name_vi="Khảo sát mẫu", name_en="Sample", opens_on=date(2020, 1, 1), closes_on=date(2099, 12, 31),
        questionnaire="sipas-2017", instrument="sample",
    )  # fmt: skip
    page.reload()
    page.get_by_label("Số thư mời").fill("20")
    page.get_by_label("Bảng hỏi").select_option(label="bảng rút gọn")
    with page.expect_download() as download:
        page.get_by_role("button", name="Lập tệp").click()
    sheet = load_workbook(io.BytesIO(download.value.path().read_bytes())).active
    assert sheet is not None
    links = [str(row[0]) for row in list(sheet.values)[1:]]
    assert len(set(links)) == 20

    citizen = new_page(PHONE)
    path = links[7].split("/p/")[1]
    citizen.goto(f"/p/{path}")
    rate(citizen)
    expect(citizen.get_by_role("heading", name="Xin cảm ơn Ông/Bà. Đánh giá đã được ghi nhận.")).to_be_visible()
    again = new_page(PHONE)
    again.goto(f"/p/{path}")
    expect(again.get_by_text("Mỗi phiếu, mỗi thư mời được tính một lần.")).to_be_visible()
    holds(again, PHONE)
    session.rollback()
    assert session.scalars(select(Response.mode)).all() == ["invitation"]

    page.reload()
    expect(page.get_by_role("region", name="Bao nhiêu người đã trả lời")).to_contain_text("1 / 20")
    holds(page, device)
    page.locator("summary").click()
    page.get_by_label("Lý do").fill("Gửi nhầm danh sách")
    follow(page.get_by_role("button", name="Thu hồi các mã còn lại"))
    expect(page.get_by_text("Gửi nhầm danh sách")).to_be_visible()
    citizen.goto(f"/p/{links[8].split('/p/')[1]}")
    expect(citizen.get_by_role("heading", name="Thư mời này không còn hiệu lực.")).to_be_visible()
    holds(citizen, PHONE)


@pytest.mark.parametrize("device", [PHONE, LAPTOP], ids=["phone", "laptop"])
def test_a_head_writes_what_was_done_and_people_read_it_when_they_have_rated(
    head: Head, new_page: Pages, province: SmallProvince, device: dict[str, Any]
) -> None:
    page = head(device)
    page.goto("/agencies/yen-son")
    follow(page.get_by_role("link", name="Ông/Bà góp ý – chúng tôi làm"))
    page.get_by_label("Người dân góp ý điều gì", exact=True).fill("Chờ lâu vào sáng thứ Hai.")
    page.get_by_label("Cơ quan đã làm gì", exact=True).fill("Sáng thứ Hai có thêm một quầy.")
    page.get_by_label("Từ ngày").fill("2026-10-12")
    follow(page.get_by_role("button", name="Lưu bản nháp"))
    expect(page.get_by_text("bản nháp, chỉ nội bộ xem được")).to_be_visible()
    follow(page.get_by_role("link", name="Sửa bản nháp"))
    expect(page.get_by_label("Cơ quan đã làm gì", exact=True)).to_have_value("Sáng thứ Hai có thêm một quầy.")
    page.get_by_label("Cơ quan đã làm gì", exact=True).fill("Từ thứ Hai có thêm một quầy.")
    follow(page.get_by_role("button", name="Lưu bản nháp"))
    follow(page.get_by_role("button", name="Công bố", exact=True))
    expect(page.get_by_text("Đang hiện trên trang cảm ơn.")).to_be_visible()
    holds(page, device)

    citizen = new_page(PHONE)
    citizen.goto(province.urls["yen-son"])
    rate(citizen)
    expect(citizen.get_by_role("heading", name="Ông/Bà góp ý – chúng tôi làm")).to_be_visible()
    expect(citizen.get_by_text("Từ thứ Hai có thêm một quầy.")).to_be_visible()
    holds(citizen, PHONE)
    follow(page.get_by_role("button", name="Rút lại"))
    expect(page.get_by_role("heading", name="12/10/2026 · đã rút")).to_be_visible()
