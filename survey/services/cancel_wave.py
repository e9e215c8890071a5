"""Take back a wave that has not opened: it goes, and its code is free again. What it was and why it went stands in the audit log."""

from __future__ import annotations

from datetime import date

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from survey.database import transaction
from survey.domain.reason import checked_reason
from survey.domain.wave import FIELDS, LONGEST_REASON, PLANNED, stage
from survey.errors import Conflict
from survey.models import Response, SlipBatch, Wave
from survey.queries.wave_plans import plan_of
from survey.services.audit import record
from survey.services.change_wave import find_wave, told


def cancel_wave(session: Session, code: str, *, reason: str, today: date) -> None:
    """Nobody can have answered yet, so nothing is lost but a plan.

    Raises
    ------
    Invalid
        No reason is given, or too long a one.
    Conflict
        The wave has opened, or invitations to it were made: who holds one is to read what became of it (decision 0089).
    """
    words = checked_reason(reason, longest=LONGEST_REASON, code="reason_missing")
    with transaction(session):
        wave = find_wave(session, code, for_update=True)
        now = stage(wave.state, wave.opens_on, wave.closes_on, today)
        if now != PLANNED or _has(session, Response, wave):
            raise Conflict(f"Wave {code} is {now}; only a planned wave can be cancelled.", code="wave_not_planned")
        if _has(session, SlipBatch, wave):
            raise Conflict(f"Invitations to wave {code} were made; move its days instead.", code="wave_has_invitations")
        before = told(plan_of(wave), FIELDS)
        session.delete(wave)
        record(session, "wave_cancelled", code, before=before, after={"reason": words})


def _has(session: Session, of: type[Response] | type[SlipBatch], wave: Wave) -> bool:
    return bool(session.scalar(select(exists().where(of.wave_id == wave.id))))
