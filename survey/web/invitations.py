"""The invitations of an agency to a sample survey: make a batch, see how many have answered, take one back (decision 0090)."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, redirect, render_template, request, url_for
from flask_security import current_user
from werkzeug.wrappers import Response as WerkzeugResponse

from survey.database import db
from survey.domain.agency_tree import subtree
from survey.domain.questionnaire import FULL_FORM
from survey.domain.slip_code import key_check, slip_key
from survey.domain.wave import OPEN, SAMPLE_SURVEY
from survey.errors import Conflict, Invalid, NotFound
from survey.models import Agency, SlipBatch
from survey.queries.agencies import get_agency, parents_of
from survey.queries.agency_list import list_desks
from survey.queries.slips import list_batches, rates
from survey.queries.waves import WaveView, all_waves
from survey.reports.invitations import FORMATS
from survey.services.make_invitations import make_invitations
from survey.services.print_slips import FEWEST, MOST
from survey.services.withdraw_slips import LONGEST_REASON, withdraw_slips
from survey.settings import today
from survey.web.account import needs

blueprint = Blueprint("invitations", __name__)


@blueprint.get("/agencies/<code>/invitations")
@needs("invite")
def show(code: str) -> str:
    return _page(get_agency(db.session, code))


@blueprint.post("/agencies/<code>/invitations")
@needs("invite")
def make(code: str) -> Response | tuple[str, int]:
    agency, form = get_agency(db.session, code), request.form
    desk_id = form.get("desk", 0, type=int)
    wave = next((wave for wave in _waves() if wave.code == form.get("wave")), None)
    if wave is None or form.get("format") not in FORMATS or desk_id not in {desk["id"] for desk in _desks(agency)}:
        raise NotFound("There is no such sample survey, no such file, or this agency has no such desk.")
    mimetype, draw = FORMATS[form["format"]]
    base_url, last_day = current_app.config["SETTINGS"].base_url, wave.closes_on
    try:
        made = make_invitations(
            db.session, wave.code, desk_id, form.get("count", 0, type=int), full_form=form.get("form") == FULL_FORM,
            key=_key(), today=today(), made_by=current_user.email, draw=lambda desk, codes: draw(desk, codes, base_url, last_day),
        )  # fmt: skip
    except (Conflict, Invalid) as refusal:
        return _page(agency, problem=refusal.code), 422
    name = f"thu-moi-{agency.code}-{wave.code}-{today()}.{form['format']}"
    return Response(made, mimetype=mimetype, headers={"Content-Disposition": f'attachment; filename="{name}"'})


@blueprint.post("/invitations/<int(max=2147483647):batch_id>/withdraw")
@needs("invite")
def withdraw(batch_id: int) -> WerkzeugResponse | tuple[str, int]:
    batch = db.session.get(SlipBatch, batch_id)
    if batch is None or batch.wave_id is None:
        raise NotFound(f"There is no batch of invitations {batch_id}.")
    agency: Agency = batch.desk.agency
    try:
        withdraw_slips(db.session, batch_id, reason=request.form.get("reason", ""), today=today(), withdrawn_by=current_user.email)
    except (Conflict, Invalid) as refusal:
        return _page(agency, problem=refusal.code), 422
    return redirect(url_for("invitations.show", code=request.form.get("back") or agency.code))


def _page(agency: Agency, *, problem: str = "") -> str:
    batches = list_batches(db.session, subtree(agency.id, parents_of(db.session)), invitations=True)
    return render_template(
        "agency/invitations.html",
        agency=agency,
        desks=_desks(agency),
        waves=_waves(),
        batches=batches,
        rates=rates(batches),
        problem=problem,
        settings=current_app.config["SETTINGS"],
        key_check=key_check(_key()),
        fewest=FEWEST,
        most=MOST,
        longest_reason=LONGEST_REASON,
    )


def _waves() -> list[WaveView]:
    """The sample surveys that still take responses, or will."""
    return [wave for wave in all_waves(db.session) if wave.instrument == SAMPLE_SURVEY and wave.state == OPEN and wave.closes_on >= today()]


def _desks(agency: Agency) -> list[dict[str, object]]:
    return list_desks(db.session, subtree(agency.id, parents_of(db.session)), today=today())


def _key() -> bytes:
    return slip_key(current_app.config["SETTINGS"].secret_key)
