"""The slips of an agency: print a batch, see what became of each, and take one back."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, Response, current_app, redirect, render_template, request, url_for
from flask_security import current_user
from werkzeug.wrappers import Response as WerkzeugResponse

from survey.database import db
from survey.domain.agency_tree import subtree
from survey.domain.slip_code import key_check, slip_key
from survey.errors import Conflict, Invalid, NotFound
from survey.models import Agency, Desk, SlipBatch
from survey.queries.agencies import get_agency, parents_of
from survey.queries.agency_list import list_desks
from survey.queries.slips import list_batches
from survey.reports.slips_pdf import draw_slips
from survey.services.print_slips import FEWEST, MOST, print_slips
from survey.services.withdraw_slips import LONGEST_REASON, withdraw_slips
from survey.settings import today
from survey.web.account import needs

blueprint = Blueprint("slip_batches", __name__)


@blueprint.get("/agencies/<code>/slips")
@needs("manage_desks")
def show(code: str) -> str:
    return _page(get_agency(db.session, code))


@blueprint.post("/agencies/<code>/slips")
@needs("manage_desks")
def print_(code: str) -> Response | tuple[str, int]:
    agency = get_agency(db.session, code)
    desk_id = request.form.get("desk", 0, type=int)
    if desk_id not in {desk["id"] for desk in _desks(agency)}:
        raise NotFound("This agency has no such desk.")
    count = request.form.get("count", 0, type=int)
    try:
        sheets = print_slips(db.session, desk_id, count, key=_key(), today=today(), printed_by=current_user.email, draw=_draw)
    except Invalid as refusal:
        return _page(agency, problem=refusal.code), 422
    name = f"phieu-{agency.code}-{today()}.pdf"
    return Response(sheets, mimetype="application/pdf", headers={"Content-Disposition": f'attachment; filename="{name}"'})


@blueprint.post("/slips/<int(max=2147483647):batch_id>/withdraw")
@needs("manage_desks")
def withdraw(batch_id: int) -> WerkzeugResponse | tuple[str, int]:
    batch = db.session.get(SlipBatch, batch_id)
    agency: Agency | None = batch.desk.agency if batch else None
    if agency is None:
        raise NotFound(f"There is no batch of slips {batch_id}.")
    try:
        withdraw_slips(db.session, batch_id, reason=request.form.get("reason", ""), today=today(), withdrawn_by=current_user.email)
    except (Conflict, Invalid) as refusal:
        return _page(agency, problem=refusal.code), 422
    return redirect(url_for("slip_batches.show", code=request.form.get("back") or agency.code))


def _page(agency: Agency, *, problem: str = "") -> str:
    settings = current_app.config["SETTINGS"]
    return render_template(
        "agency/slips.html",
        agency=agency,
        desks=_desks(agency),
        batches=list_batches(db.session, subtree(agency.id, parents_of(db.session))),
        problem=problem,
        settings=settings,
        key_check=key_check(_key()),
        fewest=FEWEST,
        most=MOST,
        longest_reason=LONGEST_REASON,
    )


def _desks(agency: Agency) -> list[dict[str, object]]:
    return list_desks(db.session, subtree(agency.id, parents_of(db.session)), today=today())


def _draw(desk: Desk, codes: Sequence[str]) -> bytes:
    return draw_slips(desk, codes, base_url=current_app.config["SETTINGS"].base_url)


def _key() -> bytes:
    return slip_key(current_app.config["SETTINGS"].secret_key)
