"""The desks of an agency: their addresses and QR codes, to print, to renew and to take back."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, redirect, render_template, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from survey.database import db
from survey.domain.agency_tree import subtree
from survey.errors import NotFound
from survey.models import DISPLAY, KIOSK, Desk
from survey.qr_code import draw
from survey.queries.agencies import find_agency, parents_of
from survey.queries.agency_list import list_desks
from survey.queries.screens import list_screens
from survey.reports.slips_pdf import draw_poster
from survey.services.issue_desk_code import issue_desk_code, revoke_desk_codes
from survey.settings import today
from survey.web.account import needs

blueprint = Blueprint("desks", __name__)
#: Where the addresses of tablets and screens lead.
_PAGES = {KIOSK: "citizen.kiosk", DISPLAY: "citizen.display"}
_TYPES = {"svg": "image/svg+xml", "png": "image/png", "pdf": "application/pdf"}


@blueprint.get("/agencies/<code>/desks")
@needs("manage_desks")
def show(code: str) -> str:
    agency = find_agency(db.session, code)
    if agency is None:
        raise NotFound(f"There is no agency {code!r}.")
    desks = list_desks(db.session, subtree(agency.id, parents_of(db.session)), today=today())
    settings = current_app.config["SETTINGS"]
    codes = list_screens(db.session, [desk["id"] for desk in desks])
    screens = {(desk_id, kind): url_for(_PAGES[kind], code=code) for (desk_id, kind), code in codes.items()}
    return render_template("agency/desks.html", agency=agency, desks=desks, settings=settings, screens=screens)


@blueprint.get("/desks/<int(max=2147483647):desk_id>/qr.<format_>")
@needs("manage_desks")
def qr(desk_id: int, format_: str) -> Response:
    desk = _desk(desk_id)
    desks = list_desks(db.session, frozenset({desk.agency_id}), today=today())
    found = next((found for found in desks if found["id"] == desk_id and found["url"]), None)
    if found is None or format_ not in _TYPES:
        raise NotFound("This desk has no address.")
    base_url = current_app.config["SETTINGS"].base_url
    if format_ == "pdf":
        image = draw_poster(desk, url=found["url"], short_url=found["short_url"], base_url=base_url)
    else:
        image = draw(base_url + found["url"], format_)
    return Response(image, mimetype=_TYPES[format_], headers={"Content-Disposition": f'inline; filename="qr-{desk_id}.{format_}"'})


@blueprint.post("/desks/<int(max=2147483647):desk_id>/issue")
@needs("manage_desks")
def issue(desk_id: int) -> WerkzeugResponse:
    desk = _desk(desk_id)
    issue_desk_code(db.session, desk_id, today=today())
    return redirect(url_for("desks.show", code=desk.agency.code))


@blueprint.post("/desks/<int(max=2147483647):desk_id>/revoke")
@needs("manage_desks")
def revoke(desk_id: int) -> WerkzeugResponse:
    desk = _desk(desk_id)
    revoke_desk_codes(db.session, desk_id, today=today())
    return redirect(url_for("desks.show", code=desk.agency.code))


@blueprint.get("/desks/<int(max=2147483647):desk_id>/<any(kiosk, display):kind>/qr.svg")
@needs("manage_desks")
def screen_qr(desk_id: int, kind: str) -> Response:
    """To open the address on the tablet without typing it."""
    code = list_screens(db.session, [desk_id]).get((desk_id, kind))
    if code is None:
        raise NotFound("This desk has no such address.")
    return Response(draw(current_app.config["SETTINGS"].base_url + url_for(_PAGES[kind], code=code), "svg"), mimetype=_TYPES["svg"])


@blueprint.post("/desks/<int(max=2147483647):desk_id>/<any(kiosk, display):kind>/issue")
@needs("manage_desks")
def issue_screen(desk_id: int, kind: str) -> WerkzeugResponse:
    desk = _desk(desk_id)
    issue_desk_code(db.session, desk_id, today=today(), kind=kind)
    return redirect(url_for("desks.show", code=desk.agency.code, _anchor=f"desk-{desk_id}"))


@blueprint.post("/desks/<int(max=2147483647):desk_id>/<any(kiosk, display):kind>/revoke")
@needs("manage_desks")
def revoke_screen(desk_id: int, kind: str) -> WerkzeugResponse:
    desk = _desk(desk_id)
    revoke_desk_codes(db.session, desk_id, today=today(), kind=kind)
    return redirect(url_for("desks.show", code=desk.agency.code, _anchor=f"desk-{desk_id}"))


def _desk(desk_id: int) -> Desk:
    desk = db.session.get(Desk, desk_id)
    if desk is None:
        raise NotFound(f"There is no desk {desk_id}.")
    return desk
