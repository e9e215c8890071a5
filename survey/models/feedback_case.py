"""Comments whose writers want an answer, and how to reach those who left a way."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from survey.domain.feedback_case import STATES
from survey.models.base import Model, one_of


class FeedbackCase(Model):
    """A comment that wants an answer, apart from the ratings: no key to them and no day. Readable when its week's responses can hide it."""

    __tablename__ = "feedback_case"
    __table_args__ = (
        CheckConstraint(one_of("state", STATES), name="state"),
        CheckConstraint("(state = 'answered') = (answered_on IS NOT NULL)", name="answered"),
        {"sqlite_with_rowid": False},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(unique=True)  # of the receipt code
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"), index=True)
    week_on: Mapped[date]  # a Monday: of the week in which it came; once readable, of the last whole week before it became so
    readable: Mapped[bool]
    text: Mapped[str]  # empty once withdrawn or past its time
    state: Mapped[str]
    answer: Mapped[str]
    answered_on: Mapped[date | None]


class CaseContact(Model):
    """How to reach the writer of a case who wants to be reached: sealed, in a table of its own, and forgotten before the case is."""

    __tablename__ = "case_contact"
    __table_args__ = ({"sqlite_with_rowid": False},)

    case_id: Mapped[UUID] = mapped_column(ForeignKey("feedback_case.id"), primary_key=True)
    sealed: Mapped[str]  # by survey.sealing
