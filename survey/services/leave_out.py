"""Leave responses out of a number only where that tells nobody's answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from survey.domain.disclosure import CELL_FROM, Counts, Sum, protected
from survey.queries.desk_days import DeskDays


def with_enough_left_out(
    agencies: dict[int, frozenset[int]], parents: dict[int, int | None], every: DeskDays, rest: DeskDays
) -> dict[int, frozenset[int]]:
    """The agencies where what `every` has beyond the `rest` are enough people not to tell any one of them."""
    left_out = _people_of(every)
    left_out.subtract(_people_of(rest))
    people = {agency: (sum(left_out[part] for part in below),) for agency, below in agencies.items()}
    hidden = protected(people, _sums_between(people, parents), smallest=CELL_FROM)
    return {agency: below for agency, below in agencies.items() if people[agency] != (0,) and agency not in hidden}


def _people_of(days: DeskDays) -> Counter[int]:
    people: Counter[int] = Counter()
    for agency, count in zip(days.agencies.tolist(), days.responses().tolist(), strict=True):
        people[agency] += int(count)
    return people


def _sums_between(people: Mapping[int, Counts], parents: Mapping[int, int | None]) -> Iterator[Sum[int]]:
    """An agency is the sum of those below it and of its own desks, which are shown nowhere by themselves."""
    for agency, (count,) in people.items():
        children = tuple(child for child in people if parents[child] == agency)
        if children:
            yield Sum(agency, children, (count - sum(people[child][0] for child in children),))
