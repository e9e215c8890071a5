"""Security keys: made beside the app, used at the log-in, and worth nothing in anybody else's name."""

from __future__ import annotations

import json
import re
from html import unescape
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from survey.database import db
from survey.models import LoginSession, SecurityKey, User
from survey.queries.audit_log import list_entries
from survey.services.add_user import add_user
from survey.services.change_user import reset_second_factor, set_active
from survey.services.log_in_attempts import FREE
from survey.services.security_keys import MOST
from tests.support.scored_province import PASSWORD, log_in, send, words
from tests.support.small_province import SmallProvince
from tests.support.software_key import SoftwareKey

one_system = pytest.mark.parametrize("database_system", ["sqlite"], indirect=True)
EMAIL, ORIGIN = "agency_head-yen-son-vi@example.vn", "http://localhost"


@pytest.fixture
def head(app: Flask, province: SmallProvince, session: Session) -> FlaskClient:
    """A head who has a second factor with the app."""
    client = log_in(app, role="agency_head", agency="yen-son")
    session.query(User).update({"tf_primary_method": "authenticator", "tf_totp_secret": "x", "mf_recovery_codes": ["x"]})
    session.commit()
    return client


def options_of(page: str) -> dict[str, Any]:
    found = re.search(r'data-options="([^"]+)"', page)
    assert found, page
    options: dict[str, Any] = json.loads(unescape(found[1]))
    return options


def post(client: FlaskClient, path: str, page: str, **fields: str) -> Any:
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token
    return client.post(path, data={**fields, "csrf_token": token[1]})


def add(client: FlaskClient, key: SoftwareKey, *, name: str = "Khóa xanh", origin: str = ORIGIN) -> Any:
    page = client.get("/account/keys").get_data(as_text=True)
    return post(client, "/account/keys", page, name=name, credential=key.make(options_of(page), origin))


def first_factor(app: Flask, email: str = EMAIL) -> FlaskClient:
    client = app.test_client()
    assert send(client, "/login", email=email, password=PASSWORD).location.startswith("/second-factor/code")
    return client


def action_of(page: str) -> str:
    found = re.search(r'action="([^"]+)" data-key', page)
    assert found, page
    return unescape(found[1])


def links(client: FlaskClient, path: str) -> dict[str, str]:
    return {text: unescape(to) for to, text in re.findall(r'<a href="([^"]+)">([^<]+)</a>', client.get(path).get_data(as_text=True))}


def use(client: FlaskClient, key: SoftwareKey, *, origin: str = ORIGIN) -> Any:
    page = client.get("/second-factor/key").get_data(as_text=True)
    return post(client, "/second-factor/key", page, credential=key.use(options_of(page), origin))


def test_a_key_is_added_used_at_the_log_in_and_removed(app: Flask, head: FlaskClient, session: Session) -> None:
    key = SoftwareKey()
    assert add(head, key).status_code == 303
    assert "Khóa xanh" in words(head.get("/account/keys"))
    client = first_factor(app)
    assert "Dùng khóa bảo mật" in words(client.get("/second-factor/code"))
    assert client.get("/account").location.startswith("/login")  # the password alone opens nothing
    assert use(client, key).location == "/start"
    assert client.get("/agencies/yen-son").status_code == 200
    stored = session.query(SecurityKey).one()
    page = head.get("/account/keys").get_data(as_text=True)
    assert post(head, f"/account/keys/{stored.id}/remove", page).status_code == 303
    session.rollback()
    told = [(entry.action, entry.before, entry.after) for entry in list_entries(session, limit=3)]
    assert told == [
        ("second_factor_changed", '{"security_key":"Khóa xanh"}', None),
        ("logged_in", None, None),
        ("second_factor_changed", None, '{"security_key":"Khóa xanh"}'),
    ]
    assert first_factor(app).get("/second-factor/key").location == "/login"  # no key, nothing to use


@one_system
def test_the_way_by_the_key_leads_to_the_page_first_asked_for(app: Flask, head: FlaskClient) -> None:
    key, wanted = SoftwareKey(), "/agencies/yen-son?wave=2026-Q4"
    add(head, key)
    client = app.test_client()
    answer = send(client, client.get(wanted).location, email=EMAIL, password=PASSWORD)
    page = client.get(links(client, answer.location)["Dùng khóa bảo mật"]).get_data(as_text=True)
    wrong = post(client, action_of(page), page, credential="{}")
    assert wrong.status_code == 422
    page = wrong.get_data(as_text=True)  # a wrong key does not lose the way
    assert post(client, action_of(page), page, credential=key.use(options_of(page), ORIGIN)).location == wanted


@one_system
@pytest.mark.parametrize("wanted", ["https://evil.example/", "//evil.example", "/\\evil.example", "/logout", "/nowhere"])
def test_the_way_by_the_key_leads_nowhere_else(app: Flask, head: FlaskClient, wanted: str) -> None:
    key = SoftwareKey()
    add(head, key)
    client = first_factor(app)
    page = client.get("/second-factor/key", query_string={"next": wanted}).get_data(as_text=True)
    assert post(client, action_of(page), page, credential=key.use(options_of(page), ORIGIN)).location == "/start"


@one_system
def test_what_is_not_the_persons_key_opens_nothing(app: Flask, head: FlaskClient, session: Session) -> None:
    mine, stranger = SoftwareKey(), SoftwareKey()
    add(head, mine)
    forged = SoftwareKey()
    forged.id, forged.count = mine.id, 50
    client = first_factor(app)
    for key, origin in ((stranger, ORIGIN), (forged, ORIGIN), (mine, "https://evil.example")):
        answer = use(client, key, origin=origin)
        assert answer.status_code == 422
        assert "Khóa này không phải của tài khoản" in words(answer)
    page = client.get("/second-factor/key").get_data(as_text=True)
    for credential in ("", "{}", "[]", '{"id": 5}', '{"id": "AAAA"}', "not json"):
        assert post(client, "/second-factor/key", page, credential=credential).status_code in (422, 302)
    session.rollback()
    assert session.query(LoginSession).count() == 1  # the head's own
    assert list_entries(session)[0].after == '{"second_factor":true}'


@one_system
def test_an_answer_is_worth_something_once(app: Flask, head: FlaskClient) -> None:
    key = SoftwareKey()
    add(head, key)
    client = first_factor(app)
    page = client.get("/second-factor/key").get_data(as_text=True)
    credential = key.use(options_of(page), ORIGIN)
    assert post(client, "/second-factor/key", page, credential=credential).location == "/start"
    other = first_factor(app)
    page = other.get("/second-factor/key").get_data(as_text=True)
    assert post(other, "/second-factor/key", page, credential=credential).status_code == 422
    key.count = 0  # a copy of the key that knows nothing of its last use
    assert use(other, key).status_code == 422


@one_system
def test_the_key_of_a_colleague_opens_neither_account(app: Flask, head: FlaskClient, session: Session) -> None:
    key = SoftwareKey()
    add(head, key)
    with app.app_context():
        add_user(db.session, email="khac@example.vn", password=PASSWORD, role="agency_head", agency_code="my-lam")
    session.query(User).filter(User.email == "khac@example.vn").update({"tf_primary_method": "authenticator", "tf_totp_secret": "x"})
    session.add(SecurityKey(user_id=2, name="x", credential_id=b"x", public_key=b"x", sign_count=0))
    session.commit()
    other = first_factor(app, "khac@example.vn")
    assert use(other, key).status_code == 422
    assert other.get("/account").location.startswith("/login")


@one_system
def test_guesses_are_slowed_down_as_those_of_codes_are(app: Flask, head: FlaskClient) -> None:
    add(head, SoftwareKey())
    client = first_factor(app)
    for _ in range(FREE):
        use(client, SoftwareKey())
    assert "quá nhiều lần" in words(use(client, SoftwareKey()))


@one_system
def test_a_disabled_account_is_not_opened_by_its_key(app: Flask, head: FlaskClient, session: Session) -> None:
    key = SoftwareKey()
    add(head, key)
    client = first_factor(app)
    page = client.get("/second-factor/key").get_data(as_text=True)
    set_active(session, EMAIL, active=False)
    answer = post(client, "/second-factor/key", page, credential=key.use(options_of(page), ORIGIN))
    assert answer.location.startswith("/login")
    assert client.get("/account").location.startswith("/login")


@one_system
def test_who_has_no_app_cannot_have_keys_and_who_loses_it_loses_them(app: Flask, head: FlaskClient, session: Session) -> None:
    add(head, SoftwareKey())
    reset_second_factor(session, EMAIL)
    assert session.query(SecurityKey).count() == 0
    again = app.test_client()
    assert send(again, "/login", email=EMAIL, password=PASSWORD).location == "/start"
    assert "Trước hết" in words(again.get("/account/keys"))


@one_system
def test_what_cannot_be_added_is_said(app: Flask, head: FlaskClient, session: Session) -> None:
    key = SoftwareKey()
    for name in ("  ", "x" * 61):
        assert "Đặt tên cho khóa" in words(add(head, key, name=name))
    assert add(head, key, origin="https://evil.example").status_code == 422
    assert session.query(SecurityKey).count() == 0
    assert add(head, key).status_code == 303
    assert "đã có" in words(add(head, key))
    for _ in range(MOST - 1):
        assert add(head, SoftwareKey()).status_code == 303
    assert add(head, SoftwareKey()).status_code == 422
    session.rollback()
    assert session.query(SecurityKey).count() == MOST
