"""Sở Nội vụ's pages of the waves: each with its frozen runs, from planning it to the analysis."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, redirect, render_template, request, url_for
from flask_security import current_user
from werkzeug.wrappers import Response as WerkzeugResponse

from survey import parameter_words
from survey.database import db
from survey.domain.wave import ANALYSED, CLOSED, LONGEST_REASON, MAY_CHANGE, may_become
from survey.errors import Conflict, Invalid, NotFound
from survey.models import LIVE
from survey.queries.analysis_jobs import RUNNING, JobView, find_job
from survey.queries.analysis_runs import RunHistory, run_histories
from survey.queries.compare_agencies import compare_agencies, modes_of
from survey.queries.compare_revisions import compare_revisions
from survey.queries.received_by_wave import received_by_wave
from survey.queries.wave_plans import wave_plans
from survey.queries.waves import WaveView, all_waves, find_in
from survey.services.change_wave import close_ended_waves, close_wave
from survey.services.start_analysis import start_analysis
from survey.settings import today
from survey.web import comparison as comparisons
from survey.web import findings
from survey.web.account import needs
from survey.web.department import chosen_mode_of
from survey.web.log_in import now
from survey.web.wave_calendar import calendar

blueprint = Blueprint("waves", __name__)

#: The steps of a wave's life and the state that each leads to.
_STEPS = {"close": CLOSED, "analyse": ANALYSED}
#: Seconds after which a browser looks again how far the analysis is.
_LOOK_AGAIN = "2"


@blueprint.get("/department/waves")
@needs("see_waves")
def show_all() -> str:
    close_ended_waves(db.session, today=today())
    waves = all_waves(db.session)
    return render_template(
        "department/waves.html",
        waves=waves, received=received_by_wave(db.session), plans=wave_plans(db.session), calendar=calendar(waves, today()), today=today(),
        stages={wave.code: wave.stage(today()) for wave in waves}, may_change=MAY_CHANGE,
    )  # fmt: skip


@blueprint.get("/department/waves/<code>")
@needs("see_waves")
def show(code: str) -> str:
    """The wave's frozen runs and the results of one of them, the newest unless another is asked for."""
    close_ended_waves(db.session, today=today())
    wave = _wave(code)
    runs = run_histories(db.session, wave.id)
    revision = _revision(runs)
    modes = modes_of(db.session, wave, revision=revision) if revision else ()
    chosen_mode = chosen_mode_of(modes)
    comparison = comparisons.by_name(compare_agencies(db.session, wave, chosen_mode, revision=revision) if revision else ())
    return render_template(
        "department/wave.html",
        stage=wave.stage(today()), may_change=MAY_CHANGE, plan=wave_plans(db.session)[wave.code],
        wave=wave, runs=runs, revision=revision, modes=modes, chosen_mode=chosen_mode, comparison=comparison, job=_job(wave),
        rows=comparison.rows, findings=findings, axis=comparison.axis, parameter_words=parameter_words,
    )  # fmt: skip


@blueprint.get("/department/waves/<code>/<any(close,analyse):step>")
@needs("run_waves")
def confirm(code: str, step: str) -> str:
    return _confirm(code, step)


@blueprint.post("/department/waves/<code>/<any(close,analyse):step>")
@needs("run_waves")
def take(code: str, step: str) -> WerkzeugResponse | tuple[str, int]:
    if step == "close":
        close_wave(db.session, code, today=today())
        return _to_wave(code)
    reason = " ".join(request.form.get("reason", "").split()) or None
    try:
        start_analysis(db.session, code, by=current_user.email, today=today(), reason=reason)
    except Invalid as refusal:
        return _confirm(code, step, problem=refusal.code), 422
    return redirect(url_for("waves.progress", code=code), code=303)


@blueprint.get("/department/waves/<code>/progress")
@needs("see_waves")
def progress(code: str) -> WerkzeugResponse | tuple[str, int, dict[str, str]]:
    """How far the analysis is; the browser asks again by itself, without any script, until it can go back to the wave."""
    wave = _wave(code)
    job = _job(wave)
    if job is None or job.standing != RUNNING:
        return _to_wave(code)
    return render_template("department/progress.html", wave=wave, job=job), 200, {"Refresh": _LOOK_AGAIN}


@blueprint.get("/department/waves/<code>/revisions")
@needs("see_waves")
def compare(code: str) -> str:
    """What changed from one frozen revision to another: from the last but one to the last, unless others are asked for."""
    wave = _wave(code)
    runs = {each.run.revision: each for each in run_histories(db.session, wave.id)}
    later = request.args.get("later", max(runs, default=LIVE), type=int)
    earlier = request.args.get("earlier", later - 1, type=int)
    if not {earlier, later} <= runs.keys() or earlier >= later:
        raise NotFound(f"Wave {code} has no revisions {earlier} and {later}.")
    modes = modes_of(db.session, wave, revision=later)
    chosen_mode = chosen_mode_of(modes)
    return render_template(
        "department/revisions.html",
        wave=wave, modes=modes, chosen_mode=chosen_mode, reason=runs[later].reason,
        code_changed=runs[earlier].run.code_version != runs[later].run.code_version,
        compared=compare_revisions(db.session, wave, chosen_mode, earlier=earlier, later=later),
    )  # fmt: skip


def _confirm(code: str, step: str, *, problem: str = "") -> str:
    """Says what the step means before it is taken; what the wave's state does not allow is not even asked."""
    wave = _wave(code)
    if not may_become(wave.state, _STEPS[step]):
        raise Conflict(f"Wave {code} is {wave.state}; from there it cannot become {_STEPS[step]}.", code=f"wave_{wave.state}")
    runs = run_histories(db.session, wave.id)
    return render_template(
        "department/confirm.html",
        wave=wave, step=step, runs=runs, newest=runs[0] if runs else None, longest=LONGEST_REASON, problem=problem,
    )  # fmt: skip


def _to_wave(code: str) -> WerkzeugResponse:
    return redirect(url_for("waves.show", code=code), code=303)


def _wave(code: str) -> WaveView:
    return find_in(all_waves(db.session), code)


def _job(wave: WaveView) -> JobView | None:
    return find_job(db.session, wave.id, now=now())


def _revision(runs: Sequence[RunHistory]) -> int:
    """The revision that was asked for, else the newest; before the first run there are only live scores."""
    asked = request.args.get("revision")
    if asked is None:
        return runs[0].run.revision if runs else LIVE
    revision = next((each.run.revision for each in runs if str(each.run.revision) == asked), None)
    if revision is None:
        raise NotFound(f"There is no revision {asked!r}.")
    return revision
