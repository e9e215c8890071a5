"""Add, rename, close and open desks again, and give them a field. A desk keeps its number for life, so its results stay its own."""

from __future__ import annotations

from datetime import date

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from survey.database import transaction
from survey.domain.agency_change import CONTROL, name_problems
from survey.domain.desk_field import LONGEST_FIELD, tidy
from survey.errors import Conflict, Invalid, NotFound
from survey.models import Agency, Desk, DeskCode, FormerDeskField
from survey.services.audit import record
from survey.services.issue_desk_code import new_code


def add_desk(session: Session, agency_code: str, *, name_vi: str, name_en: str, field: str = "", today: date) -> int:
    """A new desk of an agency that lives, with an address; its number. An empty English name is the Vietnamese one."""
    _check_names(name_vi, name_en)
    serves = _field(field)
    with transaction(session):
        agency = session.scalars(select(Agency).where(Agency.code == agency_code)).one_or_none()
        if agency is None:
            raise NotFound(f"There is no agency {agency_code!r}. `sipas agency list` shows them.")
        _refuse_where_ended(agency, today)
        _refuse_same_name(session, agency.id, name_vi, today)
        desk = Desk(agency_id=agency.id, name_vi=name_vi, name_en=name_en or name_vi, field=serves)
        session.add(desk)
        session.flush()
        session.add(DeskCode(code=new_code(), desk_id=desk.id, issued_on=today))
        record(session, "desk_changed", f"desk {desk.id}", after={"agency": agency_code, **_told(desk)})
    return desk.id


def rename_desk(session: Session, desk_id: int, *, name_vi: str, name_en: str, field: str, today: date) -> None:
    """Another name, at once and everywhere, or another field, from the next wave on; addresses and results stay."""
    _check_names(name_vi, name_en)
    serves = _field(field)
    with transaction(session):
        desk = _desk(session, desk_id)
        before = _told(desk)
        if (name_vi, name_en or name_vi, serves) == (desk.name_vi, desk.name_en, desk.field):
            raise Conflict("Names and field are the same as before.", code="same_desk_data")
        if name_vi != desk.name_vi:
            _refuse_same_name(session, desk.agency_id, name_vi, today)
        desk.name_vi, desk.name_en = name_vi, name_en or name_vi
        set_field(session, desk, serves, today=today)
        record(session, "desk_changed", f"desk {desk_id}", before=before, after=_told(desk))


def set_field(session: Session, desk: Desk, field: str | None, *, today: date) -> None:
    """Another field, or none. In every wave that opens today or has opened, the desk keeps the one that it had (decision 0044)."""
    if field == desk.field:
        return
    if session.get(FormerDeskField, (desk.id, today)) is None:
        session.add(FormerDeskField(desk_id=desk.id, until=today, field=desk.field))
    desk.field = field


def close_desk(session: Session, desk_id: int, *, today: date) -> None:
    """From now on the desk takes no responses, and all its addresses are taken back. What was answered there stays."""
    with transaction(session):
        desk = _desk(session, desk_id)
        if desk.closed_on is not None and desk.closed_on <= today:
            raise Conflict(f"Desk {desk_id} is closed already.", code="desk_closed")
        before, desk.closed_on = {"closed_on": desk.closed_on}, today
        present = (DeskCode.desk_id == desk_id) & DeskCode.revoked_on.is_(None)
        session.execute(update(DeskCode).where(present).values(revoked_on=today), execution_options={"synchronize_session": False})
        record(session, "desk_changed", f"desk {desk_id}", before=before, after={"closed_on": today})


def open_desk_again(session: Session, desk_id: int, *, today: date) -> None:
    """The same desk once more, under a new address: posters that were printed before it closed stay void."""
    with transaction(session):
        desk = _desk(session, desk_id)
        if desk.closed_on is None or desk.closed_on > today:
            raise Conflict(f"Desk {desk_id} is open already.", code="desk_open")
        _refuse_where_ended(desk.agency, today)
        _refuse_same_name(session, desk.agency_id, desk.name_vi, today)
        before, desk.closed_on = {"closed_on": desk.closed_on}, None
        session.add(DeskCode(code=new_code(), desk_id=desk_id, issued_on=today))
        record(session, "desk_changed", f"desk {desk_id}", before=before, after={"closed_on": None})


def _desk(session: Session, desk_id: int) -> Desk:
    desk = session.get(Desk, desk_id, with_for_update=True, populate_existing=True)
    if desk is None:
        raise NotFound(f"There is no desk {desk_id}. `sipas desk list` shows the desks.")
    return desk


def _check_names(name_vi: str, name_en: str) -> None:
    if found := tuple(name_problems(name_vi, name_en)):
        raise Invalid("A desk needs a Vietnamese name, and no name is longer than 200 letters.", code=found[0].what)


def _field(given: str) -> str | None:
    field = tidy(given)
    if field is not None and (len(field) > LONGEST_FIELD or CONTROL.search(field)):
        raise Invalid(f"A field is no longer than {LONGEST_FIELD} letters.", code="long_field")
    return field


def _refuse_where_ended(agency: Agency, today: date) -> None:
    if agency.valid_to is not None and agency.valid_to < today:
        raise Conflict(f"{agency.code} ended on {agency.valid_to} and can have no open desk.", code="agency_ended")


def _refuse_same_name(session: Session, agency_id: int, name_vi: str, today: date) -> None:
    """Two open desks of one name could not be told apart in any result. Written so that only one of two at once gets it."""
    session.execute(select(Agency.id).where(Agency.id == agency_id).with_for_update())
    is_open = or_(Desk.closed_on.is_(None), Desk.closed_on > today)
    if session.scalars(select(Desk.id).where(Desk.agency_id == agency_id, Desk.name_vi == name_vi, is_open)).first() is not None:
        raise Conflict(f"There is an open desk called {name_vi!r} already.", code="same_desk")


def _told(desk: Desk) -> dict[str, str | None]:
    return {"name_vi": desk.name_vi, "name_en": desk.name_en, "field": desk.field}
