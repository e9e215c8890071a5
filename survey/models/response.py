"""What one person sent, and nothing that tells who (design 4.6)."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, false, text
from sqlalchemy.orm import Mapped, mapped_column

from survey.domain.wave import MODES
from survey.models.base import Model, one_of


class Response(Model):
    """A response under a random id, with a date and no time. WITHOUT ROWID: no order of arrival is kept on SQLite."""

    __tablename__ = "response"
    __table_args__ = (
        CheckConstraint(one_of("mode", MODES), name="mode"),
        Index("ix_response_unit", "wave_id", "desk_id", "responded_on"),
        # Few are, and every scoring asks for them.
        Index(
            "ix_response_own_network",
            "wave_id",
            "mode",
            sqlite_where=text("from_own_network"),
            postgresql_where=text("from_own_network"),
        ),
        {"sqlite_with_rowid": False},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    wave_id: Mapped[int] = mapped_column(ForeignKey("wave.id"))
    desk_id: Mapped[int] = mapped_column(ForeignKey("desk.id"))
    responded_on: Mapped[date]
    mode: Mapped[str]
    language: Mapped[str]
    form: Mapped[str]
    ratings: Mapped[dict[str, int]] = mapped_column(JSON)  # criterion code -> 1 to 5, 0 is "no opinion"
    answers: Mapped[dict[str, Any]] = mapped_column(JSON)  # other question -> answer code or list of them
    marked: Mapped[bool]
    helped: Mapped[bool] = mapped_column(default=False, server_default=false())  # somebody helped to fill the form in
    from_own_network: Mapped[bool] = mapped_column(default=False, server_default=false())  # one that the agency says is its own
    answering_time: Mapped[str | None]  # one of ANSWERING_TIMES, where the phone tells it


class ResponseMark(Model):
    """Why and by whom a response was marked as suspicious, and lifted again. Marks are never deleted."""

    __tablename__ = "response_mark"
    __table_args__ = ({"sqlite_with_rowid": False},)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    response_id: Mapped[UUID] = mapped_column(ForeignKey("response.id"), index=True)
    reason: Mapped[str]
    marked_by: Mapped[str]
    marked_on: Mapped[date]
    lifted_by: Mapped[str | None]
    lifted_on: Mapped[date | None]
    lifted_reason: Mapped[str | None]


class Comment(Model):
    """Free text, apart from the ratings: no key, no date. Readable once five of an agency's comments wait together."""

    __tablename__ = "comment"
    __table_args__ = ({"sqlite_with_rowid": False},)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    wave_id: Mapped[int] = mapped_column(ForeignKey("wave.id"))
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"), index=True)
    text: Mapped[str]
    readable: Mapped[bool]
