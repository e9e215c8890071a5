"""A person with a slip in the hand, one who types, and the staff who print them."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey.domain.slip_code import in_groups, slip_key
from survey.models import Desk, DeskCode, Response, SlipBatch
from survey.services.add_user import add_user
from survey.services.print_slips import print_slips
from survey.services.withdraw_slips import withdraw_slips
from survey.settings import today
from tests.support.browser import LAPTOP, PHONE, Pages, assert_accessible, follow
from tests.support.scored_province import PASSWORD
from tests.support.small_province import SmallProvince
from tests.support.staff_pages import log_in

NARROW = {**PHONE, "viewport": {"width": 320, "height": 568}}


@pytest.fixture
def slips(app: Flask, session: Session, province: SmallProvince) -> list[str]:
    paper: list[str] = []

    def draw(_: Desk, codes: Sequence[str]) -> bytes:
        paper.extend(codes)
        return b""

    key = slip_key(app.config["SETTINGS"].secret_key)
    print_slips(session, province.desk_ids["yen-son"], 10, key=key, today=today(), printed_by="x", draw=draw)
    return paper


def rate(page: Page) -> None:
    expect(page.locator(".rate")).to_have_count(6)
    for card in page.locator(".rate").all():
        card.get_by_text("Hài lòng", exact=True).click()
    page.get_by_role("button", name="Gửi đánh giá", exact=True).click()


def modes(session: Session) -> list[str]:
    session.rollback()
    return list(session.scalars(select(Response.mode)))


@pytest.mark.parametrize("script", [True, False])
def test_a_slip_is_scanned_rated_and_used_up(live_server: str, new_page: Pages, session: Session, slips: list[str], script: bool) -> None:
    page = new_page(PHONE, java_script_enabled=script)
    page.goto(f"/p/{slips[0]}")
    rate(page)
    expect(page.get_by_role("heading", name="Xin cảm ơn Ông/Bà. Đánh giá đã được ghi nhận.")).to_be_visible()
    assert modes(session) == ["slip"]
    other = new_page(PHONE, java_script_enabled=script)
    other.goto(f"/p/{slips[0]}")
    expect(other.get_by_role("heading")).to_have_text("Phiếu này đã dùng rồi, hoặc dãy số không phải của chúng tôi.")
    assert page.context.cookies() == []


@pytest.mark.parametrize("database_system", ["sqlite"], indirect=True)
def test_back_after_sending_and_sending_again_is_thanked_again(
    live_server: str, new_page: Pages, session: Session, slips: list[str]
) -> None:
    page = new_page(PHONE, java_script_enabled=False)
    page.goto(f"/p/{slips[0]}")
    rate(page)
    expect(page.get_by_role("heading", name="Đánh giá đã được ghi nhận")).to_be_visible()
    page.go_back()
    page.get_by_role("button", name="Gửi đánh giá", exact=True).click()
    expect(page.get_by_role("heading", name="Đánh giá đã được ghi nhận")).to_be_visible()
    assert len(modes(session)) == 1


@pytest.mark.parametrize("database_system", ["sqlite"], indirect=True)
def test_a_number_is_typed_wrongly_told_at_once_and_mended(live_server: str, new_page: Pages, session: Session, slips: list[str]) -> None:
    page = new_page(PHONE)
    page.goto("/p")
    field = page.get_by_label(re.compile("Dãy số"))
    wrong = slips[0][:-1] + str((int(slips[0][-1]) + 1) % 10)
    field.fill(in_groups(wrong))
    follow(page.get_by_role("button", name="Mở phiếu đánh giá"))
    expect(page.get_by_role("alert")).to_contain_text("Mã gõ chưa đúng")
    expect(field).to_have_value(in_groups(wrong))
    field.fill(in_groups(slips[0]).replace("-", " "))
    with page.expect_navigation():
        field.press("Enter")
    rate(page)
    expect(page.get_by_role("heading", name="Đánh giá đã được ghi nhận")).to_be_visible()
    assert modes(session) == ["slip"]


@pytest.mark.parametrize("database_system", ["sqlite"], indirect=True)
def test_the_number_under_the_qr_code_leads_to_the_desks_form(
    live_server: str, new_page: Pages, session: Session, province: SmallProvince
) -> None:
    short = session.scalars(select(DeskCode.short_code).where(DeskCode.desk_id == province.desk_ids["yen-son"])).one()
    page = new_page(PHONE)
    page.goto(f"/g/{in_groups(short)}?lang=en")
    expect(page).to_have_url(re.compile(re.escape(province.urls["yen-son"]) + r"\?lang=en"))
    expect(page.get_by_text("Yên Sơn Commune")).to_be_visible()


@pytest.mark.parametrize(("device", "words"), [(PHONE, "vi"), (NARROW, "en"), (LAPTOP, "vi")], ids=["phone", "narrow", "laptop"])
@pytest.mark.parametrize("database_system", ["sqlite"], indirect=True)
def test_every_page_of_a_slip_is_accessible_and_fits(
    live_server: str, new_page: Pages, session: Session, province: SmallProvince, slips: list[str], device: dict[str, object], words: str
) -> None:
    page = new_page(device)

    def holds(path: str) -> None:
        page.goto(path)
        assert_accessible(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        for target in page.get_by_role("button").or_(page.get_by_role("textbox")).all():
            box = target.bounding_box()
            assert box is None or box["height"] >= 48

    for path in ("/p", "/p?code=12", f"/p?code={'1' * 16}", f"/p/{'0' * 16}", f"/g/{'0' * 12}"):
        holds(f"{path}{'&' if '?' in path else '?'}lang={words}")
    withdraw_slips(session, session.scalars(select(SlipBatch.id)).one(), reason="Mất", today=today(), withdrawn_by="x")
    holds(f"/p/{slips[0]}?lang={words}")


@pytest.mark.parametrize("device", [PHONE, LAPTOP], ids=["phone", "laptop"])
@pytest.mark.parametrize("database_system", ["sqlite"], indirect=True)
def test_a_head_prints_slips_and_takes_a_batch_back(
    app: Flask, live_server: str, new_page: Pages, session: Session, province: SmallProvince, device: dict[str, object]
) -> None:
    with app.app_context():
        add_user(session, email="head@yenson.vn", password=PASSWORD, role="agency_head", agency_code="yen-son")
    page = log_in(new_page(device), "head@yenson.vn")
    page.goto("/agencies/yen-son/slips")
    expect(page.get_by_text("Chưa in phiếu nào.")).to_be_visible()
    page.get_by_label("Số phiếu").fill("30")
    with page.expect_download() as download:
        page.get_by_role("button", name="Tạo tệp PDF để in").click()
    assert download.value.suggested_filename == f"phieu-yen-son-{today()}.pdf"
    page.reload()
    line = page.locator("tbody")
    expect(line).to_contain_text("30")
    assert_accessible(page)
    page.locator("summary").click()
    page.get_by_label(re.compile("Lý do")).fill("Mất một xấp")
    page.get_by_role("button", name="Thu hồi các mã còn lại").click()
    expect(line).to_contain_text("thu hồi ngày")
    assert_accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert session.scalar(select(func.count()).select_from(SlipBatch).where(SlipBatch.withdrawn_reason == "Mất một xấp")) == 1
