"""Sở Nội vụ's pages: all agencies side by side."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, Response, current_app, render_template, request

from survey.database import db
from survey.domain.questionnaire import OVERALL
from survey.domain.wave import MODES
from survey.errors import NotFound
from survey.queries import heat_map as heat_maps
from survey.queries.benchmarks import all_benchmarks, overall_benchmarks
from survey.queries.compare_agencies import compare_agencies, modes_of
from survey.queries.sensitivity import sensitivity
from survey.queries.waves import all_waves, pick_wave, questionnaire_of
from survey.services.refresh_scores import refresh_scores
from survey.settings import today
from survey.web import charts, findings, funnel_chart, target_words
from survey.web import comparison as comparisons
from survey.web.account import needs
from survey.web.drawings import folder, svg

blueprint = Blueprint("department", __name__)


@blueprint.get("/department")
@needs("see_all_agencies")
def compare() -> str:
    refresh_scores(db.session, today=today())
    waves = all_waves(db.session)
    wave = pick_wave(waves, request.args.get("wave"), today=today())
    modes = modes_of(db.session, wave) if wave else ()
    chosen_mode = chosen_mode_of(modes)
    comparison = comparisons.compare(compare_agencies(db.session, wave, chosen_mode) if wave else (), request.args)
    return render_template(
        "department/compare.html",
        waves=waves, wave=wave, modes=modes, chosen_mode=chosen_mode, comparison=comparison, rows=comparison.rows, findings=findings,
        axis=comparison.axis, benchmarks=overall_benchmarks(all_benchmarks(db.session)), words=target_words,
    )  # fmt: skip


@blueprint.get("/department/funnel.svg")
@needs("see_all_agencies")
def funnel() -> Response:
    waves = all_waves(db.session)
    wave = pick_wave(waves, request.args.get("wave"), today=today())
    chosen_mode = chosen_mode_of(modes_of(db.session, wave) if wave else ())
    compared = comparisons.compare(compare_agencies(db.session, wave, chosen_mode) if wave else (), request.args).compared
    if not compared:
        raise NotFound("No agencies are compared here.")
    picture = funnel_chart.funnel(compared, width=charts.WIDTH if request.args.get("phone") else charts.WIDE)
    return Response(svg(picture, folder=folder(current_app.instance_path)), content_type="image/svg+xml")


@blueprint.get("/department/criteria")
@needs("see_all_agencies")
def heat_map() -> str:
    """Agencies by criteria, the lowest first in the column that was asked for, and what other choices would give."""
    refresh_scores(db.session, today=today())
    waves = all_waves(db.session)
    wave = pick_wave(waves, request.args.get("wave"), today=today())
    modes = modes_of(db.session, wave) if wave else ()
    chosen_mode = chosen_mode_of(modes)
    criteria = questionnaire_of(db.session, wave).criteria if wave else ()
    keys, sort = (OVERALL, *(criterion.code for criterion in criteria)), request.args.get("sort", "name")
    province, rows = comparisons.apart(heat_maps.heat_map(db.session, wave, chosen_mode, keys) if wave else ())
    return render_template(
        "department/heat_map.html",
        waves=waves, wave=wave, modes=modes, chosen_mode=chosen_mode, criteria=criteria, keys=keys, sort=sort,
        rows=comparisons.map_rows(rows, keys, sort=sort), whole=comparisons.map_rows([province] if province else (), keys, sort=sort),
        choices=sensitivity(db.session, wave) if wave else (),
    )  # fmt: skip


def chosen_mode_of(modes: Sequence[str]) -> str:
    """The mode that the address asks for, else the first."""
    asked = request.args.get("mode")
    if asked is not None and asked not in MODES:
        raise NotFound(f"There is no mode {asked!r}.", code="unknown_mode")
    return asked or (modes[0] if modes else MODES[0])
