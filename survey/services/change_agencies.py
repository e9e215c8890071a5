"""Rename an agency, or end agencies and begin those that follow them, with their desks: all of a plan in one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from survey.database import transaction
from survey.domain.agency_change import Beginning, Plan, Problem, name_problems, problems
from survey.errors import Conflict, Invalid, NotFound
from survey.models import Agency, AgencySuccession, Desk, DeskCode
from survey.queries.agency_change import answered_until, open_desks, read_tree
from survey.services.audit import record
from survey.services.issue_desk_code import new_code

#: What becomes of the desks of ending agencies: the code of the agency that opens one again, or None to close it.
Places = Mapping[int, str | None]


def rename_agency(session: Session, code: str, *, name_vi: str, name_en: str) -> None:
    """The same agency under another name, at once; an empty English name is the Vietnamese one."""
    name_en = name_en or name_vi
    if found := tuple(name_problems(name_vi, name_en)):
        raise Invalid("A name is missing or too long.", code=found[0].what)
    with transaction(session):
        agency = session.scalars(_locked().where(Agency.code == code)).one_or_none()
        if agency is None:
            raise NotFound(f"There is no agency {code!r}.")
        before = _names(agency)
        agency.name_vi, agency.name_en = name_vi, name_en
        if _names(agency) == before:
            raise Conflict("The names are the same as before.", code="same_names")
        record(session, "agencies_changed", f"rename {code}", before=before, after=_names(agency))


def change_agencies(session: Session, plan: Plan, *, desks: Places, today: date) -> None:
    """Do what `plan` says, unless something stands against it by now: then `Conflict`, and nothing is changed.

    Desks keep their number and what was answered there. One that is opened again is a new desk of the successor with a new
    address; the old addresses are taken back at once when the day has come, and else serve to the last day. No response and no
    sum of an open wave is touched: what was given at a desk stays with that desk and its agency.
    """
    with transaction(session):
        agencies = {agency.code: agency for agency in session.scalars(_locked().order_by(Agency.id))}
        old_desks = open_desks(session, plan.ends, on=plan.on)
        if plan.on <= today:
            _revoke_codes(session, old_desks, today)  # before looking for responses: from here on none can come
        _refuse(session, plan, {desk.id for desk in old_desks}, desks)
        before = {code: _life(agencies[code]) for code in plan.ends}
        for code in plan.ends:
            agencies[code].valid_to = plan.last_day
        for new in plan.begins:
            agencies[new.code] = _begin(session, new, agencies, plan.on)
        session.add_all(
            AgencySuccession(predecessor_id=agencies[old].id, successor_id=agencies[new].id, succeeded_on=plan.on)
            for old, new in plan.successions
        )
        opened = _move_desks(session, plan, old_desks, desks, agencies, today)
        touched = {code: _life(agencies[code]) for code in (*plan.ends, *(new.code for new in plan.begins))}
        subject = f"{plan.verb} {', '.join(plan.ends)}"
        record(session, "agencies_changed", subject, before=before, after={**touched, "successions": plan.successions, "desks": opened})


def _refuse(session: Session, plan: Plan, desk_ids: set[int], desks: Places) -> None:
    found: tuple[Problem, ...] = problems(plan, read_tree(session), answered_until=answered_until(session, plan.ends, on=plan.on))
    if found:
        raise Conflict("The agencies are not in a state that allows this change.", code=found[0].what)
    codes = {None, *(new.code for new in plan.begins)}
    if desk_ids != set(desks) or not set(desks.values()) <= codes:
        raise Conflict("Something else is to become of the desks than was chosen.", code="changed_meanwhile")


def _begin(session: Session, new: Beginning, agencies: Mapping[str, Agency], on: date) -> Agency:
    parent_id = agencies[new.parent].id if new.parent else None
    agency = Agency(code=new.code, kind=new.kind, parent_id=parent_id, name_vi=new.name_vi, name_en=new.name_en, valid_from=on)
    session.add(agency)
    session.flush()
    return agency


def _move_desks(
    session: Session, plan: Plan, old_desks: tuple[Desk, ...], desks: Places, agencies: Mapping[str, Agency], today: date
) -> dict[str, str]:
    """Close the old desks and open those that go on; what the audit log tells of them."""
    told, names = {}, desk_names(old_desks, desks)
    for desk in old_desks:
        desk.closed_on = plan.on
        code = desks[desk.id]
        if code is None:
            told[str(desk.id)] = "closed"
            continue
        name_vi, name_en = names[desk.id]
        new = Desk(agency_id=agencies[code].id, name_vi=name_vi, name_en=name_en, field=desk.field)
        session.add(new)
        session.flush()
        session.add(DeskCode(code=new_code(), desk_id=new.id, issued_on=today))
        told[str(desk.id)] = f"desk {new.id} of {code}"
    return told


def desk_names(old_desks: tuple[Desk, ...], desks: Places) -> dict[int, tuple[str, str]]:
    """What the desks are called that go on: as before, with the old agency's name where two would be called alike."""
    wanted = [(desks[desk.id], desk.name_vi) for desk in old_desks]
    names = {}
    for desk in old_desks:
        alike = wanted.count((desks[desk.id], desk.name_vi)) > 1
        vi = f"{desk.name_vi} ({desk.agency.name_vi})" if alike else desk.name_vi
        en = f"{desk.name_en} ({desk.agency.name_en})" if alike else desk.name_en
        names[desk.id] = (vi, en)
    return names


def _revoke_codes(session: Session, desks: tuple[Desk, ...], today: date) -> None:
    present = DeskCode.desk_id.in_([desk.id for desk in desks]) & DeskCode.revoked_on.is_(None)
    session.execute(update(DeskCode).where(present).values(revoked_on=today), execution_options={"synchronize_session": False})


def _locked() -> Any:
    return select(Agency).with_for_update().execution_options(populate_existing=True)


def _names(agency: Agency) -> dict[str, str]:
    return {"name_vi": agency.name_vi, "name_en": agency.name_en}


def _life(agency: Agency) -> dict[str, Any]:
    return {**_names(agency), "kind": agency.kind, "parent_id": agency.parent_id, "from": agency.valid_from, "to": agency.valid_to}
