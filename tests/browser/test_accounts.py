"""The pages of accounts as people see them, on a phone and on a laptop, in both languages."""

from __future__ import annotations

import os
import re
import time
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from passlib.totp import TOTP
from playwright.sync_api import Page, expect

from survey.database import db
from survey.services.add_user import add_user
from tests.support.browser import LAPTOP, PHONE, Pages, assert_accessible, follow
from tests.support.scored_province import PASSWORD
from tests.support.small_province import SmallProvince

pytestmark = pytest.mark.parametrize("database_system", ["sqlite"], indirect=True)
EMAIL = "quan-tri@example.vn"


def account(app: Flask, *, waived: bool) -> None:
    with app.app_context():
        add_user(db.session, email=EMAIL, password=PASSWORD, role="administrator", second_factor_waived=waived)


def log_in(page: Page, language: str = "vi") -> None:
    page.goto(f"/login?lang={language}")
    page.fill("#email", EMAIL)
    page.fill("#password", PASSWORD)
    follow(page.locator("button.action"))


def look(page: Page, name: str) -> None:
    assert_accessible(page)
    width: Any = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert width <= 0, f"{page.url} is wider than the screen"
    if folder := os.environ.get("SIPAS_SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


@pytest.mark.parametrize("device", [PHONE, LAPTOP], ids=["phone", "laptop"])
@pytest.mark.parametrize("language", ["vi", "en"])
def test_people_roles_and_the_audit_log_can_be_used_by_everybody(
    app: Flask, live_server: str, province: SmallProvince, new_page: Pages, device: dict[str, Any], language: str
) -> None:
    account(app, waived=True)
    page = new_page(device)
    size = page.viewport_size
    assert size
    log_in(page, language)
    look(page, f"people-{size['width']}-{language}")
    page.fill("#email", "moi@yenson.vn")
    page.select_option("#role", "agency_head")
    page.select_option("#agency", "yen-son")
    follow(page.locator("main button.action"))
    look(page, f"password-{size['width']}-{language}")
    follow(page.locator("main a").first)
    look(page, f"person-{size['width']}-{language}")
    for path in ("/account", "/audit"):
        page.goto(path)
        look(page, f"{path[1:]}-{size['width']}-{language}")


@pytest.mark.parametrize("device", [PHONE, LAPTOP], ids=["phone", "laptop"])
def test_a_second_factor_is_made_and_used(
    app: Flask, live_server: str, province: SmallProvince, new_page: Pages, device: dict[str, Any]
) -> None:
    account(app, waived=False)
    page = new_page(device)
    size = page.viewport_size
    assert size
    log_in(page)
    look(page, f"factor-1-{size['width']}")
    follow(page.locator("main button.action"))
    look(page, f"factor-2-{size['width']}")
    phone = TOTP(key=(page.text_content("main code") or "").replace("-", ""))
    page.fill("#code", str(phone.generate(time.time() - 30).token))
    follow(page.locator("main button.action"))
    look(page, f"factor-3-{size['width']}")
    follow(page.locator("main button.action"))
    look(page, f"factor-4-{size['width']}")
    follow(page.locator("main a.action"))
    expect(page).to_have_url(re.compile("/people$"))
    follow(page.locator("header button"))
    log_in(page)
    page.fill("#code", "000000")
    follow(page.locator("main button.action"))
    look(page, f"factor-5-{size['width']}")
    page.fill("#code", str(phone.generate(time.time()).token))
    follow(page.locator("main button.action"))
    expect(page).to_have_url(re.compile("/people$"))
