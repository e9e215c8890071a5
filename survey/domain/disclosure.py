"""What may be shown so that no single person's answer can be read off (design 4.5, 4.6)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

#: Under this many respondents only the count is shown.
INDEX_FROM = 10
#: Under this many an index is marked "few responses" and has no rank.
RANK_FROM = 30
#: Breakdowns of fewer people are not shown at all.
CELL_FROM = 5
#: Live numbers move in steps of at least so many responses of one desk.
BATCH = 5


def shows_index(respondents: int) -> bool:
    return respondents >= INDEX_FROM


def is_few(respondents: int) -> bool:
    return INDEX_FROM <= respondents < RANK_FROM


def hidden_parts(counts: Sequence[int], smallest: int = INDEX_FROM) -> frozenset[int]:
    """Positions to hide among the parts of a shown whole.

    Parts under `smallest` are hidden. Where the hidden ones together are still fewer than `smallest`, the whole minus
    the shown parts would tell them, so the next smallest part is hidden too. Empty parts hide nothing.
    """
    filled = sorted((count, position) for position, count in enumerate(counts) if count > 0)
    hidden = {position for count, position in filled if count < smallest}
    total = sum(counts[position] for position in hidden)
    for count, position in filled:
        if not hidden or total >= smallest:
            break
        if position not in hidden:
            hidden.add(position)
            total += count
    return frozenset(hidden)


def released_through(days: Sequence[tuple[date, int]], *, before: date) -> date | None:
    """The last day of one desk that live numbers may include.

    `days` are (day, responses) in order. Whole days before `before` are taken in steps of at least `BATCH` responses;
    an incomplete step waits, so two states of a page never differ by fewer than `BATCH` people of a desk.
    """
    released, waiting = None, 0
    for day, responses in days:
        if day >= before:
            break
        waiting += responses
        if waiting >= BATCH:
            released, waiting = day, 0
    return released
