"""Can the forms of each desk be believed? Those checks of `analysis.quality` that a wave's data allow; kept with its scores."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from analysis.quality import (
    Flag,
    RatingModel,
    bursts,
    fours_and_fives,
    perfect_forms,
    repeated_patterns,
    silent_desks,
    straight_lining,
    too_fast,
)
from survey.domain.disclosure import hidden_parts, shows_index
from survey.domain.quality import too_fast_from
from survey.domain.submission import ANSWERING_TIMES
from survey.queries.desk_days import DeskDays
from survey.queries.ratings import UNKNOWN_TIME, Ratings

Row = dict[str, Any]
Mask = NDArray[np.bool_]

#: A form of two answers is too often of one kind to say anything (as in `analysis.quality`).
_LEAST_ANSWERS = 3
#: So many days are named on which such forms came most.
_DAYS_NAMED = 5
_TOO_FAST_FROM = np.array([too_fast_from(time) for time in ANSWERING_TIMES])


def check_days(days: DeskDays) -> dict[int, list[Row]]:
    """By agency, the days with far more responses than its desks usually have, and the desks that fell silent. Only counts are read."""
    desks, day = np.unique(days.desks), np.unique(days.days)
    if not len(desks):
        return {}
    counts = np.zeros((len(desks), len(day)))
    counts[np.searchsorted(desks, days.desks), np.searchsorted(day, days.days)] = days.responses()
    found = [*bursts(counts, desks=desks.tolist(), days=day.tolist()), *silent_desks(counts, desks=desks.tolist())]
    return _by_agency((_row(flag) for flag in found if flag.raised), dict(zip(days.desks.tolist(), days.agencies.tolist(), strict=True)))


def check_forms(ratings: Ratings, criteria: int) -> dict[int, list[Row]]:
    """By agency, the desks with more forms of one kind, and the desk-days with more equal forms, than clean data would give.

    `criteria` is the number of the first columns that are judged. Each row holds what was found as a count of `n` forms. Where forms of one
    kind are meant, ``days`` holds the days on which most of them came: day, forms, and forms of that kind, as far as that tells of no
    fewer than ten people.
    """
    if not len(ratings.units):
        return {}
    given = np.nan_to_num(ratings.given[:, :criteria]).astype(np.int8)
    desk = _desks(ratings)
    day = np.array([day for _, day in ratings.desk_days], dtype="datetime64[D]")[ratings.units]
    model = RatingModel.fit(given, desk)
    forms = _Forms(given, desk, day)
    rows = [
        _row(flag, count=True) | {"days": forms.days_of(cast(int, flag.unit), kind(given), forms.answers >= _LEAST_ANSWERS)}
        for check, kind in _KINDS
        for flag in check(model)
        if flag.raised
    ]
    rows += [_row(flag) for flag in repeated_patterns(model, days=day.astype(object)) if flag.raised]
    rows += _check_speed(ratings, forms)
    return _by_agency(rows, dict(zip(desk.tolist(), ratings.agencies.tolist(), strict=True)))


def count_speeds(ratings: Ratings) -> dict[int, list[Row]]:
    """By agency, how many forms of each of its desks were filled in faster than they can be read, of those whose phone told the time.

    Each row holds ``known`` and ``unknown`` forms, and of the known ones ``too_fast``, which is None where they are too few to tell it.
    """
    fast, desk = _too_fast(ratings), _desks(ratings)
    known = ~np.isnan(fast)
    if not known.any():
        return {}
    desks, first, place = np.unique(desk, return_index=True, return_inverse=True)
    told, found, every = (np.bincount(place, weights=mask).astype(int).tolist() for mask in (known, fast == 1, np.ones(len(desk))))
    rows = (
        {"desk": number, "known": told[i], "unknown": every[i] - told[i], "too_fast": found[i] if shows_index(told[i]) else None}
        for i, number in enumerate(desks.tolist())
    )
    return _collected(rows, dict(zip(desks.tolist(), ratings.agencies[first].tolist(), strict=True)))


def _check_speed(ratings: Ratings, forms: _Forms) -> Iterator[Row]:
    """Desks with more forms filled in too fast than the others have; those of unknown time are left out, and counted."""
    fast = _too_fast(ratings)
    known = ~np.isnan(fast)
    if not known.any():
        return
    for flag in too_fast(fast, forms.desk, answers=_answers(ratings)):
        if flag.raised:
            unknown = int(((forms.desk == flag.unit) & ~known).sum())
            yield _row(flag, count=True) | {"unknown": unknown, "days": forms.days_of(cast(int, flag.unit), fast == 1, known)}


def _too_fast(ratings: Ratings) -> NDArray[np.float64]:
    """(N,) 1 where a form was filled in faster than it can be read, 0 where not, NaN where nobody knows."""
    known = ratings.times != UNKNOWN_TIME
    return np.where(known, _answers(ratings) >= _TOO_FAST_FROM[np.where(known, ratings.times, 0)], np.nan)


def _answers(ratings: Ratings) -> NDArray[np.int64]:
    """(N,) taps on levels, the general question and "no opinion" among them."""
    return np.asarray((~np.isnan(ratings.given)).sum(axis=1))


def _desks(ratings: Ratings) -> NDArray[np.int64]:
    return np.array([desk for desk, _ in ratings.desk_days], dtype=np.int64)[ratings.units]


@dataclass(frozen=True, eq=False)
class _Forms:
    """N forms with what was answered, the desk and the day of each."""

    given: NDArray[np.int8]
    desk: NDArray[np.int64]
    day: NDArray[np.datetime64]

    @property
    def answers(self) -> NDArray[np.int64]:
        return np.asarray((self.given > 0).sum(axis=1))

    def days_of(self, desk: int, kind: Mask, judged: Mask) -> list[tuple[str, int, int]]:
        """The days on which most forms of the kind came to the desk: day, judged forms, those of the kind; none with fewer than usual."""
        judged = (self.desk == desk) & judged
        days, place, forms = np.unique(self.day[judged], return_inverse=True, return_counts=True)
        found = np.bincount(place, weights=kind[judged], minlength=len(days)).astype(int)
        hidden = hidden_parts(forms.tolist())
        many = found * forms.sum() >= forms * found.sum()  # on an ordinary day there is nothing to mark
        shown = [(str(days[i]), int(forms[i]), int(found[i])) for i in range(len(days)) if i not in hidden and many[i]]
        return sorted(shown, key=lambda row: (-row[2], row[0]))[:_DAYS_NAMED]


def _all_in(given: NDArray[np.int8], *levels: int) -> Mask:
    """Forms whose every answer is one of these levels."""
    return np.asarray(np.isin(given, (0, *levels)).all(axis=1))


def _straight(given: NDArray[np.int8]) -> Mask:
    return np.logical_or.reduce([_all_in(given, level) for level in range(1, 6)])


def _perfect(given: NDArray[np.int8]) -> Mask:
    return _all_in(given, 5)


def _mixed(given: NDArray[np.int8]) -> Mask:
    return _all_in(given, 4, 5) & ~_straight(given)


_KINDS: tuple[tuple[Callable[[RatingModel], tuple[Flag, ...]], Callable[[NDArray[np.int8]], Mask]], ...] = (
    (straight_lining, _straight),
    (perfect_forms, _perfect),
    (fours_and_fives, _mixed),
)


def _row(flag: Flag, *, count: bool = False) -> Row:
    """A flag as it is stored; with `count`, shares of forms become numbers of forms. Rounded, so that the same data give the same bytes."""
    desk, day = flag.unit if isinstance(flag.unit, tuple) else (flag.unit, None)
    times = flag.n if count else 1
    return {
        "flag": flag.flag,
        "desk": desk,
        "day": day.isoformat() if isinstance(day, date) else None,
        "n": flag.n,
        "observed": round((flag.observed or 0.0) * times),
        "expected": round((flag.expected or 0.0) * times, 1),
        "p_value": float(f"{flag.p_value:.2g}"),
    }


def _by_agency(rows: Iterable[Row], agency_of: dict[int, int]) -> dict[int, list[Row]]:
    return _collected(_in_order(rows), agency_of)


def _collected(rows: Iterable[Row], agency_of: dict[int, int]) -> dict[int, list[Row]]:
    found: dict[int, list[Row]] = {}
    for row in rows:
        found.setdefault(agency_of[row["desk"]], []).append(row)
    return found


def _in_order(rows: Iterable[Row]) -> Iterator[Row]:
    yield from sorted(rows, key=lambda row: (row["desk"], row["flag"], row["day"] or ""))
