"""What may be shown so that no single person's answer can be read off (design 4.5, 4.6)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Generic, TypeVar

Cell = TypeVar("Cell")

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


@dataclass(frozen=True)
class Sum(Generic[Cell]):
    """`whole` = `parts` + those of `rest` people who are shown nowhere by themselves."""

    whole: Cell
    parts: tuple[Cell, ...]
    rest: int = 0


def protected(people: Mapping[Cell, int], sums: Iterable[Sum[Cell]], *, smallest: int = INDEX_FROM) -> frozenset[Cell]:
    """The cells that may not be shown: those of too few people, and what would give them away.

    Whoever has every shown number can subtract. In each sum that relates them, a hidden member is therefore never the only
    unknown, and the parts that are hidden make up at least `smallest` people; the smallest shown part goes first.
    Cells of nobody are no cells.
    """
    sums = list(sums)
    hidden = {cell for cell, count in people.items() if 0 < count < smallest}
    while found := {cell for each in sums if (cell := _next_to_hide(each, hidden, people, smallest)) is not None}:
        hidden |= found
    return frozenset(hidden)


def _next_to_hide(each: Sum[Cell], hidden: set[Cell], people: Mapping[Cell, int], smallest: int) -> Cell | None:
    parts = [part for part in each.parts if people.get(part)]
    gone = [people[part] for part in parts if part in hidden]
    unknowns = len(gone) + (each.whole in hidden) + (each.rest > 0)
    secret = gone or each.whole in hidden or 0 < each.rest < smallest
    if not parts or not secret or (unknowns > 1 and sum(gone) + each.rest >= smallest):
        return None
    shown = [part for part in parts if part not in hidden] or [each.whole]
    return min((cell for cell in shown if cell not in hidden), key=lambda cell: (people.get(cell, 0), str(cell)), default=None)


def hidden_parts(counts: Sequence[int], smallest: int = INDEX_FROM) -> frozenset[int]:
    """Positions to hide among the parts of a shown whole that nobody else relates to anything."""
    return protected(dict(enumerate(counts)), [Sum(-1, tuple(range(len(counts))))], smallest=smallest) - {-1}


def released_through(days: Sequence[tuple[date, int]], *, before: date, batches: int = 1) -> date | None:
    """The last day of one desk that live numbers may include.

    `days` are (day, responses) in order. Whole days before `before` are taken in steps of at least `BATCH` responses;
    an incomplete step waits, so two states of a page never differ by fewer than `BATCH` people of a desk. With `batches`, so many
    steps are released together.
    """
    released, waiting, steps = None, 0, 0
    for day, responses in days:
        if day >= before:
            break
        waiting += responses
        if waiting >= BATCH:
            waiting, steps = 0, steps + 1
            released = released if steps % batches else day
    return released
