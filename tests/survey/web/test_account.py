from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.support.scored_province import PASSWORD, log_in, send, words
from tests.support.small_province import SmallProvince

GENERIC = "Địa chỉ thư điện tử hoặc mật khẩu chưa đúng. Xin kiểm tra lại cả hai rồi thử lần nữa."


@pytest.mark.parametrize(("email", "password"), [
    ("department-tinh-vi@example.vn", "sai-mat-khau-roi"),
    ("nobody@example.vn", PASSWORD),
    ("not an address", PASSWORD),
    ("department-tinh-vi@example.vn", ""),
    ("", ""),
])  # fmt: skip
def test_every_failed_log_in_reads_alike(app: Flask, client: FlaskClient, province: SmallProvince, email: str, password: str) -> None:
    log_in(app, role="department")
    answer = send(client, "/login", email=email, password=password)
    assert answer.status_code == 200
    page = words(answer)
    assert page.count(GENERIC) == 1
    assert page.split(GENERIC)[1].strip().startswith("Địa chỉ thư điện tử")  # nothing else is said
    assert client.get("/start").headers["Location"].startswith("/login")


def test_who_logs_in_lands_where_the_work_is(app: Flask, province: SmallProvince) -> None:
    assert log_in(app, role="department").get("/start").headers["Location"] == "/department"


def test_a_second_factor_is_called_needed_only_where_it_is(app: Flask, province: SmallProvince) -> None:
    needed = "tài khoản làm việc thật bắt buộc phải có"
    assert needed in words(log_in(app, role="administrator").get("/account"))
    page = words(log_in(app, role="agency_head", agency="yen-son").get("/account"))
    assert "Tài khoản của Ông/Bà chưa có lớp xác thực thứ hai." in page
    assert needed not in page


def test_after_logging_out_nothing_is_shown(app: Flask, province: SmallProvince) -> None:
    client = log_in(app, role="department")
    token = client.get("/department").get_data(as_text=True).split('name="csrf_token" value="')[1].split('"')[0]
    assert client.post("/logout", data={"csrf_token": token}).status_code == 302
    assert client.get("/department").headers["Location"].startswith("/login")


def test_a_log_in_leads_back_only_to_our_own_pages(app: Flask, client: FlaskClient, province: SmallProvince) -> None:
    log_in(app, role="department")
    answer = send(client, "/login?next=https://elsewhere.example/", email="department-tinh-vi@example.vn", password=PASSWORD)
    assert "elsewhere" not in answer.headers.get("Location", "")


def test_the_log_in_page_speaks_both_languages(client: FlaskClient) -> None:
    assert "Đăng nhập" in words(client.get("/login"))
    english = words(client.get("/login?lang=en"))
    assert "E-mail address" in english
    assert "Đăng nhập" not in english


def test_a_page_that_does_not_exist_says_what_to_do(client: FlaskClient) -> None:
    answer = client.get("/no/such/page")
    assert answer.status_code == 404
    assert "Không có trang nào ở địa chỉ này. Xin kiểm tra lại địa chỉ hoặc quay về trang đầu." in words(answer)
