"""The analysis of a wave that is being computed, as far as its last beat told."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.models import AnalysisJob

#: Seconds without a beat after which the process that did the work is taken to be gone: many more than any write has to wait.
SILENT_FOR = 60

RUNNING, STOPPED, FAILED = "running", "stopped", "failed"


@dataclass(frozen=True)
class JobView:
    standing: str  # RUNNING, STOPPED (its process is gone) or FAILED
    started_by: str
    percent: int
    failure: str | None


def find_job(session: Session, wave_id: int, *, now: int) -> JobView | None:
    """None when nothing is running and the last one ended well."""
    job = session.scalars(select(AnalysisJob).where(AnalysisJob.wave_id == wave_id)).one_or_none()
    if job is None:
        return None
    standing = FAILED if job.failure else RUNNING if is_alive(job, now=now) else STOPPED
    return JobView(standing, job.started_by, job.percent, job.failure)


def is_alive(job: AnalysisJob, *, now: int) -> bool:
    return job.failure is None and now - job.beat_at < SILENT_FOR
