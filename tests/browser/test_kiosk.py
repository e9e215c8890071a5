from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.models import Response
from survey.services.issue_desk_code import issue_desk_code
from survey.settings import today
from survey.web import rotating_code
from tests.support.actions import longest_words, publish
from tests.support.browser import LAPTOP, PHONE, Pages, assert_accessible, follow, stop_the_clock, until
from tests.support.small_province import SmallProvince

TABLET: dict[str, Any] = {**LAPTOP, "has_touch": True}
HOUR = 3600_000

# What a browser does is the same on both databases: one is enough here. tests/survey/web/test_kiosk.py runs on both.
pytestmark = pytest.mark.parametrize("database_system", ["sqlite"], indirect=True)


@pytest.fixture
def kiosk(session: Session, province: SmallProvince) -> str:
    return "/k/" + issue_desk_code(session, province.desk_ids["yen-son"], today=today(), kind="kiosk")


@pytest.fixture
def screen(session: Session, province: SmallProvince) -> str:
    return "/d/" + issue_desk_code(session, province.desk_ids["yen-son"], today=today(), kind="display")


@pytest.fixture
def tablet(live_server: str, new_page: Pages, kiosk: str) -> Page:
    """The kiosk as staff have opened it, ready to go on without a network, on a clock that only the test moves."""
    page = new_page(TABLET)
    stop_the_clock(page)
    page.goto(kiosk)
    page.wait_for_selector("html[data-offline=ready]")
    until(page, "navigator.serviceWorker.controller !== null")
    return page


def stored(session: Session) -> list[Response]:
    session.rollback()
    return list(session.scalars(select(Response).execution_options(populate_existing=True)))


def tap(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def rate(page: Page, level: str, *, cards: int = 6) -> None:
    for _ in range(cards):
        asked = page.locator("[data-asked]").inner_text()
        tap(page, level)
        page.clock.run_for(300)
        expect(page.locator("[data-asked]", has_text=asked)).to_have_count(0)


def answer(page: Page, level: str) -> None:
    """One person, from the start screen to the thank-you and out of sight."""
    tap(page, "Bắt đầu")
    rate(page, level)
    tap(page, "Gửi đánh giá")
    page.get_by_role("heading", name="Xin cảm ơn").wait_for()


def back_at_the_start(page: Page) -> None:
    page.clock.run_for(11_000)
    expect(page.get_by_role("button", name="Bắt đầu")).to_be_visible()


def go_back(page: Page) -> None:
    """The browser's Back within the kiosk's page, and what the page does about it."""
    page.evaluate("window.went = false; addEventListener('popstate', () => { window.went = true; }, { once: true }); history.back()")
    until(page, "window.went === true")


def nothing_waits(page: Page) -> None:
    until(
        page,
        """new Promise(resolve => {
            const opened = indexedDB.open("kiosk");
            opened.onsuccess = () => {
                const counted = opened.result.transaction("given").objectStore("given").count();
                counted.onsuccess = () => resolve(counted.result === 0);
            };
        })""",
    )


def left_in_the_browser(page: Page) -> str:
    """All that the browser keeps for this site, as text."""
    return str(
        page.evaluate(
            """async () => {
                const asked = indexedDB.open("kiosk");
                await new Promise(done => asked.onsuccess = done);
                const given = asked.result.transaction("given").objectStore("given").getAll();
                await new Promise(done => given.onsuccess = done);
                return JSON.stringify([given.result, {...localStorage}, {...sessionStorage}, document.cookie, history.state, location.href,
                    document.getElementById("kiosk").innerHTML]);
            }"""
        )
    )


def test_three_people_after_each_other_are_three_responses(tablet: Page, session: Session) -> None:
    for level in ("Rất hài lòng", "Bình thường", "Rất không hài lòng"):
        answer(tablet, level)
        expect(tablet.locator("h1:visible")).to_have_text("Xin cảm ơn Ông/Bà. Đánh giá đã được ghi nhận.")
        back_at_the_start(tablet)
    responses = stored(session)
    assert sorted(set(response.ratings.values()).pop() for response in responses) == [1, 3, 5]
    assert {(response.mode, len(response.ratings), response.language) for response in responses} == {("kiosk", 6, "vi")}
    assert all(UUID(str(response.id)).version == 4 for response in responses)
    assert tablet.context.cookies() == []


def test_a_half_done_form_is_deleted_when_nobody_answers_and_the_page_says_so(tablet: Page, session: Session) -> None:
    tap(tablet, "Bắt đầu")
    rate(tablet, "Không hài lòng", cards=3)
    tablet.clock.run_for(41_000)
    expect(tablet.get_by_role("alertdialog")).to_contain_text("Ông/Bà còn ở đây không?")
    seconds = int(tablet.get_by_role("alertdialog").locator("[data-left]").inner_text())
    tablet.clock.run_for(5_000)
    assert int(tablet.get_by_role("alertdialog").locator("[data-left]").inner_text()) == seconds - 5
    tablet.clock.run_for(16_000)
    expect(tablet.get_by_text("Phiếu chưa xong đã bị xóa. Không câu trả lời nào được giữ lại.")).to_be_visible()
    tap(tablet, "Bắt đầu")
    expect(tablet.locator("[data-position]")).to_have_text("1")
    expect(tablet.locator("[aria-pressed=true]")).to_have_count(0)
    assert stored(session) == []


def test_whoever_is_still_there_goes_on_where_they_were(tablet: Page, session: Session) -> None:
    tap(tablet, "Bắt đầu")
    rate(tablet, "Hài lòng", cards=2)
    for _ in range(3):
        tablet.clock.run_for(50_000)
        tap(tablet, "Tôi vẫn đang trả lời")
    expect(tablet.locator("[data-position]")).to_have_text("3")
    rate(tablet, "Hài lòng", cards=4)
    tap(tablet, "Gửi đánh giá")
    tablet.get_by_role("heading", name="Xin cảm ơn").wait_for()
    assert len(stored(session)) == 1


def test_back_shows_nothing_of_the_person_before(tablet: Page, session: Session) -> None:
    answer(tablet, "Rất không hài lòng")
    back_at_the_start(tablet)
    sent = str(stored(session)[0].id)
    for _ in range(4):
        go_back(tablet)
        tablet.clock.run_for(500)
        expect(tablet.get_by_role("button", name="Bắt đầu")).to_be_visible()
        expect(tablet.locator("[aria-pressed=true]")).to_have_count(0)
    tap(tablet, "Bắt đầu")
    go_back(tablet)
    tablet.clock.run_for(500)
    expect(tablet.get_by_role("button", name="Bắt đầu")).to_be_visible()
    expect(tablet.locator("[aria-pressed=true]")).to_have_count(0)
    assert sent not in left_in_the_browser(tablet)
    tablet.reload()
    expect(tablet.get_by_role("button", name="Bắt đầu")).to_be_visible()
    expect(tablet.locator("[aria-pressed=true]")).to_have_count(0)
    assert sent not in left_in_the_browser(tablet)


def test_back_within_a_form_leads_to_the_card_before(tablet: Page) -> None:
    tap(tablet, "Bắt đầu")
    rate(tablet, "Bình thường", cards=2)
    go_back(tablet)
    expect(tablet.locator("[data-position]")).to_have_text("2")
    expect(tablet.locator("[aria-pressed=true]")).to_contain_text("Bình thường")
    tap(tablet, "Quay lại câu trước")
    expect(tablet.locator("[data-position]")).to_have_text("1")


def test_a_form_can_be_stopped_and_nothing_of_it_is_left(tablet: Page, session: Session) -> None:
    tap(tablet, "Bắt đầu")
    rate(tablet, "Bình thường", cards=4)
    tap(tablet, "Dừng và xóa")
    expect(tablet.get_by_text("Phiếu chưa xong đã bị xóa.")).to_be_visible()
    assert "aria-pressed" not in left_in_the_browser(tablet)
    assert stored(session) == []


def test_an_hour_without_a_network_loses_nobody(tablet: Page, session: Session) -> None:
    tablet.context.set_offline(True)
    levels = ["Rất hài lòng", "Hài lòng", "Bình thường", "Không hài lòng", "Rất không hài lòng"]
    for count, level in enumerate(levels, start=1):
        answer(tablet, level)
        expect(tablet.locator("h1:visible")).to_have_text("Xin cảm ơn Ông/Bà. Phiếu chưa gửi, sẽ tự gửi.")
        back_at_the_start(tablet)
        expect(tablet.locator("[data-waiting]")).to_have_text(f"{count} phiếu chưa gửi, sẽ tự gửi")
        tablet.clock.run_for(HOUR // len(levels))
    tablet.reload()  # the battery ran out: the page itself comes without a network, and the forms are still there
    expect(tablet.locator("[data-waiting]")).to_have_text("5 phiếu chưa gửi, sẽ tự gửi")
    assert stored(session) == []
    tablet.context.set_offline(False)
    tablet.clock.run_for(31_000)
    nothing_waits(tablet)
    expect(tablet.locator("[data-waiting]")).to_be_hidden()
    responses = stored(session)
    assert sorted(next(iter(response.ratings.values())) for response in responses) == [1, 2, 3, 4, 5]
    assert {(response.mode, response.responded_on) for response in responses} == {("kiosk", today())}
    assert {response.answering_time for response in responses} == {"under_15s"}  # how long it waited is not told
    tablet.clock.run_for(HOUR)
    assert len(stored(session)) == 5


def test_a_reply_that_was_lost_stores_nothing_twice(tablet: Page, session: Session) -> None:
    lost = []

    def lose_the_reply(route: Any) -> None:
        route.fetch()
        lost.append(route.request.post_data)
        route.abort()

    tablet.route("**/given?*", lose_the_reply)
    answer(tablet, "Hài lòng")
    expect(tablet.locator("h1:visible")).to_contain_text("Phiếu chưa gửi, sẽ tự gửi")
    tablet.unroute("**/given?*")
    back_at_the_start(tablet)
    tablet.clock.run_for(31_000)
    nothing_waits(tablet)
    expect(tablet.locator("[data-waiting]")).to_be_hidden()
    assert len(lost) >= 1
    assert len(stored(session)) == 1


def test_a_browser_that_denies_storage_still_sends_and_waits(live_server: str, new_page: Pages, kiosk: str, session: Session) -> None:
    page = new_page(TABLET)
    page.add_init_script("Object.defineProperty(window, 'indexedDB', {get() { throw new DOMException('denied'); }});")
    stop_the_clock(page)
    page.goto(kiosk)
    answer(page, "Hài lòng")
    back_at_the_start(page)
    page.context.set_offline(True)
    answer(page, "Bình thường")
    back_at_the_start(page)
    expect(page.locator("[data-waiting]")).to_have_text("1 phiếu chưa gửi, sẽ tự gửi")
    page.context.set_offline(False)
    page.clock.run_for(31_000)
    expect(page.locator("[data-waiting]")).to_be_hidden()
    assert len(stored(session)) == 2


def test_what_the_agency_did_is_told_after_sending_also_without_a_network(
    live_server: str, new_page: Pages, kiosk: str, session: Session, province: SmallProvince
) -> None:
    """Even the longest words leave the next person's button in sight, and the screen still returns by itself."""
    words = [longest_words(number) for number in (0, 7, 20, 33)]
    for said, done in (words[:2], words[2:]):
        publish(session, province.agency_ids["yen-son"], said, done)
    tablet = new_page(TABLET)
    stop_the_clock(tablet)
    tablet.goto(kiosk)
    tablet.wait_for_selector("html[data-offline=ready]")
    until(tablet, "navigator.serviceWorker.controller !== null")
    answer(tablet, "Hài lòng")
    expect(tablet.get_by_role("heading", name="Ông/Bà góp ý – chúng tôi làm")).to_be_visible()
    tablet.clock.run_for(21_000)
    expect(tablet.get_by_role("button", name="Bắt đầu")).to_be_visible()
    tablet.context.set_offline(True)
    tablet.reload()
    answer(tablet, "Bình thường")
    expect(tablet.locator(".action")).to_contain_text([f"{words[2]}{words[3]} (từ ngày 05/10/2026)", f"{words[0]}{words[1]}"])
    expect(tablet.get_by_role("button", name="Người tiếp theo")).to_be_in_viewport(ratio=1)
    tablet.clock.run_for(11_000)
    expect(tablet.locator(".action")).to_have_count(2)  # there is something to read
    tablet.clock.run_for(10_000)
    expect(tablet.get_by_role("button", name="Bắt đầu")).to_be_visible()


def test_every_variant_is_drawn_equally_often(tablet: Page, province: SmallProvince) -> None:
    """1,200 draws of 60 variants: 20 each, give or take; chi-square with 59 degrees of freedom stays under its 1-in-10,000 limit."""
    names = tablet.evaluate(
        """() => Array.from({length: 1200}, () => {
            document.querySelector("[data-do=begin]").click();
            const code = document.querySelector(".card").dataset.form;
            document.querySelector("[data-do=leave]").click();
            return code;
        })"""
    )
    drawn = Counter(names)
    assert set(drawn) <= {f"short-{number}" for number in range(len(province.questionnaire.short_forms))}
    assert len(drawn) == 60
    assert sum((count - 20) ** 2 / 20 for count in drawn.values()) < 104.6


def test_each_person_may_choose_the_language_and_the_next_starts_in_vietnamese(tablet: Page, session: Session) -> None:
    tap(tablet, "English")
    tap(tablet, "Begin")
    for _ in range(6):
        tap(tablet, "Satisfied")
        tablet.clock.run_for(300)
    tap(tablet, "Send my rating")
    tablet.get_by_role("heading", name="Thank you. Your rating has been received.").wait_for()
    back_at_the_start(tablet)
    assert [response.language for response in stored(session)] == ["en"]


def test_without_script_the_plain_form_is_there(live_server: str, new_page: Pages, kiosk: str, session: Session) -> None:
    page = new_page(TABLET, java_script_enabled=False)
    page.goto(kiosk)
    follow(page.get_by_role("link", name="Bắt đầu"))
    for card in page.locator("fieldset.rate").all():
        card.get_by_text("Hài lòng", exact=True).click()
    page.get_by_role("button", name="Gửi đánh giá", exact=True).first.click()
    page.get_by_role("heading", name="Xin cảm ơn").wait_for()
    assert [response.mode for response in stored(session)] == ["kiosk"]


@pytest.mark.parametrize("device", [TABLET, PHONE, {**TABLET, "color_scheme": "dark"}], ids=["tablet", "phone", "dark"])
@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_screen_is_accessible(
    live_server: str,
    new_page: Pages,
    kiosk: str,
    screen: str,
    device: dict[str, Any],
    language: str,
    session: Session,
    province: SmallProvince,
) -> None:
    publish(session, province.agency_ids["yen-son"], longest_words(0), longest_words(20))
    page = new_page(device)
    now = datetime.now(UTC)
    page.clock.set_fixed_time(now)  # nobody idles, however long the looking takes

    def look() -> None:
        assert_accessible(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        boxes = [found.bounding_box() for found in page.locator("button").all() if found.is_visible()]
        assert all(box["height"] >= 48 and box["width"] >= 48 for box in boxes if box)

    page.goto(f"{kiosk}?lang={language}")
    look()
    page.locator("[data-do=begin]").click()
    page.locator("[data-rating='4']").click()
    expect(page.locator("[data-position]")).to_have_text("2")
    page.locator("[data-do=back]").click()
    expect(page.locator("[aria-pressed=true]")).to_have_count(1)
    look()
    for position in range(1, 7):
        expect(page.locator("[data-position]")).to_have_text(str(position))
        page.locator("[data-rating='4']").click()
    page.locator("[data-do=send]").wait_for()
    look()
    page.clock.set_fixed_time(now + timedelta(seconds=41))
    page.get_by_role("alertdialog").wait_for()
    look()
    page.locator("[data-do=stay]").click()
    page.locator("[data-do=send]").click()
    page.locator("[data-do=next]").wait_for()
    expect(page.locator(".action")).to_be_visible()
    look()
    page.goto(f"{screen}?lang={language}")
    look()


@pytest.mark.parametrize("device", [PHONE, {**PHONE, "color_scheme": "dark"}, LAPTOP], ids=["phone", "dark", "laptop"])
def test_the_page_for_a_code_that_has_aged_is_accessible(
    live_server: str, new_page: Pages, app: Flask, province: SmallProvince, screen: str, device: dict[str, Any]
) -> None:
    with pytest.MonkeyPatch.context() as patch, app.app_context():
        patch.setattr(rotating_code, "time", lambda: datetime.now(UTC).timestamp() - 2 * rotating_code.FRESH_FOR)
        token = rotating_code._steps().sign(str(province.desk_ids["yen-son"])).decode()
    page = new_page(device)
    for language, heading in (("vi", "Xin Ông/Bà quét lại mã trên màn hình"), ("en", "Please scan the code on the screen once more")):
        page.goto(f"/q/{token}?lang={language}")
        page.get_by_role("heading", name=heading).wait_for()
        assert_accessible(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_code_on_the_screen_changes_and_goes_away_when_the_network_stays_out(live_server: str, new_page: Pages, screen: str) -> None:
    page = new_page(LAPTOP)
    stop_the_clock(page)
    page.goto(screen)
    first = page.locator("#code img").get_attribute("src")
    with pytest.MonkeyPatch.context() as patch:
        now = rotating_code.time()
        patch.setattr(rotating_code, "time", lambda: now + rotating_code.STEP)
        page.clock.run_for(61_000)
        expect(page.locator("#code img")).not_to_have_attribute("src", first or "")
    page.context.set_offline(True)
    page.clock.run_for(10 * 60_000)
    expect(page.locator("#code img")).to_be_visible()
    page.clock.run_for(5 * 60_000)
    expect(page.locator("#code img")).to_be_hidden()
    expect(page.get_by_text("Xin Ông/Bà quét mã in trên giấy tại quầy.")).to_be_visible()
    page.context.set_offline(False)
    page.clock.run_for(61_000)
    expect(page.locator("#code img")).to_be_visible()
