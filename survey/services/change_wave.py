"""Open and close waves."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.database import transaction
from survey.domain.wave import CLOSED, DESK_SURVEY, INSTRUMENTS, OPEN, may_become
from survey.errors import Conflict, Invalid, NotFound
from survey.models import QuestionnaireVersion, Wave
from survey.services.audit import record
from survey.services.refresh_scores import forget_live_scores


def find_wave(session: Session, code: str, *, for_update: bool = False) -> Wave:
    """The wave with this code, locked `for_update` where it is to change; `NotFound` names those that exist."""
    statement = select(Wave).where(Wave.code == code)
    wave = session.scalars(statement.with_for_update().execution_options(populate_existing=True) if for_update else statement).one_or_none()
    if wave is None:
        codes = ", ".join(session.scalars(select(Wave.code).order_by(Wave.opens_on))) or "none yet"
        raise NotFound(f"There is no wave {code!r}. Waves: {codes}.")
    return wave


def open_wave(
    session: Session,
    *,
    code: str,
    name_vi: str,
    name_en: str,
    opens_on: date,
    closes_on: date,
    questionnaire: str,
    instrument: str = DESK_SURVEY,
    simulated: bool = False,
) -> Wave:
    """Create a wave that takes responses from `opens_on` to `closes_on`. Waves of one instrument may not overlap."""
    if instrument not in INSTRUMENTS:
        raise Invalid(f"The instrument is {instrument!r}; it must be one of {', '.join(INSTRUMENTS)}.")
    if closes_on < opens_on:
        raise Invalid("The wave would close before it opens.", code="wave_dates")
    with transaction(session):
        version = session.scalars(select(QuestionnaireVersion).where(QuestionnaireVersion.code == questionnaire)).one_or_none()
        if version is None:
            raise NotFound(f"Questionnaire {questionnaire!r} is not loaded. Run `sipas import questionnaire {questionnaire}` first.")
        clash = session.scalars(
            select(Wave).where(
                (Wave.code == code) | ((Wave.instrument == instrument) & (Wave.opens_on <= closes_on) & (Wave.closes_on >= opens_on))
            )
        ).first()
        if clash is not None:
            raise Conflict(
                f"Wave {clash.code} ({clash.opens_on} to {clash.closes_on}) has the same code or overlaps in time.", code="wave_overlap"
            )
        wave = Wave(
            code=code, name_vi=name_vi, name_en=name_en, instrument=instrument, questionnaire_id=version.id,
            opens_on=opens_on, closes_on=closes_on, state=OPEN, simulated=simulated,
        )  # fmt: skip
        session.add(wave)
        record(session, "wave_opened", code, after={"instrument": instrument, "questionnaire": questionnaire, **_dates(wave)})
    return wave


def close_wave(session: Session, code: str, *, today: date) -> Wave:
    """Stop taking responses for good. A wave that is closed before its last day ends `today`, so that another may follow tomorrow."""
    with transaction(session):
        wave = find_wave(session, code, for_update=True)
        before = state_of(wave)
        check_next(wave, CLOSED)
        wave.state = CLOSED
        wave.closes_on = max(wave.opens_on, min(wave.closes_on, today))
        forget_live_scores(session, wave.id)  # what still waited for its batch is counted now
        record(session, "wave_closed", code, before=before, after=state_of(wave))
    return wave


def check_next(wave: Wave, state: str) -> None:
    """`Conflict` where the wave may not become `state` now."""
    if not may_become(wave.state, state):
        raise Conflict(f"Wave {wave.code} is {wave.state}; from there it cannot become {state}.", code=f"wave_{wave.state}")


def state_of(wave: Wave) -> dict[str, Any]:
    return {"state": wave.state, "published_revision": wave.published_revision, **_dates(wave)}


def _dates(wave: Wave) -> dict[str, date]:
    return {"opens_on": wave.opens_on, "closes_on": wave.closes_on}
