"""The charts of the agency page: one specification each; `drawings` makes SVG of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from math import floor
from typing import Any

import altair as alt

from analysis import percent_half_up
from survey.i18n import day, gettext, language, number, percent
from survey.queries.agency_overview import DimensionRow
from survey.queries.benchmarks import NATIONAL, BenchmarkView
from survey.queries.trend import SUCCESSION, Break, MonthPoint, Trend
from survey.web.drawings import Data, Picture

INK, HUE, BAND, QUIET, RULE = "#1b1b1b", "#0b5c5c", "#cfe3e3", "#6b6b6b", "#d4d4d4"
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif"
WIDTH = 330  # with axis and padding about 390: readable when a phone shrinks it to 330
WIDE = 900  # for a laptop, and to take away
_NARROW = 290  # leaves a column for numbers beside it
_DAY = 24 * 3600 * 1000  # milliseconds


def trend(found: Trend, published: Sequence[BenchmarkView] = (), *, width: int = WIDTH) -> Picture:
    """Months with interval; a line only within a segment; predecessors grey and dashed; a labelled vertical at each break.

    `published` values lie across as dashed lines that name themselves.
    """
    breaks = [{"month": instant(b.on), "words": _break_words(b)} for b in found.breaks]
    marks = [{"percent": float(value.share * 100), "words": _published_words(value)} for value in published]
    return Picture({"months": [_month_row(point) for point in found.shown], "breaks": breaks, "marks": marks, "width": width}, _trend)


def days(found: Sequence[tuple[date, int]]) -> Picture:
    """Responses received, one bar a day."""
    rows = [{"day": instant(day), "until": instant(day) + _DAY, "responses": count, "none": 0} for day, count in found]
    return Picture({"days": rows}, _days)


def dimensions(rows: Sequence[DimensionRow]) -> Picture:
    """Each dimension's name, its interval on the common axis, its benchmark as a dashed mark, its index and n."""
    return Picture({"rows": [_dimension_row(place, row) for place, row in enumerate(rows)]}, _dimensions)


def published(values: Sequence[BenchmarkView]) -> Picture:
    """Published overall values by year, one line for each place; none is drawn from one method to another."""
    rows: list[Data] = []
    for value in values:
        segment = rows[-1]["segment"] + (value.new_method or rows[-1]["scope"] != value.scope) if rows else 0
        rows.append({"year": value.year, "percent": float(value.share * 100), "scope": value.scope, "segment": segment})
    lasts = {row["scope"]: row["year"] for row in rows}
    for row in rows:
        row["name"] = _place_words(row["scope"]) if lasts[row["scope"]] == row["year"] else ""
    return Picture({"years": rows}, _published)


# --- specifications ---


def _published(data: Data) -> alt.LayerChart:
    rows = data["years"]
    years = [row["year"] for row in rows]
    axis = alt.Axis(format="d", values=sorted(set(years)), labelOverlap=True, grid=False)
    x = alt.X("year:Q", title=None, scale=alt.Scale(domain=[min(years) - 0.5, max(years) + 0.5], nice=False), axis=axis)
    base = alt.Chart(alt.InlineData(values=rows)).encode(x=x, y=_percent_axis_of("percent", [row["percent"] for row in rows]))
    country = f"datum.scope == '{NATIONAL}'"
    layers = [
        base.mark_line(strokeWidth=2, color=QUIET, strokeDash=[6, 3]).encode(detail="segment:N"),
        base.transform_filter(country).mark_point(filled=True, size=46, opacity=1, color=QUIET),
        base.transform_filter(f"!({country})").mark_point(filled=True, size=60, opacity=1, color=HUE, shape="diamond"),
        base.transform_filter(country).mark_text(dy=-12, fontSize=12, color=INK).encode(text="name:N"),
        base.transform_filter(f"!({country})").mark_text(dy=16, fontSize=12, color=INK).encode(text="name:N"),
    ]
    return finish(alt.LayerChart(layer=layers), width=WIDTH, height=200)


def _trend(data: Data) -> alt.LayerChart:
    rows, breaks, width = data["months"], data["breaks"], data["width"]
    scale, axis = _time_scale([mark["month"] for mark in (*rows, *breaks)], 15 * _DAY), _month_axis(rows, most=width // 55)
    x = alt.X("month:T", title=None, scale=scale, axis=axis)
    shown = [*(row["low"] for row in rows), *(mark["percent"] for mark in data["marks"])]
    index, low, published = (_percent_axis_of(name, shown) for name in ("index", "low", "percent"))
    marks = alt.Chart(alt.InlineData(values=data["marks"])).encode(y=published)
    named: dict[str, Any] = {"x": alt.value(width - 4), "text": "words:N"}
    base = alt.Chart(alt.InlineData(values=rows)).encode(x=x)
    colour = alt.condition("datum.own", alt.value(HUE), alt.value(QUIET))
    dash = alt.condition("datum.own", alt.value([1, 0]), alt.value([4, 3]))
    layers = [
        base.transform_filter("datum.own").mark_area(color=BAND).encode(y=low, y2="high:Q", detail="segment:N"),
        marks.mark_rule(color=QUIET, strokeDash=[6, 3]),
        base.mark_rule(strokeWidth=1).encode(y=low, y2="high:Q", color=colour),
        base.mark_line(strokeWidth=2).encode(y=index, detail="segment:N", color=colour, strokeDash=dash),
        base.mark_point(filled=True, size=46, opacity=1).encode(y=index, color=colour),
        marks.mark_text(align="right", dy=-8, fontSize=12, stroke="white", strokeWidth=4).encode(**named),  # a halo
        marks.mark_text(align="right", dy=-8, fontSize=12, color=INK).encode(**named),
        *_break_layers(breaks, x),
    ]
    return finish(alt.LayerChart(layer=layers), width=width, height=210 if width == WIDTH else 260)


def _break_layers(breaks: Sequence[Data], x: alt.X) -> list[alt.Chart]:
    """A vertical line at each break, its words above the chart, one line each."""
    layers = []
    for place, row in enumerate(breaks):
        base = alt.Chart(alt.InlineData(values=[row])).encode(x=x)
        layers.append(base.mark_rule(color=INK, strokeWidth=1, strokeDash=[2, 2]))
        layers.append(base.encode(text="words:N", y=alt.value(-14 - 15 * place)).mark_text(fontSize=12, color=INK))
    return layers


def _days(data: Data) -> alt.LayerChart:
    rows = data["days"]
    first, last = rows[0]["day"], max(rows[-1]["until"], rows[0]["day"] + 7 * _DAY)
    axis = alt.Axis(format="%d/%m", labelOverlap=True, tickCount=6, grid=False)
    bars = alt.Chart(alt.InlineData(values=rows)).mark_rect(color=HUE).encode(
        x=alt.X("day:T", title=None, scale=_time_scale([first, last], 0), axis=axis),
        x2="until:T",
        y=alt.Y("responses:Q", title=None, axis=alt.Axis(tickCount=4, tickMinStep=1, gridColor=RULE, domain=False, ticks=False)),
        y2="none:Q",
    )  # fmt: skip
    return finish(alt.LayerChart(layer=[bars]), width=WIDTH, height=150)


def _dimensions(data: Data) -> alt.LayerChart:
    rows = data["rows"]
    scale = alt.Scale(
        domain=[floor_of([row[name] for row in rows for name in ("low", "benchmark") if row.get(name) is not None]), 100], zero=False
    )
    rows_scale = alt.Scale(domain=[-0.7, len(rows) - 0.6], reverse=True, nice=False)
    y, above = (alt.Y(f"{name}:Q", scale=rows_scale, axis=None) for name in ("place", "above"))
    base = alt.Chart(alt.InlineData(values=rows)).encode(y=y)
    shown = base.transform_filter("isValid(datum.index)")
    x = {name: alt.X(f"{name}:Q", title=None, scale=scale, axis=percent_axis(ticks=3)) for name in ("index", "low", "benchmark")}
    beside = alt.value(_NARROW + 12)
    layers = [
        base.mark_text(align="left", dy=-20, fontSize=14, color=INK).encode(text="name:N", x=alt.value(0)),
        base.mark_text(align="left", dy=-5, fontSize=14, fontWeight=600, color=INK).encode(text="value:N", x=beside),
        base.mark_text(align="left", dy=12, fontSize=12, color=QUIET).encode(text="respondents:N", x=beside),
        shown.transform_filter("isValid(datum.benchmark)").mark_rule(color=QUIET, strokeWidth=2, strokeDash=[4, 2])
        .encode(x=x["benchmark"], y=above, y2="below:Q"),
        shown.mark_rule(strokeWidth=3, color=HUE).encode(x=x["low"], x2="high:Q"),
        shown.mark_point(filled=True, size=90, color=HUE, opacity=1).encode(x=x["index"]),
    ]  # fmt: skip
    return finish(alt.LayerChart(layer=layers), width=_NARROW, height=60 * len(rows))


# --- parts ---


def finish(chart: alt.LayerChart, *, width: int, height: int) -> alt.LayerChart:
    return (
        chart.properties(width=width, height=height, background="white", padding=6)
        .configure_view(stroke=None)
        .configure_axis(labelFontSize=13, labelColor=INK, labelFont=FONT, tickColor=RULE, domainColor=QUIET)
        .configure_text(font=FONT)
    )


def _month_row(point: MonthPoint) -> Data:
    low, index, high = _percents(point.estimate.low, point.estimate.index, point.estimate.high)
    return {"month": instant(point.month), "low": low, "index": index, "high": high, "own": point.own, "segment": point.segment}


def _dimension_row(place: int, row: DimensionRow) -> Data:
    estimate, mark = row.estimate, row.benchmark
    respondents = f"n = {number(estimate.respondents)}"
    words = {"place": place, "name": row.dimension.text[language()], "respondents": respondents, "value": "–"}
    if estimate.index is None:
        return words
    low, index, high = _percents(estimate.low, estimate.index, estimate.high)
    bounds = {"low": low, "index": index, "high": high, "benchmark": float(mark.share * 100) if mark else None}
    return words | bounds | {"value": percent(estimate.index), "above": place - 0.15, "below": place + 0.22}


def _break_words(found: Break) -> str:
    if found.kind == SUCCESSION:
        return gettext("successor since %(day)s", day=day(found.on))
    return gettext("new questionnaire from %(day)s", day=day(found.on))


def _published_words(value: BenchmarkView) -> str:
    return f"{_place_words(value.scope)} {value.year}: {percent(value.share)}"


def _place_words(scope: str) -> str:
    return gettext("the whole country") if scope == NATIONAL else scope


def _percents(*shares: float | None) -> list[float]:
    return [float(percent_half_up(share or 0.0)) for share in shares]


def floor_of(percents: Sequence[float]) -> int:
    """The axis begins at a round ten below everything that is drawn."""
    return max(0, 10 * floor((min(percents, default=0) - 1) / 10))


def percent_axis(*, ticks: int = 5) -> alt.Axis:
    return alt.Axis(tickCount=ticks, labelExpr="datum.label + ' %'", gridColor=RULE, domain=False, ticks=False, labelPadding=6)


def _percent_axis_of(field: str, lows: Sequence[float]) -> alt.Y:
    return alt.Y(f"{field}:Q", title=None, scale=alt.Scale(domain=[floor_of(lows), 100], zero=False), axis=percent_axis())


def _time_scale(instants: Sequence[int], air: int) -> alt.Scale:
    return alt.Scale(type="utc", domain=[min(instants) - air, max(instants) + air])


def _month_axis(rows: Sequence[Data], *, most: int) -> alt.Axis:
    """At most so many labels that they stay apart: six on a phone."""
    every = sorted({row["month"] for row in rows})
    step = -(-len(every) // most)
    return alt.Axis(format="%m/%y", values=every[::-1][::step], grid=False)


def instant(value: date) -> int:
    """Milliseconds since 1970, which Vega reads alike in every time zone."""
    return int(datetime(value.year, value.month, value.day, tzinfo=UTC).timestamp() * 1000)
