"""Computed scores (what pages read) and frozen analysis runs."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import JSON, ForeignKey, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from survey.models.base import Model

#: The revision number of scores that still move with the open wave; frozen ones count from 1.
LIVE = 0


class Score(Model):
    """All estimates of one agency (with its sub-agencies) in one wave and mode.

    `basis` is ``all`` responses or only the ``unmarked`` ones. `as_of` is the last day that live scores include. `breakdown` (every measure
    by month, by the agency's own desks and by their fields) is read by drill-down pages alone. `findings` (priorities,
    place among its kind) is what `score_wave` tells beside. Both are None where
    they were computed before there were any.
    """

    __tablename__ = "score"

    wave_id: Mapped[int] = mapped_column(ForeignKey("wave.id"), primary_key=True)
    mode: Mapped[str] = mapped_column(primary_key=True)
    basis: Mapped[str] = mapped_column(primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True)
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"), primary_key=True)
    as_of: Mapped[date]
    estimates: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    months: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    breakdown: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    findings: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))


class AnalysisRun(Model):
    """A frozen analysis of one wave: `result` is canonical JSON and is the same, byte for byte, for the same inputs."""

    __tablename__ = "analysis_run"
    __table_args__ = (UniqueConstraint("wave_id", "revision"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    wave_id: Mapped[int] = mapped_column(ForeignKey("wave.id"))
    revision: Mapped[int]
    run_on: Mapped[date]
    run_by: Mapped[str]
    inputs_sha256: Mapped[str]
    code_version: Mapped[str]
    parameters: Mapped[dict[str, Any]] = mapped_column(JSON)
    result: Mapped[str] = mapped_column(Text)
    result_sha256: Mapped[str]
