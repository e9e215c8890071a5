"""Published figures, shown beside results and never mixed in."""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy import Numeric, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from survey.models.base import Model


class Benchmark(Model):
    """A published SIPAS value. `method` changes where the ministry changed its method: no line is drawn across."""

    __tablename__ = "benchmark"
    __table_args__ = (UniqueConstraint("scope", "year", "measure"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    scope: Mapped[str]
    year: Mapped[int]
    measure: Mapped[str]
    percent: Mapped[Decimal] = mapped_column(Numeric(5, 2))
    method: Mapped[str]
    source: Mapped[str]
