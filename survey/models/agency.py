"""Agencies and how they follow one another (design 4.9)."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from survey.domain.agency_tree import KINDS
from survey.models.base import Model, one_of


class Agency(Model):
    """One agency in one legal form. A merger, split or move ends it and starts another, linked by succession."""

    __tablename__ = "agency"
    __table_args__ = (
        CheckConstraint(one_of("kind", KINDS), name="kind"),
        CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="validity"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("agency.id"), index=True)
    name_vi: Mapped[str]
    name_en: Mapped[str]
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]  # the last day of its life; None while it lives

    def name(self, language: str) -> str:
        return self.name_en if language == "en" else self.name_vi


class AgencySuccession(Model):
    """`successor` took over from `predecessor` on a day. Several rows on either side tell a merger or a split."""

    __tablename__ = "agency_succession"

    predecessor_id: Mapped[int] = mapped_column(ForeignKey("agency.id"), primary_key=True)
    successor_id: Mapped[int] = mapped_column(ForeignKey("agency.id"), primary_key=True, index=True)
    succeeded_on: Mapped[date]
