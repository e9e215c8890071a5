"""Feedback cases as they lie in the table."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from survey.domain.feedback_case import ANSWERED, WAITING, week_of
from survey.models import CaseContact, FeedbackCase
from survey.sealing import seal
from survey.settings import today


def give_case(
    session: Session,
    agency_id: int,
    text: str,
    *,
    weeks_ago: int = 1,
    state: str = WAITING,
    contact: str = "",
    secret: str = "",
    **values: Any,
) -> UUID:
    """A case that its agency may read, of the week that began so many weeks before this one; with a contact that is sealed by `secret`."""
    case = FeedbackCase(
        digest=uuid4().hex, agency_id=agency_id, week_on=week_of(today()) - timedelta(weeks=weeks_ago), text=text, state=state,
        **{"id": uuid4(), "readable": True, "answer": "", "answered_on": today() if state == ANSWERED else None} | values,
    )  # fmt: skip
    session.add(case)
    session.flush()
    if contact:
        session.add(CaseContact(case_id=case.id, sealed=seal(contact, secret)))
    session.commit()
    return case.id
