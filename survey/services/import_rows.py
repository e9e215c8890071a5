"""Rows on their way into the database: each knows its file and line, and its cells are read strictly."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence

from survey.services.read_table import Row

#: A row as `read_table` gives it, or the bare cells of the project's own data.
Source = Row | Mapping[str, str]


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
