"""Run an analysis that was started from a page in a thread of its own, and tell in a row how far it is (decision 0088)."""

from __future__ import annotations

import logging
import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from threading import Event, Thread
from uuid import uuid4

from sqlalchemy import Engine, delete, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from survey.database import transaction
from survey.errors import SipasError
from survey.models import AnalysisJob
from survey.queries.analysis_jobs import is_alive
from survey.services.audit import works_for
from survey.services.change_wave import find_wave
from survey.services.run_analysis import ready_for_analysis, run_analysis

_log = logging.getLogger(__name__)
_BEAT = 1.0  # seconds


@dataclass
class _Attempt:
    """One attempt at a wave. The work tells `share` in memory; the beat alone writes it down, so that it is never written in between."""

    engine: Engine
    wave_id: int
    code: str
    by: str
    reason: str | None
    today: date
    token: str = field(default_factory=lambda: str(uuid4()))
    share: float = 0.0
    done: Event = field(default_factory=Event)

    def advance(self, share: float) -> None:
        self.share = share


def start_analysis(session: Session, code: str, *, by: str, today: date, reason: str | None = None) -> None:
    """Begin the analysis of a wave, and come back at once. Where it is running already, nothing happens.

    Raises
    ------
    Conflict, Invalid
        As `run_analysis`, before anything is begun.
    """
    ready_for_analysis(session, code, reason=reason)
    with transaction(session):
        wave = find_wave(session, code, for_update=True)
        job = session.get(AnalysisJob, wave.id, populate_existing=True)
        if job is not None and is_alive(job, now=_now()):
            return
        engine = session.get_bind()
        attempt = _Attempt(engine if isinstance(engine, Engine) else engine.engine, wave.id, code, by, reason, today)
        session.merge(AnalysisJob(wave_id=wave.id, token=attempt.token, started_by=by, percent=0, beat_at=_now(), failure=None))
    Thread(target=_run, args=(attempt,), name=f"analysis of {code}", daemon=True).start()


def _run(attempt: _Attempt) -> None:
    beat = Thread(target=_beat, args=(attempt,), name=f"analysis of {attempt.code}: beat", daemon=True)
    beat.start()
    failure = _work(attempt)
    attempt.done.set()
    beat.join()
    mine = (AnalysisJob.wave_id == attempt.wave_id, AnalysisJob.token == attempt.token)
    with Session(attempt.engine) as session, transaction(session):
        session.execute(delete(AnalysisJob).where(*mine) if failure is None else update(AnalysisJob).where(*mine).values(failure=failure))


def _work(attempt: _Attempt) -> str | None:
    """The code of what went wrong; nothing when the run is stored."""
    with Session(attempt.engine, expire_on_commit=False) as session:
        works_for(session, attempt.by)
        try:
            run_analysis(
                session, attempt.code, by=attempt.by, today=attempt.today, reason=attempt.reason, progress=attempt.advance,
            )  # fmt: skip
        except SipasError as error:
            return error.code
        except Exception as error:  # noqa: BLE001 - whatever it is, the page must not wait for ever
            _log.error("analysis of %s: %s", attempt.code, type(error).__name__)
            return "unexpected"
    return None


def _beat(attempt: _Attempt) -> None:
    """Show every second that the work lives. A beat that cannot be written is only late."""
    mine = (AnalysisJob.wave_id == attempt.wave_id, AnalysisJob.token == attempt.token)
    while not attempt.done.wait(_BEAT):
        with suppress(SQLAlchemyError), Session(attempt.engine) as session, transaction(session):
            session.execute(update(AnalysisJob).where(*mine).values(percent=round(100 * attempt.share), beat_at=_now()))


def _now() -> int:
    return int(time.time())
