"""What an agency shall reach in a year."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Numeric
from sqlalchemy.orm import Mapped, mapped_column

from survey.models.base import Model


class Target(Model):
    """The overall index (pooled, in percent) that an agency is to reach in a calendar year."""

    __tablename__ = "target"
    __table_args__ = (CheckConstraint("percent > 0 AND percent <= 100", name="percent"),)

    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    percent: Mapped[Decimal] = mapped_column(Numeric(5, 2))
    set_by: Mapped[str]
    set_on: Mapped[date]
