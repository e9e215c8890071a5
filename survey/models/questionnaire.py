"""Stored questionnaire versions."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from survey.models.base import Model


class QuestionnaireVersion(Model):
    """One version as canonical JSON. A trigger refuses any change once a response to it exists."""

    __tablename__ = "questionnaire"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    sha256: Mapped[str]
    content: Mapped[str] = mapped_column(Text)
    loaded_on: Mapped[date]
