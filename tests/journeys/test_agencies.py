"""Sở Nội vụ keeps the agencies; a head keeps the desks: each as the person does it, on a phone or a laptop."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from survey.database import db
from survey.reports.agency_workbook import agency_workbook
from survey.services.add_user import add_user
from survey.services.read_agency_file import AGENCIES, DESKS
from survey.settings import today
from tests.support.browser import LAPTOP, PHONE, Pages, assert_accessible
from tests.support.days import tomorrow
from tests.support.scored_province import PASSWORD
from tests.support.small_province import SmallProvince
from tests.support.staff_pages import log_in

pytestmark = pytest.mark.parametrize("database_system", ["sqlite"], indirect=True)
Enter = Callable[..., Page]


@pytest.fixture
def enter(app: Flask, live_server: str, new_page: Pages, province: SmallProvince) -> Enter:
    def enter(device: dict[str, object], role: str, agency: str | None = None) -> Page:
        email = f"{role}@example.vn"
        with app.app_context():
            add_user(db.session, email=email, password=PASSWORD, role=role, agency_code=agency, second_factor_waived=True)
        return log_in(new_page(device), email)

    return enter


def assert_fits(page: Page) -> None:
    assert_accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_so_noi_vu_finds_an_agency_and_merges_it_after_seeing_what_that_does(enter: Enter) -> None:
    page = enter(PHONE, "analyst")
    page.get_by_role("link", name="Cơ quan, đơn vị").click()
    page.get_by_label("Một phần tên hoặc mã").fill("yen son")
    page.get_by_role("button", name="Xem", exact=True).click()
    expect(page.get_by_role("link", name="UBND phường Mỹ Lâm")).to_have_count(0)
    assert_fits(page)
    page.get_by_role("link", name="UBND xã Yên Sơn").click()
    expect(page.get_by_role("heading", name="UBND xã Yên Sơn")).to_be_visible()
    assert_fits(page)

    page.get_by_role("link", name="Sáp nhập với cơ quan khác").click()
    page.get_by_label("Ngày đầu tiên theo tổ chức mới").fill(tomorrow().isoformat())
    page.get_by_role("button", name="Xem trước thay đổi").click()
    expect(page.get_by_text("Vui lòng chọn thêm ít nhất một cơ quan.")).to_be_visible()
    assert_fits(page)
    page.get_by_label("UBND phường Mỹ Lâm").check()
    page.get_by_label("Tên tiếng Việt").fill("UBND phường Minh Xuân")
    page.get_by_role("button", name="Xem trước thay đổi").click()
    expect(page.get_by_text(f"Đường xu hướng của “UBND xã Yên Sơn” dừng ở ngày {today():%d/%m/%Y}.")).to_be_visible()
    expect(page.get_by_text("Chưa có gì thay đổi.")).to_be_visible()
    assert_fits(page)

    page.get_by_role("button", name="Sáp nhập các cơ quan này").click()
    expect(page.get_by_text("Đã ghi nhận việc sáp nhập.")).to_be_visible()
    page.get_by_role("link", name="UBND phường Minh Xuân").click()
    expect(page.get_by_text("Cơ quan này chưa bắt đầu.")).to_be_visible()
    page.goto(f"/department/agencies?on={tomorrow()}")
    expect(page.get_by_role("link", name="UBND phường Minh Xuân")).to_be_visible()
    expect(page.get_by_role("link", name="UBND xã Yên Sơn")).to_have_count(0)

    page.get_by_role("link", name="UBND phường Minh Xuân").click()
    page.get_by_role("link", name="Rút lại thay đổi đã ghi trước").click()
    expect(page.get_by_text("“UBND xã Yên Sơn” tiếp tục hoạt động")).to_be_visible()
    assert_fits(page)
    page.get_by_label("Lý do rút lại").fill("Nghị quyết đã hoãn")
    page.get_by_role("button", name="Rút lại thay đổi đã ghi trước").click()
    expect(page.get_by_text("Đã rút lại thay đổi.")).to_be_visible()


def test_so_noi_vu_loads_a_whole_province_in_one_go(enter: Enter, tmp_path: Path) -> None:
    first = date(2025, 7, 1)
    agencies = [(f"xa-{n}", "commune", "tinh", f"UBND xã {n}", None, first, None) for n in range(147)]
    desks = [(f"xa-{n % 147}", f"Quầy {n}", None, "Đất đai") for n in range(398)]
    page = enter(LAPTOP, "analyst")
    page.goto("/department/agencies")
    page.get_by_role("link", name="Nạp cơ quan và quầy từ tệp").click()
    faulty = tmp_path / "sai.xlsx"
    faulty.write_bytes(agency_workbook({AGENCIES: [*agencies, ("xa x", *agencies[0][1:])], DESKS: [("khong-co", "Quầy", None, None)]}))
    page.get_by_label("Tệp, mỗi tệp tối đa 2 MB").set_input_files(faulty)
    page.get_by_role("button", name="Xem trước thay đổi").click()
    expect(page.get_by_text("Có 2 chỗ cần sửa trước. Chưa nạp gì.")).to_be_visible()
    expect(page.get_by_role("cell", name="149")).to_be_visible()
    assert_fits(page)

    province = tmp_path / "tinh.xlsx"
    province.write_bytes(agency_workbook({AGENCIES: agencies, DESKS: desks}))
    page.get_by_label("Tệp, mỗi tệp tối đa 2 MB").set_input_files(province)
    page.get_by_role("button", name="Xem trước thay đổi").click()
    expect(page.get_by_role("button", name="Nạp tất cả")).to_be_visible()
    assert_fits(page)
    page.get_by_role("button", name="Nạp tất cả").click()
    expect(page.get_by_text("Đã nạp. Cơ quan: 147, quầy: 398.")).to_be_visible()
    page.get_by_role("link", name="Xem các cơ quan").click()
    expect(page.get_by_text(f"Số cơ quan vào ngày {today():%d/%m/%Y}: 150.")).to_be_visible()
    assert_fits(page)


def test_a_head_adds_renames_and_closes_desks_and_prints_posters(enter: Enter) -> None:
    page = enter(PHONE, "agency_head", "yen-son")
    page.get_by_role("link", name="Quầy và mã QR").click()
    add = page.locator("form", has=page.get_by_role("button", name="Thêm quầy này"))
    add.get_by_label("Tên tiếng Việt").fill("Quầy đất đai")
    add.get_by_label("Lĩnh vực").fill("Đất đai")
    add.get_by_role("button", name="Thêm quầy này").click()
    desk = page.get_by_role("region", name="Quầy đất đai", exact=True)
    expect(desk.get_by_role("heading")).to_be_visible()
    expect(desk.get_by_text("lĩnh vực: Đất đai")).to_be_visible()
    assert_fits(page)
    poster = desk.get_by_role("link", name="Tiếng Việt Bảng gấp để bàn").get_attribute("href")
    assert poster
    assert page.request.get(poster).headers["content-type"] == "application/pdf"

    desk.get_by_text("Đổi tên, lĩnh vực hoặc đóng quầy").click()
    desk.get_by_label("Tên tiếng Việt").fill("Quầy đất đai và xây dựng")
    desk.get_by_label("Lĩnh vực").fill("Đất đai, xây dựng")
    desk.get_by_role("button", name="Lưu tên và lĩnh vực").click()
    renamed = page.get_by_role("region", name="Quầy đất đai và xây dựng", exact=True)
    expect(renamed.get_by_text("lĩnh vực: Đất đai, xây dựng")).to_be_visible()
    renamed.get_by_text("Đổi tên, lĩnh vực hoặc đóng quầy").click()
    assert_fits(page)
    renamed.get_by_role("button", name="Đóng quầy").click()
    expect(renamed).to_have_count(0)
    expect(page.get_by_role("heading", name="Các quầy đã đóng")).to_be_visible()
    assert_fits(page)
    page.get_by_role("button", name="Mở lại với mã mới").click()
    expect(renamed).to_be_visible()
