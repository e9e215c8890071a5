"""What a chart shows, in one sentence. A difference is named only where the intervals do not overlap."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal

from analysis import Change
from survey.i18n import day, gettext, language, number, percent, points
from survey.models import Agency
from survey.queries.agency_overview import DimensionRow
from survey.queries.changes import QUESTIONNAIRE, SUCCESSION, TOO_FEW, Changes
from survey.queries.estimates import Estimate
from survey.queries.responses_by_day import Received
from survey.queries.trend import MonthPoint, Trend


def headline(estimate: Estimate) -> str:
    """The index as people count: so many of every hundred, and between which bounds, which round outwards."""
    rounded = {"index": (estimate.index, ROUND_HALF_UP), "low": (estimate.low, ROUND_FLOOR), "high": (estimate.high, ROUND_CEILING)}
    whole = {name: number(_of_hundred(share or 0.0, rounding)) for name, (share, rounding) in rounded.items()}
    return gettext("About %(index)s of every 100 people are satisfied (surely between %(low)s and %(high)s).", **whole)


def change(found: Changes) -> str:
    """The change of the whole since the wave before; uncertain is said as uncertain, and so is that there is no comparison."""
    if found.before is None or found.whole is None or found.whole.difference is None:
        return _no_change(found.why)
    difference, low, high = (value or 0.0 for value in (found.whole.difference, found.whole.ci_low, found.whole.ci_high))
    words = {"points": points(difference).lstrip("+−"), "wave": found.before.name(language())}
    if found.whole.verdict == "up":
        return gettext(
            "Up %(points)s percentage points since %(wave)s: certain (between %(low)s and %(high)s).",
            low=_size(low),
            high=_size(high),
            **words,
        )
    if found.whole.verdict == "down":
        return gettext(
            "Down %(points)s percentage points since %(wave)s: certain (between %(low)s and %(high)s).",
            low=_size(high),
            high=_size(low),
            **words,
        )
    bounds = {"low": points(low), "high": points(high)}
    if difference < 0:
        return gettext(
            "%(points)s percentage points less than in %(wave)s: not certain enough to speak of a fall (from %(low)s to %(high)s).",
            **bounds,
            **words,
        )
    return gettext(
        "%(points)s percentage points more than in %(wave)s: not certain enough to speak of a rise (from %(low)s to %(high)s).",
        **bounds,
        **words,
    )


def change_in_short(found: Change | None) -> str:
    """The change of one measure beside its index: with its sign, and a question mark in words where it is not certain."""
    if found is None or found.difference is None:
        return ""
    if found.verdict == "unclear":
        return gettext("%(points)s points, not certain", points=points(found.difference))
    return gettext("%(points)s points, certain", points=points(found.difference))


def trust(modes: Mapping[str, int], mode: str, *, sampled: bool) -> str:
    """How far the index speaks for all who came: by what way its responses arrived."""
    share = percent(modes[mode] / sum(modes.values()), 0)
    if sampled:
        return gettext("The people were drawn at random; %(share)s of the responses of this wave came this way.", share=share)
    if mode == "slip":
        return gettext("%(share)s of the responses of this wave came with a single-use slip, so each from one visit.", share=share)
    return gettext(
        "%(share)s of the responses of this wave came this way; whoever comes may answer, this is no random sample.", share=share
    )


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
