"""The slips of an agency: print a batch, see what became of each, and take one back."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, Response, current_app, request
from flask_security import current_user
from werkzeug.wrappers import Response as WerkzeugResponse

from survey.database import db
from survey.errors import Invalid
from survey.models import Agency, Desk
from survey.queries.agencies import get_agency
from survey.reports.slips_pdf import draw_slips
from survey.services.print_slips import print_slips
from survey.settings import today
from survey.web.account import needs
from survey.web.batches import batch_page, batches_of, chosen_desk, key, withdraw_batch
from survey.web.downloads import download

blueprint = Blueprint("slip_batches", __name__)


@blueprint.get("/agencies/<code>/slips")
@needs("manage_desks")
def show(code: str) -> str:
    return _page(get_agency(db.session, code))


@blueprint.post("/agencies/<code>/slips")
@needs("manage_desks")
def print_(code: str) -> Response | tuple[str, int]:
    agency, count = get_agency(db.session, code), request.form.get("count", 0, type=int)
    desk_id = chosen_desk(agency)
    try:
        sheets = print_slips(db.session, desk_id, count, key=key(), today=today(), printed_by=current_user.email, draw=_draw)
    except Invalid as refusal:
        return _page(agency, problem=refusal.code), 422
    return download(sheets, "application/pdf", f"phieu-{agency.code}-{today()}.pdf")


@blueprint.post("/slips/<int(max=2147483647):batch_id>/withdraw")
@needs("manage_desks")
def withdraw(batch_id: int) -> WerkzeugResponse | tuple[str, int]:
    return withdraw_batch(batch_id, invitations=False, show="slip_batches.show", page=_page)


def _page(agency: Agency, *, problem: str = "", about: int | None = None) -> str:
    return batch_page("agency/slips.html", agency, batches=batches_of(agency), problem=problem, about=about)


def _draw(desk: Desk, codes: Sequence[str]) -> bytes:
    return draw_slips(desk, codes, base_url=current_app.config["SETTINGS"].base_url)
