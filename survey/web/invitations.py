"""The invitations of an agency to a sample survey: make a batch, see how many have answered, take one back (decision 0090)."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, request
from flask_security import current_user
from werkzeug.wrappers import Response as WerkzeugResponse

from survey.database import db
from survey.domain.questionnaire import FULL_FORM
from survey.domain.wave import OPEN, SAMPLE_SURVEY
from survey.errors import Conflict, Invalid, NotFound
from survey.models import Agency
from survey.queries.agencies import get_agency
from survey.queries.slips import rates
from survey.queries.waves import WaveView, all_waves
from survey.reports.invitations import FORMATS
from survey.services.make_invitations import make_invitations
from survey.settings import today
from survey.web.account import needs
from survey.web.batches import batch_page, batches_of, chosen_desk, key, withdraw_batch
from survey.web.downloads import download

blueprint = Blueprint("invitations", __name__)


@blueprint.get("/agencies/<code>/invitations")
@needs("invite")
def show(code: str) -> str:
    return _page(get_agency(db.session, code))


@blueprint.post("/agencies/<code>/invitations")
@needs("invite")
def make(code: str) -> Response | tuple[str, int]:
    agency, form = get_agency(db.session, code), request.form
    desk_id, wave = chosen_desk(agency), next((wave for wave in _waves() if wave.code == form.get("wave")), None)
    if wave is None or form.get("format") not in FORMATS:
        raise NotFound("There is no such sample survey, or no such file.")
    mimetype, draw = FORMATS[form["format"]]
    base_url, last_day = current_app.config["SETTINGS"].base_url, wave.closes_on
    try:
        made = make_invitations(
            db.session, wave.code, desk_id, form.get("count", 0, type=int), full_form=form.get("form") == FULL_FORM,
            key=key(), today=today(), made_by=current_user.email, draw=lambda desk, codes: draw(desk, codes, base_url, last_day),
        )  # fmt: skip
    except (Conflict, Invalid) as refusal:
        return _page(agency, problem=refusal.code), 422
    return download(made, mimetype, f"thu-moi-{agency.code}-{wave.code}-{today()}.{form['format']}")


@blueprint.post("/invitations/<int(max=2147483647):batch_id>/withdraw")
@needs("invite")
def withdraw(batch_id: int) -> WerkzeugResponse | tuple[str, int]:
    return withdraw_batch(batch_id, invitations=True, show="invitations.show", page=_page)


def _page(agency: Agency, *, problem: str = "", about: int | None = None) -> str:
    batches = batches_of(agency, invitations=True)
    return batch_page(
        "agency/invitations.html", agency, waves=_waves(), batches=batches, rates=rates(batches), problem=problem, about=about
    )  # fmt: skip


def _waves() -> list[WaveView]:
    """The sample surveys that still take responses, or will."""
    return [wave for wave in all_waves(db.session) if wave.instrument == SAMPLE_SURVEY and wave.state == OPEN and wave.closes_on >= today()]
