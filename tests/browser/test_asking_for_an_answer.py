"""A comment that wants an answer, on a phone: its receipt code is never lost, whatever happens to the network."""

from __future__ import annotations

from uuid import UUID

import pytest
from flask import Flask, Response, request
from playwright.sync_api import Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.domain.receipt_code import receipt_code
from survey.domain.slip_code import in_groups
from survey.models import Comment, FeedbackCase
from tests.support.browser import PHONE, Pages, assert_accessible, follow
from tests.support.small_province import SmallProvince

pytestmark = pytest.mark.parametrize("database_system", ["sqlite"], indirect=True)

WORDS = "Xin cho biết bao giờ có thêm ghế ngồi chờ"


@pytest.fixture
def url(province: SmallProvince) -> str:
    return province.urls["yen-son"]


def ask(page: Page, url: str, words: str = WORDS) -> str:
    """A rated form with a comment and the tick under it; the receipt code that its number makes."""
    page.goto(url)
    page.locator(".rate label").first.click()
    page.get_by_text("Viết góp ý").click()
    page.locator("textarea").fill(words)
    page.get_by_text("Tôi muốn được trả lời góp ý này").click()
    expect(page.locator("#wants_answer")).to_be_checked()
    return in_groups(receipt_code(UUID(page.locator("[name=response_id]").get_attribute("value") or "")))


def press(page: Page) -> None:
    page.get_by_role("button", name="Gửi đánh giá và góp ý").click()


def cases(session: Session) -> list[str]:
    session.rollback()
    return list(session.scalars(select(FeedbackCase.text)))


def test_the_thank_you_tells_the_code_that_leads_to_the_comment(live_server: str, new_page: Pages, url: str, session: Session) -> None:
    page = new_page(PHONE)
    code = ask(page, url)
    assert_accessible(page)
    press(page)
    expect(page.locator("main[data-sent] .code")).to_have_text(code)
    assert_accessible(page)
    assert cases(session) == [WORDS]
    follow(page.get_by_role("button", name="Xem góp ý"))
    expect(page.locator("main")).to_contain_text(WORDS)
    assert code.replace("-", "") not in page.url


def test_without_script_it_is_the_same(live_server: str, new_page: Pages, url: str, session: Session) -> None:
    page = new_page(PHONE, java_script_enabled=False)
    code = ask(page, url)
    follow(page.get_by_role("button", name="Gửi đánh giá và góp ý"))
    expect(page.locator("main[data-sent] .code")).to_have_text(code)
    follow(page.get_by_role("button", name="Xem góp ý"))
    expect(page.locator("main")).to_contain_text(WORDS)
    assert cases(session) == [WORDS]


def test_a_form_that_waits_for_a_network_tells_the_very_code_that_it_will_have(
    live_server: str, new_page: Pages, url: str, session: Session
) -> None:
    """The script makes it of the form's number as the server does; whoever leaves now may never see this page again."""
    page = new_page(PHONE)
    code = ask(page, url)
    page.context.set_offline(True)
    press(page)
    expect(page.locator("#receipt .code")).to_have_text(code)
    expect(page.locator("#receipt")).to_be_visible()
    assert_accessible(page)
    assert cases(session) == []
    page.context.set_offline(False)
    expect(page.locator("main[data-sent] .code")).to_have_text(code)
    assert cases(session) == [WORDS]


def test_the_waiting_page_still_tells_the_code_after_back_and_a_reload(live_server: str, new_page: Pages, url: str, app: Flask) -> None:
    @app.before_request
    def fail() -> Response | None:
        return Response("<h1>Bad Gateway</h1>", 502) if request.method == "POST" else None

    page = new_page(PHONE)
    code = ask(page, url)
    press(page)
    expect(page.locator("#receipt .code")).to_have_text(code)
    page.go_back()
    expect(page.locator("#unsent")).to_be_hidden()
    page.go_forward()
    expect(page.locator("#receipt .code")).to_have_text(code)
    page.reload()
    expect(page.locator("#receipt .code")).to_have_text(code)


def test_a_form_without_the_tick_waits_without_a_code(live_server: str, new_page: Pages, url: str) -> None:
    page = new_page(PHONE)
    ask(page, url)
    page.get_by_text("Tôi muốn được trả lời góp ý này").click()
    page.context.set_offline(True)
    press(page)
    expect(page.locator("#unsent")).to_be_visible()
    expect(page.locator("#receipt")).to_be_hidden()


def test_the_tick_without_words_is_explained_beside_the_field(live_server: str, new_page: Pages, url: str, session: Session) -> None:
    page = new_page(PHONE)
    ask(page, url, "")
    follow(page.get_by_role("button", name="Gửi đánh giá và góp ý"))
    expect(page.locator(".comment .error")).to_contain_text("Xin Ông/Bà viết điều cần được trả lời")
    expect(page.locator("#wants_answer")).to_be_checked()
    assert_accessible(page)
    page.locator("textarea").fill(WORDS)
    press(page)
    expect(page.locator("main[data-sent] .code")).to_be_visible()
    assert cases(session) == [WORDS]
    assert session.scalars(select(Comment)).all() == []


def test_a_reload_keeps_the_tick(live_server: str, new_page: Pages, url: str) -> None:
    page = new_page(PHONE)
    ask(page, url)
    page.reload()
    expect(page.locator("#wants_answer")).to_be_checked()
    expect(page.locator("textarea")).to_have_value(WORDS)
