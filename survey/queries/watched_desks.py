"""The desks that a wave asks at: what came, since when nothing has, and whether people can get in by the code on the wall."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Row, and_, case, func, or_, select
from sqlalchemy.orm import Session

from survey.domain.wave import MODES, SAMPLE_SURVEY
from survey.models import IS_WHOLE, POSTER, Agency, DeadCode, Desk, DeskCode, Tally, Wave
from survey.queries.expected_responses import LEAST_DAYS
from survey.queries.wave_plans import taking_part

OPEN_QR = MODES[0]
#: For so many days a code that was taken back and is opened all the same is told of.
DEAD_CODE_DAYS = 14


@dataclass(frozen=True)
class DeskWatch:
    """One open desk. `silent_days` are the open days since its last response, or since the wave began; `has_code` its poster's address.

    `unused_since` is the day on which that address was issued, where nobody has answered by it on ten open days or more.
    """

    id: int
    names: dict[str, str]
    received: int
    last_on: date | None
    silent_days: int
    has_code: bool
    is_silent: bool  # longer than its usual pace explains
    unused_since: date | None = None

    def name(self, language: str) -> str:
        return self.names[language]


@dataclass(frozen=True)
class DeadCodeWatch:
    """A desk of which an address that is good no more was opened at least `count` times within two weeks, the last time on `last_on`."""

    desk_id: int
    names: dict[str, str]
    count: int
    last_on: date

    def name(self, language: str) -> str:
        return self.names[language]


def watched_desks(
    session: Session, wave_id: int, *, through: date, open_days: Sequence[date], longest: Mapping[int, int], invited: Collection[int]
) -> dict[int, tuple[DeskWatch, ...]]:  # fmt: skip
    """By agency, the desks that are open on the last day, of agencies that live then and take part.

    `longest` is the silence that was found at a desk. In a sample survey only desks that people were `invited` to rate are asked at.
    """
    wave = session.get_one(Wave, wave_id)
    part, by_code = taking_part(session, wave), OPEN_QR in wave.modes
    found: dict[int, list[DeskWatch]] = defaultdict(list)
    for row in session.execute(_desks(wave_id, through)):
        asked = part is None or row.agency_id in part
        if asked and (wave.instrument != SAMPLE_SURVEY or row.id in invited or row.received):
            found[row.agency_id].append(_watched(row, open_days, longest, by_code=by_code))
    return {agency: tuple(desks) for agency, desks in found.items()}


def dead_codes(session: Session, *, since: date, through: date) -> dict[int, tuple[DeadCodeWatch, ...]]:
    """By agency, closed desks with them, where an address that is good no more was opened: in the last days up to `through`."""
    first = max(since, through - timedelta(days=DEAD_CODE_DAYS - 1))
    rows = session.execute(
        select(Desk.agency_id, Desk.id, Desk.name_vi, Desk.name_en, func.sum(DeadCode.count), func.max(DeadCode.opened_on))
        .join(DeadCode, DeadCode.desk_id == Desk.id)
        .where(DeadCode.opened_on >= first, DeadCode.opened_on <= through)
        .group_by(Desk.agency_id, Desk.id, Desk.name_vi, Desk.name_en)
        .order_by(Desk.id)
    )
    found: dict[int, list[DeadCodeWatch]] = defaultdict(list)
    for agency, desk_id, vi, en, count, last_on in rows:
        found[agency].append(DeadCodeWatch(desk_id, {"vi": vi, "en": en}, int(count), last_on))
    return {agency: tuple(codes) for agency, codes in found.items()}


def _desks(wave_id: int, through: date) -> Any:
    in_mode = (  # by mode first, as the index over these rows is sorted: without it SQLite reads all measures
        select(Tally.desk_id, Tally.mode, func.sum(Tally.respondents).label("received"), func.max(Tally.responded_on).label("last_on"))
        .where(Tally.wave_id == wave_id, IS_WHOLE, Tally.responded_on <= through, Tally.respondents > 0)
        .group_by(Tally.mode, Tally.desk_id)
        .subquery()
    )
    by_code = case((in_mode.c.mode == OPEN_QR, in_mode.c.last_on))
    counts = (
        select(
            in_mode.c.desk_id, func.sum(in_mode.c.received).label("received"), func.max(in_mode.c.last_on).label("last_on"),
            func.max(by_code).label("by_code_on"),
        )
        .group_by(in_mode.c.desk_id)
        .subquery()
    )  # fmt: skip
    good = (DeskCode.kind == POSTER, or_(DeskCode.revoked_on.is_(None), DeskCode.revoked_on > through))
    codes = select(DeskCode.desk_id, func.max(DeskCode.issued_on).label("issued_on")).where(*good).group_by(DeskCode.desk_id).subquery()
    # Whatever became of it: a desk is there since its first code, which it gets when it is added.
    begun = select(DeskCode.desk_id, func.min(DeskCode.issued_on).label("begun_on")).group_by(DeskCode.desk_id).subquery()
    lives = and_(Agency.valid_from <= through, or_(Agency.valid_to.is_(None), Agency.valid_to >= through))
    return (
        select(
            Desk.id,
            Desk.agency_id,
            Desk.name_vi,
            Desk.name_en,
            counts.c.received,
            counts.c.last_on,
            counts.c.by_code_on,
            codes.c.issued_on,
            begun.c.begun_on,
        )
        .join(Agency, Agency.id == Desk.agency_id)
        .outerjoin(counts, counts.c.desk_id == Desk.id)
        .outerjoin(codes, codes.c.desk_id == Desk.id)
        .outerjoin(begun, begun.c.desk_id == Desk.id)
        .where(lives, or_(Desk.closed_on.is_(None), Desk.closed_on > through))
        .order_by(Desk.id)
    )


def _watched(row: Row[Any], open_days: Sequence[date], longest: Mapping[int, int], *, by_code: bool) -> DeskWatch:
    silent_days = len(open_days) - (bisect_right(open_days, row.last_on) if row.last_on else 0)
    open_since = len(open_days) - (bisect_left(open_days, row.begun_on) if row.begun_on else 0)
    never = not row.received and open_since >= LEAST_DAYS
    is_silent = never or (row.id in longest and silent_days >= longest[row.id])
    names = {"vi": row.name_vi, "en": row.name_en}
    unused = None if is_silent or not by_code else _unused(row, open_days)
    has_code = row.issued_on is not None or not by_code
    return DeskWatch(row.id, names, int(row.received or 0), row.last_on, silent_days, has_code, is_silent, unused)


def _unused(row: Row[Any], open_days: Sequence[date]) -> date | None:
    """When the present address was issued, where enough open days have passed since and nobody came by it."""
    if row.issued_on is None or (row.by_code_on is not None and row.by_code_on >= row.issued_on):
        return None
    issued: date = row.issued_on
    return issued if len(open_days) - bisect_left(open_days, issued) >= LEAST_DAYS else None
