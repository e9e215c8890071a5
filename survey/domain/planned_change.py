"""A change of agencies whose day has not come, read off the agencies themselves, and when it may not be taken back (decision 0084)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from survey.domain.agency_change import Known, Problem

#: Who follows whom from which day: (old code, new code, day).
Succession = tuple[str, str, date]
Tree = Mapping[str, Known]


@dataclass(frozen=True)
class PlannedChange:
    """On the day `on` some agencies no longer live and others, which follow them, begin. It is taken back as a whole."""

    on: date
    ends: tuple[str, ...]
    begins: tuple[str, ...]

    @property
    def seen(self) -> str:
        """What a page was shown of it; another text is another change."""
        return f"{self.on}: {', '.join(self.ends)} > {', '.join(self.begins)}"


def planned_change(code: str, tree: Tree, successions: Sequence[Succession], *, today: date) -> PlannedChange | None:
    """The change that is planned for `code`, with all that goes with it; where two are, the later one.

    Whoever follows and is followed on that day belongs to it, and so does an agency below that only goes along.
    """
    agency = tree[code]
    on = agency.valid_to + timedelta(days=1) if agency.valid_to else agency.valid_from
    if on <= today:
        return None
    pairs = [(old, new) for old, new, day in successions if day == on]
    group, waiting = set[str](), [code]
    while waiting:
        one = waiting.pop()
        if one not in group:
            group.add(one)
            waiting += [*_linked(one, pairs), *_going_along(one, tree, pairs)]
    ends = tuple(sorted(one for one in group if (last := tree[one].valid_to) and last + timedelta(days=1) == on))
    return PlannedChange(on, ends, tuple(sorted(group - set(ends)))) if ends else None


def _linked(code: str, pairs: Iterable[tuple[str, str]]) -> Iterator[str]:
    for old, new in pairs:
        if code in (old, new):
            yield new if code == old else old


def _going_along(code: str, tree: Tree, pairs: Sequence[tuple[str, str]]) -> Iterator[str]:
    """Who stands below or above `code` and ends with it, because the one above does: the new one stands below the new one above."""
    for old, new in pairs:
        above = tree[old].parent
        if above is not None and code in (old, above) and (above, tree[new].parent) in pairs:
            yield above if code == old else old


def against_taking_back(change: PlannedChange, tree: Tree, successions: Sequence[Succession]) -> tuple[Problem, ...]:
    """What else has been planned meanwhile that rests on this change."""
    return (*_rests_on(change, tree, successions), *_below_an_end(change, tree))


def _rests_on(change: PlannedChange, tree: Tree, successions: Sequence[Succession]) -> Iterator[Problem]:
    group = {*change.ends, *change.begins}
    for code in change.begins:
        if tree[code].valid_to is not None:
            yield Problem("reason", "later_change", tree[code].name_vi)
    for one in tree.values():
        if one.parent in change.begins and one.code not in group:
            yield Problem("reason", "stands_below", one.name_vi)
    for old, new, _ in successions:
        if (old in change.ends) != (new in change.begins):
            # Of an agency that ends, whatever follows it; of one that begins, whatever it follows.
            yield Problem("reason", "later_change", tree[new if old in change.ends else old].name_vi)


def _below_an_end(change: PlannedChange, tree: Tree) -> Iterator[Problem]:
    for code in change.ends:
        above = tree.get(tree[code].parent or "")
        if above is not None and above.valid_to is not None and above.code not in change.ends:
            yield Problem("reason", "above_ends", above.name_vi)
