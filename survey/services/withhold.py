"""What of a wave may be shown: decided once, for every place, measure and month together, where its scores are computed.

A place is an agency (with those below it) or a desk. It is shown in one of several resolutions, each finer than the one before:
the whole; the dimensions; the criteria of a dimension; and each of these by month. What is decided is never a single number but
whether a place is shown in a resolution. Within one resolution the places form a tree, in which `disclosure.protected` leaves nothing to
be found by subtraction; and because whoever is shown finely is shown coarsely too, no combination of resolutions tells more than each
of them alone (docs/decisions/0043).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from analysis import Measures
from survey.domain.disclosure import Counts, Sum, is_secret, protected

AGENCY, DESK = "agency", "desk"
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

    A desk is shown to all alike.
    """

    own: frozenset[Cell]
    above: frozenset[Cell]


@dataclass(frozen=True)
class _Resolution:
    """Measures that are shown together or not at all; only where `coarser` ones are."""

    keys: tuple[str, ...]
    coarser: tuple[str, ...] | None


def what_may_be_shown(people: People, measures: Measures, parents: Mapping[int, int | None], desks: Mapping[int, int]) -> Shown:
    """Decide for all places at once.

    Parameters
    ----------
    people
        Of every place in the wave (`WAVE`); of every agency also in each month.
    parents, desks
        The agency above each agency, and the agency of each desk.
    """
    places = sorted({place for place, _ in people})
    months = sorted({period for _, period in people if period != WAVE})
    tree = list(_tree(places, parents, desks))
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
        breaks[keys] = [
            _between_months(people, tree, keys, pair, {
                place for place, own_ones in own_breaks[keys].items()
                if at in own_ones and place in above[keys] and (coarser is None or place in breaks[coarser][at])
            })
            for at, pair in enumerate(pairwise(months))
        ]  # fmt: skip
    above_breaks = {
        keys: {place: frozenset(at for at, those in enumerate(found) if place in those) for place in above[keys]}
        for keys, found in breaks.items()
    }
    return Shown(
        frozenset(_cells(own, own_breaks, months)) - frozenset(_desks_beyond(own, above)), frozenset(_cells(above, above_breaks, months))
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
    places: Sequence[Place], parents: Mapping[int, int | None], desks: Mapping[int, int]
) -> Iterator[tuple[Place, tuple[Place, ...]]]:
    """Every agency with what it is made of: the agencies below it and its own desks."""
    parts: dict[int, list[Place]] = {}
    for place in places:
        above = parents.get(place[1]) if place[0] == AGENCY else desks[place[1]]
        if above is not None:
            parts.setdefault(above, []).append(place)
    for agency, made_of in sorted(parts.items()):
        yield (AGENCY, agency), tuple(made_of)


def _sums(tree: Iterable[tuple[Place, tuple[Place, ...]]], counts: Mapping[Place, Counts]) -> Iterator[Sum[Place]]:
    for whole, parts in tree:
        if whole in counts:
            yield Sum(whole, parts)


def _between_months(
    people: People, tree: Sequence[tuple[Place, tuple[Place, ...]]], keys: tuple[str, ...], pair: tuple[str, str], kept: set[Place]
) -> set[Place]:
    """The agencies that may be shown on either side of the end of a month; desks are shown in no month."""
    agencies = sorted({place for place, _ in people if place[0] == AGENCY})
    counts = {place: _counts(people, place, pair[0], keys) + _counts(people, place, pair[1], keys) for place in agencies}
    sums = []
    for whole, parts in tree:
        below = tuple(part for part in parts if part[0] == AGENCY)
        if below and whole in counts:
            shown = zip(*(counts[part] for part in below), strict=True)
            rest = tuple(count - sum(of) for count, of in zip(counts[whole], shown, strict=True))
            sums.append(Sum(whole, below, rest))
    # A month of few people is no secret by itself here: it stands in one block with its neighbour.
    return kept - _protected(counts, sums, kept)


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


def _desks_beyond(own: Mapping[tuple[str, ...], Collection[Place]], above: Mapping[tuple[str, ...], Collection[Place]]) -> Iterator[Cell]:
    for keys, places in own.items():
        yield from ((place, key, WAVE) for place in places if place[0] == DESK and place not in above[keys] for key in keys)
