"""Receipt codes of feedback cases that no form was sent for."""

from __future__ import annotations

from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from survey.domain.receipt_code import receipt_code, receipt_digest, receipt_key
from survey.models import FeedbackCase


def give_receipt(session: Session, case_id: UUID, secret: str) -> str:
    """A new receipt code that leads to this case."""
    code = receipt_code(uuid4())
    session.get_one(FeedbackCase, case_id).digest = receipt_digest(code, receipt_key(secret))
    session.commit()
    return code
