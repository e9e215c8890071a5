from __future__ import annotations

import re
from base64 import b64decode
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.models import Response, ResponseMark
from survey.services.issue_desk_code import issue_desk_code, revoke_desk_codes
from survey.settings import today
from survey.web import rotating_code
from survey.web.rotating_code import AGED_CODE, FRESH_FOR, STEP
from tests.support.small_province import SmallProvince


class Clock:
    """Seconds that the test moves; at the beginning of a step, so that sums are exact."""

    def __init__(self) -> None:
        self.now = 1_800_000_000 // STEP * STEP

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(rotating_code, "time", clock)
    return clock


@pytest.fixture
def screen(session: Session, province: SmallProvince, clock: Clock) -> str:
    return "/d/" + issue_desk_code(session, province.desk_ids["yen-son"], today=today(), kind="display")


@pytest.fixture
def scanned(app: Flask, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The address inside each QR code that is drawn."""
    addresses: list[str] = []
    drawn = rotating_code.draw

    def draw(url: str, format_: str) -> bytes:
        addresses.append(url.removeprefix(app.config["SETTINGS"].base_url))
        return drawn(url, format_)

    monkeypatch.setattr(rotating_code, "draw", draw)
    return addresses


@pytest.fixture
def token(client: FlaskClient, screen: str, scanned: list[str]) -> str:
    """The address in the code that the screen shows now."""
    assert client.get(screen).status_code == 200
    return scanned[-1]


def fill(page: str) -> tuple[str, dict[str, str]]:
    (action,) = re.findall(r'<form id="f" method="post" action="([^"]+)"', page)
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))
    return action, hidden | dict.fromkeys(re.findall(r'id="([A-E]\d|G1)-4"', page), "4")


def marks(session: Session) -> list[str | None]:
    """The mark of each stored response, if it has one."""
    session.rollback()
    joined = select(ResponseMark.reason).select_from(Response).outerjoin(ResponseMark, ResponseMark.response_id == Response.id)
    return list(session.scalars(joined))


def test_a_fresh_code_opens_the_form_and_leaves_no_trace_in_the_response(client: FlaskClient, session: Session, token: str) -> None:
    action, form = fill(client.get(token).text)
    assert client.post(action, data=form).status_code == 200
    assert marks(session) == [None]
    (response,) = session.scalars(select(Response))
    assert (response.mode, response.marked) == ("open_qr", False)


def test_who_scanned_in_time_may_answer_for_hours(client: FlaskClient, session: Session, token: str, clock: Clock) -> None:
    action, form = fill(client.get(token).text)
    clock.now += 5 * 3600
    assert client.post(action, data=form).status_code == 200
    assert marks(session) == [None]


def test_the_code_changes_with_each_step_and_says_the_same_to_everybody_in_it(
    client: FlaskClient, screen: str, scanned: list[str], clock: Clock
) -> None:
    pages = [client.get(screen).text]
    clock.now += STEP - 1
    pages.append(client.get(screen).text)
    clock.now += 1
    pages.append(client.get(screen).text)
    assert (scanned[0] == scanned[1], scanned[1] == scanned[2]) == (True, False)
    images = [b64decode(re.findall(r"data:image/svg\+xml;base64,([^\"]+)", page)[0]) for page in pages]
    assert (images[0] == images[1], images[1] == images[2]) == (True, False)


def test_a_photographed_code_ages(client: FlaskClient, session: Session, token: str, clock: Clock) -> None:
    clock.now += FRESH_FOR
    assert "<fieldset" in client.get(token).text
    clock.now += STEP
    aged = client.get(token)
    assert aged.status_code == 200
    assert "Xin Ông/Bà quét lại mã trên màn hình" in aged.text
    assert "<fieldset" not in aged.text


def test_servers_whose_clocks_differ_by_minutes_agree(client: FlaskClient, token: str, clock: Clock) -> None:
    clock.now -= 2 * STEP
    assert "<fieldset" in client.get(token).text
    clock.now -= 10 * STEP
    assert "<fieldset" not in client.get(token).text


def test_nobody_with_an_aged_code_is_turned_away_but_the_response_is_marked(
    client: FlaskClient, session: Session, token: str, clock: Clock
) -> None:
    clock.now += FRESH_FOR + STEP
    (onward,) = re.findall(r'<a href="(/q/[^"]+)"', client.get(f"{token}?form=short-17").text)
    page = client.get(onward.replace("&amp;", "&")).text
    assert 'name="form" value="short-17"' in page  # a reload finds the same questions
    action, form = fill(page)
    assert client.post(action, data=form).status_code == 200
    assert marks(session) == [AGED_CODE]


def test_the_proof_is_worth_nothing_as_a_door_and_nothing_after_a_day(
    client: FlaskClient, session: Session, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    action, form = fill(client.get(token).text)
    assert "quét lại mã" in client.get(action).text
    monkeypatch.setattr(rotating_code, "today", lambda: today() + timedelta(days=2))
    assert client.post(action, data=form).status_code == 200
    assert marks(session) == [AGED_CODE]


def test_neither_code_nor_proof_tells_the_address_of_the_screen_or_of_the_poster(
    client: FlaskClient, province: SmallProvince, screen: str, token: str
) -> None:
    page = client.get(token).text
    for secret in (screen.removeprefix("/d/"), province.urls["yen-son"].removeprefix("/s/")):
        assert secret not in token
        assert secret not in page


def test_forged_and_broken_codes_lead_to_a_friendly_page(
    client: FlaskClient, session: Session, province: SmallProvince, token: str
) -> None:
    action, form = fill(client.get(token).text)
    desk, other = str(province.desk_ids["yen-son"]), str(province.desk_ids["my-lam"])
    stem = token.removeprefix("/q/")
    # Not the last letter of the signature: two of its six bits belong to no byte.
    signed, _, signature = stem.rpartition(".")
    forged = [
        f"{signed}.{'B' if signature[0] == 'A' else 'A'}{signature[1:]}",
        stem.replace(desk, other, 1),
        "x",
        "1.2.3",
        "%00",
        "ữ",
        "a" * 5000,
    ]
    for code in (*forged, action.removeprefix("/q/").split("?")[0].replace(desk, other, 1)):
        assert client.get(f"/q/{code}").status_code == 404, code
        assert client.post(f"/q/{code}", data=form).status_code == 404, code
    assert marks(session) == []


def test_a_screen_that_was_taken_back_ends_its_codes_too(
    client: FlaskClient, session: Session, province: SmallProvince, screen: str, token: str
) -> None:
    revoke_desk_codes(session, province.desk_ids["yen-son"], today=today(), kind="display")
    assert (client.get(screen).status_code, client.get(token).status_code) == (410, 404)


def test_pages_of_the_screen_set_no_cookie(client: FlaskClient, screen: str, token: str) -> None:
    answers = [client.get(screen), client.get(token), client.get("/q/x")]
    assert not any("Set-Cookie" in answer.headers for answer in answers)
