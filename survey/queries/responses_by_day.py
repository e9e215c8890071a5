"""How many responses an agency received, day by day. A count alone tells nothing about anybody."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey.models import IS_WHOLE, Desk, Tally


@dataclass(frozen=True)
class Received:
    """(day, responses) in order, days without any left out; and how many of all of them are marked as suspicious."""

    days: tuple[tuple[date, int], ...]
    marked: int

    @property
    def total(self) -> int:
        return sum(count for _, count in self.days)


def responses_by_day(session: Session, wave_id: int, mode: str, agencies: Collection[int]) -> Received:
    """The responses of all desks of `agencies` together."""
    desks = select(Desk.id).where(Desk.agency_id.in_(agencies))
    rows = session.execute(
        select(Tally.responded_on, Tally.marked, func.sum(Tally.respondents))
        .where(Tally.wave_id == wave_id, Tally.mode == mode, IS_WHOLE, Tally.desk_id.in_(desks))
        .group_by(Tally.responded_on, Tally.marked)
        .order_by(Tally.responded_on)
    ).all()
    days: dict[date, int] = {}
    for day, _, count in rows:
        days[day] = days.get(day, 0) + int(count)
    return Received(tuple((day, count) for day, count in days.items() if count), sum(int(count) for _, marked, count in rows if marked))
