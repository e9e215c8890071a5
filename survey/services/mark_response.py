"""Mark a response as suspicious, or lift the mark. Nothing is deleted: results are shown with and without (design 4.7)."""

from __future__ import annotations

from datetime import date
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.database import transaction
from survey.domain.tallying import contributions
from survey.errors import Conflict, Invalid, NotFound
from survey.models import Desk, Response, ResponseMark, Wave
from survey.queries.open_desk import stored_questionnaire
from survey.services.audit import record
from survey.services.refresh_scores import forget_live_scores
from survey.services.submit_response import Unit, add_to_tallies


def mark_response(session: Session, response_id: UUID, *, reason: str, by: str, today: date) -> None:
    """Mark a response with a reason. `Conflict` when it is marked already."""
    if not reason.strip():
        raise Invalid("A mark needs a reason in words.", code="mark_needs_reason")
    with transaction(session):
        _move(session, response_id, marked=True)
        session.add(ResponseMark(id=uuid4(), response_id=response_id, reason=reason.strip(), marked_by=by, marked_on=today))
        record(session, "response_marked", str(response_id), after={"reason": reason.strip()})


def unmark_response(session: Session, response_id: UUID, *, by: str, today: date) -> None:
    """Lift the mark; that it was set, why and by whom stays on record."""
    with transaction(session):
        _move(session, response_id, marked=False)
        mark = session.scalars(select(ResponseMark).where(ResponseMark.response_id == response_id, ResponseMark.lifted_on.is_(None))).one()
        mark.lifted_by, mark.lifted_on = by, today
        record(session, "response_unmarked", str(response_id), before={"reason": mark.reason})


def _move(session: Session, response_id: UUID, *, marked: bool) -> None:
    """Set the mark and move the response's sums between the marked and the unmarked tally rows."""
    response = session.get(Response, response_id, with_for_update=True, populate_existing=True)
    if response is None:
        raise NotFound(f"There is no response {response_id}.")
    if response.marked == marked:
        raise Conflict("The response is already marked." if marked else "The response is not marked.")
    wave = session.get_one(Wave, response.wave_id)
    agency_id = session.scalars(select(Desk.agency_id).where(Desk.id == response.desk_id)).one()
    questionnaire = stored_questionnaire(session, wave.questionnaire_id, wave.questionnaire.sha256)
    unit = Unit(response.wave_id, response.desk_id, agency_id, response.responded_on, response.mode)
    sums = contributions(questionnaire, response.form, response.ratings)
    add_to_tallies(session.connection(), unit, sums, marked=response.marked, sign=-1)
    add_to_tallies(session.connection(), unit, sums, marked=marked)
    response.marked = marked
    forget_live_scores(session, wave.id)
