"""Withdraw a feedback case, as only whoever holds its receipt code can."""

from __future__ import annotations

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from survey.database import transaction
from survey.domain.feedback_case import WITHDRAWN
from survey.errors import NotFound
from survey.models import CaseContact, FeedbackCase


def withdraw_case(session: Session, digest: str) -> None:
    """Erase the words, the answer and the contact of the case with this digest of a receipt code; that there was one stays in the counts.

    Twice is as good as once; `NotFound` where there is no such case. Nothing of it enters the audit log: that is about the staff, and a
    line there would tell at which minute a citizen was here.
    """
    erased = {"text": "", "answer": "", "answered_on": None, "state": WITHDRAWN}
    with transaction(session):
        case_id = session.scalar(update(FeedbackCase).where(FeedbackCase.digest == digest).values(erased).returning(FeedbackCase.id))
        if case_id is None:
            raise NotFound("There is no feedback case with this receipt code.")
        session.execute(delete(CaseContact).where(CaseContact.case_id == case_id))
