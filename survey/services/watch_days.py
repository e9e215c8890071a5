"""The alarm of an open wave: does an agency's share of satisfied answers leave what it was in the wave before?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from analysis import AlarmPoint, alarm_chart
from survey.domain.questionnaire import OVERALL
from survey.domain.tallying import COLUMNS
from survey.models import AgencySuccession, Desk, Score, Tally, Wave
from survey.queries.desk_days import DeskDays

Row = dict[str, Any]
#: Desk-days as rows of agency, day, satisfied, valid, respondents.
Series = NDArray[np.float64]
_NAMES = ("satisfied", "valid", "respondents")


def watch_days(session: Session, wave: Wave, mode: str, days: DeskDays, agencies: Mapping[int, frozenset[int]]) -> dict[int, Row]:
    """The agencies whose newest day raises an alarm, each with ``side`` (low or high), the day ``since`` and the ``baseline``.

    Parameters
    ----------
    wave
        An open wave. The reference is the newest earlier one of the same instrument and questionnaire, and its pooled design effect.
    days
        The released desk-days of one mode: a day that nobody may see yet raises no alarm.
    agencies
        Each agency with its subtree; one that a succession changed since the reference began has no alarm.
    """
    before = _reference(session, wave, mode)
    if before is None:
        return {}
    series = np.concatenate([_read(session, before.id, mode), _of(days)])
    design_effect, changed = _design_effect(session, before, mode), _successions(session, before, wave)
    found: dict[int, Row] = {}
    for agency, below in agencies.items():
        if not any((old in below) != (new in below) for old, new in changed):
            own = series[np.isin(series[:, 0], list(below))]
            alarm = _alarm(own, wave.opens_on, design_effect)
            found |= {agency: alarm} if alarm else {}
    return found


def _alarm(series: Series, since: date, design_effect: float | None) -> Row | None:
    chart = alarm_chart(
        series[:, 1].astype(np.int64), satisfied=series[:, 2], valid=series[:, 3], respondents=series[:, 4],
        monitored_from=since.toordinal(), design_effect=design_effect,
    )  # fmt: skip
    last = chart.points[-1] if chart.points else None
    if last is None or last.alarm is None:
        return None
    return {"side": last.alarm, "since": date.fromordinal(_since(chart.points).day).isoformat(), "baseline": chart.baseline}


def _since(points: tuple[AlarmPoint, ...]) -> AlarmPoint:
    """The first day of the alarm that the newest day still raises."""
    first = points[-1]
    for point in reversed(points):
        if point.alarm != first.alarm:
            break
        first = point
    return first


def _reference(session: Session, wave: Wave, mode: str) -> Wave | None:
    counted = select(Tally.wave_id).where(Tally.wave_id == Wave.id, Tally.mode == mode).exists()
    same = (Wave.instrument == wave.instrument, Wave.questionnaire_id == wave.questionnaire_id, Wave.closes_on < wave.opens_on)
    return session.scalars(select(Wave).where(*same, counted).order_by(Wave.closes_on.desc()).limit(1)).first()


def _read(session: Session, wave_id: int, mode: str) -> Series:
    sums = (func.sum(getattr(Tally, name)) for name in _NAMES)
    rows = session.execute(
        select(Desk.agency_id, Tally.responded_on, *sums)
        .join(Desk, Desk.id == Tally.desk_id)
        .where(Tally.wave_id == wave_id, Tally.mode == mode, Tally.measure == OVERALL)
        .group_by(Desk.agency_id, Tally.desk_id, Tally.responded_on)
        .having(func.sum(Tally.respondents) > 0)
        .order_by(Tally.desk_id, Tally.responded_on)
    )
    return np.array([(agency, day.toordinal(), *map(float, numbers)) for agency, day, *numbers in rows]).reshape(-1, 2 + len(_NAMES))


def _of(days: DeskDays) -> Series:
    whole = days.sums[:, days.measures.keys.index(OVERALL)]
    ordinals = [day.toordinal() for day in days.days.tolist()]
    series = np.column_stack([days.agencies, np.array(ordinals, dtype=float), *(whole[:, COLUMNS.index(name)] for name in _NAMES)])
    return series[series[:, -1] > 0]


def _design_effect(session: Session, before: Wave, mode: str) -> float | None:
    """One number for all agencies, pooled when the wave was scored last; None leaves it to each agency's own days."""
    scored = (Score.wave_id == before.id, Score.mode == mode, Score.basis == "all")
    newest = select(Score.estimates).where(*scored).order_by(Score.revision.desc(), Score.agency_id)
    for estimates in session.scalars(newest):
        for row in estimates:
            if (row["key"], row["rule"]) == (OVERALL, "pooled") and row["design_effect"]:
                return float(row["design_effect"])
    return None


def _successions(session: Session, before: Wave, wave: Wave) -> list[tuple[int, int]]:
    between = (AgencySuccession.succeeded_on > before.opens_on, AgencySuccession.succeeded_on <= wave.closes_on)
    pairs = select(AgencySuccession.predecessor_id, AgencySuccession.successor_id).where(*between)
    return [(old, new) for old, new in session.execute(pairs)]
