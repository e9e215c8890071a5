from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from xml.etree import ElementTree as ET

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy.orm import Session

from survey.models import Agency, Desk
from survey.queries.agency_list import list_desks
from survey.services.add_user import add_user
from survey.settings import today
from tests.support.small_province import SmallProvince

PASSWORD = "một mật khẩu đủ dài"


@pytest.fixture
def head(app: Flask, client: FlaskClient, session: Session, province: SmallProvince) -> FlaskClient:
    """Logged in as the head of Yên Sơn. The pages of this test need no CSRF token; that they ask for one is tested below."""
    app.config["WTF_CSRF_ENABLED"] = False
    with app.app_context():
        add_user(session, email="head@yenson.vn", password=PASSWORD, role="agency_head", agency_code="yen-son")
    assert client.post("/login", data={"email": "head@yenson.vn", "password": PASSWORD}).status_code == 302
    return client


def test_a_head_finds_the_code_of_each_desk_as_svg_and_png(head: FlaskClient, province: SmallProvince) -> None:
    page = head.get("/agencies/yen-son/desks").text
    assert province.urls["yen-son"] in page
    desk = province.desk_ids["yen-son"]
    svg, png = head.get(f"/desks/{desk}/qr.svg"), head.get(f"/desks/{desk}/qr.png")
    assert ET.fromstring(svg.data).tag.endswith("svg")
    assert Image.open(BytesIO(png.data)).format == "PNG"
    assert head.get(f"/desks/{desk}/qr.gif").status_code == 404


def test_a_head_reaches_no_desk_of_another_agency(head: FlaskClient, session: Session, province: SmallProvince) -> None:
    other = province.desk_ids["my-lam"]
    answers = [
        head.get("/agencies/my-lam/desks"),
        head.get("/agencies/tinh/desks"),
        head.get(f"/desks/{other}/qr.svg"),
        head.post(f"/desks/{other}/issue"),
        head.post(f"/desks/{other}/revoke"),
        head.get("/desks/999/qr.svg"),
        head.get("/agencies/nowhere/desks"),
    ]
    assert {answer.status_code for answer in answers} == {403}
    assert {desk["url"] for desk in list_desks(session, today=today())} == set(province.urls.values())


def test_a_number_that_no_desk_can_have_is_not_found(head: FlaskClient) -> None:
    assert head.get("/desks/99999999999999999999999/qr.svg").status_code == 404
    assert head.post("/desks/99999999999999999999999/issue").status_code == 404


def test_a_desk_stays_listed_to_the_last_day_of_its_agency_and_of_itself(
    head: FlaskClient, session: Session, province: SmallProvince
) -> None:
    agency, desk = session.get_one(Agency, province.agency_ids["yen-son"]), session.get_one(Desk, province.desk_ids["yen-son"])
    tomorrow, yesterday = today() + timedelta(days=1), today() - timedelta(days=1)
    first_day = agency.valid_from
    for valid_from, valid_to, closed_on, is_open in [
        (first_day, tomorrow, None, True),
        (first_day, today(), None, True),
        (first_day, yesterday, None, False),
        (tomorrow, None, None, None),
        (first_day, None, tomorrow, True),
        (first_day, None, today(), False),
    ]:
        agency.valid_from, agency.valid_to, desk.closed_on = valid_from, valid_to, closed_on
        session.commit()
        # Of an agency that is to begin the posters can be printed before.
        is_listed = is_open is not False
        assert (province.urls["yen-son"] in head.get("/agencies/yen-son/desks").text) is is_listed, (valid_from, valid_to, closed_on)
        assert head.get(province.urls["yen-son"]).status_code == (200 if is_open else 410), (valid_from, valid_to, closed_on)


def test_codes_that_lead_to_this_machine_only_say_so(app: Flask, head: FlaskClient) -> None:
    note = "Mã này chỉ dẫn đến chính máy này."
    assert note in head.get("/agencies/yen-son/desks").text
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], base_url="https://sipas.tuyenquang.example")
    page = head.get("/agencies/yen-son/desks").text
    assert note not in page
    assert "https://sipas.tuyenquang.example/s/" in page


def test_a_new_code_ends_the_old_one(head: FlaskClient, client: FlaskClient, session: Session, province: SmallProvince) -> None:
    assert head.post(f"/desks/{province.desk_ids['yen-son']}/issue").status_code == 302
    assert client.get(province.urls["yen-son"]).status_code == 410
    new = next(desk["url"] for desk in list_desks(session, today=today()) if desk["agency"] == "yen-son")
    assert client.get(new).status_code == 200


def test_a_code_that_was_taken_back_leaves_the_desk_without_one(head: FlaskClient, province: SmallProvince) -> None:
    head.post(f"/desks/{province.desk_ids['yen-son']}/revoke")
    assert head.get(province.urls["yen-son"]).status_code == 410
    assert "chưa có mã" in head.get("/agencies/yen-son/desks").text


def test_the_addresses_of_tablet_and_screen_are_made_shown_and_taken_back_each_by_itself(
    head: FlaskClient, session: Session, province: SmallProvince
) -> None:
    desk = province.desk_ids["yen-son"]
    for kind, path in (("kiosk", "/k/"), ("display", "/d/")):
        assert f'href="{path}' not in head.get("/agencies/yen-son/desks").text
        assert head.get(f"/desks/{desk}/{kind}/qr.svg").status_code == 404
        assert head.post(f"/desks/{desk}/{kind}/issue").location.endswith(f"/agencies/yen-son/desks#desk-{desk}")
        (address,) = re.findall(f'href="({path}[0-9a-z]{{27}})"', head.get("/agencies/yen-son/desks").text)
        assert ET.fromstring(head.get(f"/desks/{desk}/{kind}/qr.svg").data).tag.endswith("svg")
        assert head.get(address).status_code == 200
        assert head.post(f"/desks/{desk}/{kind}/revoke").status_code == 302
        assert head.get(address).status_code == 410
    assert head.get(province.urls["yen-son"]).status_code == 200
    assert [desk["url"] for desk in list_desks(session, today=today()) if desk["agency"] == "yen-son"] == [province.urls["yen-son"]]
    assert head.post(f"/desks/{desk}/poster/issue").status_code == 404
    other = province.desk_ids["my-lam"]
    for method, path in (("post", "kiosk/issue"), ("post", "display/revoke"), ("get", "kiosk/qr.svg")):
        assert getattr(head, method)(f"/desks/{other}/{path}").status_code == 403


def test_strangers_are_sent_to_the_log_in_and_forged_posts_are_refused(app: Flask, client: FlaskClient, province: SmallProvince) -> None:
    answer = client.get("/agencies/yen-son/desks")
    assert (answer.status_code, answer.location.split("?")[0]) == (302, "/login")
    assert client.post(f"/desks/{province.desk_ids['yen-son']}/issue").status_code == 400
