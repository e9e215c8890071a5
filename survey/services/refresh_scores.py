"""Keep the live scores fresh: once a day, and whenever a wave's responses were closed, marked or unmarked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, timedelta

from sqlalchemy import delete, exists, insert, select
from sqlalchemy.orm import Session

from survey.database import transaction
from survey.domain.wave import OPEN
from survey.models import LIVE, Score, Tally, Wave
from survey.services.score_agencies import AgencyScores
from survey.services.score_wave import score_wave


def refresh_scores(session: Session, *, today: date) -> list[str]:
    """Compute the live scores that are missing or older than yesterday; the codes of the waves whose scores were stored.

    Two processes may find the same wave stale: the one that comes to store second sees that all is done and leaves it.
    """
    stored = []
    stale = [wave for wave in _live_waves(session) if not _is_fresh(session, wave, _as_of(wave, today))]
    for wave in stale:
        scores = score_wave(session, wave, before=today if wave.state == OPEN else None, findings="live")
        with transaction(session):
            if _is_ours(session, wave, _as_of(wave, today)):
                session.execute(delete(Score).where(Score.wave_id == wave.id, Score.revision == LIVE))
                store_scores(session, wave, scores, revision=LIVE, as_of=_as_of(wave, today))
                stored.append(wave.code)
    return stored


def forget_live_scores(session: Session, wave_id: int) -> None:
    """Have a wave's live scores computed anew at the next look."""
    session.execute(delete(Score).where(Score.wave_id == wave_id, Score.revision == LIVE))


def store_scores(session: Session, wave: Wave, scores: Sequence[AgencyScores], *, revision: int, as_of: date) -> None:
    rows = [asdict(score) | {"wave_id": wave.id, "revision": revision, "as_of": as_of} for score in scores]
    if rows:
        session.execute(insert(Score), rows)


def _is_ours(session: Session, wave: Wave, as_of: date) -> bool:
    """Lock the wave until the transaction ends; whether scores computed for its state still want storing."""
    # Not a full FOR UPDATE: responses refer to the wave's key and need not wait. SQLite has its write lock.
    state = session.execute(select(Wave.state).where(Wave.id == wave.id).with_for_update(key_share=True)).scalar_one()
    return state == wave.state and not _is_fresh(session, wave, as_of)


def _live_waves(session: Session) -> Sequence[Wave]:
    has_tallies = exists().where(Tally.wave_id == Wave.id)
    return session.scalars(select(Wave).where(Wave.published_revision.is_(None), has_tallies).order_by(Wave.opens_on)).all()


def _as_of(wave: Wave, today: date) -> date:
    """The last day that live scores can hold: yesterday, or the wave's last day once it is closed."""
    return min(today - timedelta(days=1), wave.closes_on) if wave.state == OPEN else wave.closes_on


def _is_fresh(session: Session, wave: Wave, as_of: date) -> bool:
    newest = session.scalars(select(Score.as_of).where(Score.wave_id == wave.id, Score.revision == LIVE).limit(1)).first()
    return newest is not None and newest >= as_of
