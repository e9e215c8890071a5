"""Do with feedback cases what is due: hand them to their agencies, and forget them in time (decision 0096)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

from sqlalchemy import ColumnElement, and_, delete, func, or_, select, update
from sqlalchemy.orm import Session

from survey.database import transaction
from survey.domain.disclosure import BATCH
from survey.domain.feedback_case import ASKING_MODES, CONTACT_KEPT_FOR, UNANSWERED_KEPT_FOR, WITHDRAWN, WORDS_KEPT_FOR, week_of
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

    An agency's weeks are taken together, from its first on, until at least `BATCH` responses came that could have held a comment; their
    cases are handed over on the Monday after. Where one such stretch ends does not hang on any case, so the day on which a case is handed
    over tells no more than that one of those responses is its writer's. From then on its week is the last whole one.
    """
    ready = _ready(session, today)
    aged = FeedbackCase.text != "", or_(FeedbackCase.answered_on <= today - timedelta(days=WORDS_KEPT_FOR), _never_answered(today))
    contacts = _forgotten_contacts(today)
    found = ready or session.scalar(select(FeedbackCase.id).where(*aged)) or session.scalar(select(CaseContact.case_id).where(contacts))
    if not found:
        session.commit()  # whoever goes on to read comments must not hold on to cases: `blur_order` locks comments first
        return Tidied()
    with transaction(session):
        readable = 0
        for agency_id, through in ready.items():
            waiting = FeedbackCase.agency_id == agency_id, FeedbackCase.week_on <= through, FeedbackCase.readable.is_(False)
            handed = {"readable": True, "week_on": week_of(today) - _WEEK}
            readable += session.execute(update(FeedbackCase).where(*waiting).values(handed)).rowcount  # type: ignore[attr-defined]
        forgotten = session.execute(delete(CaseContact).where(contacts)).rowcount  # type: ignore[attr-defined]
        words = session.execute(update(FeedbackCase).where(*aged).values(text="", answer="")).rowcount  # type: ignore[attr-defined]
    return Tidied(readable, forgotten, words)


def _ready(session: Session, today: date) -> dict[int, date]:
    """The agencies with cases that may be handed over, and the week through which."""
    over = FeedbackCase.readable.is_(False), FeedbackCase.week_on < week_of(today)
    oldest = dict(
        session.execute(select(FeedbackCase.agency_id, func.min(FeedbackCase.week_on)).where(*over).group_by(FeedbackCase.agency_id)).all()
    )
    through = {agency_id: _hidden_through(session, agency_id, before=week_of(today)) for agency_id in oldest}
    return {agency_id: week_on for agency_id, week_on in through.items() if week_on >= oldest[agency_id]}


def _hidden_through(session: Session, agency_id: int, *, before: date) -> date:
    """The last week with which at least `BATCH` responses have come together, where one may ask for an answer."""
    by_day = (
        select(Tally.responded_on, func.sum(Tally.respondents))
        .where(IS_WHOLE, Tally.wave_id.in_(select(Wave.id)), Tally.mode.in_(ASKING_MODES))  # named as the index has them
        .where(Tally.desk_id.in_(select(Desk.id).where(Desk.agency_id == agency_id)), Tally.responded_on < before)
        .group_by(Tally.responded_on)
        .order_by(Tally.responded_on)
    )
    through, together = date.min, 0
    for week_on, days in groupby(session.execute(by_day), key=lambda row: week_of(row[0])):
        together += sum(int(count) for _, count in days)
        if together >= BATCH:
            through, together = week_on, 0
    return through


def _forgotten_contacts(today: date) -> ColumnElement[bool]:
    answered = FeedbackCase.answered_on <= today - timedelta(days=CONTACT_KEPT_FOR)
    over = or_(answered, FeedbackCase.state == WITHDRAWN, _never_answered(today))
    return CaseContact.case_id.in_(select(FeedbackCase.id).where(over))


def _never_answered(today: date) -> ColumnElement[bool]:
    """What has waited for so long is forgotten too; its agency keeps the count of such cases."""
    return and_(FeedbackCase.answered_on.is_(None), FeedbackCase.week_on <= today - timedelta(days=UNANSWERED_KEPT_FOR))
