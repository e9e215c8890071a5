"""Invitations: the staff make files of personal links, and whoever follows one gets the form or a page that says why not."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from datetime import date, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from survey.domain.slip_code import in_groups, is_whole, slip_key
from survey.models import Response, Slip, SlipBatch, Wave
from survey.services.change_wave import close_wave, open_wave
from survey.services.make_invitations import make_invitations
from survey.services.withdraw_slips import withdraw_slips
from survey.settings import today
from tests.support.scored_province import log_in, words
from tests.support.small_province import SmallProvince

THANKS = "Đánh giá đã được ghi nhận"
SAMPLE = "M-2026"
FIELDS = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)"')
RATED = re.compile(r'type="radio" name="([A-G]\d)" id="\1-5"')
BASE = "https://sipas.example"
one_system = pytest.mark.parametrize("database_system", ["sqlite"], indirect=True)


@pytest.fixture
def sample(session: Session, province: SmallProvince) -> str:
    return sample_survey(session, date(2020, 1, 1))


def sample_survey(session: Session, first: date) -> str:
    open_wave(
        session, code=SAMPLE, name_vi="Khảo sát mẫu 2026", name_en="Sample 2026", opens_on=first, closes_on=date(2099, 12, 31),
        questionnaire="sipas-2017", instrument="sample",
    )  # fmt: skip
    return SAMPLE


def invited(app: Flask, session: Session, province: SmallProvince, *, full_form: bool = False) -> list[str]:
    """The numbers of ten invitations for people who were served at Yên Sơn."""
    letters: list[str] = []
    make_invitations(
        session, SAMPLE, province.desk_ids["yen-son"], 10, full_form=full_form, key=slip_key(app.config["SETTINGS"].secret_key),
        today=today(), made_by="x", draw=lambda _, codes: bytes(len(letters.extend(codes) or b"")),  # type: ignore[func-returns-value]
    )  # fmt: skip
    return letters


def filled(client: FlaskClient, url: str, rating: str = "4") -> dict[str, str]:
    html = client.get(url).text
    return dict(FIELDS.findall(html)) | dict.fromkeys(RATED.findall(html), rating)


def count(session: Session) -> tuple[int, int]:
    """Responses stored, invitations left."""
    session.rollback()
    return tuple(session.scalar(select(func.count()).select_from(model)) for model in (Response, Slip))  # type: ignore[return-value]


# --- who is invited ---


def test_an_invitation_opens_the_form_its_batch_says_and_counts_once(
    app: Flask, client: FlaskClient, session: Session, province: SmallProvince, sample: str
) -> None:
    short, full = invited(app, session, province)[0], invited(app, session, province, full_form=True)[0]
    assert len(RATED.findall(client.get(f"/p/{in_groups(short)}?lang=en").text)) == 6
    assert len(RATED.findall(client.get(f"/p/{full}").text)) == 24
    fields = filled(client, f"/p/{full}")
    first, second = (client.post(f"/p/{full}", data=fields) for _ in range(2))
    assert (first.status_code, THANKS in first.text, first.data == second.data) == (200, True, True)
    assert count(session) == (1, 19)
    assert session.execute(select(Response.mode, Response.form)).all() == [("invitation", "full")]
    assert session.scalars(select(Response.wave_id)).one() != province.wave.id
    used = client.get(f"/p/{full}")
    assert (used.status_code, "thư mời được tính một lần" in used.text) == (404, True)


def test_an_invitation_works_where_no_survey_runs_at_the_desk(
    app: Flask, client: FlaskClient, session: Session, province: SmallProvince, sample: str
) -> None:
    code = invited(app, session, province)[0]
    fields = filled(client, f"/p/{code}")
    close_wave(session, province.wave.code, today=today())
    first, again = (client.post(f"/p/{code}", data=fields) for _ in range(2))
    assert (first.status_code, again.status_code, first.data == again.data, count(session)) == (200, 200, True, (1, 9))


def test_before_the_survey_begins_the_page_says_when(app: Flask, client: FlaskClient, session: Session, province: SmallProvince) -> None:
    sample_survey(session, today() + timedelta(days=40))
    code = invited(app, session, province)[0]
    page = client.get(f"/p/{code}")
    assert (page.status_code, f"từ ngày {today() + timedelta(days=40):%d/%m/%Y}" in page.text) == (200, True)
    assert "Đợt khảo sát chưa bắt đầu." in page.text
    assert "mã QR treo tại quầy" not in page.text
    assert "has not begun yet" in client.get(f"/p/{code}?lang=en").text


def test_after_the_survey_a_form_that_is_late_keeps_its_answers_and_the_page_says_so(
    app: Flask, client: FlaskClient, session: Session, province: SmallProvince, sample: str
) -> None:
    code = invited(app, session, province)[0]
    fields = filled(client, f"/p/{code}")
    close_wave(session, SAMPLE, today=today())
    late = client.post(f"/p/{code}", data=fields)
    assert (late.status_code, late.text.count(" checked"), count(session)) == (422, 6, (0, 10))
    page = client.get(f"/p/{code}").text
    assert "Đợt khảo sát không nhận thêm câu trả lời tại đây." in page
    assert "tính riêng" in page
    session.execute(update(Wave).where(Wave.code == SAMPLE).values(closes_on=date(2026, 11, 20), opens_on=date(2026, 11, 1)))
    session.commit()
    assert "đến hết ngày 20/11/2026" in client.get(f"/p/{code}").text


def test_a_withdrawn_invitation_names_the_agency_and_not_the_reason(
    app: Flask, client: FlaskClient, session: Session, province: SmallProvince, sample: str
) -> None:
    code = invited(app, session, province)[0]
    fields = filled(client, f"/p/{code}")
    withdraw_slips(session, session.scalars(select(SlipBatch.id)).one(), reason="Bí mật nội bộ", today=today(), withdrawn_by="x")
    looked, sent = client.get(f"/p/{code}"), client.post(f"/p/{code}", data=fields)
    assert (looked.status_code, sent.status_code, count(session)) == (410, 410, (0, 10))
    assert "UBND xã Yên Sơn đã thu hồi thư mời" in looked.text
    assert "Bí mật" not in looked.text + sent.text
    assert "chưa được gửi" in sent.text


# --- the staff ---


@pytest.fixture
def head(app: Flask, province: SmallProvince) -> FlaskClient:
    client = log_in(app, role="agency_head", agency="yen-son")
    app.config["WTF_CSRF_ENABLED"] = False
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], base_url=BASE)
    return client


def wish(province: SmallProvince, **other: object) -> dict[str, object]:
    return {"desk": province.desk_ids["yen-son"], "wave": SAMPLE, "count": 12, "form": "full", "format": "csv"} | other


@one_system
def test_a_table_has_link_number_and_message_of_each(
    client: FlaskClient, head: FlaskClient, session: Session, province: SmallProvince, sample: str
) -> None:
    answer = head.post("/agencies/yen-son/invitations", data=wish(province))
    assert answer.headers["Content-Disposition"] == f"attachment; filename=thu-moi-yen-son-{SAMPLE}-{today()}.csv"
    assert (answer.mimetype, answer.headers["Cache-Control"]) == ("text/csv", "no-store")
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
    sheet = load_workbook(io.BytesIO(head.post("/agencies/yen-son/invitations", data=wish(province, format="xlsx")).data)).active
    assert sheet is not None
    for link, code, message in [*rows[1:], *list(sheet.values)[1:]]:
        digits = str(code).replace("-", "")
        assert is_whole(digits, 16)
        assert link == f"{BASE}/p/{digits}"
        assert str(message).startswith("UBND xã Yên Sơn kính mời Ông/Bà")
        assert str(message).endswith(f"đến hết ngày 31/12/2099: {link}")
    assert (len(rows), sheet.max_row, count(session)) == (13, 13, (0, 24))
    assert client.get(rows[1][0].removeprefix(BASE)).status_code == 200


@one_system
def test_cards_come_as_pdf_and_the_page_accounts_for_every_batch(
    client: FlaskClient, head: FlaskClient, session: Session, province: SmallProvince, sample: str
) -> None:
    assert head.post("/agencies/yen-son/invitations", data=wish(province, format="pdf", form="short")).data.startswith(b"%PDF-")
    batch = session.scalars(select(SlipBatch)).one()
    assert (batch.printed_count, batch.full_form, batch.printed_by) == (12, False, "agency_head-yen-son-vi@example.vn")
    page = head.get("/agencies/yen-son/invitations").text
    assert "0,0\u00a0%" in page
    assert "Mở bảng rút gọn." in page
    assert "Chưa in phiếu nào." in head.get("/agencies/yen-son/slips").text
    withdrawn = head.post(f"/invitations/{batch.id}/withdraw", data={"reason": "Gửi nhầm", "back": "yen-son"})
    assert withdrawn.location == "/agencies/yen-son/invitations"
    page = words(head.get("/agencies/yen-son/invitations"))
    assert "Gửi nhầm" in page
    assert "Tỷ lệ trả lời" not in page
    assert "đã được thu hồi trước đó" in head.post(f"/invitations/{batch.id}/withdraw", data={"reason": "x"}).text


@one_system
def test_what_cannot_be_made_is_told_and_makes_nothing(head: FlaskClient, session: Session, province: SmallProvince, sample: str) -> None:
    for other in ({"count": "9"}, {"count": "x"}, {"count": "5001"}):
        refusal = head.post("/agencies/yen-son/invitations", data=wish(province, **other))
        assert (refusal.status_code, "từ 10 đến 5.000" in refusal.text) == (422, True)
    for other in ({"wave": province.wave.code}, {"wave": ""}, {"desk": province.desk_ids["my-lam"]}, {"desk": "x"}, {"format": "exe"}):
        assert head.post("/agencies/yen-son/invitations", data=wish(province, **other)).status_code == 404, other
    assert count(session) == (0, 0)


@one_system
def test_without_a_sample_survey_the_page_says_who_opens_one(head: FlaskClient, session: Session, province: SmallProvince) -> None:
    assert "Hiện không có khảo sát chọn mẫu nào" in head.get("/agencies/yen-son/invitations").text
    slips = SlipBatch(desk_id=province.desk_ids["yen-son"], printed_count=10, printed_on=today(), printed_by="x", key_check="x")
    session.add(slips)
    session.commit()
    assert head.post(f"/invitations/{slips.id}/withdraw", data={"reason": "x"}).status_code == 404
