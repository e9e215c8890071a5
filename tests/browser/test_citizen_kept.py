"""Whatever happens to phone, network or server: the answers stay, and one response is stored."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qs
from uuid import UUID

import pytest
from flask import Flask, Response, request
from playwright.sync_api import Page, Route, expect
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey.models import Response as Stored
from survey.queries.stored_response import is_stored
from tests.support.browser import PHONE, Pages, assert_accessible, follow, stop_the_clock, until
from tests.support.small_province import SmallProvince
from tests.support.waiting import wait_for

pytestmark = pytest.mark.parametrize("database_system", ["sqlite"], indirect=True)

FORM = "Đánh giá sự phục vụ – UBND xã Yên Sơn"
HOUR = 3600_000
ALL = 24  # 23 criteria and the general question
DENIED = """
for (const name of ['localStorage', 'sessionStorage', 'indexedDB', 'caches'])
    Object.defineProperty(window, name, { get() { throw new DOMException('denied', 'SecurityError'); } });
"""

NOTHING_WAITS = """new Promise(resolve => {
    const opened = indexedDB.open('sipas');
    opened.onsuccess = () => {
        const counted = opened.result.transaction('queue').objectStore('queue').count();
        counted.onsuccess = () => resolve(counted.result === 0);
    };
})"""
WOKEN = """async () => {
    while (!self.answers.length) await new Promise(resolve => setTimeout(resolve, 20));
    return self.answers.shift();
}"""
LET_EXPIRE = """
for (const [key, draft] of Object.entries(localStorage))
    localStorage[key] = JSON.stringify(Object.assign(JSON.parse(draft), { until: 1 }));
"""


def count(session: Session) -> int:
    session.rollback()
    return session.scalar(select(func.count()).select_from(Stored)) or 0


def ratings(session: Session) -> dict[str, int]:
    session.rollback()
    return session.scalars(select(Stored.ratings)).one()


@pytest.fixture
def url(province: SmallProvince) -> str:
    return province.urls["yen-son"]


def answer_all(page: Page, url: str) -> None:
    """The full form, each line rated, as 1 to 5 in turn."""
    page.goto(f"{url}?form=full")
    for place, card in enumerate(page.locator(".rate").all()):
        card.locator("label").nth(place % 5).click()
    answered(page, ALL)


def answered(page: Page, lines: int) -> None:
    """So many of the form's lines are rated."""
    expect(page.locator(".rate input:checked")).to_have_count(lines)


def send(page: Page) -> None:
    page.get_by_role("button", name="Gửi đánh giá", exact=True).click()


def thanked(page: Page) -> None:
    page.get_by_role("heading", name="Xin cảm ơn").wait_for()


def waits(page: Page) -> None:
    page.get_by_role("heading", name="Chưa gửi, sẽ tự gửi").wait_for()


def stands_by(page: Page) -> None:
    """The service worker has the page and the script."""
    until(page, "navigator.serviceWorker.controller !== null")
    until(page, "caches.open('sipas').then(c => c.keys()).then(k => k.some(r => new URL(r.url).pathname.startsWith('/s/')))")
    page.evaluate("fetch(document.querySelector('script').src).then(r => r.text())")


@pytest.fixture
def trouble(app: Flask) -> Callable[[int | None], None]:
    """From now on every POST is answered with this status, as a gateway in front of us would; None: no more trouble."""
    status: list[int | None] = [None]

    @app.before_request
    def fail() -> Response | None:
        if request.method == "POST" and status[0]:
            return Response("<h1>Bad Gateway</h1>", status[0])
        return None

    def begin(code: int | None) -> None:
        status[0] = code

    return begin


def test_a_reload_keeps_all_answers(live_server: str, new_page: Pages, url: str, session: Session) -> None:
    page = new_page(PHONE)
    answer_all(page, url)
    page.reload()
    answered(page, ALL)
    expect(page.get_by_text("được điền lại bên dưới")).to_be_visible()
    send(page)
    thanked(page)
    assert len(ratings(session)) == ALL


def test_a_new_scan_of_the_code_finds_the_answers_of_the_form_that_was_begun(live_server: str, new_page: Pages, url: str) -> None:
    page = new_page(PHONE)
    page.goto(url)
    for card in page.locator(".rate").all()[:4]:
        card.locator("label").nth(1).click()
    named = page.locator("[name=form]").get_attribute("value")
    assert named
    page.goto("/privacy")
    page.goto(url)
    answered(page, 4)
    expect(page.locator("[name=form]")).to_have_attribute("value", named)


def test_back_from_another_page_keeps_all_answers(live_server: str, new_page: Pages, url: str) -> None:
    page = new_page(PHONE)
    answer_all(page, url)
    page.get_by_role("link", name="những gì được lưu").click()
    page.get_by_role("heading", name="Những gì được lưu").first.wait_for()
    page.go_back()
    answered(page, ALL)


def test_an_offline_form_waits_and_is_sent_once_when_the_network_is_back(
    live_server: str, new_page: Pages, url: str, session: Session
) -> None:
    """And the title always says which page it is: it is what a screen reader and the list of open pages tell."""
    page = new_page(PHONE)
    answer_all(page, url)
    page.context.set_offline(True)
    send(page)
    waits(page)
    expect(page).to_have_title("Chưa gửi, sẽ tự gửi.")
    assert count(session) == 0
    page.go_back()
    answered(page, ALL)
    expect(page).to_have_title(FORM)
    page.go_forward()
    waits(page)
    expect(page).to_have_title("Chưa gửi, sẽ tự gửi.")
    page.context.set_offline(False)
    thanked(page)
    expect(page).to_have_title("Xin cảm ơn")
    assert len(ratings(session)) == ALL
    page.go_back()
    answered(page, ALL)
    expect(page).to_have_title(FORM)
    send(page)
    thanked(page)
    expect(page).to_have_title("Xin cảm ơn")
    page.reload()
    thanked(page)
    expect(page).to_have_title("Xin cảm ơn")
    assert count(session) == 1


def test_whoever_comes_back_to_an_empty_form_reads_that_one_is_waiting(
    live_server: str, new_page: Pages, url: str, session: Session, trouble: Callable[[int | None], None]
) -> None:
    page = new_page(PHONE)
    page.goto(url)
    stands_by(page)
    page.locator(".rate label").first.click()
    trouble(502)
    send(page)
    waits(page)
    page.go_back()
    page.reload()
    answered(page, 0)
    waiting = page.get_by_text("Trên máy này còn một phiếu chưa gửi được.")
    expect(waiting).to_be_visible()
    trouble(None)
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(waiting).to_be_hidden()
    assert count(session) == 1


def test_of_the_time_that_answering_took_only_a_class_leaves_the_phone_however_long_it_waits(
    live_server: str, new_page: Pages, url: str, session: Session
) -> None:
    page = new_page(PHONE)
    stop_the_clock(page)
    page.goto(url)
    page.clock.run_for(HOUR)  # the page lay open before anybody answered
    page.locator(".rate label").first.click()
    page.clock.run_for(10_000)
    page.reload()
    answered(page, 1)
    page.clock.run_for(10_000)
    page.context.set_offline(True)
    send(page)
    waits(page)
    page.clock.run_for(HOUR)
    sent: list[str] = []
    page.on("request", lambda made: sent.append(made.post_data or "") if made.method == "POST" else None)
    page.context.set_offline(False)
    thanked(page)
    session.rollback()
    assert session.scalars(select(Stored.answering_time)).all() == ["15s_to_60s"]
    for body in sent:  # none, where the browser has sent it by itself
        assert set(parse_qs(body)) == {
            "response_id",
            "form",
            "questionnaire",
            "answering_time",
            page.locator(".rate input").first.get_attribute("name"),
        }


def test_a_waiting_form_is_sent_when_the_page_is_opened_again(live_server: str, new_page: Pages, url: str, session: Session) -> None:
    page = new_page(PHONE)
    answer_all(page, url)
    page.context.set_offline(True)
    send(page)
    waits(page)
    context = page.context
    page.close()
    context.set_offline(False)
    again = context.new_page()
    again.goto(url)
    until(again, NOTHING_WAITS)
    assert len(ratings(session)) == ALL


def test_the_browser_itself_sends_later_what_it_is_asked_to_wait_with(
    live_server: str, new_page: Pages, url: str, session: Session, trouble: Callable[[int | None], None]
) -> None:
    """Background Sync: no page of ours is open. Asked to wait (429), the worker must say so to the browser and keep the answers."""
    page = new_page(PHONE)
    page.add_init_script("delete ServiceWorkerRegistration.prototype.sync")  # so that it is woken by nobody but this test
    answer_all(page, url)
    stands_by(page)
    context = page.context
    context.set_offline(True)
    send(page)
    waits(page)
    other = context.new_page()
    page.close()
    context.set_offline(False)
    other.goto("/privacy")
    sync = background_sync(other)
    for status in (429, 502):
        trouble(status)
        assert sync() == f"later: Error: {status}"
        assert not other.evaluate(NOTHING_WAITS)
    assert count(session) == 0
    trouble(None)
    assert sync() == "done"
    assert sync() == "done"  # what was sent stays until a page has said so, and is not sent again
    assert len(ratings(session)) == ALL
    other.goto(url)
    until(other, NOTHING_WAITS)
    assert count(session) == 1


def background_sync(page: Page) -> Callable[[], str]:
    """Wakes the service worker as the browser does when the network is back, and tells what it answered to the browser."""
    registrations: list[str] = []
    tools = page.context.new_cdp_session(page)
    tools.on(
        "ServiceWorker.workerRegistrationUpdated", lambda event: registrations.extend(r["registrationId"] for r in event["registrations"])
    )
    tools.send("ServiceWorker.enable")
    (worker,) = page.context.service_workers
    worker.evaluate(
        """() => {
            const wait = ExtendableEvent.prototype.waitUntil;
            ExtendableEvent.prototype.waitUntil = function (work) {
                if (this.type === 'sync') self.answers.push(work.then(() => 'done', error => 'later: ' + error));
                return wait.call(this, work);
            };
            self.answers = [];
        }"""
    )

    def wake() -> str:
        origin = page.evaluate("location.origin")
        asked = {"origin": origin, "registrationId": registrations[-1], "tag": "send", "lastChance": False}
        tools.send("ServiceWorker.dispatchSyncEvent", asked)
        return str(worker.evaluate(WOKEN))

    return wake


def test_a_reload_without_network_shows_the_form_with_all_answers(live_server: str, new_page: Pages, url: str, session: Session) -> None:
    page = new_page(PHONE)
    answer_all(page, url)
    stands_by(page)
    page.context.set_offline(True)
    page.reload()
    answered(page, ALL)
    page.context.set_offline(False)
    send(page)
    thanked(page)
    assert len(ratings(session)) == ALL


def test_a_form_that_is_opened_twice_without_network_makes_two_responses(
    live_server: str, new_page: Pages, url: str, session: Session
) -> None:
    """The stored page must not carry the first one's id: a second person's answers would be lost as a repeat."""
    page = new_page(PHONE)
    page.goto(url)
    stands_by(page)
    page.context.set_offline(True)
    ids = set()
    for _ in range(2):
        page.goto(url)
        page.locator(".rate label").first.click()
        ids.add(page.locator("[name=response_id]").get_attribute("value"))
        send(page)
        waits(page)
    page.context.set_offline(False)
    thanked(page)
    assert len(ids) == 2
    wait_for(lambda: count(session) == 2, "both are stored")  # the one that is thanked for may be sent before the other
    until(page, NOTHING_WAITS)
    assert count(session) == 2


@pytest.mark.parametrize("status", [500, 502, 503, 429])
def test_a_server_in_trouble_gets_the_form_when_it_is_well_again(
    live_server: str, new_page: Pages, url: str, session: Session, trouble: Callable[[int | None], None], status: int
) -> None:
    page = new_page(PHONE)
    stop_the_clock(page)  # else it may be sent by itself before it is told to
    answer_all(page, url)
    trouble(status)
    send(page)
    waits(page)
    trouble(None)
    page.get_by_role("button", name="Thử gửi ngay").click()
    thanked(page)
    assert len(ratings(session)) == ALL


def test_a_server_that_restarts_gets_the_form_by_itself(live_server: str, new_page: Pages, url: str, session: Session) -> None:
    page = new_page(PHONE)
    stop_the_clock(page)
    answer_all(page, url)
    gone = [True]

    def refuse(route: Route) -> None:
        if gone[0] and route.request.method == "POST":
            return route.abort("connectionrefused")
        return route.continue_()

    page.route("**/s/**", refuse)
    send(page)
    waits(page)
    gone[0] = False
    page.clock.run_for(6_000)
    thanked(page)
    assert len(ratings(session)) == ALL


def test_a_reply_that_is_lost_after_the_response_was_stored_leads_to_one_response_and_a_thank_you(
    live_server: str, new_page: Pages, url: str, session: Session
) -> None:
    page = new_page(PHONE)
    stop_the_clock(page)
    answer_all(page, url)
    lost = []

    def cut(route: Route) -> None:
        if route.request.method == "POST" and not lost:
            route.fetch()
            lost.append(route.request.url)
            return route.abort("connectionreset")
        return route.continue_()

    page.route("**/s/**", cut)
    send(page)
    waits(page)
    assert count(session) == 1
    page.get_by_role("button", name="Thử gửi ngay").click()
    thanked(page)
    assert count(session) == 1


def test_denied_storage_does_no_harm(live_server: str, new_page: Pages, url: str, session: Session) -> None:
    page = new_page(PHONE)
    page.add_init_script(DENIED)
    answer_all(page, url)
    page.context.set_offline(True)
    send(page)
    waits(page)
    expect(page.get_by_text("Xin Ông/Bà để trang này mở")).to_be_visible()
    page.go_back()
    answered(page, ALL)
    page.context.set_offline(False)
    thanked(page)
    assert len(ratings(session)) == ALL


def test_sent_answers_leave_nothing_on_the_phone(live_server: str, new_page: Pages, url: str) -> None:
    page = new_page(PHONE)
    answer_all(page, url)
    assert page.evaluate("localStorage.length") == 1
    send(page)
    thanked(page)
    assert page.evaluate("localStorage.length") == 0
    page.goto(url)
    answered(page, 0)


def test_answers_that_were_not_sent_are_gone_after_two_hours(live_server: str, new_page: Pages, url: str) -> None:
    page = new_page(PHONE)
    answer_all(page, url)
    hours = page.evaluate("(JSON.parse(Object.values(localStorage)[0]).until - Date.now()) / 3600000")
    assert 1.9 < hours <= 2
    page.evaluate(LET_EXPIRE)
    page.goto(url)
    answered(page, 0)
    assert page.evaluate("localStorage.length") == 0


def test_the_next_person_on_a_shared_phone_can_delete_what_was_begun(live_server: str, new_page: Pages, url: str) -> None:
    page = new_page(PHONE)
    page.goto(url)
    page.locator(".rate label").first.click()
    page.reload()
    follow(page.get_by_role("button", name="Xóa và làm lại từ đầu"))
    expect(page.locator(".rate").first).to_be_visible()
    expect(page.locator("input:checked")).to_have_count(0)
    assert page.evaluate("localStorage.length") == 0


def test_two_quick_taps_on_send_send_once(live_server: str, new_page: Pages, url: str, session: Session) -> None:
    page = new_page(PHONE)
    sent = []
    page.on("request", lambda made: sent.append(made.url) if made.method == "POST" else None)
    page.goto(url)
    page.locator(".rate label").first.click()
    page.get_by_role("button", name="Gửi đánh giá", exact=True).dblclick()
    thanked(page)
    assert (len(sent), count(session)) == (1, 1)


def test_a_reload_of_the_thank_you_stays_a_thank_you(live_server: str, new_page: Pages, url: str, session: Session) -> None:
    page = new_page(PHONE)
    page.goto(url)
    page.locator(".rate label").first.click()
    send(page)
    thanked(page)
    page.reload()
    thanked(page)
    assert count(session) == 1


FAILED = "Chưa thực hiện được, vì mất mạng hoặc máy chủ đang bận."


@pytest.mark.parametrize("status", [None, 502], ids=["offline", "502"])
@pytest.mark.parametrize("button", ["English", "Hình to", "Trả lời đầy đủ 23 tiêu chí"])
def test_a_button_that_leads_to_another_page_says_when_it_fails_and_works_later(
    live_server: str, new_page: Pages, url: str, session: Session, trouble: Callable[[int | None], None], button: str, status: int | None
) -> None:
    page = new_page(PHONE)
    page.goto(f"{url}?form=short-4&lang=en")  # another variant, in another language, that this phone has seen before
    stands_by(page)
    begin(page, url)
    trouble(status)
    page.context.set_offline(status is None)
    follow(page.get_by_role("button", name=button))
    expect(page.get_by_role("alert").get_by_text(FAILED)).to_be_in_viewport()
    still_there(page)
    assert_accessible(page)
    trouble(None)
    page.context.set_offline(False)
    follow(page.get_by_role("button", name=button))
    expect(page.get_by_text(FAILED)).to_be_hidden()
    answered(page, 2)
    page.locator("form .send").first.click()
    page.locator("main[data-sent]").wait_for()
    assert (count(session), len(ratings(session))) == (1, 2)


@pytest.mark.parametrize("status", [None, 502], ids=["offline", "502"])
def test_a_form_that_is_sent_without_its_script_comes_back_with_its_answers_and_says_that_it_was_not_sent(
    live_server: str, new_page: Pages, url: str, session: Session, trouble: Callable[[int | None], None], status: int | None
) -> None:
    """The script may fail on a phone that has the service worker of an earlier visit; what was stored unseen must not count twice."""
    page = new_page(PHONE)
    begin(page, url)
    named = page.locator("[name=response_id]").get_attribute("value") or ""
    page.evaluate("localStorage.clear()")
    page.context.new_cdp_session(page).send("Emulation.setScriptExecutionDisabled", {"value": True})
    trouble(status)
    page.context.set_offline(status is None)
    follow(page.get_by_role("button", name="Gửi đánh giá", exact=True))
    expect(page.get_by_text(FAILED)).to_be_in_viewport()
    still_there(page)
    expect(page.locator("[name=response_id]")).to_have_attribute("value", named)
    trouble(None)
    page.context.set_offline(False)
    follow(page.get_by_role("button", name="Gửi đánh giá", exact=True))
    thanked(page)
    session.rollback()
    response = session.scalars(select(Stored)).one()
    assert is_stored(session, UUID(named))
    assert (response.helped, response.answers) == (True, {"N5": "late"})


def begin(page: Page, url: str) -> None:
    """Something of everything: two lines, a tick, a question below the button, and a comment that would like to be markup."""
    page.goto(f"{url}?form=short-3")
    stands_by(page)
    for card, level in ((0, "Bình thường"), (5, "Hài lòng")):
        page.locator(".rate").nth(card).get_by_text(level, exact=True).click()
    page.locator("#helped + label").click()
    page.get_by_text("Trả lời thêm vài câu hỏi").click()
    page.locator("#q-N5").get_by_text("Trễ hẹn").click()
    page.get_by_text("Viết góp ý").click()
    page.locator("textarea").fill(COMMENT)


COMMENT = "Chờ & đợi <b>lâu</b></textarea>"


def still_there(page: Page) -> None:
    expect(page.locator("html")).to_have_attribute("lang", "vi")
    expect(page.locator("[name=form]")).to_have_value("short-3")
    answered(page, 2)
    expect(page.locator(".rate").nth(5).locator("[value='4']")).to_be_checked()
    expect(page.locator("#helped")).to_be_checked()
    expect(page.locator("#N5-late")).to_be_checked()
    expect(page.locator("textarea")).to_be_visible()
    expect(page.locator("textarea")).to_have_value(COMMENT)


@pytest.mark.parametrize("status", [500, 502])
def test_without_script_back_from_an_error_finds_all_answers(
    live_server: str, new_page: Pages, url: str, session: Session, trouble: Callable[[int | None], None], status: int
) -> None:
    page = new_page(PHONE, java_script_enabled=False)
    answer_all(page, url)
    trouble(status)
    send(page)
    page.get_by_role("heading", name="Bad Gateway").wait_for()
    trouble(None)
    page.go_back()
    answered(page, ALL)
    send(page)
    thanked(page)
    assert len(ratings(session)) == ALL


def test_a_page_kept_from_before_an_update_works_with_the_newest_script(
    live_server: str, new_page: Pages, url: str, session: Session
) -> None:
    """The phone may hold a page that lacks lines which the newest script knows; a rating sent from it must still wait and arrive."""
    page = new_page(PHONE)

    def older(route: Route) -> None:
        reply = route.fetch()
        html = reply.text()
        for line in ("waits", "failed", "receipt", "lost"):
            html = html.replace(f'id="{line}"', "")
        route.fulfill(response=reply, body=html)

    page.route(lambda address: address.endswith(f"{url}?form=full"), older)
    answer_all(page, url)
    assert page.locator("#receipt").count() == 0
    page.context.set_offline(True)
    send(page)
    waits(page)
    page.context.set_offline(False)
    thanked(page)
    assert len(ratings(session)) == ALL
