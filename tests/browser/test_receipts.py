"""A citizen who wants an answer: from the form to the thank-you, to the page of the comment, and back days later with the code."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.domain.feedback_case import ANSWERED, WORKING
from survey.models import CaseContact, FeedbackCase
from survey.sealing import unseal
from survey.settings import today
from tests.support.browser import LAPTOP, PHONE, Pages, assert_accessible, follow
from tests.support.cases import give_case
from tests.support.receipts import give_receipt
from tests.support.small_province import SmallProvince

NARROW = {**PHONE, "viewport": {"width": 320, "height": 568}}
#: What 200 % leaves of a laptop's 1280 pixels.
ZOOMED = {"viewport": {"width": 640, "height": 400}, "device_scale_factor": 2}
WORDS = "Quầy đóng cửa lúc ba giờ chiều"
CODE = re.compile(r"\d{4}-\d{4}-\d{4}-\d{4}")


@pytest.fixture
def secret(app: Flask) -> str:
    return str(app.config["SETTINGS"].secret_key)


def rate_and_ask(page: Page, url: str) -> str:
    """The form as a person fills it in who wants an answer; what the thank-you gives as receipt."""
    page.goto(url)
    for card in page.locator(".rate").all():
        card.get_by_text("Hài lòng", exact=True).click()
    page.get_by_text("Viết góp ý").click()
    page.get_by_role("textbox").fill(WORDS)
    page.locator("label[for=wants_answer]").click()
    page.get_by_role("button", name="Gửi đánh giá và góp ý").click()
    expect(page.get_by_role("heading", name="Đánh giá đã được ghi nhận")).to_be_visible()
    expect(page.locator("main:not([hidden]) .code")).to_have_text(CODE)
    return page.locator("main:not([hidden]) .code").inner_text()


def open_case(page: Page, code: str, words: str = "vi") -> None:
    page.goto(f"/r?lang={words}")
    page.locator("#code").fill(code)
    follow(page.locator(".send"))


def fits(page: Page) -> None:
    assert_accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for target in page.get_by_role("button").or_(page.get_by_role("textbox")).all():
        box = target.bounding_box()
        assert box is None or box["height"] >= 48


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_a_comment_is_sent_answered_read_and_withdrawn(
    live_server: str, new_page: Pages, session: Session, province: SmallProvince, secret: str, script: bool
) -> None:
    page = new_page(PHONE, java_script_enabled=script)
    code = rate_and_ask(page, province.urls["yen-son"])
    follow(page.locator('form[action^="/r?"] button'))
    expect(page.get_by_role("heading", level=1)).to_have_text("Góp ý của Ông/Bà gửi UBND xã Yên Sơn")
    expect(page.get_by_text("Góp ý đang chờ cơ quan đọc.")).to_be_visible()
    page.get_by_label("Số điện thoại hoặc địa chỉ thư điện tử").fill("Chị Lan")
    follow(page.get_by_role("button", name="Lưu cách liên hệ"))
    expect(page.get_by_role("alert")).to_contain_text("Đây chưa giống số điện thoại")
    field = page.locator("#contact")
    expect(field).to_have_value("Chị Lan")
    field.fill("0912 345 678")
    with page.expect_navigation():
        field.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("đã được lưu")
    session.rollback()
    case, sealed = session.execute(select(FeedbackCase, CaseContact.sealed).join(CaseContact)).one()
    assert (case.text, unseal(sealed, secret)) == (WORDS, "0912 345 678")

    case.readable, case.state, case.answer, case.answered_on = True, ANSWERED, "Từ mai quầy mở đến 17 giờ", today()
    session.commit()
    other = new_page(PHONE, java_script_enabled=script)  # another phone, another day
    open_case(other, code.replace("-", " "))
    expect(other.get_by_text("Từ mai quầy mở đến 17 giờ")).to_be_visible()
    expect(other.get_by_text("0912")).to_have_count(0)
    follow(other.get_by_role("button", name="Rút và xóa góp ý"))
    follow(other.get_by_role("button", name="Không, giữ lại góp ý"))
    expect(other.get_by_text(WORDS)).to_be_visible()
    follow(other.get_by_role("button", name="Rút và xóa góp ý"))
    follow(other.get_by_role("button", name="Rút và xóa góp ý"))
    expect(other.get_by_role("status")).to_contain_text("đã được rút và xóa")
    expect(other.get_by_text(WORDS)).to_have_count(0)
    session.rollback()
    assert session.execute(select(FeedbackCase.state, FeedbackCase.text, FeedbackCase.answer)).one() == ("withdrawn", "", "")
    assert session.scalars(select(CaseContact)).all() == []
    assert page.context.cookies() == other.context.cookies() == []


@pytest.mark.parametrize("database_system", ["sqlite"], indirect=True)
def test_a_code_is_typed_wrongly_told_at_once_mended_and_kept_over_a_change_of_language(
    live_server: str, new_page: Pages, session: Session, province: SmallProvince, secret: str
) -> None:
    code = give_receipt(session, give_case(session, province.agency_ids["yen-son"], WORDS), secret)
    page = new_page(PHONE)
    page.goto("/p")
    follow(page.get_by_role("link", name="Xem câu trả lời tại đây"))
    wrong = code[:-1] + str((int(code[-1]) + 1) % 10)
    field = page.locator("#code")
    field.fill(wrong)
    follow(page.get_by_role("button", name="Xem góp ý của tôi"))
    expect(page.get_by_role("alert")).to_contain_text("Mã gõ chưa đúng")
    follow(page.get_by_role("button", name="English"))
    expect(page.get_by_role("alert")).to_contain_text("not typed quite right")
    expect(field).to_have_value(wrong)
    field.fill(code)
    with page.expect_navigation():
        field.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Your comment to Yên Sơn Commune")
    follow(page.get_by_role("button", name="Tiếng Việt"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Góp ý của Ông/Bà gửi UBND xã Yên Sơn")


@pytest.mark.parametrize("database_system", ["sqlite"], indirect=True)
def test_the_code_stands_in_no_address_title_or_store_of_the_browser(
    live_server: str, new_page: Pages, session: Session, province: SmallProvince
) -> None:
    page = new_page(PHONE)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(f"{request.url} {request.headers.get('referer', '')}"))
    code = rate_and_ask(page, province.urls["yen-son"])
    follow(page.locator('form[action^="/r?"] button'))
    follow(page.get_by_role("button", name="Rút và xóa góp ý"))
    follow(page.get_by_role("button", name="Không, giữ lại góp ý"))
    kept = page.evaluate(
        "JSON.stringify([location.href, document.title, document.cookie, history.state, {...localStorage}, {...sessionStorage}])"
    )
    cached = page.evaluate("""async () => {
        const texts = [];
        for (const name of await caches.keys()) for (const key of await (await caches.open(name)).keys())
            texts.push(key.url, await (await caches.match(key)).text());
        return texts.join();
    }""")
    for digits in (code, code.replace("-", "")):
        assert digits not in kept + cached
        assert not [one for one in asked if digits in one]


@pytest.mark.parametrize(
    ("device", "words", "options"),
    [(PHONE, "vi", {}), (NARROW, "en", {"color_scheme": "dark"}), (LAPTOP, "vi", {"color_scheme": "dark"}), (ZOOMED, "vi", {})],
    ids=["phone", "narrow-dark", "laptop-dark", "zoomed"],
)
@pytest.mark.parametrize("database_system", ["sqlite"], indirect=True)
def test_every_page_of_a_receipt_is_accessible_and_fits(
    live_server: str, new_page: Pages, session: Session, province: SmallProvince, secret: str,
    device: dict[str, object], words: str, options: dict[str, str],
) -> None:  # fmt: skip
    agency, page = province.agency_ids["yen-son"], new_page(device, **options)
    for typed in ("", "12", "1" * 16, "0" * 16):
        page.goto(f"/r?lang={words}")
        if typed:
            page.locator("#code").fill(typed)
            follow(page.locator(".send"))
        fits(page)
    states = ({"readable": False}, {"state": WORKING, "text": "x" * 300}, {"state": ANSWERED, "answer": "Đã sửa.\n\nCảm ơn."},
              {"state": ANSWERED, "text": "", "answered_on": today() - timedelta(days=365)})  # fmt: skip
    for values in states:
        code = give_receipt(session, give_case(session, agency, **{"text": WORDS} | values), secret)  # type: ignore[arg-type]
        open_case(page, code, words)
        fits(page)
    code = give_receipt(session, give_case(session, agency, WORDS), secret)
    open_case(page, code, words)
    for contact in ("?", "0912345678"):
        page.locator("#contact").fill(contact)
        follow(page.locator("button[value=contact]"))
        fits(page)
    for step in ("withdraw", "erase"):
        follow(page.locator(f"button[value={step}]"))
        fits(page)
