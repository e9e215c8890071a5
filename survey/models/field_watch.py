"""What the field watch keeps: codes that are opened although they are good no more, and findings that somebody has looked at."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from survey.models.base import Model


class DeadCode(Model):
    """How often addresses of a desk that were taken back were opened on a day: a number, and nothing about who (decision 0055)."""

    __tablename__ = "dead_code"

    desk_id: Mapped[int] = mapped_column(ForeignKey("desk.id"), primary_key=True)
    opened_on: Mapped[date] = mapped_column(primary_key=True)
    count: Mapped[int]


class FlagReview(Model):
    """Somebody looked at a finding of `services.check_quality` and found nothing to mark. `observed` is how large it was then."""

    __tablename__ = "flag_review"
    __table_args__ = (CheckConstraint("(undone_on IS NULL) = (undone_by IS NULL)", name="undone"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    wave_id: Mapped[int] = mapped_column(ForeignKey("wave.id"), index=True)
    desk_id: Mapped[int] = mapped_column(ForeignKey("desk.id"))
    mode: Mapped[str]
    flag: Mapped[str]
    day: Mapped[date | None]
    observed: Mapped[int]
    reason: Mapped[str]
    seen_by: Mapped[str]
    seen_on: Mapped[date]
    undone_by: Mapped[str | None]
    undone_on: Mapped[date | None]
