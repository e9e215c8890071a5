"""When one-stop desks are open, and how busy a day is. Good enough for a simulation, not an official calendar."""

from __future__ import annotations

from datetime import date, timedelta

#: First day of the lunar year, and the commemoration of the Hùng Kings (tenth day of the third lunar month).
TET = {2024: date(2024, 2, 10), 2025: date(2025, 1, 29), 2026: date(2026, 2, 17), 2027: date(2027, 2, 6)}
HUNG_KINGS = {2024: date(2024, 4, 18), 2025: date(2025, 4, 7), 2026: date(2026, 4, 27), 2027: date(2027, 4, 16)}
FIXED = {(1, 1), (4, 30), (5, 1), (9, 1), (9, 2)}

_WEEKDAY = (1.25, 1.05, 1.0, 0.95, 0.85)
_MONTH = (0.95, 0.85, 1.05, 1.0, 1.0, 1.1, 1.15, 1.1, 0.95, 1.0, 1.0, 1.05)


def working_days(first: date, last: date) -> tuple[date, ...]:
    """Monday to Friday without public holidays, both ends included."""
    days = (first + timedelta(days=number) for number in range((last - first).days + 1))
    return tuple(day for day in days if day.weekday() < 5 and not _is_holiday(day))


def busyness(day: date) -> float:
    """Mondays and midsummer are busy; in the two weeks around Tết hardly anybody comes."""
    lull = 0.35 if day.year in TET and abs((day - TET[day.year]).days) <= 14 else 1.0
    return _WEEKDAY[min(day.weekday(), 4)] * _MONTH[day.month - 1] * lull


def _is_holiday(day: date) -> bool:
    around_tet = day.year in TET and -3 <= (day - TET[day.year]).days <= 5
    return around_tet or day == HUNG_KINGS.get(day.year) or (day.month, day.day) in FIXED
