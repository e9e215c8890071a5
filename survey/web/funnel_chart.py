"""The funnel: agencies of one kind by size and index. Who lies outside is named, as far as the names do not cover each other."""

from __future__ import annotations

from collections.abc import Sequence
from math import log
from typing import Any

import altair as alt
import numpy as np

from analysis import funnel_limits, percent_half_up
from survey.i18n import gettext, language
from survey.queries.compare_agencies import AgencyRow
from survey.web.charts import BAND, FONT, HUE, INK, QUIET, WIDTH, finish, floor_of, percent_axis
from survey.web.drawings import Data, Picture

#: The limits of a funnel, by custom: one agency of twenty lies outside the inner ones by chance, one of five hundred outside the outer.
INNER, OUTER = 0.95, 0.998
#: Dots of the drawing: half the height of a line of words, a letter's width, and how far words stand from their mark.
_HALF_LINE, _LETTER, _BESIDE = 7, 7.2, 9
Box = tuple[float, float, float, float]  # left, top, right, bottom


def funnel(rows: Sequence[AgencyRow], *, width: int = WIDTH) -> Picture:
    """The agencies between the limits of what chance and their usual differences explain."""
    (first, *_) = places = [row.place for row in rows if row.place is not None]
    alone = len(places) == 1  # its head knows another number of responses than the effective one, which the place rests on
    air = 4 if alone else 1.2  # a single dot needs a funnel to lie in
    sizes = np.geomspace(max(min(p.n_eff for p in places) / air, 1), max(p.n_eff for p in places) * air, 60)
    inner, outer = (funnel_limits(sizes, target=first.target, confidence_level=level, tau2=first.tau2) for level in (INNER, OUTER))
    curves = [
        {"size": float(size), "low": 100 * low, "high": 100 * high, "lowest": 100 * lowest, "highest": 100 * highest}
        for size, low, high, lowest, highest in zip(sizes, *inner, *outer, strict=True)
    ]
    dots = [_dot(row, named=alone) for row in rows]
    height = 250 if width == WIDTH else 340
    floor = floor_of([row["index"] for row in dots] + [row[name] for row in curves for name in ("lowest", "highest")])
    labels = _labels(dots, (curves[0]["size"], curves[-1]["size"]), floor, width, height)
    axis = gettext("more responses →") if alone else gettext("responses, converted")
    return Picture(
        {"curves": curves, "dots": dots, "labels": labels, "target": 100 * first.target, "axis": axis, "numbered": not alone,
         "floor": floor, "width": width, "height": height},
        _funnel,
    )  # fmt: skip


def _dot(row: AgencyRow, *, named: bool) -> Data:
    size, outside = (row.place.n_eff, row.place.position != "inside") if row.place is not None else (1.0, False)
    return {
        "size": size,
        "index": float(percent_half_up(row.estimate.index or 0.0)),
        "outside": named or outside,
        "name": row.name(language()),
    }


def _labels(dots: Sequence[Data], ends: tuple[float, float], floor: int, width: int, height: int) -> list[Data]:
    """A name beside each dot outside: on the side, and as high, where it covers neither another name nor another such dot."""
    stretch = width / log(ends[1] / ends[0])
    outside = [
        (log(dot["size"] / ends[0]) * stretch, height * (100 - dot["index"]) / (100 - floor), dot["name"]) for dot in dots if dot["outside"]
    ]
    taken: list[Box] = [(x - 5, y - 5, x + 5, y + 5) for x, y, _ in outside]
    labels: list[Data] = []
    for x, y, name in outside:
        found = next((place for place in _places(x, y, _LETTER * len(name)) if _is_free(place[0], taken, width, height)), None)
        if found is not None:
            box, right = found
            taken.append(box)
            labels.append({"x": box[2] if right else box[0], "y": (box[1] + box[3]) / 2, "right": right, "name": name})
    return labels


def _places(x: float, y: float, length: float) -> list[tuple[Box, bool]]:
    """Where the words may stand, the best first; with whether they end at their dot or begin there."""
    heights = [y + off for off in (0, -12, 12, -24, 24)]
    return [
        ((left, height - _HALF_LINE, left + length, height + _HALF_LINE), right)
        for height in heights
        for left, right in ((x + _BESIDE, False), (x - _BESIDE - length, True))
    ]


def _is_free(box: Box, taken: Sequence[Box], width: int, height: int) -> bool:
    left, top, right, bottom = box
    inside = left >= 0 and right <= width and top >= -_HALF_LINE and bottom <= height + _HALF_LINE
    return inside and not any(left < other[2] and other[0] < right and top < other[3] and other[1] < bottom for other in taken)


def _funnel(data: Data) -> alt.LayerChart:
    curves, dots = data["curves"], data["dots"]
    axis = alt.Axis(
        grid=False, format="d", tickCount=4, labelOverlap=True, labels=data["numbered"], ticks=data["numbered"],
        titleFontSize=12, titleFontWeight="normal", titleFont=FONT,
    )  # fmt: skip
    ends = [curves[0]["size"], curves[-1]["size"]]
    x = alt.X("size:Q", title=data["axis"], scale=alt.Scale(type="log", domain=ends, nice=False), axis=axis)
    scale = alt.Scale(domain=[data["floor"], 100], zero=False, clamp=True)
    y = {name: alt.Y(f"{name}:Q", title=None, scale=scale, axis=percent_axis()) for name in ("low", "lowest", "highest", "target", "index")}
    base, marks = alt.Chart(alt.InlineData(values=curves)).encode(x=x), alt.Chart(alt.InlineData(values=dots)).encode(x=x, y=y["index"])
    target = alt.Chart(alt.InlineData(values=[{"target": data["target"]}])).mark_rule(color=INK, strokeDash=[4, 3]).encode(y=y["target"])
    layers = [
        base.mark_area(color=BAND, clip=True).encode(y=y["low"], y2="high:Q"),
        *(base.mark_line(color=QUIET, strokeWidth=1, strokeDash=[2, 2], clip=True).encode(y=y[name]) for name in ("lowest", "highest")),
        target,
        marks.transform_filter("!datum.outside").mark_point(filled=True, size=34, opacity=1, color=QUIET),
        marks.transform_filter("datum.outside").mark_point(filled=True, size=70, opacity=1, color=HUE, shape="diamond"),
        *(_words(label, **look) for label in data["labels"] for look in ({"stroke": "white", "strokeWidth": 4}, {"color": INK})),  # a halo
    ]
    return finish(alt.LayerChart(layer=layers), width=data["width"], height=data["height"])


def _words(label: Data, **look: Any) -> alt.Chart:
    base = alt.Chart(alt.InlineData(values=[label])).encode(text="name:N", x=alt.value(label["x"]), y=alt.value(label["y"]))
    return base.mark_text(align="right" if label["right"] else "left", baseline="middle", fontSize=12, **look)
