"""Mark all responses that a desk received on one day as doubtful, or lift such marks: nobody picks single responses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import uuid4

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from survey.database import transaction
from survey.domain.disclosure import CELL_FROM
from survey.domain.marks import LONGEST_NOTE, OTHER, REASONS, as_stored
from survey.domain.reason import checked_reason
from survey.domain.tallying import contributions
from survey.errors import Conflict, Invalid, NotFound
from survey.models import Desk, Response, ResponseMark, Wave
from survey.queries.open_desk import stored_questionnaire
from survey.services.audit import record
from survey.services.refresh_scores import forget_live_scores
from survey.services.submit_response import Unit, add_to_tallies

_CHUNK = 5000


@dataclass(frozen=True)
class DeskDay:
    """The responses of one mode that a desk received on one day of a wave."""

    wave_id: int
    desk_id: int
    day: date
    mode: str


def mark_desk_day(session: Session, unit: DeskDay, *, reason: str, note: str, by: str, today: date) -> int:
    """Mark every response of the desk-day that is not marked yet, and return how many these were.

    Results are from then on shown with and without them; a frozen revision stays as it is, and a new one counts the marks.

    Raises
    ------
    Invalid
        A reason that is not one of `REASONS`, `OTHER` without a note, a note of more than `LONGEST_NOTE` letters, a day that is not over,
        or fewer than `CELL_FROM` responses: the change of the index would tell what these few answered.
    Conflict
        Nothing is left to be marked there.
    """
    stored = _reason(reason, note)
    if unit.day >= today:
        raise Invalid("Only days that are over can be marked.", code="day_not_over")
    with transaction(session):
        before = _lock(session, unit)
        moved = _move(session, unit, select(Response).where(*_of(unit), Response.marked.is_(False)), marked=True)
        if not moved:
            raise Conflict("There is no unmarked response of this desk and day.", code="nothing_to_mark")
        rows = [{"id": uuid4(), "response_id": each, "reason": stored, "marked_by": by, "marked_on": today} for each in moved]
        session.connection().execute(insert(ResponseMark.__table__), rows)  # type: ignore[arg-type]
        after = {"marked": before["marked"] + len(moved), "reason": stored}
        record(session, "desk_day_marked", _subject(session, unit), before=before, after=after)
    return len(moved)


def lift_marks(session: Session, unit: DeskDay, *, marked_for: str, reason: str, by: str, today: date) -> int:
    """Lift the marks of the desk-day that were set for the reason `marked_for`, and return how many these were.

    That they were set, why and by whom stays on record. Errors as in `mark_desk_day`; `reason` says in words why they are lifted.
    """
    words = checked_reason(reason, longest=LONGEST_NOTE, code="lift_needs_reason")
    marks = (ResponseMark.reason == marked_for, ResponseMark.lifted_on.is_(None))
    with transaction(session):
        before = _lock(session, unit)
        marked = select(ResponseMark.response_id).where(*marks)
        moved = _move(session, unit, select(Response).where(*_of(unit), Response.marked, Response.id.in_(marked)), marked=False)
        if not moved:
            raise Conflict("There is no such mark any more.", code="nothing_to_lift")
        lifted = {"lifted_by": by, "lifted_on": today, "lifted_reason": words}
        for start in range(0, len(moved), _CHUNK):
            those = ResponseMark.response_id.in_(moved[start : start + _CHUNK])
            session.execute(update(ResponseMark).where(*marks, those).values(lifted), execution_options={"synchronize_session": False})
        after = {"marked": before["marked"] - len(moved), "reason": words}
        record(session, "desk_day_unmarked", _subject(session, unit), before=before | {"reason": marked_for}, after=after)
    return len(moved)


def _reason(reason: str, note: str) -> str:
    if reason not in REASONS:
        raise Invalid("Choose a reason.", code="mark_needs_reason")
    if reason == OTHER and not note.strip():
        raise Invalid("Say the other reason in words.", code="mark_needs_note")
    if len(note.strip()) > LONGEST_NOTE:
        raise Invalid(f"A note has at most {LONGEST_NOTE} letters.", code="note_too_long")
    return as_stored(reason, note)


def _lock(session: Session, unit: DeskDay) -> dict[str, Any]:
    """Let nobody else mark in this wave meanwhile; how many responses of the unit are marked."""
    session.execute(select(Wave.id).where(Wave.id == unit.wave_id).with_for_update(key_share=True)).one()
    return {"marked": session.scalar(select(func.count()).select_from(Response).where(*_of(unit), Response.marked)) or 0}


def _of(unit: DeskDay) -> Sequence[Any]:
    return (
        Response.wave_id == unit.wave_id, Response.desk_id == unit.desk_id, Response.responded_on == unit.day, Response.mode == unit.mode,
    )  # fmt: skip


def _move(session: Session, unit: DeskDay, wanted: Any, *, marked: bool) -> list[Any]:
    """Set the mark of the wanted responses and move their sums between the tallies; their ids. Too few are refused."""
    responses = session.scalars(wanted.with_for_update(), execution_options={"populate_existing": True}).all()
    if 0 < len(responses) < CELL_FROM:
        raise Invalid(f"Fewer than {CELL_FROM} responses: the change of the index would tell their answers.", code="too_few_to_mark")
    wave = session.get_one(Wave, unit.wave_id)
    questionnaire = stored_questionnaire(session, wave.questionnaire_id, wave.questionnaire.sha256)
    sums: dict[str, tuple[int, ...]] = {}
    for response in responses:
        for measure, added in contributions(questionnaire, response.form, response.ratings).items():
            sums[measure] = tuple(map(int.__add__, sums[measure], added)) if measure in sums else added
        response.marked = marked
    session.flush()
    place = Unit(unit.wave_id, unit.desk_id, _desk(session, unit).agency_id, unit.day, unit.mode)
    add_to_tallies(session.connection(), place, sums, marked=not marked, sign=-1)
    add_to_tallies(session.connection(), place, sums, marked=marked)
    forget_live_scores(session, unit.wave_id)
    return [response.id for response in responses]


def _desk(session: Session, unit: DeskDay) -> Desk:
    desk = session.get(Desk, unit.desk_id)
    if desk is None:
        raise NotFound(f"There is no desk {unit.desk_id}.")
    return desk


def _subject(session: Session, unit: DeskDay) -> str:
    wave = session.get_one(Wave, unit.wave_id)
    return f"wave {wave.code}, {_desk(session, unit).agency.code}, desk {unit.desk_id}, {unit.day.isoformat()}, {unit.mode}"
