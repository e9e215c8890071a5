"""What of a wave may be shown: decided once, for every place, measure and month together, where its scores are computed.

A place is an agency (with those below it), a desk, or a field of service that several desks of one agency share. It is shown in one
of several resolutions, each finer than the one before: the whole; the dimensions; the criteria of a dimension; and each of these by
month. What is decided is never a single number but whether a place is shown in a resolution. Within one resolution the places form
a tree, in which `disclosure.protected` leaves nothing to be found by subtraction; and because whoever is shown finely is shown
coarsely too, no combination of resolutions tells more than each of them alone (docs/decisions/0043, 0044).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from analysis import Measures
from survey.domain.disclosure import Counts, Sum, is_secret, protected, tells

AGENCY, FIELD, DESK = "agency", "field", "desk"
#: A field has the number of its first desk.
Place = tuple[str, int]
#: The period of a number on the whole wave, beside those of its months.
WAVE = ""
#: Respondents of one place in one period, by measure.
People = Mapping[tuple[Place, str], Mapping[str, int]]
#: One number that may be shown or not: a place, a measure and a period.
Cell = tuple[Place, str, str]


@dataclass(frozen=True)
class Shown:
    """The cells that the own readers of an agency may see, and those that everybody may who sees the agency above it.

    A desk is shown to all alike, and so is a field.
    """

    own: frozenset[Cell]
    above: frozenset[Cell]


@dataclass(frozen=True)
class _Resolution:
    """Measures that are shown together or not at all; only where `coarser` ones are."""

    keys: tuple[str, ...]
    coarser: tuple[str, ...] | None


def what_may_be_shown(
    people: People, measures: Measures, parents: Mapping[int, int | None], desks: Mapping[int, int], fields: Mapping[int, int]
) -> Shown:
    """Decide for all places at once.

    Parameters
    ----------
    people
        Of every place in the wave (`WAVE`) and in each month.
    parents, desks, fields
        The agency above each agency, the agency of each desk, and the field of those desks that share one.
    """
    places = sorted({place for place, _ in people})
    months = sorted({period for _, period in people if period != WAVE})
    tree = list(_tree(places, parents, desks, fields))
    own: dict[tuple[str, ...], set[Place]] = {}
    above: dict[tuple[str, ...], set[Place]] = {}
    own_breaks: dict[tuple[str, ...], dict[Place, frozenset[int]]] = {}
    breaks: dict[tuple[str, ...], list[set[Place]]] = {}
    for resolution in _resolutions(measures):
        keys, coarser = resolution.keys, resolution.coarser
        counts = {place: _counts(people, place, WAVE, keys) for place in places}
        own[keys] = {p for p in places if any(counts[p]) and not is_secret(counts[p]) and (coarser is None or p in own[coarser])}
        kept = own[keys] if coarser is None else own[keys] & above[coarser]
        above[keys] = kept - _protected(counts, _sums(tree, counts), kept)
        own_breaks[keys] = {
            place: _breaks([_counts(people, place, month, keys) for month in months], _allowed(own_breaks, coarser, place, len(months)))
            for place in own[keys]
            if place[0] == AGENCY
        }
        at_ends = _Ends(people, tree, keys, months, above[keys])
        candidates = [
            {
                place for place, ends in own_breaks[keys].items()
                if at in ends and place in above[keys] and (coarser is None or place in breaks[coarser][at])
            }
            for at in range(len(months) - 1)
        ]  # fmt: skip
        breaks[keys] = at_ends.kept(candidates)
        for place, ends in at_ends.told(breaks[keys]).items():
            if place in own_breaks[keys]:
                own_breaks[keys][place] -= ends
    above_breaks = {
        keys: {place: frozenset(at for at, those in enumerate(found) if place in those) for place in above[keys]}
        for keys, found in breaks.items()
    }
    return Shown(
        frozenset(_cells(own, own_breaks, months)) - frozenset(_parts_beyond(own, above)), frozenset(_cells(above, above_breaks, months))
    )


def _resolutions(measures: Measures) -> Iterator[_Resolution]:
    whole = (measures.overall,)
    yield _Resolution(whole, None)
    yield _Resolution(measures.dimensions, whole)
    for dimension in measures.dimensions:
        of = zip(measures.criteria, measures.dimension_of, strict=True)
        yield _Resolution(tuple(code for code, belongs in of if belongs == dimension), measures.dimensions)
    for general in measures.general:
        yield _Resolution((general,), None)


def _counts(people: People, place: Place, period: str, keys: Iterable[str]) -> Counts:
    found = people.get((place, period), {})
    return tuple(found.get(key, 0) for key in keys)


def _tree(
    places: Sequence[Place], parents: Mapping[int, int | None], desks: Mapping[int, int], fields: Mapping[int, int]
) -> Iterator[tuple[Place, tuple[Place, ...]]]:
    """Every agency with what it is made of: the agencies below it, its fields, and its desks of no field; every field with its desks."""
    parts: dict[Place, list[Place]] = {}
    for kind, number in places:
        if kind == DESK and number in fields:
            parts.setdefault((FIELD, fields[number]), []).append((kind, number))
        elif (above := parents.get(number) if kind == AGENCY else desks[number]) is not None:
            parts.setdefault((AGENCY, above), []).append((kind, number))
    for whole, made_of in sorted(parts.items()):
        yield whole, tuple(made_of)


def _sums(tree: Iterable[tuple[Place, tuple[Place, ...]]], counts: Mapping[Place, Counts]) -> Iterator[Sum[Place]]:
    for whole, parts in tree:
        if whole in counts:
            yield Sum(whole, parts)


class _Ends:
    """The ends of months, at which an agency's people before and after may be told apart or not."""

    def __init__(
        self,
        people: People,
        tree: Sequence[tuple[Place, tuple[Place, ...]]],
        keys: tuple[str, ...],
        months: Sequence[str],
        shown: Collection[Place],
    ) -> None:
        """`shown` are the places whose number on the whole wave is shown."""
        self._months = {place: [_counts(people, place, month, keys) for month in months] for place in {place for place, _ in people}}
        ends = range(len(months) - 1)
        #: How many there were in the month before each end and in the one after.
        self._pairs = [{place: counts[at] + counts[at + 1] for place, counts in self._months.items()} for at in ends]
        self._agencies = [{place: pair for place, pair in pairs.items() if place[0] == AGENCY} for pairs in self._pairs]
        self._known = [frozenset(place for place in shown if self._is_known(place, at)) for at in ends]
        self._tree = dict(tree)
        self._sums = [list(self._sums_at(at)) for at in ends]
        self._same = {place: [tuple(_same(counts, at)) for at in ends] for place, counts in self._months.items()}

    def kept(self, candidates: list[set[Place]]) -> list[set[Place]]:
        """The agencies that may be told apart at each end; at ends with nobody in between either at all of them or at none."""
        while True:
            found = [self._safe(at, those) for at, those in enumerate(candidates)]
            joined = [
                {place for place in those if all(place in found[end] for end in self._same[place][at])} for at, those in enumerate(found)
            ]
            if joined == candidates:
                return joined
            candidates = joined

    def told(self, kept: Sequence[Collection[Place]]) -> dict[Place, set[int]]:
        """The ends at which an agency's own number would give hidden ones below it away, even to its own head."""
        ends: dict[Place, set[int]] = {}
        for at, those in enumerate(kept):
            hidden = set(self._agencies[at]) - set(those) - self._known[at]
            for each in self._sums[at]:
                if self._gives_away(each, at, hidden - {each.whole}):
                    ends.setdefault(each.whole, set()).update(self._same[each.whole][at])
        return ends

    def _gives_away(self, each: Sum[Place], at: int, hidden: Collection[Place]) -> bool:
        """Whether something hidden follows from the whole; a whole of few people has been joined with its neighbour already."""
        counts = self._agencies[at]
        parts = [counts[part] for part in each.parts if part in hidden and part in counts]
        unknown = [sum(column) for column in zip(each.rest, *parts, strict=True)]
        return any(
            tells(each, column, hidden, counts) and not (is_secret((whole,)) and whole == unknown[column])
            for column, whole in enumerate(counts[each.whole])
        )

    def _safe(self, at: int, kept: set[Place]) -> set[Place]:
        # A month of few people is no secret by itself here: it stands in one block with its neighbour.
        hidden: set[Place] = set(self._agencies[at]) - kept - self._known[at]
        gone: frozenset[Place] = protected(self._agencies[at], self._sums[at], hidden=hidden, known=self._known[at])
        return kept - gone

    def _sums_at(self, at: int) -> Iterator[Sum[Place]]:
        """An agency is made of those below it and of its own desks, which are shown in no month, nor are their fields."""
        for whole, parts in self._tree.items():
            if whole in self._agencies[at]:
                unknown = [self._pairs[at][desk] for desk in self._unknown(parts, at)]
                nobody = (0,) * len(self._agencies[at][whole])
                rest = tuple(map(sum, zip(nobody, *unknown, strict=True)))
                yield Sum(whole, tuple(part for part in parts if part[0] == AGENCY), rest)

    def _unknown(self, parts: Iterable[Place], at: int) -> Iterator[Place]:
        """The desks among these parts and in their fields of which nothing is known at this end."""
        for part in parts:
            if part[0] != AGENCY and part not in self._known[at]:
                yield from self._unknown(self._tree[part], at) if part[0] == FIELD else (part,)

    def _is_known(self, place: Place, at: int) -> bool:
        """Of a place with people on one side of the end only, what it has there is its whole number."""
        before, after = (
            _together(self._months[place], range(at + 1)),
            _together(self._months[place], range(at + 1, len(self._months[place]))),
        )
        return any((first == 0) != (last == 0) for first, last in zip(before, after, strict=True))


def _same(counts: Sequence[Counts], at: int) -> Iterator[int]:
    """The ends from which `at` is parted by months in which some of these numbers is of nobody."""
    yield at
    for step in (-1, 1):
        end = at
        while 0 <= end + step < len(counts) - 1 and 0 in counts[end + (step == 1)]:
            end += step
            yield end


def _protected(counts: Mapping[Place, Counts], sums: Iterable[Sum[Place]], kept: set[Place]) -> frozenset[Place]:
    hidden: set[Place] = set(counts) - kept
    return protected(counts, sums, hidden=hidden)


def _allowed(
    breaks: Mapping[tuple[str, ...], Mapping[Place, frozenset[int]]], coarser: tuple[str, ...] | None, place: Place, months: int
) -> frozenset[int]:
    return frozenset(range(months - 1)) if coarser is None else breaks[coarser][place]


def _breaks(counts: Sequence[Counts], allowed: frozenset[int]) -> frozenset[int]:
    """After which months a new block may begin, so that no block is of too few people; the smaller neighbour is joined first."""
    breaks = set(allowed)
    while (small := next((block for block in _blocks(len(counts), breaks) if is_secret(_together(counts, block))), None)) is not None:
        ends = [end for end in (small[0] - 1, small[-1]) if end in breaks]
        if not ends:
            break
        others = {end: next(b for b in _blocks(len(counts), breaks) if (end if end < small[0] else end + 1) in b) for end in ends}
        breaks.remove(min(ends, key=lambda end: (sum(_together(counts, others[end])), end)))
    return frozenset(breaks)


def _blocks(months: int, breaks: Collection[int]) -> Iterator[range]:
    first = 0
    for month in range(months):
        if month in breaks or month == months - 1:
            yield range(first, month + 1)
            first = month + 1


def _together(counts: Sequence[Counts], block: range) -> Counts:
    return tuple(map(sum, zip(*(counts[month] for month in block), strict=True)))


def _cells(
    shown: Mapping[tuple[str, ...], Collection[Place]],
    breaks: Mapping[tuple[str, ...], Mapping[Place, frozenset[int]]],
    months: Sequence[str],
) -> Iterator[Cell]:
    """A month is shown where it is a block of its own."""
    for keys, places in shown.items():
        for place in places:
            alone = [block[0] for block in _blocks(len(months), breaks[keys].get(place, ())) if len(block) == 1]
            periods = [WAVE, *(months[at] for at in alone if place[0] == AGENCY)]
            yield from ((place, key, period) for period in periods for key in keys)


def _parts_beyond(own: Mapping[tuple[str, ...], Collection[Place]], above: Mapping[tuple[str, ...], Collection[Place]]) -> Iterator[Cell]:
    for keys, places in own.items():
        yield from ((place, key, WAVE) for place in places if place[0] != AGENCY and place not in above[keys] for key in keys)
