"""Old phones, screen readers, and the pages that nobody hopes to see."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from survey.domain.slip_code import slip_key
from survey.models import Response as Stored
from survey.services.change_wave import close_wave, open_wave
from survey.services.issue_desk_code import revoke_desk_code
from survey.services.make_invitations import make_invitations
from survey.settings import today
from tests.support.browser import PHONE, Pages, assert_accessible, follow
from tests.support.small_province import SmallProvince

pytestmark = pytest.mark.parametrize("database_system", ["sqlite"], indirect=True)

#: What in-app browsers and web views of some years ago lack.
OLD = """
for (const name of ['fetch', 'caches', 'indexedDB', 'speechSynthesis', 'PointerEvent', 'IntersectionObserver'])
    Object.defineProperty(window, name, { value: undefined });
Object.defineProperty(Navigator.prototype, 'serviceWorker', { get() { return undefined; } });
delete SubmitEvent.prototype.submitter;
"""


@pytest.fixture
def url(province: SmallProvince) -> str:
    return province.urls["yen-son"]


def stored(session: Session) -> list[Stored]:
    session.rollback()
    return list(session.scalars(select(Stored)))


def test_an_old_web_view_keeps_and_sends_what_was_answered(live_server: str, new_page: Pages, url: str, session: Session) -> None:
    page = new_page(PHONE)
    page.add_init_script(OLD)
    page.goto(url)
    for card in page.locator(".rate").all():
        card.get_by_text("Hài lòng", exact=True).tap()
    page.reload()
    expect(page.locator(".rate input:checked")).to_have_count(6)
    follow(page.get_by_role("button", name="English"))
    expect(page.locator(".rate input:checked")).to_have_count(6)
    follow(page.get_by_role("button", name="Send my rating", exact=True))
    expect(page.get_by_role("heading", name="Thank you. Your rating has been received.")).to_be_visible()
    page.go_back()
    follow(page.get_by_role("button", name="Send my rating", exact=True))
    expect(page.get_by_role("heading", name="Thank you. Your rating has been received.")).to_be_visible()
    (response,) = stored(session)
    assert (set(response.ratings.values()), response.language, response.answering_time is not None) == ({4}, "en", True)


def test_a_screen_reader_hears_question_place_levels_and_what_became_of_it(live_server: str, new_page: Pages, url: str) -> None:
    page = new_page(PHONE)
    page.goto(f"{url}?form=short-0")
    card = page.locator(".rate").first
    expect(card).to_match_aria_snapshot(
        """
        - group /1 \\/ 6 · Tiếp cận dịch vụ .+/:
          - radio "Rất hài lòng"
          - radio "Hài lòng"
          - radio "Bình thường"
          - radio "Không hài lòng"
          - radio "Rất không hài lòng"
          - radio "Không có ý kiến"
        """
    )
    expect(page.get_by_role("progressbar", name="Số câu đã trả lời")).to_be_visible()
    card.get_by_text("Bình thường").tap()
    expect(card.get_by_role("radio", name="Bình thường")).to_be_checked()
    page.get_by_role("button", name="Gửi đánh giá", exact=True).tap()
    expect(page.get_by_role("heading", name="Xin cảm ơn")).to_be_focused()


def test_the_notice_above_the_form_says_who_keeps_what_for_what(live_server: str, new_page: Pages, url: str) -> None:
    page = new_page(PHONE)
    page.goto(url)
    notice = page.locator(".notice")
    for words in ("Sở Nội vụ", "câu trả lời và ngày", "cải thiện việc phục vụ", "không lưu gì cho biết Ông/Bà là ai"):
        expect(notice).to_contain_text(words)
    expect(notice).to_be_in_viewport(ratio=1)
    follow(notice.get_by_role("link"))
    expect(page.get_by_text("91/2025/QH15")).to_be_visible()
    expect(page.get_by_text("khoảng thời gian trả lời, chia bốn mức")).to_be_visible()


@pytest.mark.parametrize("language", ["vi", "en"])
def test_pages_that_take_no_answer_are_accessible_and_never_speak_of_a_session(
    app: Flask, live_server: str, new_page: Pages, province: SmallProvince, url: str, session: Session, language: str
) -> None:
    page = new_page(PHONE, service_workers="block")  # it would show the form again in place of a failure

    def look() -> None:
        for width in (320, 360, 1280):
            page.set_viewport_size({"width": width, "height": 640})
            assert_accessible(page)
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert not re.search("session|phiên|expired|hết hạn", page.locator("body").inner_text(), re.IGNORECASE)

    def visit(address: str) -> None:
        page.goto(f"{address}?lang={language}")
        look()

    visit(f"/p/{invitation(app, session, province)}")
    send = sending(page, f"{url}?lang={language}")
    session.execute(text("ALTER TABLE tally RENAME TO tally_away"))
    session.commit()
    send()
    expect(page.locator("form input[name=response_id]")).to_have_count(1)  # the answers are on the page, to be sent from there
    look()
    session.execute(text("ALTER TABLE tally_away RENAME TO tally"))
    session.commit()
    send = sending(page, f"{url}?lang={language}")
    close_wave(session, province.wave.code, today=today())
    send()
    expect(page.locator("input:checked")).to_have_count(1)  # too late, and the answers are still there
    look()
    visit(url)
    revoke_desk_code(session, url.removeprefix("/s/"), today=today())
    visit(url)


def sending(page: Page, url: str) -> Callable[[], None]:
    """A form with one answer, sent as a browser without script does."""
    page.goto(url)
    page.locator(".rate label").first.click()

    def send() -> None:
        with page.expect_navigation():
            page.evaluate("HTMLFormElement.prototype.submit.call(document.getElementById('f'))")

    return send


def invitation(app: Flask, session: Session, province: SmallProvince) -> str:
    """The number of one for a survey that has not begun."""
    first = today() + timedelta(days=40)
    open_wave(
        session, code="sample", name_vi="Mẫu", name_en="Sample", opens_on=first, closes_on=first + timedelta(days=9),
        questionnaire="sipas-2017", instrument="sample",
    )  # fmt: skip
    made: list[str] = []
    make_invitations(
        session, "sample", province.desk_ids["yen-son"], 10, full_form=False, key=slip_key(app.config["SETTINGS"].secret_key),
        today=today(), made_by="x", draw=lambda _, codes: bytes(len(made.extend(codes) or b"")),  # type: ignore[func-returns-value]
    )  # fmt: skip
    return made[0]
