"""Desks and their addresses."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from survey.domain.desk_field import LONGEST_FIELD
from survey.domain.slip_code import new_short_code
from survey.models.agency import Agency
from survey.models.base import Model, one_of

#: What an address is for: the QR code that hangs at the desk, the tablet that people answer on, the screen whose QR code changes.
POSTER, KIOSK, DISPLAY = KINDS = ("poster", "kiosk", "display")


class Desk(Model):
    """A place where citizens are served; it belongs to one agency and may serve one `field` (land, civil status …)."""

    __tablename__ = "desk"

    id: Mapped[int] = mapped_column(primary_key=True)
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"), index=True)
    name_vi: Mapped[str]
    name_en: Mapped[str]
    closed_on: Mapped[date | None]
    field: Mapped[str | None] = mapped_column(String(LONGEST_FIELD))

    agency: Mapped[Agency] = relationship()

    def name(self, language: str) -> str:
        return self.name_en if language == "en" else self.name_vi


class FormerDeskField(Model):
    """The field, or none, that a desk has in all waves that opened on the day `until` or before, and after an earlier such day."""

    __tablename__ = "former_desk_field"

    desk_id: Mapped[int] = mapped_column(ForeignKey("desk.id"), primary_key=True)
    until: Mapped[date] = mapped_column(primary_key=True)
    field: Mapped[str | None] = mapped_column(String(LONGEST_FIELD))


class DeskCode(Model):
    """The unguessable last part of a desk's address (128 random bits), and digits that lead there for people who type.

    An address is good for its `kind` only; a desk has one of each at most. A revoked one stays, so that it can be explained.
    """

    __tablename__ = "desk_code"
    __table_args__ = (CheckConstraint(one_of("kind", KINDS), name="kind"),)

    code: Mapped[str] = mapped_column(primary_key=True)
    desk_id: Mapped[int] = mapped_column(ForeignKey("desk.id"), index=True)
    kind: Mapped[str] = mapped_column(default=POSTER)
    short_code: Mapped[str] = mapped_column(unique=True, default=new_short_code)
    issued_on: Mapped[date]
    revoked_on: Mapped[date | None]

    desk: Mapped[Desk] = relationship()
