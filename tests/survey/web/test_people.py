from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from survey.models import User
from survey.services.audit import record_alone
from tests.support.scored_province import log_in, send, words
from tests.support.small_province import SmallProvince

pytestmark = pytest.mark.parametrize("database_system", ["sqlite"], indirect=True)
NEW = {"email": "moi@yenson.vn", "role": "agency_head", "agency": "yen-son"}


@pytest.fixture
def administrator(app: Flask, province: SmallProvince) -> FlaskClient:
    return log_in(app, role="administrator")


def add(administrator: FlaskClient, **change: str) -> tuple[int, str]:
    answer = send(administrator, "/people", **NEW | change)
    return answer.status_code, answer.get_data(as_text=True)


def test_work_begins_at_the_list_of_people(administrator: FlaskClient) -> None:
    assert administrator.get("/start").location == "/people"
    page = words(administrator.get("/people"))
    assert "administrator-tinh-vi@example.vn Quản trị viên – không cần (bản trình diễn) 1" in page


def test_a_new_person_gets_a_password_that_is_shown_once_and_works(app: Flask, administrator: FlaskClient) -> None:
    status, page = add(administrator)
    password = re.search(r"<code>([\w-]{20})</code>", page)
    assert status == 200
    assert password
    assert password[1] not in administrator.get("/people").get_data(as_text=True)
    head = app.test_client()
    assert send(head, "/login", email=NEW["email"], password=password[1]).location == "/start"
    assert head.get("/agencies/yen-son").status_code == 200
    assert head.get("/agencies/my-lam").status_code == 403


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"agency": ""}, "chọn cơ quan nếu là người xem hoặc thủ trưởng"),
        ({"email": "x"}, "Xin kiểm tra địa chỉ"),
        ({"role": "king"}, "Xin kiểm tra địa chỉ"),
        ({"agency": "nowhere"}, "Cơ quan này không còn nữa"),
        ({"email": "administrator-tinh-vi@example.vn", "role": "analyst"}, "Địa chỉ này đã có tài khoản"),
    ],
)
def test_what_cannot_be_added_is_said_and_nothing_is_stored(
    administrator: FlaskClient, session: Session, change: dict[str, str], reason: str
) -> None:
    status, page = add(administrator, **change)
    assert status == 422
    assert reason in page
    assert session.query(User).count() == 1


def test_an_agency_that_was_left_chosen_is_not_heeded_for_roles_that_have_none(administrator: FlaskClient, session: Session) -> None:
    assert add(administrator, role="analyst")[0] == 200
    assert session.query(User).filter(User.email == NEW["email"]).one().agency is None


def test_a_role_is_changed_and_holds_at_once(app: Flask, administrator: FlaskClient, session: Session) -> None:
    head = log_in(app, role="agency_head", agency="yen-son")
    user = session.query(User).filter(User.email.startswith("agency_head")).one()
    page = administrator.get(f"/people/{user.id}").get_data(as_text=True)
    assert "UBND xã Yên Sơn" in page
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token
    form = {"csrf_token": token[1], "role": "agency_viewer", "agency": "my-lam"}
    assert administrator.post(f"/people/{user.id}/role", data=form).status_code == 303
    assert head.get("/agencies/yen-son").location.startswith("/login")
    session.rollback()
    assert (user.role_names, user.agency.code if user.agency else None) == ({"agency_viewer"}, "my-lam")


@pytest.mark.parametrize("step", ["disable", "role"])
def test_the_last_administrator_stays_one(administrator: FlaskClient, session: Session, step: str) -> None:
    user = session.query(User).one()
    page = administrator.get(f"/people/{user.id}").get_data(as_text=True)
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token
    answer = administrator.post(f"/people/{user.id}/{step}", data={"csrf_token": token[1], "role": "analyst"})
    assert answer.status_code == 422
    assert "quản trị viên cuối cùng" in words(answer)
    session.rollback()
    assert user.active
    assert user.role_names == {"administrator"}


def test_a_person_is_disabled_enabled_and_logged_out(app: Flask, administrator: FlaskClient, session: Session) -> None:
    head = log_in(app, role="agency_head", agency="yen-son")
    user = session.query(User).filter(User.email.startswith("agency_head")).one()
    for step, active in (("sessions", True), ("disable", False), ("enable", True)):
        page = administrator.get(f"/people/{user.id}").get_data(as_text=True)
        token = re.search(r'name="csrf_token" value="([^"]+)"', page)
        assert token
        assert administrator.post(f"/people/{user.id}/{step}", data={"csrf_token": token[1]}).status_code == 303
        session.rollback()
        assert user.active is active
        assert head.get("/agencies/yen-son").status_code == 302


def test_an_account_that_does_not_exist_is_not_found(administrator: FlaskClient) -> None:
    assert administrator.get("/people/999").status_code == 404


def test_the_audit_log_is_read_in_pages_and_shows_what_was_typed_as_text(administrator: FlaskClient, session: Session) -> None:
    for number in range(60):
        record_alone(session, "refused", f"GET /<script>{number}</script>")
    page = administrator.get("/audit").get_data(as_text=True)
    assert "&lt;script&gt;59" in page
    assert "<script>" not in page
    earlier = re.search(r"/audit\?before=(\d+)", page)
    assert earlier
    assert "&lt;script&gt;0&lt;" in administrator.get(earlier[0]).get_data(as_text=True)


def test_the_pages_speak_english_too(app: Flask, province: SmallProvince) -> None:
    client = log_in(app, role="administrator", language="en")
    assert "Add a person" in words(client.get("/people"))
    assert "What the staff did" in words(client.get("/audit"))
    assert "Where you are logged in" in words(client.get("/account"))
