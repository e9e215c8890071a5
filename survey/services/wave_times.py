"""The waves of a file in the order of time, from what they are called."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from survey.errors import Invalid

Unit = Literal["year", "wave"]
_YEAR = r"(?P<year>(?:19|20)\d\d)"
#: How a year, a part of it, or a day is written. All waves of a file must be written alike.
_FORMS = tuple(
    re.compile(form)
    for form in (
        _YEAR,
        rf"{_YEAR}[-/ ]?[Qq](?P<quarter>[1-4])",
        rf"[Qq](?P<quarter>[1-4])[-/ ]?{_YEAR}",
        rf"{_YEAR}[-/ ]?[Hh](?P<half>[12])",
        rf"[Hh](?P<half>[12])[-/ ]?{_YEAR}",
        rf"{_YEAR}[-/](?P<month>\d{{1,2}})",
        rf"(?P<month>\d{{1,2}})[-/]{_YEAR}",
        rf"{_YEAR}-(?P<month>\d{{1,2}})-(?P<day>\d{{1,2}})",
        rf"(?P<day>\d{{1,2}})/(?P<month>\d{{1,2}})/{_YEAR}",
    )
)
_FIRST_MONTH = {"quarter": 3, "half": 6, "month": 1}


@dataclass(frozen=True)
class Waves:
    """Labels in order, when they were (in years, or one after the other), and which of them begin a new method."""

    column: str
    labels: tuple[str, ...]
    times: tuple[float, ...]
    unit: Unit
    breaks: frozenset[int]


def order_waves(labels: Sequence[str], *, column: str, breaks: Sequence[str] = ()) -> Waves:
    """The distinct labels as waves.

    Years, quarters (2025-Q3), half-years (2025-H1), months (2025-07, 07/2025) and days (2025-07-01, 01/07/2025) are ordered and spaced as
    they lie in time. Anything else is ordered by the numbers in it, then by its letters, and taken as evenly spaced.

    Raises
    ------
    Invalid
        Fewer than two waves, or a break that is no wave.
    """
    found = sorted(set(labels))
    if len(found) < 2:
        raise Invalid(f"--waves {column}: the column holds one wave only, {found[0]!r}; a change needs two")
    unknown = next((label for label in breaks if label not in found), None)
    if unknown is not None:
        raise Invalid(f"--breaks {unknown}: no such wave; the column {column} holds {', '.join(found[:40])}")
    years = _years(found)
    order = sorted(found, key=lambda label: years[label]) if years else sorted(found, key=_by_number)
    times = tuple(years[label] if years else float(place) for place, label in enumerate(order))
    return Waves(column, tuple(order), times, "year" if years else "wave", frozenset(order.index(label) for label in breaks))


def _years(labels: Sequence[str]) -> dict[str, float]:
    """When each label was, if all are written in one form; else nothing."""
    for form in _FORMS:
        matches = [form.fullmatch(label) for label in labels]
        years = {match[0]: year for match in matches if match and (year := _year(match.groupdict())) is not None}
        if len(years) == len(labels) == len(set(years.values())):
            return years
    return {}


def _year(parts: dict[str, str]) -> float | None:
    """The beginning of a year, of a part of it, or of a day, in years."""
    year, day = int(parts["year"]), int(parts.get("day", 1))
    month = next((1 + (int(parts[part]) - 1) * months for part, months in _FIRST_MONTH.items() if part in parts), 1)
    try:
        begins = date(year, month, day)
    except ValueError:
        return None
    if "day" not in parts:
        return year + (month - 1) / 12
    return year + (begins - date(year, 1, 1)).days / (date(year + 1, 1, 1) - date(year, 1, 1)).days


def _by_number(label: str) -> list[tuple[int, str]]:
    return [(int(number or 0), text) for text, number in re.findall(r"(\D*)(\d*)", label)]
