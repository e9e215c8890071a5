"""From the desk-days of one mode to the estimates of every agency, each with its sub-agencies, as they may be shown."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field

import numpy as np
from numpy.typing import NDArray

from analysis import Estimate, score_units
from survey.domain.agency_tree import subtree
from survey.domain.desk_field import shared_fields
from survey.domain.questionnaire import OVERALL
from survey.domain.tallying import COLUMNS
from survey.queries.desk_days import DeskDays
from survey.services.hide_numbers import Row, hide
from survey.services.withhold import AGENCY, DESK, FIELD, WAVE, People, Place

ALL_RESPONSES, UNMARKED = BASES = ("all", "unmarked")
_OF_A_PART = (
    "level", "key", "rule", "respondents", "answers", "index", "ci_low", "ci_high", "why", "withheld",
)  # fmt: skip


@dataclass(frozen=True)
class AgencyScores:
    """The estimates of one agency, ready to be stored and shown.

    An estimate with ``withheld`` may be shown to the agency itself but not to those who also see the agency above it:
    they could subtract it and find a sibling with too few responses.

    `months` tell the whole, month by month; `breakdown` has every measure by ``months``, by the agency's own ``desks`` and,
    where these have any, by their ``fields``.

    `findings` holds ``priorities`` (`find_priorities`), ``place`` (`place_agencies`), ``quality`` and ``speed`` (`check_quality`, of its
    own desks), ``sensitivity`` (the headline under other choices) and, of an open wave, ``alarm`` (`watch_days`): each where something
    is to be told.
    """

    agency_id: int
    mode: str
    basis: str
    estimates: list[Row]
    months: list[Row]
    findings: Row = field(default_factory=dict)
    breakdown: Row = field(default_factory=dict)


@dataclass(frozen=True)
class Tree:
    """The agency above each agency, and the field of each desk that has one."""

    parents: dict[int, int | None]
    fields: dict[int, str]


def score_agencies(days: DeskDays, mode: str, basis: str, agencies: dict[int, frozenset[int]], tree: Tree) -> Iterator[AgencyScores]:
    if not agencies:
        return
    months = sorted({str(month) for month in days.days.astype("datetime64[M]")}) if basis == ALL_RESPONSES else []
    desks = dict(sorted(zip(days.desks.tolist(), days.agencies.tolist(), strict=True)))
    fields = shared_fields(desks, tree.fields)
    units = dict(_units(days, agencies, desks, fields))
    cells = dict(_domains(days, units, months))
    estimates = score_units(days.totals, measures=days.measures, strata=days.agencies, domains=list(cells.values()))
    rows = {cell: [_row(days, each, cells[cell]) for each in found] for cell, found in zip(cells, estimates, strict=True)}
    hide(rows, days.measures, tree.parents, desks, fields, _months_of_parts(days, units, months))
    for agency in agencies:
        whole = rows[(AGENCY, agency), WAVE]
        if basis != ALL_RESPONSES:  # any more, beside the same number on all responses, would tell single answers of the marked ones
            yield AgencyScores(agency, mode, basis, [overall(whole)], [])
        else:
            monthly = [(month, rows[(AGENCY, agency), month]) for month in months]
            by_month = [{"month": month, "estimates": _in_short(found)} for month, found in monthly]
            own = [desk for desk, of in desks.items() if of == agency]
            by_desk = [{"desk": desk, "estimates": _in_short(rows[(DESK, desk), WAVE])} for desk in own]
            breakdown = {"months": by_month, "desks": by_desk} | _by_field(rows, own, fields, tree.fields)
            months_of_whole = [{"month": month, "estimates": [overall(found)]} for month, found in monthly]
            yield AgencyScores(agency, mode, basis, whole, months_of_whole, breakdown=breakdown)


def agencies_in(days: DeskDays, parents: dict[int, int | None]) -> dict[int, frozenset[int]]:
    """Every agency that has units, itself or below it, with its subtree; in the order of the ids."""
    present = set(days.agencies.tolist())
    subtrees = {agency: subtree(agency, parents) for agency in sorted(parents)}
    return {agency: below for agency, below in subtrees.items() if below & present}


def _by_field(
    rows: Mapping[tuple[Place, str], Sequence[Row]], own: Sequence[int], fields: Mapping[int, int], names: Mapping[int, str]
) -> Row:
    """The fields of an agency's `own` desks by name; a field with a single desk has the rows of that desk. Without any: nothing."""
    places = {names[desk]: (FIELD, fields[desk]) if desk in fields else (DESK, desk) for desk in own if desk in names}
    found = [{"field": name, "estimates": _in_short(rows[place, WAVE])} for name, place in sorted(places.items())]
    return {"fields": found} if found else {}


def _units(
    days: DeskDays, agencies: dict[int, frozenset[int]], desks: Collection[int], fields: Mapping[int, int]
) -> Iterator[tuple[Place, NDArray[np.int64]]]:
    """For each agency, each desk and each field that desks share the rows of its units."""
    for agency, below in agencies.items():
        yield (AGENCY, agency), np.flatnonzero(np.isin(days.agencies, list(below)))
    for desk in desks:
        yield (DESK, desk), np.flatnonzero(days.desks == desk)
    for number in sorted(set(fields.values())):
        yield (FIELD, number), np.flatnonzero(np.isin(days.desks, [desk for desk, of in fields.items() if of == number]))


def _domains(
    days: DeskDays, units: Mapping[Place, NDArray[np.int64]], months: Sequence[str]
) -> Iterator[tuple[tuple[Place, str], NDArray[np.int64]]]:
    """The units of every place, and of each agency also those of each month."""
    month_of = days.days.astype("datetime64[M]")
    for place, found in units.items():
        yield (place, WAVE), found
        if place[0] == AGENCY:
            for month in months:
                yield (place, month), found[month_of[found] == np.datetime64(month)]


def _row(days: DeskDays, estimate: Estimate, units: NDArray[np.int64]) -> Row:
    row = asdict(estimate)
    if estimate.rule == "pooled":
        counts = days.counts[units, days.measures.keys.index(estimate.key)].sum(axis=0)
        row["counts"] = [int(count) for count in counts]
    return row


def _in_short(rows: Sequence[Row]) -> list[Row]:
    """What a table of parts says of each measure."""
    return [{name: row[name] for name in _OF_A_PART} for row in rows if row["rule"] == "pooled"]


def _months_of_parts(days: DeskDays, units: Mapping[Place, NDArray[np.int64]], months: Sequence[str]) -> People:
    """Respondents of each desk and field in each month, which no page shows."""
    month_of, people = days.days.astype("datetime64[M]"), days.sums[:, :, COLUMNS.index("respondents")]
    return {
        (place, month): dict(zip(days.measures.keys, people[found[in_month]].sum(axis=0).astype(int).tolist(), strict=True))
        for place, found in units.items() if place[0] != AGENCY
        for month, in_month in [(month, month_of[found] == np.datetime64(month)) for month in months]
    }  # fmt: skip


def overall(rows: Sequence[Row]) -> Row:
    """The pooled index of the whole."""
    return next(row for row in rows if row["key"] == OVERALL and row["rule"] == "pooled")
