from __future__ import annotations

import pytest
from playwright.sync_api import expect
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey.models import Response
from tests.support.browser import LAPTOP, PHONE, Pages, assert_accessible, follow
from tests.support.small_province import SmallProvince

NARROW = {**PHONE, "viewport": {"width": 320, "height": 568}}


def count(session: Session) -> int:
    session.rollback()
    return session.scalar(select(func.count()).select_from(Response)) or 0


def test_a_citizen_without_script_and_cookies_rates_in_six_taps(
    live_server: str, new_page: Pages, province: SmallProvince, session: Session
) -> None:
    page = new_page(PHONE, java_script_enabled=False)
    page.goto(province.urls["yen-son"])
    first = page.locator(".rate label").first.bounding_box()
    assert first is not None
    assert first["y"] + first["height"] < 640  # the first tap is on the first screen
    for card in page.locator(".rate").all():
        card.get_by_text("Hài lòng", exact=True).click()
    follow(page.get_by_role("button", name="Gửi đánh giá", exact=True))
    expect(page.get_by_role("heading")).to_have_text("Xin cảm ơn Ông/Bà. Đánh giá đã được ghi nhận.")
    assert count(session) == 1
    assert page.context.cookies() == []


def test_back_keeps_the_answers_and_sending_again_stores_nothing_twice(
    live_server: str, new_page: Pages, province: SmallProvince, session: Session
) -> None:
    page = new_page(PHONE)
    page.goto(province.urls["yen-son"])
    for card in page.locator(".rate").all():
        card.get_by_text("Không hài lòng", exact=True).click()
    page.get_by_role("button", name="Gửi đánh giá", exact=True).click()
    page.get_by_text("Ông/Bà không cần gửi lại").wait_for()
    page.go_back()
    expect(page.locator("input:checked")).to_have_count(6)
    page.get_by_role("button", name="Gửi đánh giá", exact=True).click()
    page.get_by_text("Ông/Bà không cần gửi lại").wait_for()
    assert count(session) == 1


def test_the_full_form_keeps_what_was_already_tapped(live_server: str, new_page: Pages, province: SmallProvince) -> None:
    page = new_page(PHONE, java_script_enabled=False)
    page.goto(province.urls["yen-son"])
    page.locator(".rate").first.get_by_text("Bình thường").click()
    follow(page.get_by_role("button", name="Trả lời đầy đủ 23 tiêu chí"))
    expect(page.locator("input:checked")).to_have_count(1)
    expect(page.get_by_role("group").nth(23)).to_be_visible()


def test_the_form_can_be_filled_by_keyboard(live_server: str, new_page: Pages, province: SmallProvince, session: Session) -> None:
    page = new_page(LAPTOP)
    page.goto(province.urls["yen-son"])
    for _ in range(6):
        page.keyboard.press("Tab")
        while page.evaluate("document.activeElement.type") != "radio":
            page.keyboard.press("Tab")
        page.keyboard.press("Space")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Xin cảm ơn").wait_for()
    assert count(session) == 1


@pytest.mark.parametrize("device", [NARROW, PHONE, LAPTOP], ids=["320", "360", "1280"])
@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_page_of_the_citizen_is_accessible(
    live_server: str, new_page: Pages, province: SmallProvince, device: dict[str, object], language: str
) -> None:
    page = new_page(device)
    url = province.urls["yen-son"]
    for address in (f"{url}?form=full&", f"{url}?", "/s/nowhere?", "/privacy?"):
        page.goto(f"{address}lang={language}")
        assert_accessible(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{address} is wider than the screen"


def test_dark_mode_is_accessible_too(live_server: str, new_page: Pages, province: SmallProvince) -> None:
    page = new_page(PHONE, color_scheme="dark")
    page.goto(province.urls["yen-son"])
    page.locator(".rate label").first.click()
    assert_accessible(page)


def test_every_row_is_large_enough_for_a_thumb(live_server: str, new_page: Pages, province: SmallProvince) -> None:
    page = new_page(PHONE)
    page.goto(province.urls["yen-son"])
    boxes = [
        row.bounding_box() for row in page.locator("fieldset label, .helped label, button:not(.away), summary").all() if row.is_visible()
    ]
    assert boxes
    assert min(box["height"] for box in boxes if box) >= 48
