"""Waves: one period of one instrument."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from survey.domain.wave import INSTRUMENTS, STATES
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

    questionnaire: Mapped[QuestionnaireVersion] = relationship()

    def name(self, language: str) -> str:
        return self.name_en if language == "en" else self.name_vi
