"""Waves: one period of one instrument."""

from __future__ import annotations

from datetime import date

from sqlalchemy import JSON, CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from survey.domain.wave import INSTRUMENTS, STATES
from survey.models.agency import Agency
from survey.models.base import Model, one_of
from survey.models.questionnaire import QuestionnaireVersion


class Wave(Model):
    __tablename__ = "wave"
    __table_args__ = (
        CheckConstraint(one_of("state", STATES), name="state"),
        CheckConstraint(one_of("instrument", INSTRUMENTS), name="instrument"),
        CheckConstraint("closes_on >= opens_on", name="dates"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    name_vi: Mapped[str]
    name_en: Mapped[str]
    instrument: Mapped[str]
    questionnaire_id: Mapped[int] = mapped_column(ForeignKey("questionnaire.id"))
    opens_on: Mapped[date]
    closes_on: Mapped[date]
    state: Mapped[str]
    published_revision: Mapped[int | None]  # the frozen run that is the wave's result; a newer one waits until it is published
    simulated: Mapped[bool]  # every page that shows it says "dữ liệu mô phỏng"

    modes: Mapped[list[str]] = mapped_column(JSON)  # the ways in that are offered

    questionnaire: Mapped[QuestionnaireVersion] = relationship()
    #: The tops of the parts of the tree that take part; none: all agencies do.
    participants: Mapped[list[Agency]] = relationship(secondary="wave_agency", order_by=Agency.code)

    def name(self, language: str) -> str:
        return self.name_en if language == "en" else self.name_vi


class WaveAgency(Model):
    """An agency that takes part in a wave, with those below it."""

    __tablename__ = "wave_agency"

    wave_id: Mapped[int] = mapped_column(ForeignKey("wave.id"), primary_key=True)
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"), primary_key=True)
