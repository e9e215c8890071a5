"""What may be shown so that no single person's answer can be read off (design 4.5, 4.6)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
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


#: How many people stand behind each of the numbers that are shown or hidden together.
Counts = tuple[int, ...]


@dataclass(frozen=True)
class Sum(Generic[Cell]):
    """`whole` = `parts` + those of `rest` people who are shown nowhere by themselves."""

    whole: Cell
    parts: tuple[Cell, ...]
    rest: Counts = ()


def is_secret(counts: Counts, smallest: int = INDEX_FROM) -> bool:
    """Whether any of these numbers is of too few people. Of nobody there is nothing to tell."""
    return any(0 < count < smallest for count in counts)


def protected(
    people: Mapping[Cell, Counts],
    sums: Iterable[Sum[Cell]],
    *,
    hidden: Iterable[Cell] | None = None,
    known: Collection[Cell] = (),
    smallest: int = INDEX_FROM,
) -> frozenset[Cell]:
    """The cells that may not be shown: `hidden`, by default those of too few people, and what would give them away.

    A cell is one number or several (`Counts`) that are shown or hidden together; all have as many. Whoever has every shown number can
    subtract. In each sum and for each number a hidden member is therefore never the only unknown, and the parts that are
    hidden make up nobody or at least `smallest` people; the smallest shown part goes first, but none that is `known`
    from elsewhere, for that hides nothing. Where each cell is a part of one
    sum at most and the whole of one at most (a tree), no hidden number follows then from the shown ones by any combination of sums.
    """
    sums = list(sums)
    gone = {cell for cell, counts in people.items() if is_secret(counts, smallest)} if hidden is None else set(hidden)
    while found := {cell for each in sums if (cell := _next_to_hide(each, gone, people, known, smallest)) is not None}:
        gone |= found
    return frozenset(gone)


def tells(each: Sum[Cell], place: int, hidden: Collection[Cell], people: Mapping[Cell, Counts], smallest: int = INDEX_FROM) -> bool:
    """Whether the number at `place` of this sum gives a hidden part away, or the hidden parts together are too few."""
    whole = people.get(each.whole, ())[place]
    gone = [people[part][place] for part in each.parts if part in hidden and part in people and people[part][place]]
    rest = each.rest[place] if each.rest else 0
    unknowns = [*gone, *([rest] if rest else []), *([whole] if whole and each.whole in hidden else [])]
    return (len(unknowns) == 1 and unknowns != [rest]) or 0 < sum(gone) + rest < smallest


def _next_to_hide(each: Sum[Cell], hidden: set[Cell], people: Mapping[Cell, Counts], known: Collection[Cell], smallest: int) -> Cell | None:
    for place, whole in enumerate(people.get(each.whole, ())):
        if not tells(each, place, hidden, people, smallest):
            continue
        here = [part for part in each.parts if part in people and people[part][place]]
        shown = [part for part in here if part not in hidden and part not in known]
        others = bool(here) or whole > (each.rest[place] if each.rest else 0)
        last = [each.whole] if others and each.whole not in hidden and each.whole not in known else []
        chosen = min(shown, key=lambda cell: (sum(people[cell]), str(cell)), default=next(iter(last), None))
        if chosen is not None:
            return chosen
    return None


def hidden_parts(counts: Sequence[int], smallest: int = INDEX_FROM) -> frozenset[int]:
    """Positions to hide among the parts of a shown whole that nobody else relates to anything."""
    people = {-1: (sum(counts),)} | {place: (count,) for place, count in enumerate(counts)}
    return protected(people, [Sum(-1, tuple(range(len(counts))))], smallest=smallest) - {-1}


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
