"""Hand and eye: cards, pictures, voices, languages, colours and sizes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from survey.domain.questionnaire import short_form
from survey.models import Agency, Desk, Response, Wave
from tests.support.browser import LAPTOP, MOVING, PHONE, Pages, assert_accessible, follow, stop_the_clock, until
from tests.support.small_province import SmallProvince

pytestmark = pytest.mark.parametrize("database_system", ["sqlite"], indirect=True)

NARROW = {**PHONE, "viewport": {"width": 320, "height": 568}}
SCRIPT = pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
#: Chromium without sound has no voices; a phone in Vietnam has one.
VOICES = """
window.said = [];
Object.defineProperty(window, 'speechSynthesis', { value: {
    getVoices: () => [{ lang: 'en-US' }, { lang: 'vi-VN' }], cancel() {}, speak(words) { window.said.push(words.text); } } });
window.SpeechSynthesisUtterance = function (text) { this.text = text; };
"""


@pytest.fixture
def url(province: SmallProvince) -> str:
    return province.urls["yen-son"]


def stored(session: Session) -> Response:
    session.rollback()
    return session.scalars(select(Response)).one()


def send(page: Page) -> None:
    page.get_by_role("button", name="Gửi đánh giá", exact=True).click()
    page.get_by_role("heading", name="Xin cảm ơn").wait_for()


# --- cards ---


def test_after_a_tap_the_next_card_comes_into_view_and_the_line_grows(live_server: str, new_page: Pages, url: str) -> None:
    page = new_page({**PHONE, **MOVING})
    page.goto(url)
    cards = page.locator(".rate").all()
    for number, card in enumerate(cards, start=1):
        card.get_by_text("Bình thường").tap()
        following = cards[number] if number < len(cards) else page.locator(".helped").first
        expect(following).to_be_in_viewport(ratio=0.95)
        expect(page.locator("progress")).to_have_js_property("value", number)
    expect(page.get_by_role("button", name="Gửi đánh giá", exact=True)).to_be_in_viewport()


def test_taps_that_follow_each_other_quickly_all_count_and_nothing_moves_under_the_finger(
    live_server: str, new_page: Pages, url: str
) -> None:
    page = new_page({**PHONE, **MOVING, "viewport": {"width": 412, "height": 1400}})  # so tall that three cards are in sight
    stop_the_clock(page)
    page.goto(f"{url}?form=short-0")
    cards = page.locator(".rate").all()
    cards[0].get_by_text("Bình thường").tap()
    page.clock.run_for(200)
    cards[2].get_by_text("Hài lòng", exact=True).tap()
    page.clock.run_for(200)
    page.mouse.move(*middle(cards[1].get_by_text("Rất hài lòng")))
    page.mouse.down()
    page.clock.run_for(1000)  # however long it rests on the glass
    page.mouse.up()
    expect(page.locator(".rate input:checked")).to_have_count(3)
    page.clock.run_for(200)
    assert page.evaluate("scrollY") == 0
    page.clock.run_for(100)
    until(page, "Math.abs(document.querySelectorAll('.rate')[3].getBoundingClientRect().top - 16) < 2")  # the first that has no answer yet
    checked = [card.locator("input:checked").get_attribute("value") for card in cards[:3]]
    assert checked == ["3", "5", "4"]


def middle(row: Locator) -> tuple[float, float]:
    box = row.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_a_second_thought_stays_where_it_is(live_server: str, new_page: Pages, url: str) -> None:
    page = new_page({**PHONE, **MOVING})
    page.goto(url)
    page.evaluate("addEventListener('scrollend', () => { window.rests = true; })")
    first = page.locator(".rate").first
    first.get_by_text("Bình thường").tap()
    expect(page.locator(".rate").nth(1)).to_be_in_viewport(ratio=0.95)
    until(page, "window.rests === true")
    first.scroll_into_view_if_needed()
    first.get_by_text("Rất hài lòng").tap()
    page.wait_for_timeout(600)
    expect(first.get_by_text("Rất hài lòng")).to_be_in_viewport()


def test_nothing_moves_for_those_who_want_no_motion_and_for_the_keyboard(live_server: str, new_page: Pages, url: str) -> None:
    for device, key in ((PHONE, False), ({**PHONE, **MOVING}, True)):
        page = new_page(device)
        page.goto(url)
        if key:
            page.locator(".rate input").first.focus()
            page.keyboard.press("ArrowDown")
        else:
            page.locator(".rate label").first.tap()
        page.wait_for_timeout(500)
        expect(page.locator("progress")).to_have_js_property("value", 1)
        assert page.evaluate("scrollY") == 0


@pytest.mark.parametrize("mode", ["", "?mode=pictures"])
def test_the_first_tap_is_on_the_first_screen_and_every_target_is_large(live_server: str, new_page: Pages, url: str, mode: str) -> None:
    page = new_page(PHONE)
    page.goto(url + mode)
    first = page.locator(".rate label").first.bounding_box()
    assert first is not None
    assert first["y"] + first["height"] < 640
    boxes = [row.bounding_box() for row in page.locator("label, button:not(.away), summary").all() if row.is_visible()]
    assert len(boxes) > 36
    assert min(box["height"] for box in boxes if box) >= 48


@pytest.mark.parametrize("simulated", [False, True], ids=["real", "simulated"])
def test_however_long_the_names_are_all_five_levels_of_the_first_question_are_on_the_first_screen(
    live_server: str, new_page: Pages, url: str, session: Session, province: SmallProvince, simulated: bool
) -> None:
    """With the badge of a demonstration too."""
    long = "Trung tâm Phục vụ hành chính công và Chuyển đổi số liên thông ba cấp: Quầy đất đai, xây dựng, hộ tịch và chứng thực số 2"
    session.execute(update(Agency).values(name_vi=long))
    session.execute(update(Desk).values(name_vi=long))
    session.execute(update(Wave).values(simulated=simulated))
    session.commit()
    assert len(long) == 120
    page = new_page(PHONE)
    questionnaire = province.questionnaire
    first_asked = {questionnaire.asked(form)[0]: form for form in map(short_form, range(len(questionnaire.short_forms)))}
    assert len(first_asked) == 4  # each question that may come first
    for form in first_asked.values():
        page.goto(f"{url}?form={form}")
        levels = page.locator(".rate").first.locator("label")
        places = [box["y"] + box["height"] for box in (level.bounding_box() for level in levels.all()[:5]) if box]
        assert len(places) == 5
        assert max(places) <= 640, places
        expect(page.get_by_role("heading", level=1)).to_contain_text(long)  # cut for the eye alone
        expect(page.get_by_text("Dữ liệu mô phỏng")).to_have_count(int(simulated))
    page.goto(f"{url}?mode=pictures")
    expect(page.locator(".rate label").first).to_be_in_viewport(ratio=1)


def test_no_opinion_is_there_and_quiet(live_server: str, new_page: Pages, url: str, session: Session) -> None:
    page = new_page(PHONE)
    page.goto(url)
    cards = page.locator(".rate").all()
    colours = [cards[0].locator("label").nth(place).evaluate("row => getComputedStyle(row).borderTopColor") for place in (0, 5)]
    assert colours[0] != colours[1] == "rgba(0, 0, 0, 0)"
    cards[0].get_by_text("Hài lòng", exact=True).click()
    cards[1].get_by_text("Không có ý kiến").click()
    send(page)
    assert sorted(stored(session).ratings.values()) == [0, 4]


# --- for those who read little ---


@SCRIPT
def test_the_pictures_are_a_tap_away_and_keep_the_answers(
    live_server: str, new_page: Pages, url: str, session: Session, script: bool
) -> None:
    page = new_page(PHONE, java_script_enabled=script)
    page.goto(url)
    page.locator(".rate").nth(2).get_by_text("Hài lòng", exact=True).click()
    follow(page.get_by_role("button", name="Hình to"))
    page.locator("body.pictures").wait_for()
    face = page.locator(".rate label svg").first.bounding_box()
    assert face is not None
    assert face["width"] >= 56
    expect(page.locator(".rate .sign")).to_have_count(6)
    expect(page.locator(".rate input:checked")).to_have_count(1)
    expect(page.get_by_text("Nghe câu hỏi").first).to_be_hidden()  # no voice, no recording: simply absent
    send(page)
    assert list(stored(session).ratings.values()) == [4]


def test_a_phone_with_a_vietnamese_voice_reads_the_question(live_server: str, new_page: Pages, url: str) -> None:
    page = new_page(PHONE)
    page.add_init_script(VOICES)
    page.goto(f"{url}?mode=pictures")
    card = page.locator(".rate").first
    card.get_by_role("button", name="Nghe câu hỏi").click()
    said = page.evaluate("window.said")
    assert len(said) == 1
    assert said[0].startswith(card.locator(".asked").inner_text())
    assert "Rất không hài lòng" in said[0]


@SCRIPT
def test_a_recorded_question_is_offered_where_the_operator_put_one(
    live_server: str, app: Flask, new_page: Pages, url: str, script: bool
) -> None:
    folder = Path(app.instance_path) / "recordings" / "sipas-2017" / "vi"
    folder.mkdir(parents=True)
    (folder / "G1.mp3").write_bytes(b"\xff\xfb\x90\x00" * 100)
    page = new_page(PHONE, java_script_enabled=script)
    page.goto(f"{url}?mode=pictures")
    link = page.locator("#q-G1").get_by_role("link", name="Nghe câu hỏi")
    heard = page.context.request.get(link.get_attribute("href") or "")
    assert (heard.status, heard.headers["content-type"]) == (200, "audio/mpeg")
    expect(page.locator("a.hear")).to_have_count(1)


def test_somebody_who_helps_is_recorded_as_such(live_server: str, new_page: Pages, url: str, session: Session) -> None:
    page = new_page(PHONE)
    page.goto(url)
    page.locator(".rate label").first.click()
    page.get_by_text("Có người giúp tôi trả lời").click()
    send(page)
    assert stored(session).helped is True


# --- languages ---


@SCRIPT
def test_another_language_keeps_the_answers(live_server: str, new_page: Pages, url: str, session: Session, script: bool) -> None:
    page = new_page(PHONE, java_script_enabled=script)
    page.goto(f"{url}?form=full")
    for card in page.locator(".rate").all():
        card.locator("label").nth(1).click()
    page.locator("#helped + label").click()
    page.get_by_text("Viết góp ý").click()
    page.locator("textarea").fill("Chờ lâu")
    follow(page.get_by_role("button", name="English"))
    page.get_by_role("button", name="Send my rating", exact=True).wait_for()
    expect(page.locator(".rate input:checked")).to_have_count(24)
    expect(page.locator("#helped")).to_be_checked()
    expect(page.locator("textarea")).to_have_value("Chờ lâu")
    follow(page.get_by_role("button", name="Tiếng Việt"))
    send(page)
    assert (stored(session).language, len(stored(session).ratings)) == ("vi", 24)
    assert (stored(session).answering_time is not None) == script


# --- optional parts ---


@SCRIPT
def test_the_other_questions_can_be_skipped_or_answered_and_ask_only_whom_they_mean(
    live_server: str, new_page: Pages, url: str, session: Session, script: bool
) -> None:
    page = new_page(PHONE, java_script_enabled=script)
    page.goto(url)
    page.locator(".rate label").first.click()
    expect(page.locator("#q-N2")).to_be_hidden()  # nothing to skip: they are folded away below the button
    page.get_by_text("Trả lời thêm vài câu hỏi").click()
    expect(page.locator("#q-N6")).to_be_hidden()
    page.locator("#q-N5").get_by_text("Trễ hẹn").click()
    page.locator("#q-N6").get_by_text("Có", exact=True).click()
    page.locator("#q-N7").get_by_text("Không", exact=True).click()
    page.get_by_role("button", name="Gửi đánh giá và các câu trả lời này").click()
    page.get_by_role("heading", name="Xin cảm ơn").wait_for()
    assert stored(session).answers == {"N5": "late", "N6": "yes", "N7": "no"}


# --- eyes ---

COLOUR = "row => getComputedStyle(row).backgroundColor"
LOOKS: list[dict[str, Any]] = [
    {},
    {"color_scheme": "dark"},
    {"contrast": "more"},
    {"contrast": "more", "color_scheme": "dark"},
    {"forced_colors": "active"},
    {"forced_colors": "active", "color_scheme": "dark"},
]


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_every_colour_scheme_is_accessible_and_shows_what_is_chosen(
    live_server: str, new_page: Pages, url: str, look: dict[str, Any]
) -> None:
    page = new_page(NARROW, **look)
    for mode in ("", "?mode=pictures"):
        page.goto(url + mode)
        row = page.locator(".rate label").first
        row.click()
        page.get_by_text("Trả lời thêm vài câu hỏi").click()
        page.get_by_text("Viết góp ý").click()
        chosen, other = (page.locator(".rate label").nth(n).evaluate(COLOUR) for n in (0, 1))
        assert chosen != other
        ticks = [page.locator(".rate label").nth(n).evaluate("row => getComputedStyle(row, '::after').content") for n in (0, 1)]
        assert ("✓" in ticks[0], "✓" in ticks[1]) == (True, False)  # not by colour alone
        assert_accessible(page)


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("device", [NARROW, PHONE, LAPTOP], ids=["320", "360", "1280"])
def test_what_a_citizen_reads_afterwards_is_accessible_too(
    live_server: str, new_page: Pages, url: str, device: dict[str, Any], language: str
) -> None:
    page = new_page(device)
    page.goto(f"{url}?lang={language}&mode=pictures")
    assert_accessible(page)
    page.locator(".rate label").first.click()
    page.reload()
    assert_accessible(page)  # with the notice that earlier answers are filled in
    page.context.set_offline(True)
    page.locator("form .send").first.click()
    page.locator("#unsent h1").wait_for()
    assert_accessible(page)
    page.context.set_offline(False)
    page.locator("main[data-sent]").wait_for()
    assert_accessible(page)
    page.goto(f"{url}?lang={language}")
    page.locator("form .send").first.click()
    page.get_by_role("alert").wait_for()
    assert_accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("mode", ["", "&mode=pictures"])
@pytest.mark.parametrize("language", ["vi", "en"])
def test_letters_of_twice_the_size_fit_320_pixels(live_server: str, new_page: Pages, url: str, language: str, mode: str) -> None:
    page = new_page({"viewport": {"width": 320, "height": 640}})
    for address in (f"{url}?form=full&lang={language}{mode}", f"/privacy?lang={language}"):
        page.goto(address)
        page.evaluate("document.styleSheets[0].insertRule('html{font-size:200%!important}', 0)")
        page.evaluate("for (const part of document.querySelectorAll('details')) part.open = true")
        assert page.evaluate("getComputedStyle(document.body).fontSize") == "36px"
        cut = page.evaluate(
            "[...document.querySelectorAll('label,legend,button:not(.away),h1,p')].filter(e => e.scrollWidth > e.clientWidth + 1)"
            ".map(e => e.textContent.trim())"
        )
        assert cut == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
