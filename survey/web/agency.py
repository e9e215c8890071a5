"""The agency head's pages: the unit's index, what is low, how sure that is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from flask import Blueprint, Response, current_app, redirect, render_template, request, url_for
from flask_security import current_user
from werkzeug.wrappers import Response as WerkzeugResponse

from survey.database import db
from survey.domain.agency_tree import subtree
from survey.domain.permissions import may
from survey.domain.wave import MODES, OPEN
from survey.errors import NotAllowed, NotFound
from survey.models import Agency
from survey.queries.agencies import get_agency, parents_of
from survey.queries.agency_overview import Overview, agency_overview
from survey.queries.agency_scores import AgencyScore, agency_scores
from survey.queries.benchmarks import BenchmarkView, all_benchmarks, dimension_benchmarks, newest_overall
from survey.queries.changes import Changes, changes_since
from survey.queries.compare_agencies import AgencyRow, compare_agencies
from survey.queries.estimates import common_axis
from survey.queries.readable_comments import readable_comments
from survey.queries.responses_by_day import Received, responses_by_day
from survey.queries.sensitivity import Sensitivity, sensitivity_of
from survey.queries.short_names import short_names
from survey.queries.targets import distance_of, targets_of
from survey.queries.trend import Trend, agency_trend
from survey.queries.waves import WaveView, all_waves, pick_wave, questionnaire_of
from survey.services.refresh_scores import refresh_scores
from survey.services.tidy_cases import tidy_cases
from survey.settings import today
from survey.web import charts, findings, funnel_chart, target_words, trust_words
from survey.web.account import allowed, needs
from survey.web.drawings import Picture, folder, svg

blueprint = Blueprint("agency", __name__)


@dataclass(frozen=True)
class Selection:
    """What the reader looks at: one agency in one wave and one mode, and what else there is to choose."""

    agency: Agency
    wave: WaveView
    waves: tuple[WaveView, ...]
    mode: str
    scores: tuple[AgencyScore, ...]
    below: frozenset[int]
    root: int | None  # the top of what the reader may see; None is the whole tree
    published: tuple[BenchmarkView, ...]

    @property
    def modes(self) -> dict[str, int]:
        return {score.mode: score.respondents for score in self.scores if score.basis == "all"}

    @property
    def from_above(self) -> bool:
        """Whether the reader sees the agency above too, and so what subtraction would tell."""
        return self.root != self.agency.id

    def score(self, basis: str) -> AgencyScore | None:
        return next((score for score in self.scores if (score.mode, score.basis) == (self.mode, basis)), None)


@blueprint.get("/")
def root() -> WerkzeugResponse:
    return redirect(url_for("agency.start"))


@blueprint.get("/start")
@needs("use_own_account")
def start() -> WerkzeugResponse:
    """Where each person's work begins."""
    if sees_all():
        return redirect(url_for("department.compare"))
    if allowed("manage_people"):
        return redirect(url_for("people.show_all"))
    if current_user.agency is None:
        raise NotAllowed("This account is bound to no agency.")
    return redirect(url_for("agency.show", code=current_user.agency.code))


@blueprint.get("/agencies/<code>")
@needs("see_agency")
def show(code: str) -> str:
    agency = get_agency(db.session, code)
    refresh_scores(db.session, today=today())
    tidy_cases(db.session, today=today())
    chosen = select(agency)
    if chosen is None:
        return render_template("agency/no_wave.html", agency=agency)
    overview, parts = overview_of(chosen), parts_of(chosen)
    return render_template(
        "agency/show.html",
        chosen=chosen,
        overview=overview,
        parts=parts,
        changes=changes_of(chosen),
        sensitivity=_sensitivity(chosen),
        axis=common_axis([*(overview.shown if overview else ()), *(row.estimate for row in parts)], overview.marks if overview else ()),
        aim=_aim(chosen, overview),
        trend=trend_of(chosen),
        published=newest_overall(chosen.published),
        received=received_of(chosen),
        comments=readable_comments(db.session, chosen.wave.id, chosen.below, page=request.args.get("comments", 1, type=int)),
        findings=findings,
        trust_words=trust_words,
        short=short_names(questionnaire_of(db.session, chosen.wave)),
    )


@blueprint.get("/agencies/<code>/charts/<name>.svg")
@needs("see_agency")
def chart(code: str, name: str) -> Response:
    chosen = select(get_agency(db.session, code))
    picture = CHARTS[name](chosen) if chosen is not None and name in CHARTS else None
    if picture is None:
        raise NotFound(f"There is no chart {name!r} here.")
    return Response(svg(picture, folder=folder(current_app.instance_path)), content_type="image/svg+xml")


def sees_all() -> bool:
    return may(frozenset(role.name for role in current_user.roles), "see_all_agencies")


def select(agency: Agency) -> Selection | None:
    """None while there is no wave at all."""
    waves = all_waves(db.session, published_only=not sees_all())
    wave = pick_wave(waves, request.args.get("wave"), today=today())
    if wave is None:
        return None
    scores = agency_scores(db.session, agency.id, wave)
    below = subtree(agency.id, parents_of(db.session))
    root = None if sees_all() else current_user.agency_id
    return Selection(agency, wave, waves, _mode(scores), scores, below, root, all_benchmarks(db.session))


def _mode(scores: tuple[AgencyScore, ...]) -> str:
    asked = request.args.get("mode")
    if asked is not None and asked not in MODES:
        raise NotFound(f"There is no mode {asked!r}.", code="unknown_mode")
    return asked or (scores[0].mode if scores else MODES[0])


def overview_of(chosen: Selection) -> Overview | None:
    everything = chosen.score("all")
    if everything is None:
        return None
    questionnaire = questionnaire_of(db.session, chosen.wave)
    marks = dimension_benchmarks(chosen.published, {d.code for d in questionnaire.dimensions})
    return agency_overview(everything, chosen.score("unmarked"), questionnaire, marks, from_above=chosen.from_above)


def _sensitivity(chosen: Selection) -> Sensitivity | None:
    """What another choice would give, in the mode that is looked at."""
    names = {"vi": chosen.agency.name_vi, "en": chosen.agency.name_en}
    found = sensitivity_of(names, chosen.scores, from_above=chosen.from_above)
    return next((one for one in found if one.mode == chosen.mode), None)


def changes_of(chosen: Selection) -> Changes | None:
    everything = chosen.score("all")
    if everything is None:
        return None
    return changes_since(
        db.session, everything, chosen.wave, chosen.waves, chosen.below, agency_id=chosen.agency.id, from_above=chosen.from_above
    )  # fmt: skip


def _aim(chosen: Selection, overview: Overview | None) -> str:
    """How far the year's target is, in words; nothing where there is none, or no index to hold against it."""
    target = targets_of(db.session, chosen.wave.opens_on.year).get(chosen.agency.id)
    distance = distance_of(overview.whole, target) if overview else None
    return target_words.target(distance, target, chosen.wave.opens_on.year) if distance is not None and target is not None else ""


def trend_of(chosen: Selection) -> Trend:
    """Over all waves of the same instrument: the desk survey and the sample survey never share a line."""
    waves = [wave for wave in chosen.waves if wave.instrument == chosen.wave.instrument]
    return agency_trend(db.session, chosen.agency, waves, chosen.mode, from_above=chosen.from_above)


def received_of(chosen: Selection) -> Received:
    return responses_by_day(db.session, chosen.wave.id, chosen.mode, chosen.below)


def parts_of(chosen: Selection) -> tuple[AgencyRow, ...]:
    """The agencies directly below, each with its headline."""
    if chosen.below == {chosen.agency.id}:
        return ()
    rows = compare_agencies(db.session, chosen.wave, chosen.mode, root=chosen.root)
    return tuple(row for row in rows if row.parent_id == chosen.agency.id)


def _trend_chart(chosen: Selection, width: int = charts.WIDE) -> Picture | None:
    trend = trend_of(chosen)
    return charts.trend(trend, newest_overall(chosen.published), width=width) if trend.shown else None


def _days_chart(chosen: Selection) -> Picture | None:
    received = received_of(chosen)
    if not received.days:
        return None
    # Kept while responses come in, drawings would tell when on a day they came.
    return replace(charts.days(received.days), may_be_kept=chosen.wave.state != OPEN)


def _dimensions_chart(chosen: Selection) -> Picture | None:
    overview = overview_of(chosen)
    return charts.dimensions(overview.dimensions) if overview and overview.whole.index is not None else None


def _place_chart(chosen: Selection) -> Picture | None:
    """The own dot alone: a head is not shown the others of its kind."""
    overview, agency = overview_of(chosen), chosen.agency
    if overview is None or overview.place is None:
        return None
    names = {"vi": agency.name_vi, "en": agency.name_en}
    return funnel_chart.funnel([AgencyRow(agency.id, agency.code, agency.kind, names, agency.parent_id, overview.whole, overview.place)])


CHARTS: dict[str, Callable[[Selection], Picture | None]] = {
    "trend": _trend_chart,
    "trend-phone": partial(_trend_chart, width=charts.WIDTH),
    "days": _days_chart,
    "dimensions": _dimensions_chart,
    "place": _place_chart,
}
