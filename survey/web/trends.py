"""All agencies over the waves, as small multiples."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from flask import Blueprint, Response, current_app, render_template, request

from survey.database import db
from survey.domain.agency_tree import KINDS
from survey.errors import NotFound
from survey.i18n import gettext, language, ngettext
from survey.queries.compare_agencies import modes_of
from survey.queries.vietnamese_order import alphabetical
from survey.queries.wave_trends import WaveTrend, wave_trends, waves_until
from survey.queries.waves import WaveView, all_waves, pick_wave
from survey.services.refresh_scores import refresh_scores
from survey.settings import today
from survey.web import panels
from survey.web.account import needs
from survey.web.comparison import apart
from survey.web.department import chosen_mode_of
from survey.web.drawings import Picture, folder, svg

blueprint = Blueprint("trends", __name__)

#: Orders of the panels; what has nothing to be sorted by comes last.
_ORDERS: dict[str, Callable[[WaveTrend], float | None]] = {
    "lowest": lambda trend: trend.newest.index,
    "highest": lambda trend: None if trend.newest.index is None else -trend.newest.index,
    "fall": lambda trend: trend.change,
    "rise": lambda trend: None if trend.change is None else -trend.change,
    "name": lambda _: 0.0,
}
SORTS = tuple(_ORDERS)
_MOST_NAMES = 6  # in one sentence


@dataclass(frozen=True)
class Trends:
    """What a reader asked for: the trends of all agencies of `kinds` in the waves up to `wave`, in the order `sort`."""

    wave: WaveView
    every_wave: tuple[WaveView, ...]
    waves: tuple[WaveView, ...]
    modes: tuple[str, ...]
    mode: str
    sort: str
    kind: str | None
    province: WaveTrend | None
    kinds: dict[str, tuple[WaveTrend, ...]]

    @property
    def broken(self) -> bool:
        """Whether a panel has a break to explain."""
        return any(not point.joined for trends in self.kinds.values() for trend in trends for point in trend.points[1:])

    @property
    def shown(self) -> dict[str, tuple[WaveTrend, ...]]:
        return {kind: found for kind, found in self.kinds.items() if self.kind in (None, kind)}


@blueprint.get("/department/trends")
@needs("see_all_agencies")
def show() -> str:
    refresh_scores(db.session, today=today())
    found = trends_asked_for()
    return render_template(
        "department/trends.html",
        found=found, wave=found.wave if found else None, finding=finding, size=panels.size, sorts=SORTS,
    )  # fmt: skip


@blueprint.get("/department/trends.svg")
@needs("see_all_agencies")
def chart() -> Response:
    return Response(svg(picture_asked_for(), folder=folder(current_app.instance_path)), content_type="image/svg+xml")


def picture_asked_for() -> Picture:
    """The panels of one kind of agencies; on a phone with ?columns=2."""
    found = trends_asked_for()
    (trends, *others) = list(found.shown.values()) if found is not None and found.shown else [()]
    if found is None or not trends or others:
        raise NotFound("There are no trends of one kind of agencies here.")
    return panels.panels(trends, found.province, wide=request.args.get("columns") != "2")


def trends_asked_for() -> Trends | None:
    """By ?wave=, ?mode=, ?kind= and ?sort=; None while there is no wave."""
    every = all_waves(db.session)
    wave = pick_wave(every, request.args.get("wave"), today=today())
    if wave is None:
        return None
    kind, sort = request.args.get("kind") or None, request.args.get("sort", "")
    if kind is not None and kind not in KINDS:
        raise NotFound(f"There is no kind {kind!r}.")
    modes, waves = modes_of(db.session, wave), waves_until(every, wave)
    mode, order = chosen_mode_of(modes), sort if sort in SORTS else SORTS[0]
    trends = _sorted(wave_trends(db.session, waves, mode), order)
    province, agencies = apart(trends)
    kinds = {one: tuple(trend for trend in agencies if trend.kind == one) for one in KINDS}
    return Trends(wave, every, waves, modes, mode, order, kind, province, {one: of for one, of in kinds.items() if of})


def finding(trends: Sequence[WaveTrend]) -> str:
    """Who rose or fell for certain, compared with the first wave that a line joins to the newest; many are only counted."""
    names: dict[str | None, list[str]] = defaultdict(list)
    for trend in trends:
        names[trend.direction].append(trend.name(language()))
    if len(names[None]) == len(trends):
        return gettext("No agency can be compared with an earlier wave yet.")
    clearly = [
        gettext("Clearly up: %(names)s.", names=_listed(names["up"])) if names["up"] else "",
        gettext("Clearly down: %(names)s.", names=_listed(names["down"])) if names["down"] else "",
    ]
    unclear = ngettext("No clear change is seen of %(num)s agency.", "No clear change is seen of %(num)s agencies.", len(names["unclear"]))
    return " ".join(sentence for sentence in (*clearly, unclear if names["unclear"] else "") if sentence)


def _listed(names: Sequence[str]) -> str:
    return "; ".join(names) if len(names) <= _MOST_NAMES else ngettext("%(num)s agency", "%(num)s agencies", len(names))


def _sorted(trends: Sequence[WaveTrend], sort: str) -> list[WaveTrend]:
    named = sorted(trends, key=lambda trend: alphabetical(trend.name(language())))
    return sorted(named, key=lambda trend: (_ORDERS[sort](trend) is None, _ORDERS[sort](trend) or 0.0))
