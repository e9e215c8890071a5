from __future__ import annotations

import json
from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.domain.desk_field import tidy
from survey.errors import Invalid
from survey.models import Agency, AgencySuccession, AuditEntry, Desk, DeskCode
from survey.services.import_agencies import import_agencies

TODAY = date(2026, 10, 1)
TINH = {"code": "tinh", "kind": "province", "parent": "", "name_vi": "Tỉnh", "name_en": "", "valid_from": "2025-07-01", "valid_to": ""}
XA = TINH | {"code": "xa", "kind": "commune", "parent": "tinh", "name_vi": "Xã"}
OLD = XA | {"code": "xa-cu", "valid_from": "2021-07-28", "valid_to": "2025-06-30"}
DESK = {"agency": "xa", "name_vi": "Quầy 1", "name_en": ""}


def agency(session: Session, code: str) -> Agency:
    return session.scalars(select(Agency).where(Agency.code == code)).one()


def test_an_agency_has_its_parent_its_life_and_an_english_name_that_may_be_the_vietnamese_one(session: Session) -> None:
    import_agencies(session, [TINH, OLD], today=TODAY)
    old = agency(session, "xa-cu")
    assert (old.parent_id, old.valid_from, old.valid_to) == (agency(session, "tinh").id, date(2021, 7, 28), date(2025, 6, 30))
    assert (old.name_vi, old.name_en) == ("Xã", "Xã")


def test_each_new_desk_gets_one_address_that_a_second_import_keeps(session: Session) -> None:
    import_agencies(session, [TINH, XA], desks=[DESK], today=TODAY)
    code = session.scalars(select(DeskCode)).one()
    assert code.issued_on == TODAY
    import_agencies(session, [TINH, XA], desks=[DESK | {"name_en": "Counter 1"}], today=date(2027, 1, 1))
    assert session.scalars(select(DeskCode.code)).all() == [code.code]
    assert session.scalars(select(Desk.name_en)).all() == ["Counter 1"]


def test_the_field_of_a_desk_is_left_alone_by_a_file_without_that_column_and_logged_where_it_changes(session: Session) -> None:
    given = [DESK | {"field": " Đất  đai"}, DESK | {"name_vi": "Quầy 2"}]
    for desks in (given, given, [DESK], [DESK | {"field": "Hộ tịch"}], [DESK | {"field": ""}]):
        import_agencies(session, [TINH, XA], desks=desks, today=TODAY)
        fields = session.scalars(select(Desk.field).order_by(Desk.id)).all()
        assert fields == [tidy(desks[0].get("field", "Đất đai")), None]
    logged = session.scalars(select(AuditEntry).order_by(AuditEntry.number)).all()[1:]
    assert [json.loads(entry.before or "")["desks"] for entry in logged] == [{"1": "Đất đai"}, {"1": "Hộ tịch"}]
    assert [json.loads(entry.after or "")["desks"] for entry in logged] == [{"1": "Hộ tịch"}, {"1": None}]
    with pytest.raises(Invalid, match="field has more than 80 letters"):
        import_agencies(session, [], desks=[DESK | {"field": "x" * 81}], today=TODAY)


def test_the_end_of_an_agency_is_learnt_from_a_later_file(session: Session) -> None:
    import_agencies(session, [TINH, XA], today=TODAY)
    import_agencies(session, [XA | {"valid_to": "2027-06-30", "name_vi": "Xã Yên Sơn"}], today=TODAY)
    session.expire_all()
    assert (agency(session, "xa").valid_to, agency(session, "xa").name_vi) == (date(2027, 6, 30), "Xã Yên Sơn")


@pytest.mark.parametrize("change", [{"kind": "centre"}, {"parent": ""}, {"valid_from": "2025-07-02"}])
def test_an_agency_in_another_legal_form_needs_another_code(session: Session, change: dict[str, str]) -> None:
    import_agencies(session, [TINH, XA], today=TODAY)
    with pytest.raises(Invalid, match=r"^agencies, line 3: xa is stored with another (kind|parent|valid_from); .* code of its own"):
        import_agencies(session, [TINH, XA | change], today=TODAY)


def test_a_succession_is_stored_once_and_its_date_can_be_corrected(session: Session) -> None:
    merger = {"predecessor": "xa-cu", "successor": "xa", "on": "2025-07-02"}
    for on in ("2025-07-02", "2025-07-01"):
        import_agencies(session, [TINH, XA, OLD], successions=[merger | {"on": on}], today=TODAY)
    session.expire_all()
    assert session.scalars(select(AgencySuccession.succeeded_on)).all() == [date(2025, 7, 1)]


def test_nobody_follows_oneself(session: Session) -> None:
    with pytest.raises(Invalid, match="successions, line 2: xa cannot follow itself"):
        import_agencies(session, [TINH, XA], successions=[{"predecessor": "xa", "successor": "xa", "on": "2025-07-01"}], today=TODAY)


def test_two_desks_of_one_name_are_refused_for_one_would_vanish(session: Session) -> None:
    with pytest.raises(Invalid, match="desks, line 3"):
        import_agencies(session, [TINH, XA], desks=[DESK, DESK], today=TODAY)
    assert session.scalars(select(Agency)).all() == []
