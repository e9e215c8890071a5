"""Take back a planned change of agencies before its day: those that would have ended go on, those that would have begun never were."""

from __future__ import annotations

from datetime import date

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from survey.database import transaction
from survey.domain.reason import checked_reason
from survey.errors import Conflict, NotFound
from survey.models import Agency, AgencySuccession, Desk, DeskCode, FormerDeskField
from survey.queries.planned_change import TakingBack, read_taking_back
from survey.services.audit import record

LONGEST_REASON = 200


def take_back_change(session: Session, code: str, *, seen: str, reason: str, today: date) -> tuple[str, ...]:
    """Undo the whole of the change that is planned for the agency `code`; the codes of the agencies that go on.

    `seen` is `PlannedChange.seen` of what was shown before. What would have begun is deleted, with its desks and their addresses:
    no response can have been given there. The audit log keeps it.

    Raises
    ------
    NotFound
        No change is planned for this agency.
    Invalid
        There is no reason, or a long one.
    Conflict
        Something else rests on the change by now; `code` says what (`survey.domain.planned_change`).
    """
    reason = checked_reason(reason, longest=LONGEST_REASON, code="no_reason")
    with transaction(session):
        session.scalars(select(Agency).order_by(Agency.id).with_for_update().execution_options(populate_existing=True)).all()
        found = read_taking_back(session, code, today=today) if session.scalar(select(Agency.id).where(Agency.code == code)) else None
        if found is None:
            raise NotFound(f"No change is planned for {code!r}, or its day has come.", code="nothing_planned")
        if found.change.seen != seen:
            raise Conflict("Something else is planned than was shown.", code="changed_meanwhile")
        if found.problems:
            raise Conflict("Something else rests on this change by now.", code=found.problems[0].what)
        before = {agency.code: _life(agency) for agency in (*found.ends, *found.begins)}
        _undo(session, found)
        after = {agency.code: _life(agency) for agency in found.ends}
        record(session, "agencies_changed", f"take back {', '.join(found.change.ends)}", before=before, after={**after, "reason": reason})
    return found.change.ends


def _undo(session: Session, found: TakingBack) -> None:
    agency_ids, desk_ids = [one.id for one in found.begins], [one.id for one in found.dropped]
    unsynchronized = {"synchronize_session": False}
    for of_desks in (DeskCode, FormerDeskField):
        session.execute(delete(of_desks).where(of_desks.desk_id.in_(desk_ids)), execution_options=unsynchronized)
    session.execute(delete(Desk).where(Desk.id.in_(desk_ids)), execution_options=unsynchronized)
    session.execute(delete(AgencySuccession).where(AgencySuccession.successor_id.in_(agency_ids)), execution_options=unsynchronized)
    # First without one above, so that they can go in any order.
    session.execute(update(Agency).where(Agency.id.in_(agency_ids)).values(parent_id=None), execution_options=unsynchronized)
    session.execute(delete(Agency).where(Agency.id.in_(agency_ids)), execution_options=unsynchronized)
    for desk in found.kept:
        desk.closed_on = None
    for agency in found.ends:
        agency.valid_to = None


def _life(agency: Agency) -> dict[str, object]:
    return {"name_vi": agency.name_vi, "name_en": agency.name_en, "kind": agency.kind, "from": agency.valid_from, "to": agency.valid_to}
