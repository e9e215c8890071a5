"""Who is under whom: the agency tree as plain data."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

PROVINCE = "province"
KINDS = (PROVINCE, "department", "district", "commune", "centre")


def subtree(root: int, parents: Mapping[int, int | None]) -> frozenset[int]:
    """The ids of `root` and of everything below it. `parents` maps each id to its parent's id."""
    children: dict[int | None, list[int]] = defaultdict(list)
    for agency, parent in parents.items():
        children[parent].append(agency)
    found: set[int] = set()
    waiting = [root]
    while waiting:
        agency = waiting.pop()
        if agency not in found:
            found.add(agency)
            waiting.extend(children[agency])
    return frozenset(found)


def line_of(agency: int, parents: Mapping[int, int | None]) -> frozenset[int]:
    """The agency and all above it."""
    found: set[int] = set()
    above: int | None = agency
    while above is not None and above not in found:
        found.add(above)
        above = parents[above]
    return frozenset(found)


def predecessors(agency: int, successions: Iterable[tuple[int, int]]) -> frozenset[int]:
    """All agencies that `agency` followed, however far back; `successions` are (predecessor, successor) pairs."""
    before: dict[int, list[int]] = defaultdict(list)
    for old, new in successions:
        before[new].append(old)
    found: set[int] = set()
    waiting = list(before[agency])
    while waiting:
        old = waiting.pop()
        if old not in found:
            found.add(old)
            waiting.extend(before[old])
    return frozenset(found)
