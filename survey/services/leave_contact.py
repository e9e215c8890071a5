"""Leave a phone number or an e-mail address with a feedback case, or take it back.

Nothing of it enters the audit log: that is about the staff, and a line there would tell at which minute a citizen was here. When
somebody of the agency opens the contact, that is written down.
"""

from __future__ import annotations

import re
from datetime import date
from uuid import UUID

from sqlalchemy import delete, insert, select, text
from sqlalchemy.orm import Session

from survey.database import transaction
from survey.domain.feedback_case import LONGEST_CONTACT, takes_contact
from survey.errors import Conflict, Invalid, NotFound
from survey.models import CaseContact, FeedbackCase
from survey.sealing import seal

_PHONE = re.compile(r"[+(]?[0-9][0-9 .()-]*")
_DIGITS = range(8, 16)
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")


def leave_contact(session: Session, digest: str, contact: str, *, secret: str, today: date) -> None:
    """Keep how to reach the writer of the case with this digest of a receipt code, in place of what was kept before.

    Raises
    ------
    Invalid
        It looks like neither a phone number nor an e-mail address.
    NotFound
        There is no such case.
    Conflict
        The case is withdrawn, or was answered so long ago that nobody needs it any more.
    """
    words = checked_contact(contact)
    with transaction(session):
        case = session.scalar(
            select(FeedbackCase)
            .where(FeedbackCase.digest == digest)
            .with_for_update(key_share=True)
            .execution_options(populate_existing=True)
        )
        if case is None:
            raise NotFound("There is no feedback case with this receipt code.")
        if not takes_contact(case.state, case.answered_on, has_words=case.text != "", today=today):
            raise Conflict("This feedback case takes no contact any more.", code="contact_not_taken")
        _keep(session, case.id, seal(words, secret))


def forget_contact(session: Session, digest: str) -> None:
    """Erase how to reach the writer of this case. Where nothing is kept there is nothing to do."""
    with transaction(session):
        case_id = session.scalar(select(FeedbackCase.id).where(FeedbackCase.digest == digest))  # first the case, as `blur_order` locks them
        session.execute(delete(CaseContact).where(CaseContact.case_id == case_id))


def checked_contact(typed: str) -> str:
    """A phone number or an e-mail address without what cannot be seen; `Invalid` for anything else."""
    words = " ".join("".join(letter for letter in typed if letter.isprintable() or letter.isspace()).split())
    if len(words) <= LONGEST_CONTACT:
        if _PHONE.fullmatch(words) and sum(letter.isdigit() for letter in words) in _DIGITS:
            return words
        if _EMAIL.fullmatch(words):
            return words
    raise Invalid("A contact is one phone number or one e-mail address.", code="contact")


def _keep(session: Session, case_id: UUID, sealed: str) -> None:
    """All contacts are written anew in the order of their random ids.

    On PostgreSQL neither their place nor the number of their transaction then tells which was left last, right after which response.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("LOCK TABLE case_contact IN SHARE ROW EXCLUSIVE MODE"))
    kept = dict(session.execute(delete(CaseContact).returning(CaseContact.case_id, CaseContact.sealed)).all()) | {case_id: sealed}
    session.execute(insert(CaseContact), [{"case_id": one, "sealed": kept[one]} for one in sorted(kept)])
