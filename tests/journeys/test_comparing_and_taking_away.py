"""An agency head looks back over months, reads what people wrote and takes numbers along; Sở Nội vụ sets what is to be reached."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy.orm import Session

from survey.database import db
from survey.services.add_user import add_user
from survey.services.import_benchmarks import import_benchmarks
from tests.support.browser import LAPTOP, PHONE, Pages, assert_accessible
from tests.support.scored_province import PASSWORD, Cell, give_score
from tests.support.small_province import SmallProvince
from tests.support.staff_pages import log_in

pytestmark = pytest.mark.parametrize("database_system", ["sqlite"], indirect=True)
PUBLISHED = {"scope": "national", "year": "2024", "measure": "ALL", "percent": "83.94", "method": "2022-", "source": "laodong 6/4/2025"}
WRITTEN = ("Chờ lâu quá", "Cán bộ nhiệt tình", "Thiếu ghế ngồi", "Trả đúng hẹn", "Nên mở cửa thứ bảy")
Enter = Callable[..., Page]


@pytest.fixture
def enter(app: Flask, live_server: str, new_page: Pages, session: Session, province: SmallProvince) -> Enter:
    """Logs a person in, in a province with three months of responses, comments and a published value."""
    months = {"2026-09": Cell(60, 0.78), "2026-10": Cell(100, 0.8), "2026-11": Cell(54, 0.85)}
    for code, cell in {"tinh": Cell(250, 0.81), "yen-son": Cell(214, 0.8243), "my-lam": Cell(129, 0.7)}.items():
        give_score(session, province.questionnaire, province.wave, province.agency_ids[code], cell, months=months)
    for text in WRITTEN:
        province.answer(session, {"A1": 4}, comment=text)
    import_benchmarks(session, [PUBLISHED])

    def enter(role: str, device: dict[str, object]) -> Page:
        with app.app_context():
            agency = "yen-son" if role == "agency_head" else None
            add_user(db.session, email="nguoi@example.vn", password=PASSWORD, role=role, agency_code=agency, second_factor_waived=True)
        return log_in(new_page(device), "nguoi@example.vn")

    return enter


def test_a_head_sees_the_trend_beside_the_published_value_and_takes_it_along(enter: Enter, tmp_path: Path) -> None:
    page = enter("agency_head", PHONE)
    expect(page.get_by_text("Cả nước 2024: 83,94 % (laodong 6/4/2025).")).to_be_visible()
    chart = page.locator("figure", has=page.locator("img[src*='/charts/trend.svg']"))
    with page.expect_download() as taken:
        chart.get_by_role("link", name="PNG").click()
    taken.value.save_as(tmp_path / "trend.png")
    assert (tmp_path / "trend.png").read_bytes().startswith(b"\x89PNG")
    with page.expect_download() as taken:
        page.get_by_role("link", name="XLSX").last.click()
    assert taken.value.suggested_filename == "sipas-2026-Q4-yen-son.xlsx"
    assert_accessible(page)


@pytest.mark.parametrize("device", [PHONE, LAPTOP], ids=["phone", "laptop"])
def test_a_head_finds_a_comment_and_writes_down_what_was_done(enter: Enter, device: dict[str, object]) -> None:
    page = enter("agency_head", device)
    page.get_by_role("link", name="Góp ý", exact=True).click()
    page.get_by_label("Có chứa từ").fill("ghe")
    page.get_by_role("button", name="Xem").click()
    expect(page.get_by_text("Tìm thấy 1 góp ý.")).to_be_visible()
    page.get_by_text("Ghi kết quả xử lý").click()
    page.get_by_role("radio", name="đã xử lý", exact=True).check()
    page.get_by_label("Ghi chú").fill("Đã thêm 12 ghế.")
    page.get_by_role("button", name="Lưu", exact=True).click()
    expect(page.get_by_text("Đã thêm 12 ghế.").first).to_be_visible()
    expect(page.locator(".few", has_text="đã xử lý")).to_be_visible()
    page.get_by_role("link", name="Xem lại tất cả").click()
    expect(page.locator("blockquote")).to_have_count(len(WRITTEN))
    assert_accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("device", [PHONE, LAPTOP], ids=["phone", "laptop"])
def test_an_analyst_sets_targets_and_reads_who_has_reached_them(enter: Enter, device: dict[str, object]) -> None:
    page = enter("analyst", device)
    page.get_by_role("link", name="Chỉ tiêu").click()
    page.get_by_label("Chỉ tiêu chung cho các ô còn trống, %").fill("75")
    page.get_by_role("button", name="Điền và lưu").click()
    expect(page.get_by_text("Chắc chắn đạt: 1. Chắc chắn chưa đạt: 0. Chưa đủ chắc để kết luận: 1.")).to_be_visible()
    expect(page.get_by_label("Chỉ tiêu của UBND xã Yên Sơn, phần trăm")).to_have_value("75")
    page.get_by_text("Bảng số liệu đã công bố").click()
    expect(page.get_by_role("cell", name="cách đo từ năm 2022 laodong 6/4/2025")).to_be_visible()
    assert_accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("device", [PHONE, LAPTOP], ids=["phone", "laptop"])
def test_an_analyst_looks_at_all_agencies_over_the_waves_and_at_who_stands_out(enter: Enter, device: dict[str, object]) -> None:
    page = enter("analyst", device)
    page.get_by_role("link", name="Xu hướng").click()
    expect(page.get_by_role("heading", name="Xu hướng của các cơ quan")).to_be_visible()
    page.get_by_label("Loại").select_option("commune")
    page.get_by_label("Thứ tự").select_option("name")
    page.get_by_role("button", name="Xem").click()
    expect(page).to_have_url(re.compile("kind=commune&sort=name"))
    panels = page.locator("figure img")
    panels.scroll_into_view_if_needed()
    expect(panels).to_have_js_property("complete", value=True)
    expect(panels).not_to_have_js_property("naturalWidth", 0)
    page.get_by_text("Bảng số liệu các đợt").click()
    expect(page.get_by_role("row", name="Tỉnh Tuyên Quang")).to_contain_text("81,00 %")
    assert_accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("link", name="Tiêu chí").click()
    expect(page.get_by_label("Đợt khảo sát")).to_have_value("2026-Q4")
    expect(page.locator(".map tbody.whole tr")).to_contain_text("Tỉnh Tuyên Quang")
    assert_accessible(page)
