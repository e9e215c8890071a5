"""Whether a response has arrived, and how many have."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey.domain.receipt_code import stored_id
from survey.models import FeedbackCase, Response


def is_stored(session: Session, response_id: UUID | None) -> bool:
    """Whether the response of the form with this number is there."""
    return response_id is not None and session.scalar(select(Response.id).where(Response.id == stored_id(response_id))) is not None


def is_case(session: Session, digest: str) -> bool:
    """Whether a feedback case with this digest of a receipt code is there."""
    return session.scalar(select(FeedbackCase.id).where(FeedbackCase.digest == digest)) is not None


def count_responses(session: Session) -> int:
    """Those of all waves."""
    return session.execute(select(func.count()).select_from(Response)).scalar_one()
