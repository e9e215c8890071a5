"""Rows on their way into the database: each knows its file and line, and its cells are read strictly."""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping, Sequence
from datetime import date

from survey.services.read_table import Row

#: A row as `read_table` gives it, or the bare cells of the project's own data.
Source = Row | Mapping[str, str]
_DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")


def as_rows(sources: Sequence[Source], file: str) -> list[Row]:
    """Rows with a place: their own, or that in `file` below a header of one line."""
    return [source if isinstance(source, Row) else Row(file, line, dict(source)) for line, source in enumerate(sources, start=2)]


def refuse_twice(rows: Sequence[Row], *columns: str) -> None:
    """`Invalid` at the second row that has the same cells in `columns`."""
    seen: set[Hashable] = set()
    for row in rows:
        key = tuple(row[column] for column in columns)
        if key in seen:
            raise row.refused(f"{', '.join(columns)} {', '.join(map(repr, key))} stands in an earlier row too.")
        seen.add(key)


def day_of(row: Row, column: str) -> date:
    """A date as 2025-07-01; the other ways to write one are refused, since 01/07 is January to some."""
    text = row.needed(column)
    found = _DAY.fullmatch(text)
    try:
        day = date(*map(int, found.groups())) if found else None
    except ValueError:
        day = None
    if day is None:
        raise row.refused(f"{column} is {text!r}; write a date as 2025-07-01.")
    return day
