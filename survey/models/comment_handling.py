"""What an agency has done about a comment."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from survey.domain.comment import STATES
from survey.models.base import Model, one_of


class CommentHandling(Model):
    """The state of one readable comment. It has a table of its own: the comment itself is never written again once it is readable."""

    __tablename__ = "comment_handling"
    __table_args__ = (CheckConstraint(one_of("state", STATES), name="state"),)

    comment_id: Mapped[UUID] = mapped_column(ForeignKey("comment.id"), primary_key=True)
    state: Mapped[str]
    note: Mapped[str]
    changed_by: Mapped[str]
    changed_on: Mapped[date]
