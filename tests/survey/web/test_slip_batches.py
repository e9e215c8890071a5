"""The staff's page of slips: print, account for, withdraw; each only for the own desks."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from survey.models import DeskCode, Slip, SlipBatch
from survey.services.add_user import add_user
from survey.settings import today
from tests.support.small_province import SmallProvince

PASSWORD = "một mật khẩu đủ dài"


def logged_in(app: Flask, session: Session, *, role: str, agency: str | None) -> FlaskClient:
    """The pages of this test need no CSRF token; that they ask for one is tested below."""
    app.config["WTF_CSRF_ENABLED"] = False
    email = f"{role}@tq.vn"
    with app.app_context():
        add_user(session, email=email, password=PASSWORD, role=role, agency_code=agency, second_factor_waived=True)
    client = app.test_client()
    assert client.post("/login", data={"email": email, "password": PASSWORD}).status_code == 302
    return client


@pytest.fixture
def head(app: Flask, session: Session, province: SmallProvince) -> FlaskClient:
    return logged_in(app, session, role="agency_head", agency="yen-son")


@pytest.fixture
def department(app: Flask, session: Session, province: SmallProvince) -> FlaskClient:
    return logged_in(app, session, role="department", agency=None)


def batch_ids(session: Session) -> list[int]:
    session.rollback()
    return list(session.scalars(select(SlipBatch.id).order_by(SlipBatch.id)))


def cells(page: str) -> list[list[str]]:
    """Printed, used and left of each line of the table."""
    numbers = [re.findall(r'<td class="num">([^<]*)</td>', line) for line in page.split("<tr>")]
    return [line for line in numbers if line]


def test_a_head_prints_slips_for_an_own_desk_and_gets_them_as_pdf(head: FlaskClient, session: Session, province: SmallProvince) -> None:
    sheets = head.post("/agencies/yen-son/slips", data={"desk": province.desk_ids["yen-son"], "count": 20})
    assert (sheets.status_code, sheets.mimetype, sheets.data[:5]) == (200, "application/pdf", b"%PDF-")
    assert sheets.headers["Content-Disposition"] == f"attachment; filename=phieu-yen-son-{today()}.pdf"
    assert sheets.headers["Cache-Control"] == "no-store"
    batch = session.scalars(select(SlipBatch)).one()
    assert (batch.printed_count, batch.printed_by, batch.printed_on) == (20, "agency_head@tq.vn", today())
    page = head.get("/agencies/yen-son/slips").text
    assert cells(page) == [["20", "0", "20"]]
    assert "agency_head@tq.vn" in page


def test_the_department_prints_for_any_desk_and_sees_all_batches(
    department: FlaskClient, session: Session, province: SmallProvince
) -> None:
    for agency in ("yen-son", "my-lam"):
        assert department.post("/agencies/tinh/slips", data={"desk": province.desk_ids[agency], "count": 10}).status_code == 200
    page = department.get("/agencies/tinh/slips").text
    assert cells(page) == [["10", "0", "10"], ["10", "0", "10"], ["20", "0", "20"]]


def test_a_number_that_cannot_be_is_told_and_prints_nothing(head: FlaskClient, session: Session, province: SmallProvince) -> None:
    for count in ("9", "5001", "0", "-5", "x", "", "1e9", "99999999999999999999"):
        answer = head.post("/agencies/yen-son/slips", data={"desk": province.desk_ids["yen-son"], "count": count})
        assert (answer.status_code, batch_ids(session)) == (422, []), count
        assert "từ 10 đến 5.000" in answer.text
        assert 'aria-describedby="problem-count"' in answer.text
    assert 'value="99999999999999999999"' in answer.text  # what was typed is still there


def test_a_head_reaches_no_slips_of_another_agency(
    head: FlaskClient, department: FlaskClient, session: Session, province: SmallProvince
) -> None:
    other = province.desk_ids["my-lam"]
    department.post("/agencies/my-lam/slips", data={"desk": other, "count": 10})
    answers = [
        head.get("/agencies/my-lam/slips"),
        head.get("/agencies/tinh/slips"),
        head.get("/agencies/nowhere/slips"),
        head.post("/agencies/my-lam/slips", data={"desk": other, "count": 10}),
        head.post(f"/slips/{batch_ids(session)[0]}/withdraw", data={"reason": "x"}),
        head.post("/slips/999/withdraw", data={"reason": "x"}),
    ]
    assert {answer.status_code for answer in answers} == {403}
    for desk in (other, 0, 999, "x"):
        assert head.post("/agencies/yen-son/slips", data={"desk": desk, "count": 10}).status_code == 404
    assert len(batch_ids(session)) == 1
    assert session.scalars(select(SlipBatch.withdrawn_on)).one() is None


def test_a_batch_is_withdrawn_with_a_reason_once(head: FlaskClient, session: Session, province: SmallProvince) -> None:
    head.post("/agencies/yen-son/slips", data={"desk": province.desk_ids["yen-son"], "count": 10})
    address = f"/slips/{batch_ids(session)[0]}/withdraw"
    for reason in ("", "  ", "x" * 201):
        refusal = head.post(address, data={"reason": reason})
        assert refusal.status_code == 422
        assert "Xin ghi lý do" in refusal.text
        assert re.search(r'<details open>.*name="reason"[^>]*aria-describedby="problem-\d+"', refusal.text, re.DOTALL)
    done = head.post(address, data={"reason": "<b>Mất</b> một xấp", "back": "yen-son"})
    assert (done.status_code, done.location) == (302, "/agencies/yen-son/slips")
    page = head.get("/agencies/yen-son/slips").text
    assert "agency_head@tq.vn thu hồi ngày" in page
    assert "<b>Mất" not in page
    assert "<b>Mất</b> một xấp" in unescape(page)
    assert cells(page) == [["10", "0", "10"]]
    again = head.post(address, data={"reason": "Khác"})
    assert (again.status_code, "đã được thu hồi trước đó" in again.text) == (422, True)


def test_a_batch_of_another_secret_key_says_that_it_opens_nothing(head: FlaskClient, session: Session, province: SmallProvince) -> None:
    head.post("/agencies/yen-son/slips", data={"desk": province.desk_ids["yen-son"], "count": 10})
    assert "Khóa bí mật" not in head.get("/agencies/yen-son/slips").text
    session.execute(update(SlipBatch).values(key_check="00000000"))
    session.commit()
    assert "Khóa bí mật của máy chủ đã đổi" in head.get("/agencies/yen-son/slips").text


def test_nothing_printed_is_kept_on_the_server(app: Flask, head: FlaskClient, session: Session, province: SmallProvince) -> None:
    head.post("/agencies/yen-son/slips", data={"desk": province.desk_ids["yen-son"], "count": 10})
    home = app.config["SETTINGS"].home
    assert not [path for path in home.rglob("*") if path.is_file() and path.read_bytes().startswith(b"%PDF")]
    assert session.scalar(select(func.count()).select_from(Slip)) == 10


def test_strangers_are_sent_to_the_log_in_and_forged_posts_are_refused(
    client: FlaskClient, session: Session, province: SmallProvince
) -> None:
    assert client.get("/agencies/yen-son/slips").location.startswith("/login")
    assert client.post("/agencies/yen-son/slips", data={"desk": province.desk_ids["yen-son"], "count": 10}).status_code == 400
    assert client.post("/slips/1/withdraw", data={"reason": "x"}).status_code == 400
    assert batch_ids(session) == []


def test_the_page_of_desks_shows_the_short_address_and_the_poster(
    app: Flask, head: FlaskClient, session: Session, province: SmallProvince
) -> None:
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], base_url="https://sipas.example")
    desk = province.desk_ids["yen-son"]
    short = session.scalars(select(DeskCode.short_code).where(DeskCode.desk_id == desk)).one()
    page = head.get("/agencies/yen-son/desks").text
    assert f"https://sipas.example/g/{short[:4]}-{short[4:8]}-{short[8:]}" in page
    assert f"/desks/{desk}/poster-a4-vi.pdf" in page
    poster = head.get(f"/desks/{desk}/poster-a4-vi.pdf")
    assert (poster.mimetype, poster.data[:5]) == ("application/pdf", b"%PDF-")
    head.post(f"/desks/{desk}/revoke")
    assert head.get(f"/desks/{desk}/poster-a4-vi.pdf").status_code == 404
