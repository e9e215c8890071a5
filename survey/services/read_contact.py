"""Open the way to reach the writer of a case, and write down that it was opened."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy.orm import Session

from survey.database import transaction
from survey.errors import Conflict
from survey.models import CaseContact
from survey.sealing import unseal
from survey.services.answer_case import locked_case, subject_of
from survey.services.audit import record


def read_contact(session: Session, case_id: UUID, *, agencies: Collection[int], secret: str) -> str:
    """The contact that the writer of a readable case of one of `agencies` left. The log tells that it was read, not what it is.

    `Conflict` where it is there no more, and where it was sealed with another secret than the server's present one.
    """
    with transaction(session):
        case = locked_case(session, case_id, agencies)
        kept = session.get(CaseContact, case_id, populate_existing=True)
        if kept is None:
            raise Conflict("This contact is there no more.", code="contact_gone")
        words = unseal(kept.sealed, secret)
        if words is None:
            raise Conflict("This contact was sealed with another secret and cannot be read.", code="contact_sealed")
        record(session, "case_contact_read", subject_of(case))
    return words
