"""What a change of agencies would mean: for their desks, for waves that are open then, and for every trend."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey.domain.agency_change import Beginning, Known, Plan
from survey.domain.wave import INSTRUMENTS, MODES, OPEN
from survey.models import IS_WHOLE, Agency, AgencySuccession, Desk, Tally, User, Wave
from survey.queries.trend import Trend, agency_trend
from survey.queries.vietnamese_order import alphabetical
from survey.queries.wave_plans import wave_plans
from survey.queries.waves import WaveView, all_waves


@dataclass(frozen=True)
class EndingTrend:
    """The trend of an agency that ends: so many of its months have been shown so far."""

    agency: Known
    months: int


@dataclass(frozen=True)
class BeginningTrend:
    """The trend of an agency that begins: months of these others will stand beside its own, unjoined."""

    agency: Beginning
    beside: tuple[str, ...]


@dataclass(frozen=True)
class SplitWave:
    """A wave that is open on both sides of the day, with the responses that the ending agencies have in it so far.

    `left_out` are new agencies that it does not ask: it is for chosen ones only, and neither they nor one above them was chosen.
    """

    wave: WaveView
    responses: Mapping[str, int]
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True)
class Preview:
    plan: Plan
    ends: tuple[EndingTrend, ...]
    begins: tuple[BeginningTrend, ...]
    waves: tuple[SplitWave, ...]
    desks: tuple[Desk, ...]
    people: int


def read_tree(session: Session) -> dict[str, Known]:
    """All agencies as plain data, by code."""
    agencies = session.scalars(select(Agency)).all()
    codes = {agency.id: agency.code for agency in agencies}
    return {
        one.code: Known(one.code, one.kind, codes.get(one.parent_id or 0), one.name_vi, one.name_en, one.valid_from, one.valid_to)
        for one in agencies
    }


def answered_until(session: Session, codes: Collection[str], *, on: date) -> dict[str, date]:
    """The last day on which each of these agencies took a response, where that is `on` or later."""
    waves = list(session.scalars(select(Wave.id).where(Wave.closes_on >= on)))
    newest = func.max(Tally.responded_on)
    rows = session.execute(
        select(Agency.code, newest)
        .join(Desk, Desk.agency_id == Agency.id)
        .join(Tally, Tally.desk_id == Desk.id)
        .where(Agency.code.in_(codes), Tally.wave_id.in_(waves), Tally.responded_on >= on)
        .group_by(Agency.code)
    )
    return dict(rows.all())


def open_desks(session: Session, codes: Collection[str], *, on: date) -> tuple[Desk, ...]:
    """The desks of these agencies that are still open on the day before `on`."""
    is_open = Desk.closed_on.is_(None) | (Desk.closed_on >= on)
    desks = session.scalars(select(Desk).join(Agency).where(Agency.code.in_(codes), is_open))
    return tuple(sorted(desks, key=lambda desk: (alphabetical(desk.agency.name_vi), desk.id)))


def desk_places(
    plan: Plan, desks: Collection[Desk], chosen: Mapping[int, str | None]
) -> tuple[dict[int, str | None], tuple[Desk, ...]]:  # fmt: skip
    """Where each desk goes on, None where it is closed, and those about which somebody has to decide yet.

    What was `chosen` holds where it is possible; else the one successor of the desk's agency. Where nobody follows, it is closed.
    """
    successors: dict[str, list[str]] = {code: [] for code in plan.ends}
    for old, new in plan.successions:
        successors[old].append(new)
    places: dict[int, str | None] = {}
    undecided = []
    for desk in desks:
        possible = successors[desk.agency.code]
        if not possible or (desk.id in chosen and chosen[desk.id] is None):
            places[desk.id] = None
        elif chosen.get(desk.id) in possible or len(possible) == 1:
            places[desk.id] = chosen[desk.id] if chosen.get(desk.id) in possible else possible[0]
        else:
            undecided.append(desk)
    return places, tuple(undecided)


def preview(session: Session, plan: Plan, tree: Mapping[str, Known]) -> Preview:
    """What `plan`, which nothing stands against, would do. The trends are those that the pages of these agencies would draw."""
    waves = all_waves(session)
    return Preview(
        plan=plan,
        ends=_ending(session, plan, tree, waves),
        begins=tuple(_beginning(session, plan, one, waves) for one in plan.begins),
        waves=_split_waves(session, plan, tree, waves),
        desks=open_desks(session, plan.ends, on=plan.on),
        people=session.scalar(select(func.count()).select_from(User).join(Agency).where(Agency.code.in_(plan.ends))) or 0,
    )


def _ending(session: Session, plan: Plan, tree: Mapping[str, Known], waves: tuple[WaveView, ...]) -> tuple[EndingTrend, ...]:
    agencies = session.scalars(select(Agency).where(Agency.code.in_(plan.ends)))
    months = {agency.code: len({point.month for point in _trend(session, agency, waves).own}) for agency in agencies}
    return tuple(EndingTrend(tree[code], months[code]) for code in plan.ends)


def _beginning(session: Session, plan: Plan, new: Beginning, waves: tuple[WaveView, ...]) -> BeginningTrend:
    """By the function that draws the trend, told of the succession as if it were stored."""
    old = [code for code, successor in plan.successions if successor == new.code]
    ids = dict(session.execute(select(Agency.code, Agency.id).where(Agency.code.in_(old))).all())
    planned = [AgencySuccession(predecessor_id=ids[code], successor_id=_NOT_STORED, succeeded_on=plan.on) for code in old]
    trend = _trend(session, Agency(id=_NOT_STORED, code=new.code), waves, planned)
    beside = {point.agency.id: point.agency.code for point in trend.points if not point.own}
    return BeginningTrend(new, tuple(beside.values()))


_NOT_STORED = -1


def _trend(session: Session, agency: Agency, waves: tuple[WaveView, ...], planned: Collection[AgencySuccession] = ()) -> Trend:
    """The trend in the first instrument and mode in which there is one."""
    trend = Trend((), ())
    for instrument in INSTRUMENTS:
        of_it = [wave for wave in waves if wave.instrument == instrument]
        for mode in MODES:
            trend = agency_trend(session, agency, of_it, mode, planned=planned)
            if trend.points:
                return trend
    return trend


def _split_waves(session: Session, plan: Plan, tree: Mapping[str, Known], waves: tuple[WaveView, ...]) -> tuple[SplitWave, ...]:
    plans = wave_plans(session)
    both_sides = (wave for wave in waves if wave.state == OPEN and wave.opens_on <= plan.last_day and wave.closes_on >= plan.on)
    return tuple(
        SplitWave(wave, _responses(session, wave, plan.ends), _left_out(plan, tree, plans[wave.code].participants)) for wave in both_sides
    )


def _left_out(plan: Plan, tree: Mapping[str, Known], participants: Collection[str]) -> tuple[str, ...]:
    parents = {code: one.parent for code, one in tree.items()} | {one.code: one.parent for one in plan.begins}

    def is_asked(code: str | None) -> bool:
        while code is not None and code not in participants:
            code = parents[code]
        return code is not None

    return tuple(one.code for one in plan.begins if participants and not is_asked(one.code))


def _responses(session: Session, wave: WaveView, codes: Collection[str]) -> dict[str, int]:
    rows = session.execute(
        select(Agency.code, func.sum(Tally.respondents))
        .join(Desk, Desk.agency_id == Agency.id)
        .join(Tally, Tally.desk_id == Desk.id)
        .where(Agency.code.in_(codes), Tally.wave_id == wave.id, IS_WHOLE)
        .group_by(Agency.code)
    )
    found = {code: int(count) for code, count in rows}
    return {code: found.get(code, 0) for code in codes}
