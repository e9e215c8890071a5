"""What people answered, as a picture to take away: a bar for each of the five answers."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt

from analysis import percent_half_up
from survey.i18n import language, number, percent
from survey.web.answer_words import LevelShare
from survey.web.charts import INK, QUIET, WIDTH, finish
from survey.web.drawings import Data, Picture

#: From the worst to the best answer (ColorBrewer BrBG): told apart by the colour-blind, and as in staff.css.
COLOURS = ("#8c510a", "#dfc27d", "#c7c7c7", "#80cdc1", "#01665e")


def levels(found: Sequence[LevelShare]) -> Picture:
    """The best answer on top, each with its words, its share and how many gave it."""
    rows = [
        {"place": place, "words": each.text[language()], "share": float(percent_half_up(each.share)), "colour": COLOURS[each.rating - 1],
         "value": f"{percent(each.share, 0)} ({number(each.count)})", "none": 0}
        for place, each in enumerate(reversed(found))
    ]  # fmt: skip
    return Picture({"rows": rows}, _levels)


def _levels(data: Data) -> alt.LayerChart:
    rows = data["rows"]
    scale = alt.Scale(domain=[-0.6, len(rows) - 0.4], reverse=True, nice=False)
    top, bottom = (alt.Y(f"{name}:Q", scale=scale, axis=None) for name in ("top", "bottom"))
    placed = [row | {"top": row["place"] - 0.05, "bottom": row["place"] + 0.3} for row in rows]
    base = alt.Chart(alt.InlineData(values=placed)).encode(y=top)
    share = alt.X("share:Q", title=None, axis=None, scale=alt.Scale(domain=[0, max(100, *(row["share"] for row in rows))], nice=False))
    layers = [
        base.mark_rect(stroke=QUIET, strokeWidth=1)
        .encode(x=share, x2="none:Q", y2=bottom.shorthand, color=alt.Color("colour:N", scale=None)),
        base.mark_text(align="left", dy=-9, fontSize=13, color=INK).encode(text="words:N", x=alt.value(0)),
        base.mark_text(align="right", dy=-9, fontSize=13, color=INK).encode(text="value:N", x=alt.value(WIDTH)),
    ]  # fmt: skip
    return finish(alt.LayerChart(layer=layers), width=WIDTH, height=44 * len(rows))
