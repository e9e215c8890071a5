"""The staff's pages as a person with a phone and one with a laptop see them."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy.orm import Session

from survey.database import db
from survey.services.add_user import add_user
from survey.settings import today
from tests.support.browser import LAPTOP, PHONE, Pages, assert_accessible, follow
from tests.support.scored_province import PASSWORD, Cell, give_score
from tests.support.small_province import SmallProvince
from tests.support.staff_pages import log_in

# What these pages ask of the database is tried on both systems in tests/survey/web; how they look needs only one.
pytestmark = pytest.mark.parametrize("database_system", ["sqlite"], indirect=True)
DEVICES = pytest.mark.parametrize("device", [PHONE, LAPTOP], ids=["phone", "laptop"])
PATHS = ["/department", "/department/waves", "/department/waves/2026-Q4", "/department/waves/2026-Q4/close", "/none"]
Visit = Callable[..., Page]


@pytest.fixture
def visit(app: Flask, live_server: str, new_page: Pages, session: Session, province: SmallProvince) -> Visit:
    """Logs a person in and opens a page, in a province whose Yên Sơn has 214 responses."""
    months = {"2026-09": Cell(60, 0.78), "2026-10": Cell(100, 0.8), "2026-11": Cell(54, 0.85)}
    cells = {"tinh": Cell(250, 0.81), "yen-son": Cell(214, 0.8243), "my-lam": Cell(29, 0.7)}
    for code, cell in cells.items():
        others = {"E2": Cell(60, 0.61), "C3": Cell(8)}
        give_score(session, province.questionnaire, province.wave, province.agency_ids[code], cell, months=months, others=others)
    province.wave.simulated = True
    session.commit()
    province.answer(session, {"A1": 4}, day=today())

    def open_page(path: str, device: dict[str, object], *, role: str = "agency_head", agency: str | None = "yen-son") -> Page:
        with app.app_context():
            add_user(db.session, email="nguoi@example.vn", password=PASSWORD, role=role, agency_code=agency, second_factor_waived=True)
        page = log_in(new_page(device, java_script_enabled=True), "nguoi@example.vn")
        page.goto(path)
        return page

    return open_page


def assert_fits(page: Page) -> None:
    """Nothing makes the page wider than the screen, and every chart was drawn."""
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for image in page.locator("img").all():
        image.scroll_into_view_if_needed()
        image.evaluate("image => image.decode()")
        assert image.get_attribute("alt")


@DEVICES
def test_the_heads_page_is_legible_and_accessible(visit: Visit, device: dict[str, object]) -> None:
    page = visit("/agencies/yen-son", device)
    expect(page.get_by_text("Dữ liệu mô phỏng")).to_be_visible()
    expect(page.locator("img")).to_have_count(2)
    assert_fits(page)
    for summary in page.locator("summary").all():
        summary.click()
    assert_accessible(page)
    assert_fits(page)


@DEVICES
@pytest.mark.parametrize(
    "path",
    ["/department", "/department/criteria", "/department/waves", "/department/waves/2026-Q4", "/department/waves/2026-Q4/close", "/none"],
)
def test_the_departments_pages_fit_and_are_accessible(visit: Visit, device: dict[str, object], path: str) -> None:
    page = visit(path, device, role="department", agency=None)
    assert_fits(page)
    assert_accessible(page)


@DEVICES
def test_dark_colours_can_be_read(visit: Visit, device: dict[str, object]) -> None:
    page = visit("/agencies/yen-son", {**device, "color_scheme": "dark"})
    assert_accessible(page)


def test_choosing_another_wave_works_without_script(visit: Visit) -> None:
    page = visit("/agencies/yen-son", PHONE)
    page.get_by_text("Quý IV/2026 · mã QR tại quầy").click()
    follow(page.get_by_role("button", name="Xem"))
    expect(page).to_have_url(re.compile("wave=2026-Q4"))
    expect(page).to_have_url(re.compile("mode=open_qr"))


def test_the_keyboard_reaches_the_content_first(visit: Visit) -> None:
    page = visit("/agencies/yen-son", LAPTOP)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#content")).to_be_focused()


@DEVICES
def test_the_log_in_page_is_accessible_also_when_it_refuses(live_server: str, new_page: Pages, device: dict[str, object]) -> None:
    page = new_page(device)
    page.goto("/login")
    assert_accessible(page)
    page.get_by_label("Địa chỉ thư điện tử").fill("nguoi@example.vn")
    page.get_by_label("Mật khẩu").fill("sai")
    follow(page.get_by_role("button", name="Đăng nhập"))
    expect(page.get_by_role("alert")).to_be_visible()
    assert_accessible(page)
