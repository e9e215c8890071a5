"""Small multiples: one small panel an agency, all on the same axes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from textwrap import wrap
from typing import Literal

import altair as alt

from analysis import percent_half_up
from survey.i18n import gettext, language, number, percent
from survey.queries.estimates import FEW, TOO_FEW, Estimate
from survey.queries.wave_trends import WavePoint, WaveTrend
from survey.web.charts import BAND, FONT, HUE, INK, QUIET, RULE, floor_of, instant
from survey.web.drawings import Data, Picture

#: Columns, and what a panel of them measures: on a phone two stand beside each other, on a laptop five.
WIDE, NARROW = (5, 160, 84), (2, 138, 84)
_HEAD = 46  # above a panel: two lines of a name and one of numbers
_LINES: tuple[tuple[str, int, Literal["bold", "normal"], int], ...] = (
    ("above", 12, "bold", -33), ("name", 12, "bold", -18), ("numbers", 11, "normal", -4),
)  # fmt: skip
_LETTERS = 22  # of a name fit into one line


def panels(trends: Sequence[WaveTrend], province: WaveTrend | None, *, wide: bool) -> Picture:
    """A panel for each of `trends`, in their order: its index with interval by wave, the province's as a grey line."""
    instants = sorted({_instant(point) for trend in trends for point in trend.points})
    inside = [p for p in province.points if instants[0] <= _instant(p) <= instants[-1]] if province is not None else []
    rows = [row for place, trend in enumerate(trends) for row in _rows(place, trend, inside)]
    lows = [row["low"] for row in rows if row["what"] == "own"] + [row["index"] for row in rows if row["what"] == "province"]
    return Picture(
        {"rows": rows, "ends": [instants[0], instants[-1]], "floor": floor_of(lows), "shape": list(WIDE if wide else NARROW)}, _panels
    )


def size(count: int, *, wide: bool) -> tuple[int, int]:
    """About what the drawing measures, so that a page keeps room for it."""
    columns, width, height = WIDE if wide else NARROW
    return columns * (width + 18) + 60, -(-count // columns) * (height + _HEAD + 32)


def _panels(data: Data) -> alt.FacetChart:
    columns, width, height = data["shape"]
    first, last = data["ends"]
    air = (last - first) / 12 or 1
    x = alt.X(
        "at:T", title=None, scale=alt.Scale(type="utc", domain=[first - air, last + air], nice=False),
        axis=alt.Axis(format="%m/%y", values=sorted({first, last}), grid=False, labelFontSize=11, tickColor=QUIET),
    )  # fmt: skip
    middle = (data["floor"] + 100) / 2
    scale = alt.Scale(domain=[data["floor"], 100], zero=False, nice=False)
    labels = alt.Axis(
        values=[data["floor"], middle, 100], labelExpr="datum.value + ' %'", gridColor=RULE, domain=False, ticks=False, labelFontSize=11
    )
    index, low = (alt.Y(f"{name}:Q", title=None, scale=scale, axis=labels) for name in ("index", "low"))

    def of(what: str) -> alt.Chart:
        return alt.Chart().transform_filter(f"datum.what == '{what}'").encode(x=x)

    heads = alt.Chart().transform_filter("datum.what == 'head'")
    layers = [
        of("break").mark_rule(color=INK, strokeWidth=1, strokeDash=[2, 2]),
        of("province").mark_line(color=QUIET, strokeWidth=1.5, opacity=0.7).encode(y=index, detail="segment:N"),
        of("own").mark_area(color=BAND, opacity=0.7).encode(y=low, y2="high:Q", detail="segment:N"),
        of("own").mark_rule(color=HUE, strokeWidth=1).encode(y=low, y2="high:Q"),
        of("own").mark_line(color=HUE, strokeWidth=2).encode(y=index, detail="segment:N"),
        of("own").mark_point(filled=True, size=26, opacity=1, color=HUE).encode(y=index),
        *(
            heads.mark_text(align="left", baseline="bottom", fontSize=size_, fontWeight=weight, color=INK, dy=dy)
            .encode(text=f"{line}:N", x=alt.value(0), y=alt.value(0))
            for line, size_, weight, dy in _LINES
        ),
    ]  # fmt: skip
    return (
        alt.LayerChart(layer=layers, data=alt.InlineData(values=data["rows"]))
        .properties(width=width, height=height)
        .facet(
            facet=alt.Facet("panel:O", title=None, header=alt.Header(labelExpr="''", labelFontSize=1, labelPadding=0)),
            columns=columns,
            spacing={"row": 14, "column": 18},
        )
        .resolve_axis(x="independent")
        .properties(background="white", padding={"left": 6, "right": 12, "top": 6, "bottom": 6})
        .configure_view(stroke=None)
        .configure_axis(labelColor=INK, labelFont=FONT, domainColor=RULE)
        .configure_text(font=FONT)
    )


def _rows(place: int, trend: WaveTrend, province: Sequence[WavePoint]) -> Iterator[Data]:
    above, name = _in_two_lines(trend.name(language()))
    yield {"panel": place, "what": "head", "above": above, "name": name, "numbers": _numbers(trend.newest)}
    yield from ({"panel": place, "what": "own", **row} for row in _points(trend.points))
    yield from ({"panel": place, "what": "province", **row} for row in _points(province))
    for before, after in pairwise(trend.points):
        if before.segment != after.segment:
            yield {"panel": place, "what": "break", "at": (_instant(before) + _instant(after)) // 2}


def _points(points: Iterable[WavePoint]) -> Iterator[Data]:
    for point in points:
        estimate = point.estimate
        if estimate.index is not None:
            low, index, high = (float(percent_half_up(share or 0.0)) for share in (estimate.low, estimate.index, estimate.high))
            yield {"at": _instant(point), "low": low, "index": index, "high": high, "segment": point.segment}


def _numbers(estimate: Estimate) -> str:
    n = f"n = {number(estimate.respondents)}"
    if estimate.index is None:
        return f"{n}: " + (gettext("too few for an index") if estimate.state == TOO_FEW else gettext("not shown"))
    few = gettext("few responses")
    return f"{percent(estimate.index)} · {n}" + (f" ({few})" if estimate.state == FEW else "")


def _in_two_lines(name: str) -> tuple[str, str]:
    """A name of one line stands on the lower one; what does not fit into two is cut."""
    first, *rest = wrap(name, _LETTERS) or [""]
    if not rest:
        return "", first
    return first, rest[0] if len(rest) == 1 else rest[0][: _LETTERS - 1] + "…"


def _instant(point: WavePoint) -> int:
    return instant(point.wave.opens_on)
