"""The waves on one line of months: where each bar begins and ends. The template draws it; words stand beside it, never in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from survey.queries.waves import WaveView

#: Width of the drawing in its own units; the page stretches it.
WIDTH = 1000
#: A calendar shows what lies at most this long ago, and this long ahead.
_BACK, _AHEAD = 365, 550


@dataclass(frozen=True)
class Calendar:
    """`months` are where months begin, `years` where years do; `bars` begin and end of each wave that can be seen, by its code."""

    first: date
    last: date
    months: tuple[float, ...]
    years: tuple[float, ...]
    today: float
    bars: dict[str, tuple[float, float]]


def calendar(waves: Sequence[WaveView], today: date) -> Calendar:
    """From the month of the oldest wave to that of the last, and today in any case."""
    begin = max(min([today, *(wave.opens_on for wave in waves)]), today - timedelta(days=_BACK)).replace(day=1)
    until = min(max([today, *(wave.closes_on for wave in waves)]), today + timedelta(days=_AHEAD))
    last = _next_month(until)
    days = (last - begin).days

    def x(day: date) -> float:
        return round(WIDTH * min(max((day - begin).days / days, 0.0), 1.0), 1)

    starts = [begin]
    while (following := _next_month(starts[-1])) < last:
        starts.append(following)
    bars = {w.code: (x(w.opens_on), x(w.closes_on + timedelta(days=1))) for w in waves}
    seen = {code: ends for code, ends in bars.items() if ends[0] < ends[1]}
    years = tuple(x(day) for day in starts if day.month == 1 and day != begin)
    return Calendar(begin, last - timedelta(days=1), tuple(x(day) for day in starts[1:]), years, x(today), seen)


def _next_month(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1)
