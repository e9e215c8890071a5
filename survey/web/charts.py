"""The charts of the agency page: one specification each, drawn to SVG once and kept."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from math import floor
from pathlib import Path
from threading import Lock
from time import time
from typing import Any

import altair as alt
import vl_convert

from survey.i18n import day, gettext, language, number, percent
from survey.queries.agency_overview import DimensionRow
from survey.queries.trend import SUCCESSION, Break, MonthPoint, Trend

INK, HUE, BAND, QUIET, RULE = "#1b1b1b", "#0b5c5c", "#cfe3e3", "#6b6b6b", "#d4d4d4"
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif"
WIDTH = 330  # with axis and padding about 390: readable when a phone shrinks it to 330
_NARROW = 290  # leaves a column for numbers beside it
KEPT_FOR = 7 * 24 * 3600  # seconds that a drawing is kept
_VEGA_LITE = "6.1"
_drawing = Lock()  # one drawing at a time: each wants a whole processor


def trend(found: Trend) -> alt.LayerChart:
    """Months with interval; a line only within a segment; predecessors grey and dashed; a labelled vertical at each break."""
    rows = [_month_row(point) for point in found.shown]
    months = [point.month for point in found.shown]
    x = alt.X("month:T", title=None, scale=_time_scale(*_span(months, found.breaks)), axis=_month_axis(months))
    index, low = _percent_axis_of("index", [row["low"] for row in rows]), _percent_axis_of("low", [row["low"] for row in rows])
    base = alt.Chart(alt.InlineData(values=rows)).encode(x=x)
    colour = alt.condition("datum.own", alt.value(HUE), alt.value(QUIET))
    dash = alt.condition("datum.own", alt.value([1, 0]), alt.value([4, 3]))
    layers = [
        base.transform_filter("datum.own").mark_area(color=BAND).encode(y=low, y2="high:Q", detail="segment:N"),
        base.mark_rule(strokeWidth=1).encode(y=low, y2="high:Q", color=colour),
        base.mark_line(strokeWidth=2).encode(y=index, detail="segment:N", color=colour, strokeDash=dash),
        base.mark_point(filled=True, size=46, opacity=1).encode(y=index, color=colour),
        *_break_layers(found.breaks, x),
    ]
    return _finish(alt.LayerChart(layer=layers), width=WIDTH, height=210)


def days(found: Sequence[tuple[date, int]]) -> alt.LayerChart:
    """Responses received, one bar a day."""
    rows = [{"day": _instant(day), "until": _instant(day + timedelta(days=1)), "responses": count, "none": 0} for day, count in found]
    last = max(found[-1][0], found[0][0] + timedelta(days=6)) + timedelta(days=1)
    axis = alt.Axis(format="%d/%m", labelOverlap=True, tickCount=6, grid=False)
    bars = alt.Chart(alt.InlineData(values=rows)).mark_rect(color=HUE).encode(
        x=alt.X("day:T", title=None, scale=_time_scale(found[0][0], last), axis=axis),
        x2="until:T",
        y=alt.Y("responses:Q", title=None, axis=alt.Axis(tickCount=4, tickMinStep=1, gridColor=RULE, domain=False, ticks=False)),
        y2="none:Q",
    )  # fmt: skip
    return _finish(alt.LayerChart(layer=[bars]), width=WIDTH, height=150)


def dimensions(rows: Sequence[DimensionRow]) -> alt.LayerChart:
    """Each dimension's name, its interval on the common axis, its benchmark as a dashed mark, its index and n."""
    values = [_dimension_row(place, row) for place, row in enumerate(rows)]
    bounds = [value[name] for value in values for name in ("low", "benchmark") if value.get(name) is not None]
    scale = alt.Scale(domain=[_floor(bounds), 100], zero=False)
    rows_scale = alt.Scale(domain=[-0.7, len(rows) - 0.6], reverse=True, nice=False)
    y, above = (alt.Y(f"{name}:Q", scale=rows_scale, axis=None) for name in ("place", "above"))
    base = alt.Chart(alt.InlineData(values=values)).encode(y=y)
    shown = base.transform_filter("isValid(datum.index)")
    x = {name: alt.X(f"{name}:Q", title=None, scale=scale, axis=_percent_axis(ticks=3)) for name in ("index", "low", "benchmark")}
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
    return _finish(alt.LayerChart(layer=layers), width=_NARROW, height=60 * len(rows))


# --- drawing ---


def svg(chart: alt.LayerChart, *, folder: Path) -> bytes:
    """The chart as SVG, from `folder` when it was drawn before."""
    spec = chart.to_json(indent=None)
    path = folder / f"{sha256(spec.encode()).hexdigest()}.svg"
    try:
        return path.read_bytes()
    except OSError:
        with _drawing:
            drawn: bytes = vl_convert.vegalite_to_svg(spec, vl_version=_VEGA_LITE).encode()
    _keep(path, drawn)
    return drawn


def folder(instance_path: str) -> Path:
    return Path(instance_path) / "charts"


def _keep(path: Path, drawn: bytes) -> None:
    """Written whole or not at all; a full disk or a forbidden folder costs only the next drawing."""
    try:
        path.parent.mkdir(exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
            file.write(drawn)
        Path(file.name).replace(path)
        for old in path.parent.iterdir():
            if old.stat().st_mtime < time() - KEPT_FOR:
                old.unlink(missing_ok=True)
    except OSError:
        return


# --- parts ---


def _finish(chart: alt.LayerChart, *, width: int, height: int) -> alt.LayerChart:
    return (
        chart.properties(width=width, height=height, background="white", padding=6)
        .configure_view(stroke=None)
        .configure_axis(labelFontSize=13, labelColor=INK, labelFont=FONT, tickColor=RULE, domainColor=QUIET)
        .configure_text(font=FONT)
    )


def _month_row(point: MonthPoint) -> dict[str, Any]:
    low, index, high = _percents(point.estimate.low, point.estimate.index, point.estimate.high)
    return {"month": _instant(point.month), "low": low, "index": index, "high": high, "own": point.own, "segment": point.segment}


def _dimension_row(place: int, row: DimensionRow) -> dict[str, Any]:
    estimate, mark = row.estimate, row.benchmark
    respondents = f"n = {number(estimate.respondents)}"
    words = {"place": place, "name": row.dimension.text[language()], "respondents": respondents, "value": "–"}
    if estimate.index is None:
        return words
    low, index, high = _percents(estimate.low, estimate.index, estimate.high)
    bounds = {"low": low, "index": index, "high": high, "benchmark": float(mark.share * 100) if mark else None}
    return words | bounds | {"value": percent(estimate.index, 1), "above": place - 0.15, "below": place + 0.22}


def _break_layers(breaks: Sequence[Break], x: alt.X) -> list[alt.Chart]:
    """A vertical line at each break, its words beside the top."""
    rows = [{"month": _instant(b.on), "words": _break_words(b), "line": place} for place, b in enumerate(breaks)]
    if not rows:
        return []
    base = alt.Chart(alt.InlineData(values=rows)).encode(x=x)
    rule = base.mark_rule(color=INK, strokeWidth=1, strokeDash=[2, 2])
    words = [
        alt.Chart(alt.InlineData(values=[row])).encode(x=x, text="words:N", y=alt.value(-14 - 15 * place)).mark_text(fontSize=12, color=INK)
        for place, row in enumerate(rows)
    ]
    return [rule, *words]


def _break_words(found: Break) -> str:
    if found.kind == SUCCESSION:
        return gettext("successor since %(day)s", day=day(found.on))
    return gettext("new questionnaire from %(day)s", day=day(found.on))


def _percents(*shares: float | None) -> list[float]:
    return [round((share or 0.0) * 100, 2) for share in shares]


def _floor(percents: Sequence[float]) -> int:
    """The axis begins at a round ten below everything that is drawn."""
    return max(0, 10 * floor((min(percents, default=0) - 1) / 10))


def _percent_axis(*, ticks: int = 5) -> alt.Axis:
    return alt.Axis(tickCount=ticks, labelExpr="datum.label + ' %'", gridColor=RULE, domain=False, ticks=False, labelPadding=6)


def _percent_axis_of(field: str, lows: Sequence[float]) -> alt.Y:
    return alt.Y(f"{field}:Q", title=None, scale=alt.Scale(domain=[_floor(lows), 100], zero=False), axis=_percent_axis())


def _time_scale(first: date, last: date) -> alt.Scale:
    return alt.Scale(type="utc", domain=[_instant(first), _instant(last)])


def _span(months: Sequence[date], breaks: Sequence[Break]) -> tuple[date, date]:
    """All months and breaks with half a month of air."""
    every = [*months, *(b.on for b in breaks)]
    return min(every) - timedelta(days=15), max(every) + timedelta(days=15)


def _month_axis(months: Sequence[date]) -> alt.Axis:
    """At most six labels, so that they stay apart on a phone."""
    every = sorted(set(months))
    step = -(-len(every) // 6)
    return alt.Axis(format="%m/%y", values=[_instant(month) for month in every[::-1][::step]], grid=False)


def _instant(value: date) -> int:
    """Milliseconds since 1970, which Vega reads alike in every time zone."""
    return int(datetime(value.year, value.month, value.day, tzinfo=UTC).timestamp() * 1000)
