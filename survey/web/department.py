"""Sở Nội vụ's pages: all agencies side by side, and the waves with their frozen results."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, Response, current_app, redirect, render_template, request, url_for
from flask_security import current_user
from werkzeug.wrappers import Response as WerkzeugResponse

from survey import parameter_words
from survey.database import db
from survey.domain.questionnaire import OVERALL
from survey.domain.wave import ANALYSED, CLOSED, MODES, PUBLISHED, may_become
from survey.errors import Conflict, NotFound
from survey.models import LIVE, AnalysisRun
from survey.queries import heat_map as heat_maps
from survey.queries.analysis_runs import find_run, runs_of
from survey.queries.benchmarks import all_benchmarks, overall_benchmarks
from survey.queries.compare_agencies import compare_agencies, modes_of
from survey.queries.estimates import common_axis
from survey.queries.received_by_wave import received_by_wave
from survey.queries.waves import WaveView, all_waves, find_in, pick_wave, questionnaire_of
from survey.services.change_wave import close_wave, publish_wave
from survey.services.refresh_scores import refresh_scores
from survey.services.run_analysis import run_analysis
from survey.settings import today
from survey.web import charts, findings
from survey.web import comparison as comparisons
from survey.web.account import needs
from survey.web.drawings import folder, svg

blueprint = Blueprint("department", __name__)

#: The steps of a wave's life and the state that each leads to.
_STEPS = {"close": CLOSED, "analyse": ANALYSED, "publish": PUBLISHED}


@blueprint.get("/department")
@needs("see_all_agencies")
def compare() -> str:
    refresh_scores(db.session, today=today())
    waves = all_waves(db.session)
    wave = pick_wave(waves, request.args.get("wave"), today=today())
    modes = modes_of(db.session, wave) if wave else ()
    chosen_mode = _mode(modes)
    comparison = comparisons.compare(compare_agencies(db.session, wave, chosen_mode) if wave else (), request.args)
    return render_template(
        "department/compare.html",
        waves=waves, wave=wave, modes=modes, chosen_mode=chosen_mode, comparison=comparison, rows=comparison.rows, findings=findings,
        axis=common_axis(row.estimate for row in comparison.every), benchmarks=overall_benchmarks(all_benchmarks(db.session)),
    )  # fmt: skip


@blueprint.get("/department/funnel.svg")
@needs("see_all_agencies")
def funnel() -> Response:
    waves = all_waves(db.session)
    wave = pick_wave(waves, request.args.get("wave"), today=today())
    chosen_mode = _mode(modes_of(db.session, wave) if wave else ())
    compared = comparisons.compare(compare_agencies(db.session, wave, chosen_mode) if wave else (), request.args).compared
    if not compared:
        raise NotFound("No agencies are compared here.")
    return Response(svg(charts.funnel(compared), folder=folder(current_app.instance_path)), content_type="image/svg+xml")


@blueprint.get("/department/criteria")
@needs("see_all_agencies")
def heat_map() -> str:
    """Agencies by criteria, the lowest first in the column that was asked for, and what other choices would give."""
    refresh_scores(db.session, today=today())
    wave = pick_wave(all_waves(db.session), request.args.get("wave"), today=today())
    chosen_mode = _mode(modes_of(db.session, wave) if wave else ())
    criteria = questionnaire_of(db.session, wave).criteria if wave else ()
    keys, sort = (OVERALL, *(criterion.code for criterion in criteria)), request.args.get("sort", "name")
    rows = heat_maps.heat_map(db.session, wave, chosen_mode, keys) if wave else ()
    return render_template(
        "department/heat_map.html",
        wave=wave, chosen_mode=chosen_mode, criteria=criteria, keys=keys, sort=sort,
        rows=comparisons.map_rows(rows, keys, sort=sort),
        choices=heat_maps.sensitivity(db.session, wave) if wave else (),
    )  # fmt: skip


@blueprint.get("/department/waves")
@needs("see_waves")
def waves() -> str:
    return render_template("department/waves.html", waves=all_waves(db.session), received=received_by_wave(db.session))


@blueprint.get("/department/waves/<code>")
@needs("see_waves")
def wave(code: str) -> str:
    """The wave's frozen runs and the results of one of them, the newest unless another is asked for."""
    wave = _wave(code)
    runs = runs_of(db.session, wave.id)
    revision = _revision(runs)
    modes = modes_of(db.session, wave, revision=revision) if revision else ()
    chosen_mode = _mode(modes)
    comparison = comparisons.by_name(compare_agencies(db.session, wave, chosen_mode, revision=revision) if revision else ())
    return render_template(
        "department/wave.html",
        wave=wave, runs=runs, revision=revision, modes=modes, chosen_mode=chosen_mode, comparison=comparison,
        rows=comparison.rows, findings=findings, axis=common_axis(row.estimate for row in comparison.rows), parameter_words=parameter_words,
    )  # fmt: skip


@blueprint.get("/department/waves/<code>/runs/<int(max=2147483647):revision>.json")
@needs("see_waves")
def run_file(code: str, revision: int) -> Response:
    """The frozen result, byte for byte what its SHA-256 was taken of."""
    run = find_run(db.session, _wave(code).id, revision)
    response = Response(run.result.encode("utf-8"), content_type="application/json")
    response.headers.set("Content-Disposition", "attachment", filename=f"sipas-{code}-r{revision}.json")
    return response


@blueprint.get("/department/waves/<code>/<any(close,analyse):step>")
@needs("run_waves")
def confirm(code: str, step: str) -> str:
    return _confirm(code, step)


@blueprint.get("/department/waves/<code>/publish")
@needs("publish_waves")
def confirm_publishing(code: str) -> str:
    return _confirm(code, "publish")


@blueprint.post("/department/waves/<code>/<any(close,analyse):step>")
@needs("run_waves")
def take(code: str, step: str) -> WerkzeugResponse:
    if step == "close":
        close_wave(db.session, code, today=today())
    else:
        run_analysis(db.session, code, by=current_user.email, today=today())
    return redirect(url_for("department.wave", code=code), code=303)


@blueprint.post("/department/waves/<code>/publish")
@needs("publish_waves")
def publish(code: str) -> WerkzeugResponse:
    publish_wave(db.session, code)
    return redirect(url_for("department.wave", code=code), code=303)


def _confirm(code: str, step: str) -> str:
    """Says what the step means before it is taken; what the wave's state does not allow is not even asked."""
    wave = _wave(code)
    if not may_become(wave.state, _STEPS[step]):
        raise Conflict(f"Wave {code} is {wave.state}; from there it cannot become {_STEPS[step]}.", code=f"wave_{wave.state}")
    return render_template("department/confirm.html", wave=wave, step=step)


def _wave(code: str) -> WaveView:
    return find_in(all_waves(db.session), code)


def _revision(runs: Sequence[AnalysisRun]) -> int:
    """The revision that was asked for, else the newest; before the first run there are only live scores."""
    asked = request.args.get("revision")
    if asked is None:
        return runs[0].revision if runs else LIVE
    revision = next((run.revision for run in runs if str(run.revision) == asked), None)
    if revision is None:
        raise NotFound(f"There is no revision {asked!r}.")
    return revision


def _mode(modes: Sequence[str]) -> str:
    asked = request.args.get("mode")
    if asked is not None and asked not in MODES:
        raise NotFound(f"There is no mode {asked!r}.", code="unknown_mode")
    return asked or (modes[0] if modes else MODES[0])
