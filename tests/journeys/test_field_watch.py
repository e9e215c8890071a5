"""Sở Nội vụ watches the field work: finds a day that stands out, marks it with a reason, sees what it changes, and lifts the mark again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy.orm import Session

from survey.database import db
from survey.services.add_user import add_user
from survey.settings import today
from tests.support.browser import LAPTOP, PHONE, Pages, assert_accessible
from tests.support.scored_province import PASSWORD
from tests.support.small_province import SmallProvince
from tests.support.staff_pages import log_in

pytestmark = pytest.mark.parametrize("database_system", ["sqlite"], indirect=True)
Enter = Callable[[dict[str, object]], Page]


def pile() -> date:
    """The day on which thirty people came."""
    return today() - timedelta(days=4)


def in_vietnamese() -> str:
    return f"{pile():%d/%m/%Y}"


@pytest.fixture
def enter(app: Flask, live_server: str, new_page: Pages, session: Session, province: SmallProvince) -> Enter:
    """Logs an analyst in. At Yên Sơn two people answered a day, but thirty on one; at Mỹ Lâm nobody."""
    for back in range(1, 15):
        day = today() - timedelta(days=back)
        for number in range(30 if day == pile() else 2):
            province.answer(session, {"A1": 5 if day == pile() else 2 + 2 * number}, day=day)
    with app.app_context():
        add_user(db.session, email="so@example.vn", password=PASSWORD, role="analyst", agency_code=None, second_factor_waived=True)

    def open_watch(device: dict[str, object]) -> Page:
        page = log_in(new_page(device), "so@example.vn")
        page.get_by_role("link", name="Theo dõi thực địa").click()
        expect(page.get_by_role("heading", name="Theo dõi thực địa", level=1)).to_be_visible()
        return page

    return open_watch


def assert_fits(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_on_a_phone_one_look_tells_who_needs_one(enter: Enter) -> None:
    page = enter(PHONE)
    expect(page.get_by_text("Có 2 trong 2 đơn vị cần xem.")).to_be_visible()
    expect(page.get_by_text("Bộ phận Một cửa: chưa có phiếu nào từ đầu đợt khảo sát.")).to_be_visible()
    expect(page.get_by_text(f"Bộ phận Một cửa, ngày {in_vietnamese()}: 30 phiếu, bình thường khoảng 2 phiếu.")).to_be_visible()
    page.get_by_text("Cách đọc trang này").click()
    expect(page.get_by_text("không bao giờ là bằng chứng")).to_be_visible()
    assert_accessible(page)
    assert_fits(page)
    page.get_by_role("link", name="UBND xã Yên Sơn").click()
    expect(page.get_by_role("heading", name="Điều nổi bật")).to_be_visible()
    assert_accessible(page)
    assert_fits(page)


def test_a_day_is_marked_with_a_reason_and_the_mark_is_lifted_again(enter: Enter) -> None:
    page = enter(LAPTOP)
    page.get_by_role("link", name="UBND xã Yên Sơn").click()
    expect(page.get_by_text("Khi mọi việc bình thường, điều này chỉ xảy ra ở dưới 1 trong")).to_be_visible()
    page.get_by_role("link", name=f"Đánh dấu ngày này {in_vietnamese()}").click()
    expect(page.get_by_text("30 phiếu chưa bị đánh dấu.")).to_be_visible()
    expect(page.get_by_role("region", name="Điều sẽ thay đổi")).to_contain_text("(n = 56) → 50,00 % (n = 26)")
    assert_accessible(page)
    page.get_by_role("button", name="Đánh dấu 30 phiếu").click()  # without a reason
    expect(page.get_by_role("alert")).to_have_text("Vui lòng chọn một lý do.")
    page.get_by_label("Lý do").select_option("Nhiều phiếu giống nhau")
    page.get_by_label("Ghi rõ hơn, cho người xem sau này").fill("một chồng phiếu buổi chiều")
    page.get_by_role("button", name="Đánh dấu 30 phiếu").click()
    expect(page.get_by_text("đã đánh dấu 30 phiếu")).to_be_visible()
    expect(page.get_by_role("cell", name="Nhiều phiếu giống nhau: một chồng phiếu buổi chiều")).to_be_visible()
    page.get_by_role("link", name="Tiêu chí").click()
    page.get_by_role("heading", name="Cách tính khác có làm đổi kết quả không?").scroll_into_view_if_needed()
    expect(page.get_by_role("row", name="Bỏ phiếu bị đánh dấu")).to_contain_text("50,00 %")
    expect(page.get_by_role("row", name="Bỏ phiếu bị đánh dấu")).to_contain_text("−26,79chưa rõ rệt")  # few days, a wide interval
    assert_accessible(page)
    page.go_back()
    page.get_by_role("link", name=f"Bỏ đánh dấu {in_vietnamese()}").click()
    expect(page.get_by_text("30 phiếu bị đánh dấu: Nhiều phiếu giống nhau")).to_be_visible()
    assert_accessible(page)
    page.get_by_label("Vì sao bỏ đánh dấu").fill("ngày hội trả kết quả lưu động")
    page.get_by_role("button", name="Bỏ đánh dấu").click()
    expect(page.get_by_role("cell", name="ngày hội trả kết quả lưu động")).to_be_visible()
    expect(page.get_by_role("link", name=f"Đánh dấu ngày này {in_vietnamese()}")).to_be_visible()


def test_on_a_phone_a_finding_that_has_an_explanation_is_put_aside_and_taken_up_again(enter: Enter) -> None:
    page = enter(PHONE)
    page.get_by_role("link", name="UBND xã Yên Sơn").click()
    page.get_by_role("link", name=f"Đã xem, không có gì phải đánh dấu {in_vietnamese()}").click()
    expect(page.get_by_role("heading", name="Đã xem, không có gì phải đánh dấu")).to_be_visible()
    assert_accessible(page)
    assert_fits(page)
    page.get_by_label("Vì sao không có gì phải đánh dấu").fill("ngày hội trả kết quả lưu động")
    page.get_by_role("button", name="Đã xem, không có gì phải đánh dấu").click()
    expect(page.get_by_text("Không còn gì phải xem")).to_be_visible()
    expect(page.get_by_text("ngày hội trả kết quả lưu động")).to_be_visible()
    assert_accessible(page)
    assert_fits(page)
    page.get_by_role("link", name="Tất cả đơn vị đang theo dõi").click()
    expect(page.get_by_text("Có 1 trong 2 đơn vị cần xem.")).to_be_visible()
    page.go_back()
    page.get_by_role("link", name=f"Xem xét lại {in_vietnamese()}").click()
    expect(page.get_by_text("ngày hội trả kết quả lưu động")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("button", name="Xem xét lại").click()
    expect(page.get_by_role("link", name=f"Đánh dấu ngày này {in_vietnamese()}")).to_be_visible()
