"""Approve a frozen run, which publishes it, or return it: never by whoever ran it (decision 0087)."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session, defer

from survey.database import transaction
from survey.domain.reason import checked_reason
from survey.domain.wave import APPROVED, LONGEST_REASON, PROPOSED, PUBLISHED, RETURNED
from survey.errors import Conflict, NotAllowed
from survey.models import AnalysisRun, RunStep, Wave
from survey.services.audit import record
from survey.services.change_wave import check_next, find_wave, state_of


def publish_wave(session: Session, code: str, *, by: str, today: date, revision: int | None = None) -> Wave:
    """Declare the newest frozen run to be the wave's result. What was published before is shown until then.

    `revision` is the one that was looked at, where that matters.

    Raises
    ------
    NotAllowed
        `by` is who ran the analysis.
    Conflict
        There is nothing to approve, or a newer revision than the one that was looked at.
    """
    with transaction(session):
        wave = find_wave(session, code, for_update=True)
        before = state_of(wave)
        check_next(wave, PUBLISHED)
        run = _to_decide(session, wave, revision)
        _refuse_the_proposer(session, run, by)
        session.add(RunStep(run_id=run.id, step=APPROVED, taken_by=by, taken_on=today, replaces=wave.published_revision))
        wave.state, wave.published_revision = PUBLISHED, run.revision
        record(session, "wave_published", code, before=before, after=state_of(wave) | {"run_by": run.run_by})
    return wave


def return_run(session: Session, code: str, *, by: str, today: date, reason: str, revision: int | None = None) -> None:
    """Send the newest frozen run back with a `reason` of at most `LONGEST_REASON` letters, instead of approving it."""
    words = checked_reason(reason, longest=LONGEST_REASON, code="reason_missing")
    with transaction(session):
        wave = find_wave(session, code, for_update=True)
        check_next(wave, PUBLISHED)
        run = _to_decide(session, wave, revision)
        _refuse_the_proposer(session, run, by)
        if last_step(session, run.id) == RETURNED:
            raise Conflict(f"Revision {run.revision} of wave {code} has been returned already.", code="run_returned")
        session.add(RunStep(run_id=run.id, step=RETURNED, taken_by=by, taken_on=today, note=words))
        record(session, "run_returned", code, after={"revision": run.revision, "reason": words})


def last_step(session: Session, run_id: int) -> str | None:
    return session.scalars(select(RunStep.step).where(RunStep.run_id == run_id).order_by(RunStep.id.desc()).limit(1)).first()


def _to_decide(session: Session, wave: Wave, revision: int | None) -> AnalysisRun:
    newest = select(AnalysisRun).options(defer(AnalysisRun.result)).where(AnalysisRun.wave_id == wave.id)
    run = session.scalars(newest.order_by(AnalysisRun.revision.desc()).limit(1)).one()
    if run.revision == wave.published_revision:
        raise Conflict(f"Revision {run.revision} of wave {wave.code} is already published.", code="wave_published")
    if revision is not None and revision != run.revision:
        raise Conflict(f"Revision {revision} of wave {wave.code} is not the newest any more.", code="newer_revision")
    return run


def _refuse_the_proposer(session: Session, run: AnalysisRun, by: str) -> None:
    proposers = session.scalars(select(RunStep.taken_by).where(RunStep.run_id == run.id, RunStep.step == PROPOSED))
    if by in {run.run_by, *proposers}:
        raise NotAllowed(f"{by} ran revision {run.revision}; somebody else must approve it.", code="same_person")
