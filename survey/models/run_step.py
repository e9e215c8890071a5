"""What became of a frozen run, and the run that is being computed now."""

from __future__ import annotations

from datetime import date

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from survey.domain.wave import RUN_STEPS
from survey.models.base import Model, one_of


class RunStep(Model):
    """One step in the life of a frozen run. None is ever changed: what a run's standing is, its last step tells."""

    __tablename__ = "run_step"
    __table_args__ = (CheckConstraint(one_of("step", RUN_STEPS), name="step"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("analysis_run.id"), index=True)
    step: Mapped[str]
    taken_by: Mapped[str]
    taken_on: Mapped[date]
    note: Mapped[str | None] = mapped_column(Text)  # why there is a new revision, or why it was returned
    replaces: Mapped[int | None]  # the revision that was published before this one was approved


class AnalysisJob(Model):
    """The analysis of a wave that somebody started from a page. The row goes when it is done; one that no longer beats has stopped."""

    __tablename__ = "analysis_job"

    wave_id: Mapped[int] = mapped_column(ForeignKey("wave.id"), primary_key=True)
    token: Mapped[str]  # which attempt this is: an older one may no longer write here
    started_by: Mapped[str]
    percent: Mapped[int]  # how much is done
    beat_at: Mapped[int] = mapped_column(BigInteger)  # seconds since 1970
    failure: Mapped[str | None]  # the code of the error that ended it
