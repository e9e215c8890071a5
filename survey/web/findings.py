"""What a chart shows, in one sentence. A difference is named only where the intervals do not overlap."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal

from analysis import Change
from survey.domain.questionnaire import OVERALL
from survey.i18n import day, gettext, language, number, percent, points
from survey.models import Agency
from survey.queries.agency_overview import Alarm, DimensionRow
from survey.queries.changes import QUESTIONNAIRE, SUCCESSION, TOO_FEW, Changes
from survey.queries.compare_agencies import AgencyRow
from survey.queries.estimates import Estimate
from survey.queries.places import Place
from survey.queries.responses_by_day import Received
from survey.queries.trend import MonthPoint, Trend


def headline(estimate: Estimate) -> str:
    """The index as people count: so many of every hundred, and between which bounds, which round outwards."""
    rounded = {"index": (estimate.index, ROUND_HALF_UP), "low": (estimate.low, ROUND_FLOOR), "high": (estimate.high, ROUND_CEILING)}
    whole = {name: number(_of_hundred(share or 0.0, rounding)) for name, (share, rounding) in rounded.items()}
    return gettext("About %(index)s of every 100 people are satisfied (surely between %(low)s and %(high)s).", **whole)


def change(found: Changes, measure: str = OVERALL) -> str:
    """The change of a measure since the wave before; uncertain is said as uncertain, and so is that there is no comparison."""
    changed = found.of.get(measure)
    if found.before is None or changed is None or changed.difference is None:
        return _no_change(TOO_FEW if found.before else found.why)
    difference, low, high = (value or 0.0 for value in (changed.difference, changed.ci_low, changed.ci_high))
    words = {"points": _size(difference), "wave": found.before.name(language())}
    if changed.verdict == "up":
        return gettext(
            "Up %(points)s percentage points since %(wave)s: certain (between %(low)s and %(high)s).",
            low=_size(low), high=_size(high), **words,
        )  # fmt: skip
    if changed.verdict == "down":
        return gettext(
            "Down %(points)s percentage points since %(wave)s: certain (between %(low)s and %(high)s).",
            low=_size(high), high=_size(low), **words,
        )  # fmt: skip
    return _unclear_change(difference, {"low": points(low), "high": points(high)} | words)


def _unclear_change(difference: float, words: Mapping[str, str]) -> str:
    if difference < 0:
        return gettext("%(points)s percentage points below %(wave)s: not certainly a fall (%(low)s to %(high)s).", **words)
    return gettext("%(points)s percentage points above %(wave)s: not certainly a rise (%(low)s to %(high)s).", **words)


def change_in_short(found: Change | None) -> str:
    """The change of one measure beside its index: with its sign, and a question mark in words where it is not certain."""
    if found is None or found.difference is None:
        return ""
    if found.verdict == "unclear":
        return gettext("%(points)s points, not certain", points=points(found.difference))
    return gettext("%(points)s points, certain", points=points(found.difference))


def funnel(rows: Sequence[AgencyRow]) -> str:
    """Who stands out from agencies as different as these; that nobody does is a finding too."""
    outside = {
        side: [row.name(language()) for row in rows if row.place and row.place.position.startswith(side)] for side in ("below", "above")
    }
    sentences = [gettext("Lower than usual: %(names)s.", names="; ".join(outside["below"]))] if outside["below"] else []
    sentences += [gettext("Higher than usual: %(names)s.", names="; ".join(outside["above"]))] if outside["above"] else []
    return " ".join(sentences) or gettext("None of the %(count)s agencies stands out from the others.", count=number(len(rows)))


def rank(place: Place | None) -> str:
    """A rank is never said without its set."""
    if place is None or place.rank_low is None or place.rank_high is None:
        return "–"
    if place.rank_low == place.rank_high:
        return gettext("rank %(rank)s of %(count)s", rank=number(place.rank_low), count=number(place.peers))
    return gettext(
        "rank %(low)s–%(high)s of %(count)s", low=number(place.rank_low), high=number(place.rank_high), count=number(place.peers)
    )


def against_all(place: Place | None) -> str:
    if place is None:
        return gettext("not compared")
    words = {
        "above": gettext("higher"),
        "below": gettext("lower"),
        "like": gettext("no clear difference"),
        "untested": gettext("not tested yet"),
    }
    return words[place.side]


def alarm(found: Alarm, before: str) -> str:
    words = {"day": day(found.since), "baseline": percent(found.baseline, 0), "wave": before}
    if found.side == "low":
        return gettext("Since %(day)s people have been less satisfied than was normal in %(wave)s (about %(baseline)s).", **words)
    return gettext("Since %(day)s people have been more satisfied than was normal in %(wave)s (about %(baseline)s).", **words)


def place(found: Place, own: Estimate) -> str:
    """The agency against all of its kind together; said for certain only where a test found it, and that waits for the analysis."""
    words = {"count": number(found.peers), "target": percent(found.target)}
    if found.side == "above":
        return gettext("Higher than the %(count)s agencies of its kind together (%(target)s): certain.", **words)
    if found.side == "below":
        return gettext("Lower than the %(count)s agencies of its kind together (%(target)s): certain.", **words)
    if found.side == "like":
        return gettext("No clear difference from the %(count)s agencies of its kind together (%(target)s).", **words)
    if (own.low or 0.0) <= found.target <= (own.high or 1.0):
        return gettext("Cannot be told from the %(count)s agencies of its kind together (%(target)s).", **words)
    if found.difference > 0:
        return gettext(
            "So far higher than the %(count)s agencies of its kind together (%(target)s); the analysis will tell whether that is certain.",
            **words,
        )
    return gettext(
        "So far lower than the %(count)s agencies of its kind together (%(target)s); the analysis will tell whether that is certain.",
        **words,
    )


def position(place: Place) -> str:
    """Where in the funnel."""
    words = {
        "below_998": gettext("far below the usual"), "below_95": gettext("below the usual"), "inside": gettext("within the usual"),
        "above_95": gettext("above the usual"), "above_998": gettext("far above the usual"),
    }  # fmt: skip
    return words[place.position]


def trend(found: Trend) -> str:
    """Compares the newest month with the first one that a line joins it to."""
    points = [point for point in found.own if point.estimate.index is not None]
    if not points:
        return gettext("There are not yet enough responses in any month to show an index.")
    last = points[-1]
    first = next(point for point in points if point.segment == last.segment)
    if first is last:
        share = percent(last.estimate.index)
        return gettext("In %(month)s the index is %(index)s; a comparison needs more months.", month=month(last.month), index=share)
    return _change(first, last)


def dimensions(rows: Sequence[DimensionRow]) -> str:
    """Names the lowest dimension with all that cannot be told apart from it."""
    shown = sorted((row for row in rows if row.estimate.index is not None), key=lambda row: row.estimate.index or 0.0)
    if not shown:
        return gettext("There are not yet enough responses to compare the dimensions.")
    lowest = [row for row in shown if (row.estimate.low or 0.0) <= (shown[0].estimate.high or 0.0)]
    if len(lowest) == len(shown):
        return gettext("No dimension is clearly lower than the others.")
    names = "; ".join(row.dimension.text[language()] for row in lowest)
    return gettext("People are least satisfied with: %(names)s.", names=names)


def days(received: Received) -> str:
    if not received.days:
        return gettext("No response has been received yet.")
    busiest, most = max(received.days, key=lambda item: item[1])
    return gettext(
        "%(total)s responses arrived on %(days)s days; the most, %(most)s, on %(day)s.",
        total=number(received.total), days=number(len(received.days)), most=number(most), day=day(busiest),
    )  # fmt: skip


def month(value: date) -> str:
    return f"{value.month:02d}/{value.year}"


def names(agencies: Sequence[Agency]) -> str:
    return ", ".join(agency.name(language()) for agency in agencies)


def _no_change(why: str | None) -> str:
    if why == QUESTIONNAIRE:
        return gettext("The wave before used another questionnaire: the two cannot be compared.")
    if why == SUCCESSION:
        return gettext("The agency, or one below it, was merged or split since the wave before: the two cannot be compared.")
    if why == TOO_FEW:
        return gettext("Before this wave there are too few responses in this mode to compare with.")
    return gettext("There is no earlier wave to compare with.")


def _size(difference: float) -> str:
    return points(difference).lstrip("+−")


def _of_hundred(share: float, rounding: str) -> Decimal:
    return (Decimal(repr(share)) * 100).to_integral_value(rounding)


def _change(first: MonthPoint, last: MonthPoint) -> str:
    words = {
        "first": month(first.month), "last": month(last.month),
        "before": percent(first.estimate.index), "after": percent(last.estimate.index),
    }  # fmt: skip
    if (last.estimate.low or 0.0) > (first.estimate.high or 0.0):
        return gettext("The index rose from %(before)s in %(first)s to %(after)s in %(last)s.", **words)
    if (last.estimate.high or 0.0) < (first.estimate.low or 0.0):
        return gettext("The index fell from %(before)s in %(first)s to %(after)s in %(last)s.", **words)
    return gettext("From %(first)s to %(last)s no clear change is seen yet (%(before)s and %(after)s).", **words)
