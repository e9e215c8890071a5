"""Single-use codes: slips that are handed out on paper (decision 0063), and invitations that are sent to people who were drawn (0090)."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from survey.models.base import Model
from survey.models.desk import Desk
from survey.models.wave import Wave


class SlipBatch(Model):
    """What was printed at once for one desk, by whom of the staff. Used = printed - left: nothing is written here when a slip is used.

    Slips are good in whichever wave asks at desks; the invitations of a batch belong to the wave of a sample survey.
    """

    __tablename__ = "slip_batch"
    __table_args__ = (
        CheckConstraint("printed_count > 0", name="printed"),
        CheckConstraint("(withdrawn_on IS NULL) = (withdrawn_reason IS NULL)", name="withdrawal"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    desk_id: Mapped[int] = mapped_column(ForeignKey("desk.id"), index=True)
    printed_count: Mapped[int]
    printed_on: Mapped[date]
    printed_by: Mapped[str]
    wave_id: Mapped[int | None] = mapped_column(ForeignKey("wave.id"))  # None: slips
    full_form: Mapped[bool] = mapped_column(default=False, server_default=false())  # opens with all criteria
    key_check: Mapped[str]  # which secret the codes are hashed with; under another they no longer open
    withdrawn_on: Mapped[date | None]
    withdrawn_by: Mapped[str | None]
    withdrawn_reason: Mapped[str | None]

    desk: Mapped[Desk] = relationship()
    wave: Mapped[Wave | None] = relationship()


class Slip(Model):
    """An unused slip: a keyed hash of its code, in no order of printing. Using it takes the row away."""

    __tablename__ = "slip"
    __table_args__ = ({"sqlite_with_rowid": False},)

    digest: Mapped[str] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("slip_batch.id"), index=True)
