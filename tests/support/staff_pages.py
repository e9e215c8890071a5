"""A person of the staff at a browser: the log-in page as it is used."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.support.scored_province import PASSWORD


def log_in(page: Page, email: str, *, password: str = PASSWORD) -> Page:
    """Log in by password alone, and be on the page that follows."""
    page.goto("/login")
    page.get_by_label("Địa chỉ thư điện tử").fill(email)
    page.get_by_label("Mật khẩu").fill(password)
    page.get_by_role("button", name="Đăng nhập", exact=True).click()
    expect(page.get_by_role("button", name="Đăng xuất")).to_be_visible()
    return page
