"""What the index would be if the responses of a desk and day were marked, or their marks lifted: before anybody decides."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey.domain.agency_tree import subtree
from survey.domain.disclosure import CELL_FROM, INDEX_FROM, released_through
from survey.domain.wave import KIOSK, KIOSK_DAYS_LATE, OPEN
from survey.models import IS_WHOLE, Desk, Score, Tally
from survey.queries.agencies import parents_of
from survey.queries.estimates import overall
from survey.queries.province_settings import read_settings
from survey.queries.waves import WaveView
from survey.services.mark_desk_day import DeskDay

#: Why there is no preview.
NOT_RELEASED, TOO_FEW, NO_INDEX = "not_released", "too_few", "no_index"


@dataclass(frozen=True)
class Share:
    """An index and how many people stand behind it; None where nobody is left."""

    index: float | None
    respondents: int


@dataclass(frozen=True)
class Preview:
    """The agency's index with all responses, without the marked ones as it is now, and as it would be then; or `why` it cannot be shown."""

    everything: Share | None = None
    now: Share | None = None
    then: Share | None = None
    why: str | None = None


@dataclass(frozen=True)
class _Sums:
    satisfied: int = 0
    valid: int = 0
    respondents: int = 0

    def __add__(self, other: _Sums) -> _Sums:
        return _Sums(self.satisfied + other.satisfied, self.valid + other.valid, self.respondents + other.respondents)

    def __sub__(self, other: _Sums) -> _Sums:
        return _Sums(self.satisfied - other.satisfied, self.valid - other.valid, self.respondents - other.respondents)

    @property
    def share(self) -> Share:
        return Share(self.satisfied / self.valid if self.valid else None, self.respondents)


def preview_mark(session: Session, wave: WaveView, agency_id: int, unit: DeskDay, *, today: date) -> Preview:
    """Preview the marking of all that is unmarked in `unit`, for the agency with those below it.

    It is shown only where the agency's index itself is shown to those who see all agencies, where at least `INDEX_FROM` people would be
    taken away and as many be left, and where the responses marked already are none or at least `CELL_FROM`. In an open wave only days
    that have been released count, as in the index on the pages.
    """
    if not _shows_index(session, wave, agency_id, unit.mode):
        return Preview(why=NO_INDEX)
    cells = _cells(session, agency_id, unit)
    last = _last_days(session, wave, unit.mode, cells, today)
    told = {key: sums for key, sums in cells.items() if key[1] <= last.get(key[0], date.min)}
    if (unit.desk_id, unit.day) not in {(desk, day) for desk, day, _ in told}:
        return Preview(why=NOT_RELEASED)
    gone = _last_days(session, wave, unit.mode, {key: sums for key, sums in told.items() if key[2]}, today)  # marks count in batches too
    marked = sum((sums for (desk, day, is_marked), sums in told.items() if is_marked and day <= gone.get(desk, date.min)), _Sums())
    now = sum(told.values(), _Sums()) - marked
    moved = told.get((unit.desk_id, unit.day, False), _Sums())
    if moved.respondents < INDEX_FROM or (now - moved).respondents < INDEX_FROM or 0 < marked.respondents < CELL_FROM:
        return Preview(why=TOO_FEW)
    return Preview((now + marked).share, now.share, (now - moved).share)


Cell = tuple[int, date, bool]


def _cells(session: Session, agency_id: int, unit: DeskDay) -> dict[Cell, _Sums]:
    """The sums of the whole by desk, day and mark."""
    desks = select(Desk.id).where(Desk.agency_id.in_(subtree(agency_id, parents_of(session))))
    rows = session.execute(
        select(
            Tally.desk_id, Tally.responded_on, Tally.marked,
            func.sum(Tally.satisfied), func.sum(Tally.valid), func.sum(Tally.respondents),
        )
        .where(Tally.wave_id == unit.wave_id, Tally.mode == unit.mode, IS_WHOLE, Tally.desk_id.in_(desks))
        .group_by(Tally.desk_id, Tally.responded_on, Tally.marked)
    )  # fmt: skip
    return {(desk, day, bool(marked)): _Sums(int(y), int(x), int(n)) for desk, day, marked, y, x, n in rows}


def _last_days(session: Session, wave: WaveView, mode: str, cells: Mapping[Cell, _Sums], today: date) -> dict[int, date]:
    if wave.state != OPEN:
        return {desk: date.max for desk, _, _ in cells}
    days: dict[int, dict[date, int]] = defaultdict(lambda: defaultdict(int))
    for (desk, day, _), sums in cells.items():
        days[desk][day] += sums.respondents
    before = today - timedelta(days=KIOSK_DAYS_LATE) if mode == KIOSK else today
    batches = read_settings(session).live_batches
    released = {desk: released_through(sorted(found.items()), before=before, batches=batches) for desk, found in days.items()}
    return {desk: day for desk, day in released.items() if day is not None}


def _shows_index(session: Session, wave: WaveView, agency_id: int, mode: str) -> bool:
    key = {"wave_id": wave.id, "mode": mode, "basis": "all", "revision": wave.revision, "agency_id": agency_id}
    score = session.get(Score, key)
    found = overall(score.estimates, from_above=True) if score else None
    return found is not None and found.index is not None
