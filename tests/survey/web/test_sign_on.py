"""Logging in with an account of the province, against an OpenID provider that is spoilt in every way there is a name for."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from html import unescape
from http.client import HTTPConnection
from threading import Event
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.database import db
from survey.models import LoginSession, User
from survey.queries.audit_log import list_entries
from survey.services.add_user import add_user
from survey.services.change_user import set_active
from survey.settings import SignOn
from survey.web import provider as our_side
from survey.web.way_back import way_back
from tests.support.openid_provider import (
    CLIENT_ID,
    CLIENT_SECRET,
    Provider,
    openid_provider,
    signed_by_an_unknown_key,
    signed_by_another_under_this_kid,
    signed_with_the_public_key,
    unsigned,
)
from tests.support.scored_province import PASSWORD, log_in, send, words
from tests.support.small_province import SmallProvince

EMAIL = "truong-xa@example.vn"
REFUSED = "Chưa đăng nhập được bằng tài khoản của tỉnh."
LINK = "Đăng nhập bằng tài khoản của tỉnh"
HOUR = 3600

one_system = pytest.mark.parametrize("database_system", ["sqlite"], indirect=True)


@pytest.fixture
def provider(app: Flask, province: SmallProvince) -> Iterator[Provider]:
    with openid_provider(sub="7f3a", email=EMAIL) as provider:
        set_up(app, provider)
        with app.app_context():
            add_user(db.session, email=EMAIL, password=PASSWORD, role="agency_head", agency_code="yen-son")
        yield provider


def set_up(app: Flask, provider: Provider, **change: Any) -> None:
    sign_on = SignOn(provider.url, CLIENT_ID, CLIENT_SECRET, change.get("several_factors_acr"))
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], sign_on=sign_on)


def go_there(client: FlaskClient, path: str = "/sign-on") -> str:
    """Follow the link to the provider as a browser does; the address by which it sends the person back."""
    away = client.get(path)
    assert away.status_code == 303, away.get_data(as_text=True)
    parts = urlsplit(away.location)
    connection = HTTPConnection(parts.netloc)
    connection.request("GET", f"{parts.path}?{parts.query}")
    back = connection.getresponse().headers["Location"]
    connection.close()
    assert back.startswith("http://127.0.0.1:8000/sign-on/back?")
    return back.removeprefix("http://127.0.0.1:8000")


def sign_on(client: FlaskClient, path: str = "/sign-on") -> Any:
    return client.get(go_there(client, path))


def reason(session: Session) -> str:
    session.rollback()
    newest = list_entries(session)[0]
    assert (newest.who, newest.action) == ("nobody", "log_in_failed")
    return f"{newest.subject} {newest.after}"


def assert_refused(client: FlaskClient, answer: Any, session: Session) -> None:
    assert answer.status_code == 403
    assert REFUSED in words(answer)
    assert client.get("/account").location.startswith("/login")
    session.rollback()
    assert session.query(LoginSession).count() == 0
    assert session.query(User).count() == 1  # nobody is made by signing on


# --- the good way ---


@one_system
def test_the_way_is_offered_only_where_it_is_set_up(app: Flask, client: FlaskClient, province: SmallProvince) -> None:
    assert LINK not in words(client.get("/login"))
    assert client.get("/sign-on").status_code == client.get("/sign-on/back?code=x&state=y").status_code == 404
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], sign_on=SignOn("https://tinh.example", "x", "y", None))
    assert LINK in words(client.get("/login"))


def test_who_has_an_account_is_let_in_with_the_roles_it_has_here(
    client: FlaskClient, provider: Provider, session: Session, province: SmallProvince
) -> None:
    provider.claims |= {"email": EMAIL.upper(), "groups": ["administrator"], "roles": ["administrator"]}
    assert sign_on(client).location == "/start"
    assert client.get("/agencies/yen-son").status_code == 200
    assert client.get("/people").status_code == client.get("/agencies/my-lam").status_code == 403
    told = [f"{one.who} {one.action} {one.after}" for one in list_entries(session, limit=5)]
    assert f'{EMAIL} logged_in {{"by":"openid"}}' in told
    assert f'{EMAIL} sign_on_changed {{"bound":true}}' in told


@one_system
def test_logging_out_ends_the_session_here(app: Flask, client: FlaskClient, provider: Provider, session: Session) -> None:
    sign_on(client)
    copy = client.get_cookie("session")
    assert copy
    app.config["WTF_CSRF_ENABLED"] = False
    assert client.post("/logout").status_code == 302
    client.set_cookie("session", copy.value)
    assert client.get("/account").location.startswith("/login")
    assert session.query(LoginSession).count() == 0


@one_system
def test_the_account_stays_with_the_person_when_the_address_changes_there(client: FlaskClient, provider: Provider, app: Flask) -> None:
    sign_on(client)
    provider.claims |= {"email": "ten-moi@example.vn", "email_verified": False}
    assert sign_on(app.test_client()).location == "/start"


@one_system
def test_an_address_that_went_to_another_person_opens_nothing_until_the_binding_is_taken_away(
    app: Flask, provider: Provider, session: Session
) -> None:
    assert sign_on(app.test_client()).location == "/start"
    provider.claims |= {"sub": "somebody else"}
    other = app.test_client()
    assert sign_on(other).status_code == 403
    assert reason(session) == f'{EMAIL} {{"sign_on":"another_subject"}}'
    user = session.query(User).filter(User.email == EMAIL).one()
    assert "7f3a" not in str(user.sign_on_sha256)
    administrator = log_in(app, role="administrator")
    page = administrator.get(f"/people/{user.id}")
    assert "tài khoản của tỉnh" in words(page)
    app.config["WTF_CSRF_ENABLED"] = False
    assert administrator.post(f"/people/{user.id}/sign_on").status_code == 303
    assert sign_on(other).location == "/start"


# --- the way back ---


@one_system
def test_who_asked_for_a_page_first_comes_back_to_it(client: FlaskClient, provider: Provider) -> None:
    wanted = "/agencies/yen-son/desks?lang=en&x=%C3%A2"
    page = client.get(wanted)
    assert page.location.startswith("/login?next=")
    link = re.search(r'href="(/sign-on\?[^"]+)"', client.get(page.location).text)
    assert link
    answer = sign_on(client, unescape(link[1]))
    assert answer.location == wanted
    assert client.get(answer.location).status_code == 200
    assert "next" not in provider.asked[-1]  # the provider is not told where they work


ELSEWHERE = (
    "https://evil.example/", "//evil.example/start", "///evil.example", "/\\evil.example", "\\\\evil.example", "/\t/evil.example",
    "/\n/evil.example", "/start\r\nSet-Cookie: a=b", "javascript:alert(1)", "http:start", "start", "", " /start", "/nowhere", "/logout",
    "/login?next=/start", "/sign-on", "/sign-on/back?code=x", "/account/../../etc", "/%2f/evil.example", "/start@evil.example",
    "/desks/1/issue", "/start?" + "x" * 500, "/static/../start", "https:///start", "http://[", "/http://evil.example",
)  # fmt: skip


@one_system
def test_no_other_place_is_gone_to(app: Flask, client: FlaskClient, provider: Provider) -> None:
    with app.test_request_context():
        assert {wanted: way_back(wanted) for wanted in (*ELSEWHERE, None)} == dict.fromkeys((*ELSEWHERE, None), "/start")
        assert way_back("/department/waves?on=2026-01-01") == "/department/waves?on=2026-01-01"
    for wanted in ELSEWHERE[:8]:
        answer = sign_on(client, "/sign-on?" + urlencode({"next": wanted}))
        assert (answer.status_code, answer.location) == (303, "/start")
        client.get("/logout")


@one_system
def test_who_shows_a_second_factor_here_comes_back_too(client: FlaskClient, analyst: Provider, session: Session) -> None:
    user = session.scalars(select(User).where(User.email == "phan-tich@example.vn")).one()
    user.tf_primary_method, user.tf_totp_secret = "authenticator", "x"
    session.commit()
    answer = sign_on(client, "/sign-on?next=/department/agencies")
    assert answer.location == "/second-factor/code?next=/department/agencies"
    assert sign_on(client, "/sign-on?next=//evil.example").location == "/second-factor/code?next=/start"


# --- the second factor ---


@pytest.fixture
def analyst(provider: Provider, session: Session) -> Provider:
    add_user_of_all(session)
    provider.claims |= {"sub": "analyst", "email": "phan-tich@example.vn"}
    return provider


def add_user_of_all(session: Session) -> None:
    from uuid import uuid4

    from survey.services.add_user import granted

    user = User(email="phan-tich@example.vn", password=None, active=True, fs_uniquifier=uuid4().hex, second_factor_waived=False)
    user.roles = granted(session, "analyst")
    session.add(user)
    session.commit()


@one_system
def test_who_needs_a_second_factor_makes_it_here_when_the_provider_tells_of_none(client: FlaskClient, analyst: Provider) -> None:
    assert sign_on(client).location == "/second-factor"
    assert client.get("/department").location.startswith("/login")


@one_system
@pytest.mark.parametrize(
    ("told", "lets_in"),
    [
        ({"amr": ["pwd", "mfa"]}, True),
        ({"acr": "loa3"}, True),
        ({"amr": ["pwd"]}, False),
        ({"acr": "loa1"}, False),
        ({"amr": "mfa"}, None),
    ],
)
def test_a_provider_that_says_that_it_asked_for_several_factors_is_believed(
    app: Flask, client: FlaskClient, analyst: Provider, told: dict[str, Any], lets_in: bool | None
) -> None:
    set_up(app, analyst, several_factors_acr="loa3")
    analyst.claims |= told
    answer = sign_on(client)
    assert analyst.asked[-1]["acr_values"] == "loa3"
    assert answer.status_code == 403 if lets_in is None else answer.location == ("/start" if lets_in else "/second-factor")


@one_system
def test_without_a_named_level_no_level_is_asked_for_and_none_tells_anything(client: FlaskClient, analyst: Provider) -> None:
    analyst.claims |= {"acr": ""}
    assert sign_on(client).location == "/second-factor"
    assert "acr_values" not in analyst.asked[-1]


# --- the bad ways ---

Spoil = Callable[[Provider], None]


def claim(**changed: Any) -> Spoil:
    return lambda provider: provider.claims.update(changed)


def now(seconds: int) -> int:
    return int(time.time()) + seconds


BAD: dict[str, tuple[Spoil, str]] = {
    "wrong issuer in the token": (claim(iss="https://evil.example"), "id_token"),
    "wrong issuer in the discovery": (lambda p: setattr(p, "discovery", {"issuer": "https://evil.example"}), "provider"),
    "no issuer": (claim(iss=None), "id_token"),
    "wrong audience": (claim(aud="another"), "id_token"),
    "wrong audience though our party": (claim(aud="another", azp=CLIENT_ID), "id_token"),
    "several audiences and no party": (claim(aud=[CLIENT_ID, "another"]), "id_token"),
    "another party": (claim(aud=[CLIENT_ID, "another"], azp="another"), "id_token"),
    "expired": (lambda p: p.claims.update(exp=now(-HOUR), iat=now(-2 * HOUR)), "id_token"),
    "no end": (claim(exp=None), "id_token"),
    "issued in the future": (lambda p: p.claims.update(iat=now(HOUR), exp=now(2 * HOUR)), "id_token"),
    "not valid yet": (lambda p: p.claims.update(nbf=now(HOUR)), "id_token"),
    "wrong nonce": (claim(nonce="another"), "id_token"),
    "no nonce": (claim(nonce=None), "id_token"),
    "no subject": (claim(sub=None), "id_token"),
    "another access token": (claim(at_hash="AAAAAAAAAAAAAAAAAAAAAA"), "id_token"),
    "unsigned": (lambda p: setattr(p, "sign", unsigned), "id_token"),
    "HS256 with the public key": (lambda p: setattr(p, "sign", signed_with_the_public_key), "id_token"),
    "unknown kid": (lambda p: setattr(p, "sign", signed_by_an_unknown_key), "id_token"),
    "other signature": (lambda p: setattr(p, "sign", signed_by_another_under_this_kid), "id_token"),
    "no token at all": (lambda p: setattr(p, "sign", lambda *_: "not a token"), "id_token"),
    "unverified e-mail": (claim(email_verified=False), "no_account"),
    "e-mail verified by a word": (claim(email_verified="true"), "no_account"),
    "e-mail of nobody": (claim(email="khong-ai@example.vn"), "no_account"),
    "no e-mail": (claim(email=None), "no_account"),
    "wrong state": (lambda p: setattr(p, "answer", {"state": "another"}), "state"),
    "answer of another issuer": (lambda p: setattr(p, "answer", {"iss": "https://evil.example"}), "state"),
    "refused there": (lambda p: setattr(p, "answer", {"error": "access_denied"}), "refused_there"),
    "no code": (lambda p: setattr(p, "answer", {"code": ""}), "refused_there"),
    "a code of nobody's": (lambda p: setattr(p, "answer", {"code": "x"}), "provider"),
    "token endpoint fails": (lambda p: setattr(p, "failing", frozenset({"token"})), "provider"),
    "keys cannot be read": (lambda p: setattr(p, "failing", frozenset({"jwks"})), "provider"),
}


@one_system
def test_an_answer_that_is_not_wholly_right_leaves_no_session(app: Flask, provider: Provider, session: Session) -> None:
    good, told = dict(vars(provider)), {}
    for which, (spoil, _why) in BAD.items():
        vars(provider).update(good, claims=dict(good["claims"]))
        client = app.test_client()
        back = go_there(client) if "in the discovery" in which else None
        spoil(provider)
        answer = client.get(back) if back else sign_on(client)
        assert_refused(client, answer, session)
        told[which] = reason(session).split(" {")[-1]
    assert told == {which: f'"sign_on":"{why}"}}' for which, (_spoil, why) in BAD.items()}
    vars(provider).update(good)
    assert sign_on(app.test_client()).location == "/start"  # it was all the spoiling


@one_system
def test_a_disabled_account_reads_as_an_unknown_one_and_the_log_knows_the_difference(
    app: Flask, client: FlaskClient, provider: Provider, session: Session
) -> None:
    set_active(session, EMAIL, active=False)
    disabled = sign_on(client)
    assert_refused(client, disabled, session)
    assert reason(session) == f'{EMAIL} {{"sign_on":"disabled"}}'
    provider.claims |= {"email": "khong-ai@example.vn"}
    assert words(sign_on(client)) == words(disabled)
    assert reason(session) == 'an unknown address {"sign_on":"no_account"}'


@one_system
@pytest.mark.parametrize("how", ["down", "failing", "redirecting", "unencrypted", "not an object"])
def test_a_provider_that_cannot_be_asked_is_said_and_the_password_still_works(
    app: Flask, client: FlaskClient, provider: Provider, session: Session, how: str
) -> None:
    if how == "down":
        set_up(app, replace(provider, url="http://127.0.0.1:1"))
    elif how == "failing":
        provider.failing = frozenset({"openid-configuration"})
    elif how == "redirecting":
        provider.redirecting = frozenset({"openid-configuration"})
    elif how == "unencrypted":
        provider.discovery = {"token_endpoint": "http://tinh.example/token"}
    else:
        provider.discovery = {"jwks_uri": 5}
    answer = client.get("/sign-on")
    if answer.status_code == 303:  # it shows only when the token is asked for
        answer = sign_on(client)
    assert_refused(client, answer, session)
    assert reason(session).endswith('{"sign_on":"provider"}')
    assert send(client, "/login", email=EMAIL, password=PASSWORD).location == "/start"


@one_system
def test_a_provider_that_hangs_keeps_nobody_waiting(
    client: FlaskClient, provider: Provider, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    back = go_there(client)
    monkeypatch.setattr(our_side, "PATIENCE", 0.2)
    provider.hanging = Event()
    try:
        answer = client.get(back)
    finally:
        provider.hanging.set()
    monkeypatch.undo()
    assert_refused(client, answer, session)


@one_system
def test_an_answer_counts_once_and_only_in_the_browser_that_asked(app: Flask, provider: Provider, session: Session) -> None:
    victim, other = app.test_client(), app.test_client()
    back = go_there(victim)
    assert_refused(other, other.get(back), session)
    go_there(other)  # now it waits for an answer, but to another question
    assert_refused(other, other.get(back), session)
    assert victim.get(back).location == "/start"
    assert victim.get(back).status_code == 403


@one_system
def test_nobody_is_sent_anywhere_else(client: FlaskClient, provider: Provider) -> None:
    back = go_there(client, "/sign-on?next=https://evil.example")
    assert client.get(f"{back}&next=https://evil.example").location == "/start"
    assert provider.asked[-1]["redirect_uri"] == "http://127.0.0.1:8000/sign-on/back"
