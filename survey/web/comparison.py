"""What a reader asked to see of the agencies side by side: of which kind, beside which one, in which order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from werkzeug.datastructures import MultiDict

from survey.domain.agency_tree import KINDS, PROVINCE
from survey.domain.questionnaire import OVERALL
from survey.errors import NotFound
from survey.i18n import in_percent, language
from survey.queries.compare_agencies import AgencyRow
from survey.queries.estimates import FEW, Estimate, common_axis
from survey.queries.heat_map import HeatRow
from survey.queries.vietnamese_order import alphabetical

#: What each column is sorted by; a minus sign in the address turns the order round.
_ORDERS: dict[str, Callable[[AgencyRow], tuple[object, ...]]] = {
    "name": lambda row: alphabetical(row.name(language())),
    "index": lambda row: (row.estimate.index,),
    "n": lambda row: (row.estimate.respondents,),
    "rank": lambda row: (row.place and KINDS.index(row.kind), row.place and row.place.rank_low, row.place and row.place.rank_high),
    "difference": lambda row: (row.place and row.place.difference,),
    "like": lambda row: (None if row.place is None or row.place.like is None else len(row.place.like),),
    "kind": lambda row: (KINDS.index(row.kind),),
}
#: What comes first before anybody asks: few people know the smallest n, everybody the first letter.
SORTS = {key: f"-{key}" if key in ("n", "like") else key for key in _ORDERS}


class OfAKind(Protocol):
    @property
    def kind(self) -> str: ...


Row = TypeVar("Row", bound=OfAKind)


def apart(rows: Iterable[Row]) -> tuple[Row | None, tuple[Row, ...]]:
    """The province, and the agencies in it: it holds all their responses and is none of them."""
    rows = tuple(rows)
    return next((row for row in rows if row.kind == PROVINCE), None), tuple(row for row in rows if row.kind != PROVINCE)


@dataclass(frozen=True)
class Comparison:
    """`rows` in the order of `sort`, of one `kind` or of `every` one; with `like` that agency and those that it cannot be told from.

    The `province` is no row: it stands before them, is not counted, ranked or sorted.
    """

    province: AgencyRow | None
    rows: tuple[AgencyRow, ...]
    every: tuple[AgencyRow, ...]
    sort: str
    kind: str | None
    like: AgencyRow | None

    @property
    def shown(self) -> tuple[AgencyRow, ...]:
        """Every row of the table, the province first."""
        return (self.province, *self.rows) if self.province is not None else self.rows

    @property
    def axis(self) -> tuple[float, float]:
        return common_axis(row.estimate for row in (*self.every, *self.shown))

    @property
    def kinds(self) -> dict[str, int]:
        counts = Counter(row.kind for row in self.every)
        return {kind: counts[kind] for kind in KINDS if counts[kind]}

    @property
    def ranked(self) -> bool:
        return any(row.place is not None and row.place.rank_low is not None for row in self.every)

    @property
    def compared(self) -> tuple[AgencyRow, ...]:
        """The agencies of one kind in the funnel: of the kind that was asked for, else of the one with most of them."""
        counts = Counter(row.kind for row in self.every if row.place is not None)
        kind = self.kind or (counts.most_common(1)[0][0] if counts else None)
        return tuple(row for row in self.every if row.place is not None and row.kind == kind)

    def next_sort(self, key: str) -> str:
        """Where the head of a column leads: to its usual order, and from there to the other way round."""
        usual = SORTS[key]
        return (usual.lstrip("-") if usual.startswith("-") else f"-{usual}") if self.sort == usual else usual


def compare(rows: Sequence[AgencyRow], arguments: MultiDict[str, str]) -> Comparison:
    """Unknown kinds and agencies are not found; an unknown order is the usual one."""
    kind, code, sort = arguments.get("kind") or None, arguments.get("like"), arguments.get("sort", "name")
    if kind is not None and kind not in KINDS[1:]:
        raise NotFound(f"There is no kind {kind!r}.")
    province, agencies = apart(rows)
    like = next((row for row in agencies if row.code == code), None)
    if code is not None and like is None:
        raise NotFound(f"There is no agency {code!r} here.")
    chosen = sort if sort.removeprefix("-") in _ORDERS else "name"
    shown = [row for row in agencies if (kind is None or row.kind == kind) and (like is None or _beside(row, like))]
    return Comparison(province, _sorted(shown, chosen), agencies, chosen, kind, like)


def by_name(rows: Sequence[AgencyRow]) -> Comparison:
    """All rows, in an order that nobody chose."""
    province, agencies = apart(rows)
    return Comparison(province, _sorted(agencies, "name"), agencies, "", None, None)


@dataclass(frozen=True)
class MapRow:
    """An agency in the heat map; a cell is its shade, None where nothing may be shown, and its words."""

    code: str
    names: dict[str, str]
    respondents: int
    cells: tuple[tuple[int | None, str], ...]

    def name(self, language: str) -> str:
        return self.names[language]


def map_rows(rows: Sequence[HeatRow], keys: Sequence[str], *, sort: str) -> list[MapRow]:
    """The lowest first in the column `sort`, agencies without its index last; in the order given where there is no such column."""
    indices = {row.code: row.estimates[sort].index for row in rows if sort in row.estimates}
    ordered = sorted(rows, key=lambda row: (indices.get(row.code) is None, indices.get(row.code) or 0.0)) if sort in keys else rows
    return [
        MapRow(row.code, row.names, row.estimates[OVERALL].respondents, tuple(_cell(row.estimates.get(key)) for key in keys))
        for row in ordered
    ]


def _cell(estimate: Estimate | None) -> tuple[int | None, str]:
    if estimate is None or estimate.index is None:
        return None, "–"
    return shade(estimate.index), f"{_whole_percent(estimate.index)}{'*' if estimate.state == FEW else ''}"


def shade(index: float) -> int:
    """0 under a half, then one step for every ten percent, 5 from nine tenths on."""
    return min(max(int(index * 10) - 4, 0), 5)


def _whole_percent(index: float) -> str:
    """Rounded half up; exact decimals, which take ten times as long, decide only what lies next to a half."""
    above = index * 100 + 0.5
    return in_percent(index, 0) if abs(above - round(above)) < 1e-6 else str(int(above))


def _beside(row: AgencyRow, like: AgencyRow) -> bool:
    return row.id == like.id or (like.place is not None and row.id in (like.place.like or ()))


def _sorted(rows: Sequence[AgencyRow], sort: str) -> tuple[AgencyRow, ...]:
    """By name, then by what was asked for; what has nothing to be sorted by comes last either way."""
    key, backwards = sort.removeprefix("-"), sort.startswith("-")
    named = sorted(rows, key=_ORDERS["name"])
    known = [row for row in named if None not in _ORDERS[key](row)]
    known.sort(key=_ORDERS[key], reverse=backwards)
    return (*known, *(row for row in named if None in _ORDERS[key](row)))
