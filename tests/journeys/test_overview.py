"""Five minutes between two meetings: the head of a commune looks at one screen."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import update
from sqlalchemy.orm import Session

from survey.database import db
from survey.domain.questionnaire import OVERALL
from survey.models import Tally
from survey.services.add_user import add_user
from survey.settings import today
from tests.support.browser import LAPTOP, PHONE, Pages, assert_accessible
from tests.support.scored_province import PASSWORD, Cell, give_score, past_wave
from tests.support.small_province import SmallProvince
from tests.support.staff_pages import log_in

pytestmark = pytest.mark.parametrize("database_system", ["sqlite"], indirect=True)
DEVICES = pytest.mark.parametrize("device", [PHONE, LAPTOP], ids=["phone", "laptop"])
Visit = Callable[[dict[str, object]], Page]
PRIORITIES = [
    {"key": key, "importance": 0.4, "urgency": 0.1, "quadrant": "unclear", "leaning": "work_on_first"} for key in ("E4", "B1", "A3")
]


@pytest.fixture
def visit(app: Flask, live_server: str, new_page: Pages, session: Session, province: SmallProvince) -> Visit:
    """The head of Yên Sơn logs in and is where work begins."""
    agency, others = province.agency_ids["yen-son"], {"E4": Cell(60, 0.61), "B1": Cell(55, 0.7), "A3": Cell(58, 0.72)}
    before = past_wave(session, date(2019, 10, 1), date(2019, 12, 31))
    give_score(session, province.questionnaire, before, agency, Cell(200, 0.8))
    give_score(
        session, province.questionnaire, province.wave, agency, Cell(214, 0.8243), others=others, findings={"priorities": PRIORITIES}
    )
    province.wave.simulated = True  # with the banner above it, the page has least room
    session.commit()
    for days in range(3):
        province.answer(session, {"A1": 4}, day=today() - timedelta(days=days))
    with app.app_context():
        add_user(db.session, email="thutruong@example.vn", password=PASSWORD, role="agency_head", agency_code="yen-son")

    def open_page(device: dict[str, object]) -> Page:
        page = log_in(new_page(device), "thutruong@example.vn")
        expect(page.get_by_role("heading", level=1)).to_have_text("UBND xã Yên Sơn")
        return page

    return open_page


@DEVICES
def test_the_first_screen_holds_all_that_a_head_needs(visit: Visit, device: dict[str, object]) -> None:
    page = visit(device)
    first = page.locator(".glance")
    sentences = (
        "Cao hơn 2019-10-01 2,43 điểm phần trăm: chưa đủ chắc để nói là tăng (khoảng −4,64 đến +9,50).",
        "Không phải mẫu ngẫu nhiên: ai đến cũng trả lời được; không phiếu nào bị nghi vấn.",
    )
    needed = [
        page.get_by_text("Dữ liệu mô phỏng"), page.get_by_role("heading", level=1),
        page.get_by_text("Quý IV/2026 · mã QR tại quầy · 3 phiếu"), first.locator(".number"),
        *(first.get_by_text(sentence, exact=True) for sentence in sentences),
        *(first.locator(".bars").get_by_text(name, exact=True) for name in (
            "Tiếp cận dịch vụ", "Thủ tục hành chính", "Công chức", "Kết quả giải quyết", "Góp ý, phản ánh",
            "Thông báo kịp thời", "Niêm yết đầy đủ", "Thiết bị hiện đại",
        )),
    ]  # fmt: skip
    expect(first.locator(".number")).to_have_text(re.compile(r"82,43\s%\s+hài lòng, n = 214\s+77,43\s% – 87,43\s%"))
    height = page.evaluate("innerHeight")
    for piece in needed:
        expect(piece).to_be_visible()
        box = piece.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= height, piece
    for one in page.locator(".bars li, summary:visible, nav a:visible").all():
        box = one.bounding_box()
        assert box is not None
        assert box["height"] >= 44 or device is LAPTOP, one
    small = page.locator(".glance *:visible").evaluate_all(
        "all => all.filter(e => e.innerText && parseFloat(getComputedStyle(e).fontSize) < 16).length"
    )
    assert small == 0
    assert_accessible(page)


def test_the_first_screen_of_a_phone_holds_the_same_in_english(visit: Visit) -> None:
    page = visit(PHONE)
    page.get_by_role("link", name="English").click()
    expect(page.get_by_role("link", name="Tiếng Việt")).to_be_visible()
    for text in (
        "Q4 2026 · desk QR code · 3 responses",
        "2.43 percentage points above 2019-10-01: not certainly a rise (−4.64 to +9.50).",
        "Modern equipment",
        "Not a random sample: whoever comes may answer; no response is suspicious.",
    ):
        expect(page.get_by_text(text, exact=True).locator("visible=true").first).to_be_in_viewport(ratio=1)
    cut = page.locator(".bars a").evaluate_all("all => all.filter(one => one.scrollWidth > one.clientWidth).map(one => one.innerText)")
    assert cut == []


def test_what_the_index_does_not_hold_yet_is_told_and_still_fits(visit: Visit, session: Session) -> None:
    session.execute(update(Tally).where(Tally.measure == OVERALL, Tally.responded_on == today()).values(respondents=213))
    session.commit()
    page = visit(PHONE)
    told = page.locator(".glance").get_by_text("Không phải mẫu ngẫu nhiên; không phiếu nào bị nghi vấn; 1 phiếu mới chưa tính.", exact=True)
    expect(told).to_be_in_viewport(ratio=1)


def test_the_strip_of_pages_slides_and_shows_where_one_is(visit: Visit) -> None:
    page = visit(PHONE)
    page.goto("/agencies/yen-son/invitations")
    strip = page.get_by_role("navigation", name="Các trang của cơ quan")
    expect(strip.get_by_role("link", name="Thư mời")).to_be_in_viewport(ratio=1)
    expect(strip.get_by_role("link", name="Thư mời")).to_have_attribute("aria-current", "page")
    expect(strip.get_by_role("link", name="Tổng quan")).not_to_be_in_viewport()
    page.goto("/account")
    strip.get_by_role("link", name="Quầy và mã QR").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Quầy và mã QR")


def test_another_wave_is_two_taps_away(visit: Visit) -> None:
    page = visit(PHONE)
    page.get_by_text("Quý IV/2026 · mã QR tại quầy").click()
    page.get_by_label("Đợt khảo sát").select_option("2019-10-01")
    page.get_by_role("button", name="Xem").click()
    expect(page.locator(".glance").get_by_text("80,00 %").first).to_be_visible()
    expect(page.get_by_text("2019-10-01 · mã QR tại quầy")).to_be_visible()


def test_from_the_overview_down_to_what_people_answered_and_back(visit: Visit) -> None:
    page = visit(PHONE)
    page.locator(".bars li").filter(has_text="Góp ý, phản ánh").click(position={"x": 140, "y": 35})  # the whole row leads on
    expect(page.get_by_role("heading", level=1)).to_have_text("Tiếp nhận, xử lý góp ý, phản ánh, kiến nghị")
    expect(page.get_by_role("heading", name="Người dân đã trả lời thế nào")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("link", name="Cơ quan thông báo kịp thời").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("Cơ quan thông báo kịp thời"))
    expect(page.locator(".number")).to_have_text(re.compile(r"61,00\s%\s+hài lòng, n = 60"))
    expect(page.get_by_role("row", name=re.compile("Rất hài lòng"))).to_be_visible()
    expect(page.get_by_text("Theo lĩnh vực: ")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert_accessible(page)
    with page.expect_download() as taken:
        page.get_by_role("link", name="XLSX").click()
    assert taken.value.suggested_filename == "sipas-2026-Q4-yen-son-E4-mo-phong.xlsx"
    page.get_by_role("navigation", name="Đường trở lại").get_by_role("link", name="UBND xã Yên Sơn").click()
    expect(page.locator(".glance").get_by_text("82,43 %").first).to_be_visible()
