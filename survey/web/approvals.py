"""A second person looks at a frozen run and approves it, which publishes it, or returns it (decision 0087)."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask_security import current_user
from werkzeug.wrappers import Response as WerkzeugResponse

from survey import parameter_words
from survey.database import db
from survey.domain.wave import LONGEST_REASON, PUBLISHED, may_become
from survey.errors import Conflict, Invalid
from survey.queries.analysis_runs import find_run, run_histories
from survey.queries.approval import approval_of
from survey.queries.waves import WaveView, all_waves, find_in
from survey.services.approve_run import publish_wave, return_run
from survey.settings import today
from survey.web import findings
from survey.web.account import needs
from survey.web.downloads import download

blueprint = Blueprint("approvals", __name__)


@blueprint.get("/department/waves/<code>/publish")
@needs("publish_waves")
def show(code: str) -> str:
    return _page(code)


@blueprint.post("/department/waves/<code>/publish")
@needs("publish_waves")
def approve(code: str) -> WerkzeugResponse:
    publish_wave(db.session, code, by=current_user.email, today=today(), revision=_looked_at())
    return _to_wave(code)


@blueprint.post("/department/waves/<code>/return")
@needs("publish_waves")
def return_(code: str) -> WerkzeugResponse | tuple[str, int]:
    reason = request.form.get("reason", "")
    try:
        return_run(db.session, code, by=current_user.email, today=today(), reason=reason, revision=_looked_at())
    except Invalid as refusal:
        return _page(code, problem=refusal.code), 422
    return _to_wave(code)


@blueprint.get("/department/waves/<code>/runs/<int(max=2147483647):revision>.json")
@needs("see_waves")
def run_file(code: str, revision: int) -> Response:
    """The frozen result, byte for byte what its SHA-256 was taken of."""
    run = find_run(db.session, _wave(code).id, revision)
    return download(run.result, "application/json", _name(code, revision))


@blueprint.get("/department/waves/<code>/runs/<int(max=2147483647):revision>.sha256")
@needs("see_waves")
def run_hashes(code: str, revision: int) -> Response:
    """The hashes in full, so that `sha256sum -c` proves the file beside it."""
    run = find_run(db.session, _wave(code).id, revision)
    text = f"# inputs {run.inputs_sha256}\n# code {run.code_version}\n{run.result_sha256}  {_name(code, revision)}\n"
    return download(text, "text/plain; charset=utf-8", f"{_name(code, revision)}.sha256")


def _page(code: str, *, problem: str = "") -> str:
    """What would be published, before anybody is asked to; where there is nothing to approve, nobody is asked."""
    wave = _wave(code)
    if not may_become(wave.state, PUBLISHED):
        raise Conflict(f"Wave {code} is {wave.state}; from there it cannot become {PUBLISHED}.", code=f"wave_{wave.state}")
    if not wave.may_publish:
        raise Conflict(f"Wave {code} has nothing to approve.", code="wave_published")
    newest, *_ = run_histories(db.session, wave.id)
    approval = approval_of(db.session, wave, revision=newest.run.revision)
    return render_template(
        "department/approve.html",
        wave=wave, newest=newest, approval=approval, problem=problem, findings=findings, parameter_words=parameter_words,
        own=current_user.email in newest.proposers, longest=LONGEST_REASON,
    )  # fmt: skip


def _name(code: str, revision: int) -> str:
    return f"sipas-{code}-r{revision}.json"


def _wave(code: str) -> WaveView:
    return find_in(all_waves(db.session), code)


def _to_wave(code: str) -> WerkzeugResponse:
    return redirect(url_for("waves.show", code=code), code=303)


def _looked_at() -> int | None:
    """The revision that the form was about."""
    return request.form.get("revision", type=int)
