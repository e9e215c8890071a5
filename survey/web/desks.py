"""The desks of an agency: add, rename, close and open them; their addresses, QR codes and posters."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from survey.database import db
from survey.domain.agency_change import Problem
from survey.domain.agency_tree import subtree
from survey.errors import Conflict, Invalid, NotFound
from survey.models import DISPLAY, KIOSK, Agency, Desk
from survey.qr_code import draw
from survey.queries.agencies import get_agency, parents_of
from survey.queries.desk_fields import fields_in_use
from survey.queries.desk_list import DeskRow, desk_rows
from survey.queries.screens import list_screens
from survey.reports.poster_pdf import LANGUAGES as POSTER_LANGUAGES
from survey.reports.poster_pdf import SIZES, draw_poster
from survey.services.change_desk import add_desk, close_desk, open_desk_again, rename_desk
from survey.services.issue_desk_code import issue_desk_code, revoke_desk_codes
from survey.settings import today
from survey.web.account import needs
from survey.web.agency_words import why

blueprint = Blueprint("desks", __name__)
#: Where the addresses of tablets and screens lead.
_PAGES = {KIOSK: "citizen.kiosk", DISPLAY: "citizen.display"}
_TYPES = {"svg": "image/svg+xml", "png": "image/png"}

#: With more desks than these below it, an agency's page shows its own and leads to those of the others.
MOST_AT_ONCE = 20

Answer = WerkzeugResponse | tuple[str, int]


@blueprint.get("/agencies/<code>/desks")
@needs("manage_desks")
def show(code: str) -> str:
    return _page(get_agency(db.session, code))


@blueprint.post("/agencies/<code>/desks")
@needs("manage_desks")
def add(code: str) -> Answer:
    agency = get_agency(db.session, code)
    try:
        desk_id = add_desk(db.session, code, name_vi=_name("name_vi"), name_en=_name("name_en"), field=_name("field"), today=today())
    except (Conflict, Invalid) as refusal:
        return _page(agency, at="add", problem=refusal.code), 422
    return redirect(url_for("desks.show", code=code, _anchor=f"desk-{desk_id}"), code=303)


@blueprint.post("/desks/<int(max=2147483647):desk_id>/<any(rename, close, open):step>")
@needs("manage_desks")
def change(desk_id: int, step: str) -> Answer:
    code = _desk(desk_id).agency.code
    try:
        if step == "rename":
            rename_desk(db.session, desk_id, name_vi=_name("name_vi"), name_en=_name("name_en"), field=_name("field"), today=today())
        elif step == "close":
            close_desk(db.session, desk_id, today=today())
        else:
            open_desk_again(db.session, desk_id, today=today())
    except (Conflict, Invalid) as refusal:
        return _page(get_agency(db.session, code), at=desk_id, problem=refusal.code), 422
    return redirect(url_for("desks.show", code=code, _anchor=f"desk-{desk_id}"), code=303)


@blueprint.get("/desks/<int(max=2147483647):desk_id>/qr.<any(svg, png):format_>")
@needs("manage_desks")
def qr(desk_id: int, format_: str) -> Response:
    row = _with_address(_desk(desk_id))
    image = draw(current_app.config["SETTINGS"].base_url + row.url, format_)
    return Response(image, mimetype=_TYPES[format_], headers={"Content-Disposition": f'inline; filename="qr-{desk_id}.{format_}"'})


@blueprint.get("/desks/<int(max=2147483647):desk_id>/poster-<any(a4, a5, tent):size>-<any(vi, en):in_language>.pdf")
@needs("manage_desks")
def poster(desk_id: int, size: str, in_language: str) -> Response:
    desk = _desk(desk_id)
    row = _with_address(desk)
    base_url = current_app.config["SETTINGS"].base_url
    pdf = draw_poster(desk, url=row.url, short_url=row.short_url, base_url=base_url, size=size, language=in_language)
    name = f"qr-{desk.agency.code}-{desk_id}-{size}-{in_language}.pdf"
    return Response(pdf, mimetype="application/pdf", headers={"Content-Disposition": f'inline; filename="{name}"'})


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


def _page(agency: Agency, *, at: int | str = "", problem: str = "") -> str:
    """The desks of the agency and of those below; `problem` is what was wrong at a desk or at the form for a new one."""
    rows = desk_rows(db.session, subtree(agency.id, parents_of(db.session)), today=today())
    elsewhere: dict[str, list[DeskRow]] = {}
    if len(rows) > MOST_AT_ONCE:
        for row in rows:
            if row.agency.id != agency.id:
                elsewhere.setdefault(row.agency.code, []).append(row)
        rows = tuple(row for row in rows if row.agency.id == agency.id)
    codes = list_screens(db.session, [row.id for row in rows])
    return render_template(
        "agency/desks.html", agency=agency, desks=[row for row in rows if row.is_open], closed=[row for row in rows if not row.is_open],
        settings=current_app.config["SETTINGS"], sizes=SIZES, languages_of_posters=POSTER_LANGUAGES,
        screens={(desk_id, kind): url_for(_PAGES[kind], code=code) for (desk_id, kind), code in codes.items()},
        elsewhere=elsewhere, at=at, problem=problem and why(Problem("name_vi", problem)), given=request.form, today=today(),
        wrong_field=problem == "long_field", fields=fields_in_use(db.session),
    )  # fmt: skip


def _with_address(desk: Desk) -> DeskRow:
    row = next((row for row in desk_rows(db.session, [desk.agency_id], today=today()) if row.id == desk.id and row.url), None)
    if row is None:
        raise NotFound("This desk has no address.")
    return row


def _name(field: str) -> str:
    return " ".join(request.form.get(field, "").split())


def _desk(desk_id: int) -> Desk:
    desk = db.session.get(Desk, desk_id)
    if desk is None:
        raise NotFound(f"There is no desk {desk_id}.")
    return desk
