"""What the province has set otherwise than it comes; survey.domain.settings knows what there is, its default and its bounds."""

from __future__ import annotations

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, mapped_column

from survey.models.base import Model


class Setting(Model):
    __tablename__ = "setting"

    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    value: Mapped[str | int | bool] = mapped_column(JSON)
