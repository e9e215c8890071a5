"""The waves on one line of quarters: where each bar begins and ends. The template draws it; words stand beside it, never in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from survey.queries.waves import WaveView

#: A calendar shows what lies at most this long ago, and this long ahead.
_BACK, _AHEAD = 5 * 366, 550
#: Of more quarters than these there is no room on a phone to name each.
_NAMED = 12
_ROMAN = ("I", "II", "III", "IV")


@dataclass(frozen=True)
class Quarter:
    """`begins` and `middle` are percent of the width. `name`, and `year` with each first quarter, where there is room for them."""

    begins: float
    middle: float
    is_first: bool  # of its year
    name: str
    year: str


@dataclass(frozen=True)
class Calendar:
    """All places are percent of the width; `bars` are begin and width of each wave that lies on the line, by its code."""

    first: date
    last: date
    quarters: tuple[Quarter, ...]
    today: float
    bars: dict[str, tuple[float, float]]


def calendar(waves: Sequence[WaveView], today: date) -> Calendar:
    """From the quarter of the oldest wave to that of the last, and today in any case."""
    begin = _quarter(max(min([today, *(wave.opens_on for wave in waves)]), today - timedelta(days=_BACK)))
    end = _next(min(max([today, *(wave.closes_on for wave in waves)]), today + timedelta(days=_AHEAD)))
    starts = [begin]
    while (following := _next(starts[-1])) < end:
        starts.append(following)

    def x(day: date) -> float:
        return round(100 * min(max((day - begin).days / (end - begin).days, 0.0), 1.0), 2)

    quarters = tuple(
        Quarter(
            x(day), round((x(day) + x(_next(day))) / 2, 2), day.month == 1,
            _ROMAN[day.month // 3] if len(starts) <= _NAMED else "",
            str(day.year) if day.month == 1 or (day == begin and _next(day).month != 1) else "",
        )
        for day in starts
    )  # fmt: skip
    bars = {wave.code: (x(wave.opens_on), round(x(wave.closes_on + timedelta(days=1)) - x(wave.opens_on), 2)) for wave in waves}
    return Calendar(begin, end - timedelta(days=1), quarters, x(today), {code: bar for code, bar in bars.items() if bar[1] > 0})


def _quarter(day: date) -> date:
    return date(day.year, 3 * ((day.month - 1) // 3) + 1, 1)


def _next(day: date) -> date:
    """The first day of the following quarter."""
    return _quarter(_quarter(day) + timedelta(days=93))
