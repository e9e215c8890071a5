"""Logging in with a second factor, guessing, and sessions that end."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from threading import Barrier, Thread
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from passlib.totp import TOTP
from sqlalchemy import update
from sqlalchemy.orm import Session

from survey.database import db
from survey.domain.login_sessions import ABSOLUTE_LIMIT, IDLE_LIMIT
from survey.models import LogInAttempt, LoginSession, User
from survey.queries.audit_log import list_entries
from survey.services.add_user import add_user
from survey.services.change_user import end_sessions, reset_second_factor, set_active
from survey.services.log_in_attempts import FREE
from tests.support.scored_province import PASSWORD, log_in, send, words
from tests.support.small_province import SmallProvince

EMAIL = "phan-tich@example.vn"
WRONG = "Địa chỉ thư điện tử hoặc mật khẩu chưa đúng."
TOO_MANY = "quá nhiều lần"

one_system = pytest.mark.parametrize("database_system", ["sqlite"], indirect=True)


@pytest.fixture
def analyst(app: Flask, province: SmallProvince) -> FlaskClient:
    """A new analyst who has typed the right password for the first time."""
    with app.app_context():
        add_user(db.session, email=EMAIL, password=PASSWORD, role="analyst")
    client = app.test_client()
    answer = send(client, "/login", email=EMAIL, password=PASSWORD)
    assert answer.location == "/second-factor"
    return client


def token_of(page: str) -> str:
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert found, page
    return found[1]


@dataclass
class Phone:
    """An app for one-time codes, and the code with which it was made known here."""

    app: TOTP
    first: str


def make_second_factor(client: FlaskClient) -> Phone:
    """As a person does: have the key shown, type it into the app, type the first code."""
    page = send(client, "/second-factor", setup="authenticator").get_data(as_text=True)
    shown = re.search(r"<code>([A-Z2-7-]+)</code>", page)
    assert shown, page
    app = TOTP(key=shown[1].replace("-", ""))
    address = re.search(r'action="(/second-factor/[^"]+)"', page)
    assert address
    first = code(app, -1)
    answer = client.post(address[1], data={"code": first, "csrf_token": token_of(page)})
    assert answer.status_code == 302, answer.get_data(as_text=True)
    return Phone(app, first)


def code(app: TOTP, step: int = 0) -> str:
    """The code of now, or of a step of 30 seconds before or after; all three are taken, each once and in this order only."""
    token: Any = app.generate(time.time() + 30 * step)
    return str(token.token)


def second_log_in(app: Flask) -> FlaskClient:
    client = app.test_client()
    assert send(client, "/login", email=EMAIL, password=PASSWORD).location.startswith("/second-factor/code")
    return client


# --- the second factor ---


@pytest.mark.parametrize("role", ["analyst", "approver", "administrator", "department"])
@one_system
def test_who_works_for_all_is_led_to_a_second_factor_before_anything_else(app: Flask, province: SmallProvince, role: str) -> None:
    with app.app_context():
        add_user(db.session, email=EMAIL, password=PASSWORD, role=role)
    client = app.test_client()
    assert send(client, "/login", email=EMAIL, password=PASSWORD).location == "/second-factor"
    for path in ("/start", "/department", "/people", "/account", "/second-factor/recovery-codes"):
        assert client.get(path).location.startswith("/login"), path


@one_system
def test_heads_may_do_without_one(app: Flask, province: SmallProvince) -> None:
    assert log_in(app, role="agency_head", agency="yen-son", second_factor=True).get("/agencies/yen-son").status_code == 200


def test_a_second_factor_is_made_at_the_first_log_in_with_codes_on_paper_and_asked_for_at_the_next(
    app: Flask, analyst: FlaskClient, session: Session
) -> None:
    phone = make_second_factor(analyst)
    assert analyst.get("/department").location == "/second-factor/recovery-codes"
    page = send(analyst, "/second-factor/recovery-codes", generate_new_codes="1").get_data(as_text=True)
    codes = re.findall(r"<code>([0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4})</code>", page)
    assert len(set(codes)) == 10
    assert analyst.get("/department").status_code == 200
    stored = session.query(User).filter(User.email == EMAIL).one()
    assert phone.app.base32_key not in str(stored.tf_totp_secret)
    assert not set(codes) & set(stored.mf_recovery_codes or ())
    again = second_log_in(app)
    assert again.get("/department").location.startswith("/login")
    assert send(again, "/second-factor/code", code=code(phone.app)).location == "/start"
    assert again.get("/department").status_code == 200


def test_no_code_works_twice(app: Flask, analyst: FlaskClient) -> None:
    phone = make_second_factor(analyst)
    assert send(second_log_in(app), "/second-factor/code", code=phone.first).status_code == 200  # used to make it
    now = code(phone.app)
    assert send(second_log_in(app), "/second-factor/code", code=now).status_code == 302
    refused = send(second_log_in(app), "/second-factor/code", code=now)
    assert refused.status_code == 200
    assert "đã được dùng" in words(refused)


def test_a_code_that_two_send_at_once_lets_one_in(app: Flask, analyst: FlaskClient) -> None:
    phone = make_second_factor(analyst)
    app.config["WTF_CSRF_ENABLED"] = False
    clients, answers = [second_log_in_without_token(app) for _ in range(4)], []
    start, now = Barrier(4), code(phone.app)

    def enter(client: FlaskClient) -> None:
        start.wait()
        answers.append(client.post("/second-factor/code", data={"code": now}).status_code)

    threads = [Thread(target=enter, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [200, 200, 200, 302]


def second_log_in_without_token(app: Flask) -> FlaskClient:
    client = app.test_client()
    assert client.post("/login", data={"email": EMAIL, "password": PASSWORD}).status_code == 302
    return client


@one_system
def test_a_code_on_paper_lets_in_once(app: Flask, analyst: FlaskClient) -> None:
    make_second_factor(analyst)
    page = send(analyst, "/second-factor/recovery-codes", generate_new_codes="1").get_data(as_text=True)
    paper = re.findall(r"<code>([0-9a-f-]{14})</code>", page)[0]
    assert paper not in analyst.get("/second-factor/recovery-codes?show_codes=1").get_data(as_text=True)
    client = second_log_in(app)
    assert send(client, "/second-factor/recovery", code=paper.upper()).location == "/start"
    assert client.get("/department").status_code == 200
    assert "Còn 9" in words(client.get("/account"))
    assert send(second_log_in(app), "/second-factor/recovery", code=paper).status_code == 200


@one_system
def test_guessing_codes_is_slowed_down(app: Flask, analyst: FlaskClient) -> None:
    phone = make_second_factor(analyst)
    client = second_log_in(app)
    for _ in range(FREE):
        assert TOO_MANY not in words(send(client, "/second-factor/code", code="000000"))
    assert TOO_MANY in words(send(client, "/second-factor/code", code=code(phone.app)))
    assert TOO_MANY in words(send(client, "/second-factor/recovery", code="0000-0000-0000"))


@one_system
def test_who_needs_a_second_factor_cannot_do_away_with_it(app: Flask, analyst: FlaskClient, session: Session) -> None:
    make_second_factor(analyst)
    send(analyst, "/second-factor/recovery-codes", generate_new_codes="1")
    assert "disable" not in analyst.get("/second-factor").get_data(as_text=True)
    send(analyst, "/second-factor", setup="disable")
    assert session.query(User).filter(User.email == EMAIL).one().has_second_factor


@one_system
def test_a_lost_second_factor_is_taken_away_and_made_anew(app: Flask, analyst: FlaskClient, session: Session) -> None:
    make_second_factor(analyst)
    with app.app_context():
        reset_second_factor(db.session, EMAIL)
    assert analyst.get("/account").location.startswith("/login")
    assert send(app.test_client(), "/login", email=EMAIL, password=PASSWORD).location == "/second-factor"


@one_system
def test_the_log_tells_of_the_second_factor(app: Flask, analyst: FlaskClient, session: Session) -> None:
    make_second_factor(analyst)
    send(analyst, "/second-factor/recovery-codes", generate_new_codes="1")
    told = [(entry.who, entry.action, entry.after) for entry in reversed(list_entries(session, limit=3))]
    assert told == [
        (EMAIL, "second_factor_changed", '{"second_factor":true}'),
        (EMAIL, "logged_in", None),
        (EMAIL, "second_factor_changed", '{"recovery_codes":10}'),
    ]


@one_system
@pytest.mark.parametrize("path", ["/tf-rescue", "/tf-select", "/verify"])
def test_ways_of_the_library_that_we_do_not_use_are_closed(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 404
    assert client.post(path).status_code in (400, 404)


# --- guessing passwords ---


@pytest.mark.parametrize("email", ["department-tinh-vi@example.vn", "nobody@example.vn"])
def test_after_some_failures_everybody_has_to_wait_known_or_not(
    app: Flask, client: FlaskClient, province: SmallProvince, session: Session, email: str
) -> None:
    log_in(app, role="department")
    for _ in range(FREE):
        assert WRONG in words(send(client, "/login", email=email, password="sai-mat-khau-roi"))
    refused = words(send(client, "/login", email=email, password=PASSWORD))
    assert "Ông/Bà đã thử quá nhiều lần liên tiếp. Xin thử lại sau 1 phút." in refused
    assert WRONG not in refused
    session.execute(update(LogInAttempt).values(last_at=LogInAttempt.last_at - 31))
    session.commit()
    known = email.startswith("department")
    assert send(client, "/login", email=email, password=PASSWORD).status_code == (302 if known else 200)


@one_system
def test_a_known_and_an_unknown_account_take_as_long(
    full_price: None, app: Flask, client: FlaskClient, province: SmallProvince, session: Session
) -> None:
    log_in(app, role="department")
    app.config["WTF_CSRF_ENABLED"] = False

    def took(email: str) -> float:
        session.query(LogInAttempt).delete()
        session.commit()
        began = time.process_time()
        client.post("/login", data={"email": email, "password": "sai-mat-khau-roi"})
        return time.process_time() - began

    # In turn, so that what else the machine does falls upon both alike.
    known, unknown = zip(*((took("department-tinh-vi@example.vn"), took("nobody@example.vn")) for _ in range(8)), strict=True)
    assert 0.6 < min(known) / min(unknown) < 1.67


@one_system
def test_a_disabled_account_reads_as_any_other_failure(app: Flask, client: FlaskClient, province: SmallProvince) -> None:
    log_in(app, role="department")
    with app.app_context():
        set_active(db.session, "department-tinh-vi@example.vn", active=False)
    page = words(send(client, "/login", email="department-tinh-vi@example.vn", password=PASSWORD))
    assert WRONG in page
    assert "disabled" not in page.lower()


# --- sessions ---


@pytest.fixture
def staff(app: Flask, province: SmallProvince) -> FlaskClient:
    return log_in(app, role="agency_head", agency="yen-son")


def is_in(client: FlaskClient) -> bool:
    return client.get("/agencies/yen-son").status_code == 200


def copy_of(app: Flask, client: FlaskClient) -> FlaskClient:
    """Another browser with the same cookie, as a thief would have."""
    cookie = client.get_cookie("session")
    assert cookie is not None
    thief = app.test_client()
    thief.set_cookie("session", cookie.value)
    return thief


def test_logging_out_makes_every_copy_of_the_cookie_worthless(app: Flask, staff: FlaskClient) -> None:
    thief = copy_of(app, staff)
    assert is_in(thief)
    staff.post("/logout", data={"csrf_token": token_of(staff.get("/account").get_data(as_text=True))})
    assert not is_in(staff)
    assert not is_in(thief)


@one_system
def test_each_log_in_is_a_new_session(app: Flask, staff: FlaskClient, session: Session) -> None:
    before = session.query(LoginSession).one().token_sha256
    old = copy_of(app, staff)
    staff.post("/logout", data={"csrf_token": token_of(staff.get("/account").get_data(as_text=True))})
    send(staff, "/login", email="agency_head-yen-son-vi@example.vn", password=PASSWORD)
    session.rollback()
    assert session.query(LoginSession).one().token_sha256 != before
    assert is_in(staff)
    assert not is_in(old)


@pytest.mark.parametrize(("column", "limit"), [("seen_at", IDLE_LIMIT), ("began_at", ABSOLUTE_LIMIT)])
@one_system
def test_a_session_ends_by_itself(staff: FlaskClient, session: Session, column: str, limit: int) -> None:
    for age, still in ((limit - 60, True), (limit + 60, False)):
        now = int(time.time())
        session.execute(update(LoginSession).values({"seen_at": now, "began_at": now} | {column: now - age}))
        session.commit()
        assert is_in(staff) is still


@one_system
def test_a_session_in_use_goes_on(staff: FlaskClient, session: Session) -> None:
    session.execute(update(LoginSession).values(seen_at=int(time.time()) - IDLE_LIMIT + 60))
    session.commit()
    assert is_in(staff)
    session.expire_all()
    assert session.query(LoginSession).one().seen_at > time.time() - 60


@one_system
def test_disabling_logging_out_elsewhere_and_another_password_end_sessions_at_once(app: Flask, staff: FlaskClient) -> None:
    email = "agency_head-yen-son-vi@example.vn"
    with app.app_context():
        assert end_sessions(db.session, email) == 1
    assert not is_in(staff)
    send(staff, "/login", email=email, password=PASSWORD)
    assert is_in(staff)
    with app.app_context():
        set_active(db.session, email, active=False)
    assert not is_in(staff)


@one_system
def test_own_sessions_are_listed_and_ended_and_those_of_others_are_not(app: Flask, staff: FlaskClient, session: Session) -> None:
    elsewhere = app.test_client()
    send(elsewhere, "/login", email="agency_head-yen-son-vi@example.vn", password=PASSWORD)
    page = staff.get("/account").get_data(as_text=True)
    addresses = re.findall(r"/account/sessions/\d+/end", page)
    assert len(addresses) == 2
    stranger = log_in(app, role="department")
    token = token_of(stranger.get("/account").get_data(as_text=True))
    assert stranger.post(addresses[0], data={"csrf_token": token}).status_code == 404
    newest = session.query(LoginSession).filter(LoginSession.user_id == 1).order_by(LoginSession.id.desc()).first()
    assert newest is not None
    staff.post(f"/account/sessions/{newest.id}/end", data={"csrf_token": token_of(page)})
    assert is_in(staff)
    assert not is_in(elsewhere)


@one_system
def test_a_new_password_is_asked_for_at_the_next_log_in(app: Flask, staff: FlaskClient) -> None:
    email, new = "agency_head-yen-son-vi@example.vn", "bốn từ chẳng liên quan"
    token = token_of(staff.get("/account").get_data(as_text=True))
    assert staff.post("/account/password", data={"csrf_token": token, "password": "sai", "new_password": new}).status_code == 422
    assert staff.post("/account/password", data={"csrf_token": token, "password": PASSWORD, "new_password": "ngắn"}).status_code == 422
    assert is_in(staff)
    assert staff.post("/account/password", data={"csrf_token": token, "password": PASSWORD, "new_password": new}).location == "/login"
    assert not is_in(staff)
    assert send(staff, "/login", email=email, password=PASSWORD).status_code == 200
    assert send(staff, "/login", email=email, password=new).status_code == 302


@one_system
def test_the_cookie_is_bound_to_the_host_when_served_by_https(database_url: str, tmp_path: Any) -> None:
    from survey import create_app
    from survey.settings import read_settings

    values = {"SIPAS_HOME": str(tmp_path / "i"), "SIPAS_DATABASE_URL": database_url, "SIPAS_BASE_URL": "https://sipas.example"}
    app = create_app(read_settings(values))
    cookie = app.test_client().get("/login", base_url="https://sipas.example").headers["Set-Cookie"]
    assert cookie.startswith("__Host-session=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))
    assert "Domain" not in cookie
    with app.app_context():
        db.engine.dispose()
