"""Sở Nội vụ, line 6: an administrator looks after settings, people and roles; and heads log in with an account of the province or a key."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import update
from sqlalchemy.orm import Session

from survey.database import db
from survey.models import User
from survey.queries import province_settings
from survey.services.add_user import add_user
from survey.settings import SignOn
from tests.support.browser import LAPTOP, PHONE, Pages, assert_accessible
from tests.support.openid_provider import CLIENT_ID, CLIENT_SECRET, Provider, openid_provider
from tests.support.scored_province import PASSWORD
from tests.support.small_province import SmallProvince

pytestmark = [
    pytest.mark.parametrize("database_system", ["sqlite"], indirect=True),
    pytest.mark.parametrize("device", [PHONE, LAPTOP], ids=["phone", "laptop"]),
]
ADMINISTRATOR, HEAD = "quan-tri@example.vn", "truong-xa@example.vn"


@pytest.fixture
def provider(app: Flask, live_server: str, province: SmallProvince) -> Iterator[Provider]:
    with openid_provider(sub="7f3a", email=HEAD) as provider:
        sign_on = SignOn(provider.url, CLIENT_ID, CLIENT_SECRET, None)
        app.config["SETTINGS"] = replace(app.config["SETTINGS"], base_url=live_server, sign_on=sign_on)
        yield provider


def test_an_administrator_names_the_contact_adds_a_head_and_reads_it_in_the_log(
    app: Flask, live_server: str, province: SmallProvince, new_page: Pages, device: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(province_settings, "KNOWN_FOR", 0)
    with app.app_context():
        add_user(db.session, email=ADMINISTRATOR, password=PASSWORD, role="administrator", second_factor_waived=True)
    page = new_page(device)
    log_in(page)
    page.get_by_role("link", name="Thiết lập").click()
    expect(page.get_by_role("heading", name="Thiết lập", exact=True)).to_be_visible()
    assert_accessible(page)
    name = page.get_by_label("Tên tỉnh bằng tiếng Việt")
    name.fill("   ")
    page.get_by_role("button", name="Lưu : Tên tỉnh bằng tiếng Việt").click()
    expect(page.get_by_role("alert")).to_have_text("Ô này không được để trống. Thiết lập chưa thay đổi.")
    assert_accessible(page)
    page.get_by_label("Đầu mối liên hệ về dữ liệu cá nhân").fill("0207 3 822 000")
    page.get_by_role("button", name="Lưu : Đầu mối liên hệ").click()
    expect(page.get_by_role("status")).to_have_text("Đã lưu.")
    page.reload()
    expect(page.get_by_label("Đầu mối liên hệ về dữ liệu cá nhân")).to_have_value("0207 3 822 000")
    page.get_by_role("link", name="Người dùng").click()
    role = page.get_by_role("row", name=re.compile(ADMINISTRATOR)).get_by_role("cell", name="Quản trị viên")
    expect(role).to_be_visible()
    assert role.evaluate("cell => cell.getBoundingClientRect().width") >= 128  # no word a line of its own on a phone
    page.get_by_label("Địa chỉ thư điện tử").fill(HEAD)
    page.select_option("#role", "agency_head")
    page.select_option("#agency", "yen-son")
    page.locator("main button.action").click()
    expect(page.get_by_role("heading", name="Mật khẩu mới")).to_be_visible()
    page.get_by_role("link", name="Nhật ký").click()
    expect(page.get_by_role("row", name=re.compile("Thêm tài khoản")).filter(has_text=HEAD)).to_contain_text("Thủ trưởng cơ quan")
    expect(page.get_by_role("row", name=re.compile("Thay đổi thiết lập"))).to_contain_text("0207 3 822 000")
    assert_accessible(page)
    page.goto("/privacy")
    expect(page.get_by_text("Liên hệ: 0207 3 822 000")).to_be_visible()


def test_a_head_comes_in_by_the_province_and_a_stranger_is_told_kindly(
    app: Flask, provider: Provider, new_page: Pages, device: dict[str, Any]
) -> None:
    page = new_page(device)
    page.goto("/login")
    assert_accessible(page)
    page.get_by_role("link", name="Đăng nhập bằng tài khoản của tỉnh").click()
    expect(page.get_by_role("alert")).to_have_text("Chưa đăng nhập được bằng tài khoản của tỉnh.")
    assert_accessible(page)
    with app.app_context():
        add_user(db.session, email=HEAD, password=PASSWORD, role="agency_head", agency_code="yen-son")
    page.get_by_role("link", name="Thử lại").click()
    expect(page).to_have_url(re.compile("/agencies/yen-son$"))
    page.get_by_role("button", name="Đăng xuất").click()
    expect(page).to_have_url(re.compile("/login"))
    page.goto("/agencies/yen-son")
    expect(page).to_have_url(re.compile("/login"))


def test_a_head_adds_a_security_key_and_comes_in_by_touching_it(
    app: Flask, live_server: str, province: SmallProvince, session: Session, new_page: Pages, device: dict[str, Any]
) -> None:
    with app.app_context():
        add_user(db.session, email=HEAD, password=PASSWORD, role="agency_head", agency_code="yen-son")
    page = new_page(device, base_url=live_server.replace("127.0.0.1", "localhost"))  # a key belongs to a name, never to a number
    devices = page.context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "usb", "automaticPresenceSimulation": True}
    own = devices.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]
    log_in(page, HEAD, "/agencies/yen-son$")
    session.execute(update(User).values(tf_primary_method="authenticator", tf_totp_secret="x", mf_recovery_codes=["x"]))
    session.commit()  # as one who has made the second factor with the app
    page.get_by_role("link", name="Tài khoản của tôi").click()
    page.get_by_role("link", name="Khóa bảo mật").click()
    expect(page.get_by_text("Tài khoản chưa có khóa bảo mật nào.")).to_be_visible()
    assert_accessible(page)
    page.get_by_label("Tên khóa").fill("Khóa xanh")
    page.get_by_role("button", name="Thêm khóa").click()
    expect(page.get_by_role("listitem").filter(has_text="Khóa xanh")).to_be_visible()
    page.get_by_role("button", name="Đăng xuất").click()
    log_in(page, HEAD, "/second-factor/code")
    page.get_by_role("link", name="Dùng khóa bảo mật").click()
    expect(page.get_by_role("heading", name="Khóa bảo mật")).to_be_visible()
    assert_accessible(page)
    kept = devices.send("WebAuthn.getCredentials", {"authenticatorId": own})["credentials"][0]
    devices.send("WebAuthn.removeCredential", {"authenticatorId": own, "credentialId": kept["credentialId"]})
    page.get_by_role("button", name="Đăng nhập bằng khóa").click()  # the key is not plugged in
    expect(page.get_by_role("alert")).to_have_text("Không có khóa nào trả lời hoặc không đúng khóa. Xin thử lại.")
    devices.send("WebAuthn.addCredential", {"authenticatorId": own, "credential": kept})
    page.get_by_role("button", name="Đăng nhập bằng khóa").click()
    expect(page).to_have_url(re.compile("/agencies/yen-son$"))


def log_in(page: Page, email: str = ADMINISTRATOR, leads_to: str = "/people$") -> None:
    page.goto("/login")
    page.get_by_label("Địa chỉ thư điện tử").fill(email)
    page.get_by_label("Mật khẩu").fill(PASSWORD)
    page.get_by_role("button", name="Đăng nhập").click()
    expect(page).to_have_url(re.compile(leads_to))
