"""Desks that come, go and get other names, on the page of their agency."""

from __future__ import annotations

import json
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.models import AuditEntry, Desk, DeskCode, Response
from survey.services.import_agencies import import_agencies
from survey.services.issue_desk_code import issue_desk_code
from survey.settings import today
from tests.support.scored_province import log_in, words
from tests.support.small_province import SmallProvince

pytestmark = pytest.mark.parametrize("database_system", ["sqlite"], indirect=True)
PAGE = "/agencies/yen-son/desks"


@pytest.fixture
def head(app: Flask, province: SmallProvince) -> FlaskClient:
    client = log_in(app, role="agency_head", agency="yen-son")
    app.config["WTF_CSRF_ENABLED"] = False
    return client


def test_a_desk_is_added_with_a_code_at_once_and_only_once(head: FlaskClient, client: FlaskClient, session: Session) -> None:
    added = head.post(PAGE, data={"name_vi": " Quầy  tiếp dân ", "name_en": ""})
    desk = session.scalars(select(Desk).where(Desk.name_vi == "Quầy tiếp dân")).one()
    assert (added.status_code, added.location) == (303, f"{PAGE}#desk-{desk.id}")
    assert desk.name_en == "Quầy tiếp dân"
    code = session.scalars(select(DeskCode.code).where(DeskCode.desk_id == desk.id)).one()
    assert client.get(f"/s/{code}").status_code == 200
    again = head.post(PAGE, data={"name_vi": "Quầy tiếp dân", "name_en": "Kept"})
    assert again.status_code == 422
    assert "đã có một quầy đang mở mang tên ấy" in words(again)
    assert 'value="Kept"' in again.text
    assert "Vui lòng ghi tên tiếng Việt." in words(head.post(PAGE))


def test_a_desk_of_another_name_keeps_its_number_and_its_code(
    head: FlaskClient, client: FlaskClient, session: Session, province: SmallProvince
) -> None:
    desk_id, url = province.desk_ids["yen-son"], province.urls["yen-son"]
    assert head.post(f"/desks/{desk_id}/rename", data={"name_vi": "Quầy số 1", "name_en": "Desk 1"}).status_code == 303
    assert session.get_one(Desk, desk_id, populate_existing=True).name_vi == "Quầy số 1"
    assert client.get(url).status_code == 200
    again = head.post(f"/desks/{desk_id}/rename", data={"name_vi": "Quầy số 1", "name_en": "Desk 1"})
    assert "Tên và lĩnh vực vẫn như cũ" in words(again)


def test_a_desk_is_given_a_field_that_others_are_offered_and_the_log_tells(
    head: FlaskClient, session: Session, province: SmallProvince
) -> None:
    desk_id = province.desk_ids["yen-son"]
    names = {"name_vi": "Bộ phận Một cửa", "name_en": "One-stop desk"}
    assert head.post(f"/desks/{desk_id}/rename", data={**names, "field": " Đất  đai"}).status_code == 303
    assert head.post(f"/desks/{desk_id}/rename", data={**names, "field": "Hộ tịch"}).status_code == 303
    page = head.get(PAGE)
    assert "UBND xã Yên Sơn · lĩnh vực: Hộ tịch" in words(page)
    assert '<datalist id="fields"><option value="Hộ tịch"></option></datalist>' in page.text
    logged = session.scalars(select(AuditEntry).where(AuditEntry.action == "desk_changed").order_by(AuditEntry.number)).all()
    told = [[json.loads(side or "{}").get("field") for side in (entry.before, entry.after)] for entry in logged]
    assert told == [[None, "Đất đai"], ["Đất đai", "Hộ tịch"]]
    refused = head.post(f"/desks/{desk_id}/rename", data={**names, "field": "x" * 81})
    assert refused.status_code == 422
    assert "Tên lĩnh vực dài quá 80 ký tự" in words(refused)
    assert re.search(r'name="field" value="x{81}"[^>]* aria-invalid="true"', refused.text)


def test_a_closed_desk_loses_every_code_and_keeps_its_answers(
    head: FlaskClient, client: FlaskClient, session: Session, province: SmallProvince
) -> None:
    desk_id, url = province.desk_ids["yen-son"], province.urls["yen-son"]
    province.answer(session, {"A1": 5})
    kiosk = issue_desk_code(session, desk_id, today=today(), kind="kiosk")
    session.rollback()
    assert head.post(f"/desks/{desk_id}/close").status_code == 303
    assert {client.get(path).status_code for path in (url, f"/k/{kiosk}")} == {410}
    assert head.get(f"/desks/{desk_id}/poster-a4-vi.pdf").status_code == 404
    assert session.scalars(select(Response.desk_id)).all() == [desk_id]
    page = head.get(PAGE)
    assert "Các quầy đã đóng" in words(page)
    assert url not in page.text
    session.rollback()
    assert "Quầy này đã đóng rồi" in words(head.post(f"/desks/{desk_id}/close"))

    assert head.post(f"/desks/{desk_id}/open").status_code == 303
    new = re.search(r'href="(/s/\w+)"', head.get(PAGE).text)
    assert new
    assert new[1] != url
    assert client.get(new[1]).status_code == 200
    assert client.get(url).status_code == 410
    assert head.post(f"/desks/{desk_id}/open").status_code == 422


def test_a_desk_is_not_opened_again_beside_one_of_its_name_or_where_the_agency_has_ended(
    head: FlaskClient, session: Session, province: SmallProvince
) -> None:
    desk_id = province.desk_ids["yen-son"]
    head.post(f"/desks/{desk_id}/close")
    head.post(PAGE, data={"name_vi": "Bộ phận Một cửa"})
    assert "đã có một quầy đang mở mang tên ấy" in words(head.post(f"/desks/{desk_id}/open"))
    agency = session.get_one(Desk, desk_id).agency
    agency.valid_from = agency.valid_to = today().replace(year=2024, month=1, day=1)
    session.commit()
    assert "không thể mở quầy" in words(head.post(PAGE, data={"name_vi": "Quầy 9"}))
    assert head.post(f"/desks/{desk_id}/open").status_code == 422


def test_posters_come_in_every_size_and_language(head: FlaskClient, province: SmallProvince) -> None:
    page = head.get(PAGE).text
    paths = re.findall(r'href="(/desks/\d+/poster-\w+-\w+\.pdf)"', page)
    assert len(set(paths)) == 6
    for path in paths:
        answer = head.get(path)
        assert (answer.status_code, answer.mimetype, answer.data[:5]) == (200, "application/pdf", b"%PDF-")
    assert head.get(f"/desks/{province.desk_ids['yen-son']}/poster-a3-vi.pdf").status_code == 404


def test_above_many_desks_the_page_leads_to_those_of_each_agency(app: Flask, session: Session, province: SmallProvince) -> None:
    rows = [{"agency": "my-lam", "name_vi": f"Quầy {number}", "name_en": ""} for number in range(20)]
    import_agencies(session, [], desks=rows, today=today())
    page = log_in(app, role="analyst").get("/agencies/tinh/desks")
    assert "UBND phường Mỹ Lâm · 21 quầy" in words(page)
    assert 'href="/agencies/my-lam/desks"' in page.text
    assert "qr.svg" not in page.text


def test_nobody_changes_a_desk_of_another_agency(head: FlaskClient, province: SmallProvince) -> None:
    other = province.desk_ids["my-lam"]
    paths = ["/agencies/my-lam/desks", *(f"/desks/{other}/{step}" for step in ("rename", "close", "open"))]
    assert {head.post(path, data={"name_vi": "X"}).status_code for path in paths} == {403}
