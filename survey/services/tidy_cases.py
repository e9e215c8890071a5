"""Do with feedback cases what is due: hand them to their agencies, and forget them in time (decision 0096)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, delete, func, or_, select, update
from sqlalchemy.orm import Session

from survey.database import transaction
from survey.domain.disclosure import BATCH
from survey.domain.feedback_case import CONTACT_KEPT_FOR, WITHDRAWN, WORDS_KEPT_FOR, week_of
from survey.models import IS_WHOLE, CaseContact, Desk, FeedbackCase, Tally, Wave

_WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Tidied:
    """How many cases became readable, how many ways to reach somebody were forgotten, and the words of how many cases."""

    readable: int = 0
    contacts: int = 0
    words: int = 0


def tidy_cases(session: Session, *, today: date) -> Tidied:
    """Make the cases readable that their agencies may read, and forget what has been kept for long enough. Any number of times a day.

    A case is handed over on a Monday after the week in which it came, once `BATCH` responses of its agency came since that week began:
    so nobody can tell by the day who wrote it. From then on its week is the last whole one, for all that are handed over together.
    """
    ready = _ready(session, today)
    aged = FeedbackCase.text != "", FeedbackCase.answered_on <= today - timedelta(days=WORDS_KEPT_FOR)
    contacts = _forgotten_contacts(today)
    found = ready or session.scalar(select(FeedbackCase.id).where(*aged)) or session.scalar(select(CaseContact.case_id).where(contacts))
    if not found:
        return Tidied()
    with transaction(session):
        readable = 0
        for agency_id, week_on in ready:
            waiting = FeedbackCase.agency_id == agency_id, FeedbackCase.week_on == week_on, FeedbackCase.readable.is_(False)
            handed = {"readable": True, "week_on": week_of(today) - _WEEK}
            readable += session.execute(update(FeedbackCase).where(*waiting).values(handed)).rowcount  # type: ignore[attr-defined]
        forgotten = session.execute(delete(CaseContact).where(contacts)).rowcount  # type: ignore[attr-defined]
        words = session.execute(update(FeedbackCase).where(*aged).values(text="", answer="")).rowcount  # type: ignore[attr-defined]
    return Tidied(readable, forgotten, words)


def _ready(session: Session, today: date) -> list[tuple[int, date]]:
    """The agencies and weeks whose cases may be handed over."""
    over = FeedbackCase.week_on <= week_of(today) - _WEEK
    waiting = select(FeedbackCase.agency_id, FeedbackCase.week_on).where(FeedbackCase.readable.is_(False), over).distinct()
    return [
        (agency_id, week_on) for agency_id, week_on in session.execute(waiting) if _responses(session, agency_id, week_on, today) >= BATCH
    ]


def _responses(session: Session, agency_id: int, first: date, before: date) -> int:
    """How many responses of the agency came from `first` on, and before today."""
    counted = (
        select(func.coalesce(func.sum(Tally.respondents), 0))
        .join(Wave, Wave.id == Tally.wave_id)
        .join(Desk, Desk.id == Tally.desk_id)
        .where(IS_WHOLE, Desk.agency_id == agency_id, Wave.closes_on >= first, Tally.responded_on >= first, Tally.responded_on < before)
    )
    return int(session.execute(counted).scalar_one())


def _forgotten_contacts(today: date) -> ColumnElement[bool]:
    over = or_(FeedbackCase.answered_on <= today - timedelta(days=CONTACT_KEPT_FOR), FeedbackCase.state == WITHDRAWN)
    return CaseContact.case_id.in_(select(FeedbackCase.id).where(over))
