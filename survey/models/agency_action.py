"""What agencies did about what citizens said (decision 0091)."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from survey.domain.action import STATES
from survey.models.base import Model, one_of


class AgencyAction(Model):
    """One thing that an agency did, in its own words. Published ones stand on its thank-you; withdrawn ones stay here."""

    __tablename__ = "agency_action"
    __table_args__ = (CheckConstraint(one_of("state", STATES), name="state"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"), index=True)
    criterion: Mapped[str | None]  # its code, where the action is about one
    said_vi: Mapped[str]
    said_en: Mapped[str]
    done_vi: Mapped[str]
    done_en: Mapped[str]
    done_on: Mapped[date]
    state: Mapped[str]
    changed_by: Mapped[str]
    changed_on: Mapped[date]
