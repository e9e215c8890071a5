"""Which responses are marked as doubtful: always whole groups of a desk and day, never a single one."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey.models import Desk, Response, ResponseMark


@dataclass(frozen=True)
class MarkGroup:
    """The marks of one desk, day and mode that were set, and perhaps lifted, together."""

    desk_id: int
    day: date
    mode: str
    reason: str  # as stored: see `domain.marks.as_chosen`
    marked_by: str
    marked_on: date
    lifted_by: str | None
    lifted_on: date | None
    lifted_reason: str | None
    count: int


def marks_of(session: Session, wave_id: int, desk_ids: Collection[int]) -> tuple[MarkGroup, ...]:
    """All marks at these desks, those that still stand before the lifted ones, the newest day first."""
    mark = ResponseMark
    group = (
        Response.desk_id, Response.responded_on, Response.mode, mark.reason, mark.marked_by, mark.marked_on,
        mark.lifted_by, mark.lifted_on, mark.lifted_reason,
    )  # fmt: skip
    rows = session.execute(
        select(*group, func.count())
        .join(mark, mark.response_id == Response.id)
        .where(Response.wave_id == wave_id, Response.desk_id.in_(desk_ids))
        .group_by(*group)
    )
    found = [MarkGroup(*tuple(row)) for row in rows]
    return tuple(sorted(found, key=lambda g: (g.lifted_on is not None, -g.day.toordinal(), g.desk_id, g.mode, g.reason, g.marked_on)))


def day_counts(session: Session, wave_id: int, desk_id: int, day: date) -> dict[str, tuple[int, int]]:
    """By mode, how many responses of the desk and day are not marked, and how many are."""
    rows = session.execute(
        select(Response.mode, Response.marked, func.count())
        .where(Response.wave_id == wave_id, Response.desk_id == desk_id, Response.responded_on == day)
        .group_by(Response.mode, Response.marked)
        .order_by(Response.mode)
    )
    found: dict[str, tuple[int, int]] = {}
    for mode, marked, count in rows:
        unmarked, are = found.get(mode, (0, 0))
        found[mode] = (unmarked, count) if marked else (count, are)
    return found


def desks_of(session: Session, agency_id: int) -> tuple[Desk, ...]:
    """The agency's own desks, closed ones with them."""
    return tuple(session.scalars(select(Desk).where(Desk.agency_id == agency_id).order_by(Desk.id)))
