"""Release the days of desks in batches, so that live numbers never move by the answers of a few (decision 0002)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from survey.domain.disclosure import released_through
from survey.queries.desk_days import DeskDays


@dataclass(frozen=True)
class Release:
    """Which days of a desk live numbers may hold: whole ones before a day, in batches (see `disclosure.released_through`)."""

    before: date
    batches: int

    def last_days(self, days: DeskDays) -> dict[int, date]:
        return self._last_days(days, days.responses())

    def left_out(self, every: DeskDays, fewer: DeskDays) -> DeskDays:
        """`fewer` as far as those who are left out of it come in batches too; people of an unfinished batch stay in for now.

        Else a number with and one without them, looked at before and after one of them came, would tell what this one answered.
        """
        rest = dict(zip(_units(fewer), fewer.responses().tolist(), strict=True))
        gone = [people - rest.get(unit, 0.0) for unit, people in zip(_units(every), every.responses().tolist(), strict=True)]
        last = self._last_days(every, np.array(gone))
        return fewer.through(last).and_(every.after(last))

    def _last_days(self, days: DeskDays, people: NDArray[np.float64]) -> dict[int, date]:
        by_desk: dict[int, list[tuple[date, int]]] = {}
        for (desk, day), count in zip(_units(days), people.tolist(), strict=True):
            by_desk.setdefault(desk, []).append((day, int(count)))
        released = {desk: released_through(sorted(found), before=self.before, batches=self.batches) for desk, found in by_desk.items()}
        return {desk: day for desk, day in released.items() if day is not None}


def _units(days: DeskDays) -> list[tuple[int, date]]:
    return list(zip(days.desks.tolist(), days.days.tolist(), strict=True))
