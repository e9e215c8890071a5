"""What a page shows, as tables to take away: the same numbers, hidden where the page hides them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from survey.domain.questionnaire import OVERALL, Criterion, Level
from survey.i18n import gettext, language
from survey.queries.agency_overview import Overview
from survey.queries.compare_agencies import AgencyRow
from survey.queries.drill_down import DrillDown, Part
from survey.queries.heat_map import HeatRow
from survey.queries.readable_comments import CommentView
from survey.queries.responses_by_day import Received
from survey.queries.trend import Trend
from survey.queries.wave_trends import WaveTrend
from survey.queries.waves import WaveView
from survey.reports import words
from survey.reports.columns import Heads, Line, Origin, of_estimates, of_others
from survey.reports.spreadsheet import COUNT, DAY, SHARE, TEXT, Sheet


def measures(overview: Overview, of: Origin) -> Sheet:
    """One agency: the whole, the overall rating, dimensions and criteria."""
    lines = [Line(of, (gettext("All criteria"), OVERALL), overview.whole)]
    lines += [Line(of, (row.dimension.text[language()], row.dimension.code), row.estimate) for row in overview.dimensions]
    lines += [Line(of, (row.criterion.text[language()], row.criterion.code), row.estimate) for row in overview.criteria]
    if overview.general is not None:
        lines.append(Line(of, (gettext("The service as a whole"), overview.general.key), overview.general))
    return of_estimates(gettext("Indices"), _measure_heads(), lines)


def measure(name: str, code: str, found: DrillDown, criteria: Iterable[Part], of: Origin) -> Sheet:
    """One dimension or criterion and all tables of its page: by criterion, month, desk, field, sub-agency and mode."""
    by = {
        "month": gettext("By month"), "desk": gettext("By desk"), "field": gettext("By field of service"),
        "agency": gettext("By sub-agency"), "mode": gettext("By mode"),
    }  # fmt: skip
    lines = [Line(of, (name, code, "", ""), found.estimate)]
    lines += [Line(of, (part.name(language()), part.code, "", ""), part.estimate) for part in criteria]
    lines += [Line(of, (name, code, by["month"], part.code), part.estimate) for part in found.months]
    lines += [Line(of, (name, code, by["desk"], part.name(language())), part.estimate) for part in found.desks]
    lines += [Line(of, (name, code, by["field"], part.code), part.estimate) for part in found.fields]
    lines += [
        Line(replace(of, agency=part.name(language())), (name, code, by["agency"], part.code), part.estimate) for part in found.agencies
    ]
    lines += [Line(replace(of, mode=part.code), (name, code, by["mode"], words.mode(part.code)), part.estimate) for part in found.modes]
    return of_estimates(gettext("Indices"), (*_measure_heads(), (gettext("Table"), TEXT), (gettext("Row"), TEXT)), lines)


def answers(name: str, code: str, scale: Iterable[Level], counts: Sequence[int], of: Origin) -> Sheet:
    """What people answered, from the best to the worst, and how many had no opinion."""
    valid = sum(counts[:5])
    given = [(level.text[language()], counts[level.rating - 1]) for level in sorted(scale, key=lambda level: -level.rating)]
    lines = [Line(of, (name, code, answer, count / valid, count)) for answer, count in given if valid]
    lines.append(Line(of, (name, code, gettext("No opinion (not counted)"), None, counts[5])))
    heads = (gettext("Answer"), TEXT), (gettext("Share (%)"), SHARE), (gettext("Answers"), COUNT)
    return of_others(gettext("What people answered"), (*_measure_heads(), *heads), lines)


def months(trend: Trend, mode: str) -> Sheet:
    """The trend, predecessors included, each month with the agency that it is of."""
    lines = [Line(Origin(p.agency.name(language()), p.wave, mode), (p.month,), p.estimate) for p in trend.points]
    return of_estimates(gettext("Months"), ((gettext("Month"), DAY),), lines)


def days(received: Received, of: Origin) -> Sheet:
    lines = (Line(of, (day, count)) for day, count in received.days)
    return of_others(gettext("Days"), ((gettext("Day"), DAY), (gettext("Responses"), COUNT)), lines)


def agencies(rows: Iterable[AgencyRow], wave: WaveView, mode: str) -> Sheet:
    """Agencies side by side in the order of the page; ranks only as the sets that they are."""
    ranks = (gettext("Rank, best possible"), COUNT), (gettext("Rank, worst possible"), COUNT), (gettext("Ranked among"), COUNT)
    lines = (Line(Origin(row.name(language()), wave, mode), (row.code, _kind(row.kind)), row.estimate, _ranks(row)) for row in rows)
    return of_estimates(gettext("Agencies"), ((gettext("Code"), TEXT), (gettext("Kind"), TEXT)), lines, ranks)


def wave_trends(trends: Iterable[WaveTrend], mode: str) -> Sheet:
    """Every agency in every wave, and whether a line may join it to the wave before."""
    heads = (gettext("Code"), TEXT), (gettext("Kind"), TEXT)
    lines = (
        Line(Origin(t.name(language()), p.wave, mode), (t.code, _kind(t.kind)), p.estimate, (_yes_or_no(p.joined),))
        for t in trends
        for p in t.points
    )
    return of_estimates(gettext("Waves"), heads, lines, ((gettext("Comparable with the wave before"), TEXT),))


def heat_map(rows: Iterable[HeatRow], criteria: Sequence[Criterion], wave: WaveView, mode: str) -> Sheet:
    """Indices of agencies by criteria; empty where none may be shown."""
    heads = (("n", COUNT), (gettext("All criteria (%)"), SHARE), *((f"{criterion.code} (%)", SHARE) for criterion in criteria))
    keys = (OVERALL, *(criterion.code for criterion in criteria))
    lines = [
        Line(Origin(row.name(language()), wave, mode), (row.estimates[OVERALL].respondents, *(_index(row, key) for key in keys)))
        for row in rows
    ]
    return of_others(gettext("Criteria"), heads, lines)


def comments(found: Iterable[CommentView], wave: WaveView) -> Sheet:
    heads = tuple((head, TEXT) for head in (gettext("Comment"), gettext("State"), gettext("Note")))
    lines = (Line(Origin(c.agency_names[language()], wave, None), (c.text, _state(c.state), c.note)) for c in found)
    return of_others(gettext("Comments"), heads, lines)


def _measure_heads() -> Heads:
    return (gettext("Measure"), TEXT), (gettext("Code"), TEXT)


def _ranks(row: AgencyRow) -> tuple[Any, ...]:
    place = row.place
    return (place.rank_low, place.rank_high, place.peers) if place is not None and place.rank_low is not None else (None, None, None)


def _index(row: HeatRow, key: str) -> float | None:
    return row.estimates[key].index if key in row.estimates else None


def _yes_or_no(value: bool) -> str:
    return gettext("yes") if value else gettext("no")


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
