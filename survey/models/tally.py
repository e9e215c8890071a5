"""Tallies: sums for one desk, day, mode and measure; all that design-based estimates need."""

from __future__ import annotations

from datetime import date

from sqlalchemy import BigInteger, ColumnElement, ForeignKey, Index, literal_column, text
from sqlalchemy.orm import Mapped, mapped_column

from survey.models.base import Model


class Tally(Model):
    """One measure (criterion, dimension, ``ALL`` or ``G1``) at one desk on one day in one mode.

    `respondents` and `rated_1` … `no_opinion` are plain counts. `satisfied` (y) and `valid` (x) are sums of form weights
    1/P(asked). The last three are Σy², Σxy and Σx² over respondents, for the design effect.
    """

    __tablename__ = "tally"
    __table_args__ = (
        # Counts of responses by day are asked of every page; the whole is one row in about thirty.
        Index(
            "ix_tally_whole",
            "wave_id",
            "mode",
            "desk_id",
            "responded_on",
            "marked",
            "respondents",
            sqlite_where=text("measure = 'ALL'"),
            postgresql_where=text("measure = 'ALL'"),
        ),
        {"sqlite_with_rowid": False},
    )

    wave_id: Mapped[int] = mapped_column(ForeignKey("wave.id"), primary_key=True)
    desk_id: Mapped[int] = mapped_column(ForeignKey("desk.id"), primary_key=True)
    responded_on: Mapped[date] = mapped_column(primary_key=True)
    mode: Mapped[str] = mapped_column(primary_key=True)
    marked: Mapped[bool] = mapped_column(primary_key=True)
    measure: Mapped[str] = mapped_column(primary_key=True)
    respondents: Mapped[int] = mapped_column(BigInteger)
    rated_1: Mapped[int] = mapped_column(BigInteger)
    rated_2: Mapped[int] = mapped_column(BigInteger)
    rated_3: Mapped[int] = mapped_column(BigInteger)
    rated_4: Mapped[int] = mapped_column(BigInteger)
    rated_5: Mapped[int] = mapped_column(BigInteger)
    no_opinion: Mapped[int] = mapped_column(BigInteger)
    satisfied: Mapped[int] = mapped_column(BigInteger)
    valid: Mapped[int] = mapped_column(BigInteger)
    satisfied_squared: Mapped[int] = mapped_column(BigInteger)
    satisfied_valid: Mapped[int] = mapped_column(BigInteger)
    valid_squared: Mapped[int] = mapped_column(BigInteger)


#: The rows that count responses. Compared with a literal, for with a parameter SQLite would not use the partial index.
IS_WHOLE: ColumnElement[bool] = Tally.measure == literal_column("'ALL'")
