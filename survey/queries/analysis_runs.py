"""The frozen runs of a wave."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session, defer

from survey.errors import NotFound
from survey.models import AnalysisRun


def runs_of(session: Session, wave_id: int) -> tuple[AnalysisRun, ...]:
    """All runs of a wave, the newest first, without their (large) results."""
    return tuple(
        session.scalars(
            select(AnalysisRun)
            .options(defer(AnalysisRun.result))
            .where(AnalysisRun.wave_id == wave_id)
            .order_by(AnalysisRun.revision.desc())
        )
    )


def find_run(session: Session, wave_id: int, revision: int) -> AnalysisRun:
    run = session.scalars(select(AnalysisRun).where(AnalysisRun.wave_id == wave_id, AnalysisRun.revision == revision)).one_or_none()
    if run is None:
        raise NotFound(f"There is no run with revision {revision}.")
    return run
