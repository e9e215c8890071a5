"""Plan, open, change and close waves."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.database import transaction
from survey.domain.wave import CLOSED, DESK_SURVEY, FIELDS, INSTRUMENTS, MAY_CHANGE, MODES_OF, OPEN, WavePlan, is_over, may_become, stage
from survey.errors import Conflict, Invalid, NotFound
from survey.models import Agency, QuestionnaireVersion, Wave
from survey.queries.wave_plans import plan_of
from survey.services.audit import ITSELF, record, works_for
from survey.services.refresh_scores import forget_live_scores

_CODE = r"[A-Za-z0-9][A-Za-z0-9.-]{0,39}"


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
    modes: Sequence[str] | None = None,
    participants: Sequence[str] = (),
    simulated: bool = False,
    today: date | None = None,
) -> Wave:
    """Create a wave that takes responses from `opens_on` to `closes_on`. Waves of one instrument may not overlap.

    It offers all `modes` of its instrument, and asks at all desks, unless some are chosen: `participants` are codes of agencies, each
    with those below it. Given `today`, a wave that would have ended before is refused.
    """
    if today is not None and closes_on < today:
        raise Invalid("A new wave cannot have closed already.", code="wave_closes_in_the_past")
    offered = MODES_OF.get(instrument, ()) if modes is None else tuple(modes)
    plan = WavePlan(code, name_vi, name_en, instrument, questionnaire, offered, tuple(sorted(participants)), opens_on, closes_on)
    with transaction(session):
        wave = Wave(state=OPEN, simulated=simulated)
        _set(session, wave, plan)
        session.add(wave)
        record(session, "wave_opened", code, after=told(plan, FIELDS))
    return wave


def change_wave(session: Session, code: str, /, *, today: date, **changes: Any) -> Wave:
    """Change those fields of `WavePlan` that the wave's stage leaves open (`survey.domain.wave.MAY_CHANGE`).

    Raises
    ------
    Conflict
        A field may no longer be changed, or the wave would overlap another.
    Invalid
        What is given cannot be.
    """
    with transaction(session):
        wave = find_wave(session, code, for_update=True)
        before = plan_of(wave)
        after = replace(before, **changes)
        changed = [name for name in FIELDS if getattr(before, name) != getattr(after, name)]
        now = stage(wave.state, wave.opens_on, wave.closes_on, today)
        if fixed := [name for name in changed if name not in MAY_CHANGE[now]]:
            raise Conflict(f"Wave {code} is {now}: {', '.join(fixed)} can no longer be changed.", code="wave_field_fixed")
        if "closes_on" in changed and after.closes_on < today:
            raise Invalid(f"Wave {code} cannot close in the past; close it now instead.", code="wave_closes_in_the_past")
        if changed:
            _set(session, wave, after)
            record(session, "wave_changed", code, before=told(before, changed), after=told(after, changed))
    return wave


def close_ended_waves(session: Session, *, today: date) -> list[str]:
    """Close the waves whose last day is over, as SIPAS itself, whoever looks; their codes."""
    ended = [w.code for w in session.scalars(select(Wave).where(Wave.state == OPEN)) if is_over(w.closes_on, today)]
    who = session.info.get("who", ITSELF)
    works_for(session, ITSELF)
    try:
        for code in ended:
            with suppress(Conflict):  # somebody else was quicker
                close_wave(session, code, today=today)
    finally:
        works_for(session, who)
    return ended


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


def _set(session: Session, wave: Wave, plan: WavePlan) -> None:
    """Write the plan into the wave, or say what is wrong with it."""
    _check(plan)
    version = session.scalars(select(QuestionnaireVersion).where(QuestionnaireVersion.code == plan.questionnaire)).one_or_none()
    if version is None:
        raise NotFound(
            f"Questionnaire {plan.questionnaire!r} is not loaded. Run `sipas import questionnaire {plan.questionnaire}` first.",
            code="wave_questionnaire",
        )
    agencies = session.scalars(select(Agency).where(Agency.code.in_(plan.participants)).order_by(Agency.code)).all()
    if missing := sorted(set(plan.participants) - {agency.code for agency in agencies}):
        raise NotFound(f"There is no agency {missing[0]!r}.", code="wave_participants")
    _refuse_overlap(session, wave, plan)
    wave.code, wave.name_vi, wave.name_en, wave.instrument = plan.code, plan.name_vi, plan.name_en, plan.instrument
    wave.questionnaire, wave.modes, wave.participants = version, list(plan.modes), list(agencies)
    wave.opens_on, wave.closes_on = plan.opens_on, plan.closes_on


def _check(plan: WavePlan) -> None:
    if not re.fullmatch(_CODE, plan.code) or plan.code == "new":
        raise Invalid("A wave's code has 1 to 40 letters, digits, dots or hyphens, as 2026-Q4.", code="wave_code")
    if not (plan.name_vi.strip() and plan.name_en.strip()):
        raise Invalid("A wave needs a name.", code="wave_name")
    if plan.instrument not in INSTRUMENTS:
        raise Invalid(f"The instrument is {plan.instrument!r}; it must be one of {', '.join(INSTRUMENTS)}.")
    if not plan.modes or not set(plan.modes) <= set(MODES_OF[plan.instrument]):
        raise Invalid(f"A {plan.instrument} wave offers one or more of {', '.join(MODES_OF[plan.instrument])}.", code="wave_modes")
    if plan.closes_on < plan.opens_on:
        raise Invalid("The wave would close before it opens.", code="wave_dates")


def _refuse_overlap(session: Session, wave: Wave, plan: WavePlan) -> None:
    at_once = (Wave.instrument == plan.instrument) & (Wave.opens_on <= plan.closes_on) & (Wave.closes_on >= plan.opens_on)
    with session.no_autoflush:
        clash = session.scalars(select(Wave).where((Wave.code == plan.code) | at_once, Wave.id != (wave.id or 0)).limit(1)).first()
    if clash is None:
        return
    if clash.code == plan.code:
        raise Conflict(f"There is a wave {clash.code} already, from {clash.opens_on} to {clash.closes_on}.", code="wave_code_taken")
    raise Conflict(f"Wave {clash.code} ({clash.opens_on} to {clash.closes_on}) overlaps in time.", code="wave_overlap")


def told(plan: WavePlan, fields: Iterable[str]) -> dict[str, Any]:
    return {name: getattr(plan, name) for name in fields}
