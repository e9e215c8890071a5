"""What a page shows, as tables to take away: the same numbers, hidden where the page hides them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from survey.domain.questionnaire import OVERALL, Criterion
from survey.i18n import gettext, language
from survey.queries.agency_overview import Overview
from survey.queries.compare_agencies import AgencyRow
from survey.queries.estimates import Estimate
from survey.queries.heat_map import HeatRow
from survey.queries.readable_comments import CommentView
from survey.queries.responses_by_day import Received
from survey.queries.trend import Trend
from survey.reports import words
from survey.reports.spreadsheet import COUNT, DAY, SHARE, TEXT, Sheet


def measures(overview: Overview) -> Sheet:
    """One agency: the whole, the overall rating, dimensions and criteria."""
    rows: list[tuple[Any, ...]] = [(gettext("All criteria"), OVERALL, *_numbers(overview.whole))]
    rows += [(d.dimension.text[language()], d.dimension.code, *_numbers(d.estimate)) for d in overview.dimensions]
    rows += [(c.criterion.text[language()], c.criterion.code, *_numbers(c.estimate)) for c in overview.criteria]
    if overview.general is not None:
        rows.append((gettext("The service as a whole"), overview.general.key, *_numbers(overview.general)))
    return Sheet(gettext("Indices"), ((gettext("Measure"), TEXT), (gettext("Code"), TEXT), *_heads()), tuple(rows))


def months(trend: Trend) -> Sheet:
    """The trend, predecessors included, each month with the agency that it is of."""
    rows = [(p.month, p.agency.name(language()), p.wave.code, *_numbers(p.estimate)) for p in trend.points]
    heads = ((gettext("Month"), DAY), (gettext("Agency"), TEXT), (gettext("Wave"), TEXT), *_heads())
    return Sheet(gettext("Months"), heads, tuple(rows))


def days(received: Received) -> Sheet:
    return Sheet(gettext("Days"), ((gettext("Day"), DAY), (gettext("Responses"), COUNT)), tuple(received.days))


def agencies(rows: Sequence[AgencyRow]) -> Sheet:
    """Agencies side by side in the order of the page; ranks only as the sets that they are."""
    heads = (
        (gettext("Agency"), TEXT), (gettext("Code"), TEXT), (gettext("Kind"), TEXT), *_heads(),
        (gettext("Rank, best possible"), COUNT), (gettext("Rank, worst possible"), COUNT), (gettext("Ranked among"), COUNT),
    )  # fmt: skip
    body = tuple((row.name(language()), row.code, _kind(row.kind), *_numbers(row.estimate), *_ranks(row)) for row in rows)
    return Sheet(gettext("Agencies"), heads, body)


def heat_map(rows: Sequence[HeatRow], criteria: Sequence[Criterion]) -> Sheet:
    """Indices of agencies by criteria; empty where none may be shown."""
    heads = ((gettext("Agency"), TEXT), ("n", COUNT), (gettext("All criteria"), SHARE), *((c.code, SHARE) for c in criteria))
    keys = (OVERALL, *(criterion.code for criterion in criteria))
    body = [
        (
            row.name(language()),
            row.estimates[OVERALL].respondents,
            *(row.estimates[key].index if key in row.estimates else None for key in keys),
        )
        for row in rows
    ]
    return Sheet(gettext("Criteria"), heads, tuple(body))


def comments(found: Sequence[CommentView]) -> Sheet:
    heads = tuple((head, TEXT) for head in (gettext("Comment"), gettext("Agency"), gettext("State"), gettext("Note")))
    return Sheet(gettext("Comments"), heads, tuple((c.text, c.agency_names[language()], _state(c.state), c.note) for c in found))


def _heads() -> tuple[tuple[str, str], ...]:
    ends = (gettext("Interval from"), SHARE), (gettext("Interval to"), SHARE)
    return (gettext("Index"), SHARE), *ends, ("n", COUNT), (gettext("Remark"), TEXT)


def _numbers(estimate: Estimate) -> tuple[Any, ...]:
    return estimate.index, estimate.low, estimate.high, estimate.respondents, words.remark(estimate)


def _ranks(row: AgencyRow) -> tuple[Any, ...]:
    place = row.place
    return (place.rank_low, place.rank_high, place.peers) if place is not None and place.rank_low is not None else (None, None, None)


def _index(row: HeatRow, key: str) -> float | None:
    return row.estimates[key].index if key in row.estimates else None


def _kind(code: str) -> str:
    kinds = {
        "province": gettext("province"), "department": gettext("department"), "district": gettext("district"),
        "commune": gettext("commune"), "centre": gettext("service centre"),
    }  # fmt: skip
    return kinds[code]


def _state(code: str) -> str:
    states = {
        "new": gettext("new"),
        "working": gettext("being worked on"), "done": gettext("dealt with"), "nothing_to_do": gettext("nothing to do")
    }  # fmt: skip
    return states[code]
