"""Somebody wanted an answer: the head sees that people wait, answers, and the audit log tells that it was done."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy.orm import Session

from survey.database import db
from survey.domain.feedback_case import week_of
from survey.services.add_user import add_user
from survey.settings import today
from tests.support.browser import LAPTOP, PHONE, Pages, assert_accessible, follow
from tests.support.cases import give_case
from tests.support.scored_province import PASSWORD, Cell, give_score
from tests.support.small_province import SmallProvince
from tests.support.staff_pages import log_in

pytestmark = pytest.mark.parametrize("database_system", ["sqlite"], indirect=True)
DEVICES = pytest.mark.parametrize("device", [PHONE, LAPTOP], ids=["phone", "laptop"])
WRITTEN = "Phòng chờ chỉ có sáu ghế. Mong có thêm ghế."
ANSWER = "Chúng tôi đã đặt thêm mười ghế. Cảm ơn Ông/Bà."


@pytest.fixture
def people(app: Flask, live_server: str, session: Session, province: SmallProvince) -> None:
    give_score(session, province.questionnaire, province.wave, province.agency_ids["yen-son"], Cell(214, 0.8243))
    give_case(
        session, province.agency_ids["yen-son"], WRITTEN, weeks_ago=3, contact="0900 000 123", secret=app.config["SETTINGS"].secret_key
    )
    give_case(session, province.agency_ids["my-lam"], "Chờ quá lâu", weeks_ago=5)
    with app.app_context():
        for email, role, agency in (("thutruong", "agency_head", "yen-son"), ("sonoivu", "department", None)):
            add_user(
                db.session, email=f"{email}@example.vn", password=PASSWORD, role=role, agency_code=agency, second_factor_waived=True
            )  # fmt: skip


def looked_at(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert_accessible(page)


@DEVICES
def test_the_head_is_told_that_somebody_waits_and_answers(people: None, new_page: Pages, device: dict[str, Any]) -> None:
    page = log_in(new_page(device), "thutruong@example.vn")
    notice = page.get_by_role("link", name="1 góp ý đang chờ trả lời", exact=True)
    expect(notice).to_be_in_viewport(ratio=1)
    looked_at(page)
    follow(notice)
    expect(page.get_by_text(WRITTEN)).to_be_visible()
    expect(page.get_by_text("đã chờ 3 tuần")).to_be_visible()
    looked_at(page)
    follow(page.get_by_role("button", name="Xem cách liên hệ người dân để lại"))
    expect(page.get_by_role("status")).to_contain_text("0900 000 123")
    looked_at(page)
    page.get_by_text("Viết câu trả lời").click()
    looked_at(page)
    page.get_by_label("Câu trả lời gửi người dân").fill(ANSWER)
    follow(page.get_by_role("button", name="Gửi câu trả lời"))
    expect(page.get_by_text(ANSWER).first).to_be_visible()
    expect(page.get_by_text("0 góp ý đang chờ trả lời")).to_be_visible()
    looked_at(page)
    page.goto("/start")
    expect(page.locator("h1")).to_have_text("UBND xã Yên Sơn")
    expect(page.get_by_text("đang chờ trả lời")).to_have_count(0)


@DEVICES
def test_the_department_sees_who_lets_people_wait_and_that_an_answer_was_given(
    people: None, new_page: Pages, device: dict[str, Any]
) -> None:
    head = log_in(new_page(device), "thutruong@example.vn")
    head.goto("/agencies/yen-son/cases")
    follow(head.get_by_role("button", name="Báo là đang xử lý"))
    expect(head.get_by_role("button", name="Chuyển về chưa xử lý")).to_be_visible()

    page = log_in(new_page(device), "sonoivu@example.vn")
    page.get_by_role("navigation", name="Các trang của tỉnh").get_by_role("link", name="Góp ý cần trả lời").click()
    since = (week_of(today()) - timedelta(weeks=5)).strftime("%d/%m/%Y")
    expect(page.locator("tbody tr").first).to_have_accessible_name(f"UBND phường Mỹ Lâm 1 0 0 từ tuần {since}")
    expect(page.get_by_text("Viết câu trả lời")).to_have_count(0)
    looked_at(page)
    page.get_by_label("Tình trạng").select_option("working")
    follow(page.get_by_role("button", name="Xem"))
    expect(page.get_by_role("listitem").filter(has_text=WRITTEN)).to_be_visible()
    expect(page.get_by_text("Chờ quá lâu")).to_have_count(0)
    page.goto("/audit")
    row = page.get_by_role("row", name=re.compile("Đổi tình trạng góp ý cần trả lời"))
    expect(row).to_contain_text("thutruong@example.vn")
    expect(row).to_contain_text("đang xử lý")
    expect(row).not_to_contain_text("ghế")
